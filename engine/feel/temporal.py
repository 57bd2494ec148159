"""Dates, times and durations as text: parsed and printed as FEEL, XML Schema and ISO 8601 write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.feel.far import combine, date_from_ordinal, fine_time, make_date, nano_of
from engine.feel.values import Value, YearsMonths

_DATE = r"(?P<year>-?(?:\d{4}|[1-9]\d{4,8}))-(?P<month>\d\d)-(?P<day>\d\d)"
_ZONE = r"(?P<zone>[Zz]|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z_]+(?:[/+-][A-Za-z0-9_]+)*)?"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:\.(?P<fraction>\d+))?" + _ZONE
_AS_DATE = re.compile(_DATE, re.ASCII)
_AS_TIME = re.compile("T?" + _TIME, re.ASCII)
_AS_DATETIME = re.compile(f"{_DATE}T{_TIME}", re.ASCII)
_AS_DATE_IN_ZONE = re.compile(_DATE + _ZONE, re.ASCII)
_DAYS_TIME = re.compile(
    r"(?P<sign>-)?P(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,12})H)?(?:(?P<minutes>\d{1,12})M)?"
    r"(?:(?P<seconds>\d{1,12})(?:\.(?P<fraction>\d*))?S)?)?",
    re.ASCII,
)
_YEARS_MONTHS = re.compile(r"(?P<sign>-)?P(?:(?P<years>\d{1,9})Y)?(?:(?P<months>\d{1,9})M)?", re.ASCII)


@lru_cache(maxsize=1024)
def parse_date(text: str) -> date | None:
    """Return the date that `text` (YYYY-MM-DD) names, or None. A year has four to nine digits, and may be negative."""
    found = _AS_DATE.fullmatch(text)
    return _date(found) if found else None


@lru_cache(maxsize=1024)
def parse_time(text: str) -> time | None:
    """Return the time of day that `text` (hh:mm:ss, with a fraction and a zone if need be) names, or None."""
    found = _AS_TIME.fullmatch(text)
    return _time(found) if found else None


@lru_cache(maxsize=1024)
def parse_datetime(text: str) -> datetime | None:
    """Return the date and time that `text` names, or None; a date alone, or with a zone, means its midnight."""
    found = _AS_DATETIME.fullmatch(text)
    if not found:
        found = _AS_DATE_IN_ZONE.fullmatch(text)
        day, zone = (_date(found), _zone(found)) if found else (None, None)
        is_day = day is not None and found is not None and (zone is not None or not found["zone"])
        return combine(day, time(tzinfo=zone)) if day is not None and is_day else None
    day, clock = _date(found), _time(found)
    if day is None or clock is None:
        return None
    try:
        # The hour 24 is the midnight at the end of the day (XML Schema, part 2, 3.2.7).
        return combine(date_from_ordinal(day.toordinal() + 1) if found["hour"] == "24" else day, clock)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def parse_duration(text: str) -> timedelta | YearsMonths | None:
    """Return the duration that `text` (P1DT2H3M4S or P1Y2M) names, or None."""
    if text[-1:] in ("P", "T"):
        return None
    if found := _DAYS_TIME.fullmatch(text):
        part = {name: int(found[name] or 0) for name in ("days", "hours", "minutes", "seconds")}
        try:
            length = timedelta(**part, microseconds=_microseconds(found["fraction"]))
            return -length if found["sign"] else length
        except OverflowError:
            return None
    if found := _YEARS_MONTHS.fullmatch(text):
        months = int(found["years"] or 0) * 12 + int(found["months"] or 0)
        return YearsMonths(-months if found["sign"] else months)
    return None


def parse_temporal(kind: str, text: str) -> date | time | datetime | None:
    """Return the "date", "time" or "datetime" that `text` names, or None."""
    match kind:
        case "date":
            return parse_date(text)
        case "time":
            return parse_time(text)
        case _:
            return parse_datetime(text) if "T" in text else None


def parse_any(text: str) -> Value | None:
    """Return the date, time, date and time, or duration that `text` names, or None: what @"…" means."""
    if text.lstrip("-").startswith("P"):
        return parse_duration(text)
    for parse in (parse_date, parse_datetime, parse_time):
        if (value := parse(text)) is not None:
            return value
    return None


def to_text(value: Value) -> str:
    """Return the text of a date, time, date and time, or duration."""
    match value:
        case datetime():
            return f"{value.date().isoformat()}T{_time_text(value.timetz())}"
        case date():
            return value.isoformat()
        case time():
            return _time_text(value)
        case timedelta():
            return _days_time_text(value)
        case YearsMonths():
            return _years_months_text(value)
    raise TypeError(f"{type(value).__name__} is not temporal")


def zone_name(zone: tzinfo | None) -> str | None:
    """Return the name of a named zone such as Asia/Shanghai, or None for an offset."""
    return zone.key if isinstance(zone, ZoneInfo) else None


def zone_named(text: str) -> tzinfo | None:
    """Return the zone that "Z", "+08:00" or "@Asia/Shanghai" names, or None if there is none."""
    if text in ("Z", "z"):
        return UTC
    if text.startswith("@"):
        return _place(text[1:])
    sign = -1 if text[0] == "-" else 1
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    if hours > 18 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return timezone(sign * offset)


@lru_cache(maxsize=256)
def _place(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _date(found: re.Match[str]) -> date | None:
    try:
        return make_date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def _zone(found: re.Match[str]) -> tzinfo | None:
    return zone_named(found["zone"]) if found["zone"] else None


def _time(found: re.Match[str]) -> time | None:
    zone = _zone(found)
    if found["zone"] and zone is None:
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"])
    if hour == 24 and not (minute or second or (found["fraction"] or "").strip("0")):
        hour = 0
    try:
        return fine_time(hour, minute, second, int((found["fraction"] or "")[:9].ljust(9, "0")), zone)
    except ValueError:
        return None


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "")[:6].ljust(6, "0"))


def _time_text(value: time) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    if nano := nano_of(value):
        text += f".{nano:09}".rstrip("0")
    if (name := zone_name(value.tzinfo)) is not None:
        return f"{text}@{name}"
    offset = value.utcoffset()
    if offset is None:
        return text
    return text + ("Z" if not offset else _offset_text(offset))


def _offset_text(offset: timedelta) -> str:
    seconds = int(abs(offset).total_seconds())
    text = f"{'-' if offset < timedelta() else '+'}{seconds // 3600:02}:{seconds // 60 % 60:02}"
    return text + (f":{seconds % 60:02}" if seconds % 60 else "")


def _days_time_text(value: timedelta) -> str:
    length = abs(value)
    hours, minutes, seconds = length.seconds // 3600, length.seconds // 60 % 60, length.seconds % 60
    fraction = f".{length.microseconds:06}".rstrip("0") if length.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{length.days}D" if length.days else ""
    text = days + (f"T{clock}" if clock else "")
    return ("-" if value < timedelta() else "") + "P" + (text or "T0S")


def _years_months_text(value: YearsMonths) -> str:
    years, months = divmod(abs(value.months), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
    return ("-" if value.months < 0 else "") + "P" + text
