"""Reads the State Council's notice on a year's holidays from its text, and tells where it contradicts itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.i18n import N_

HOLIDAYS = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
LONGEST_TEXT = 20_000
_TITLE = re.compile(r"(20\d\d)年(?:部分)?(?:节假日|放假)")
_HOLIDAY = re.compile(r"[一二三四五六七八九十]+、\s*([^：:，。\d]{2,12})[：:]")
_DATE = r"(?:(20\d\d)年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[（(]([^（()）]*)[）)])?"
_OFF = re.compile(_DATE + r"(?:\s*(?:至|到|—|-|~)\s*" + _DATE + r")?\s*(?:放假|休息)")
_COUNT = re.compile(r"共\s*(\d+)\s*天|放假\s*(\d+)\s*天")
_WORK = re.compile(r"((?:" + re.sub(r"\((?!\?)", "(?:", _DATE) + r"[、，,和及\s]*)+)(?:均?正常)?上班")
_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text: a key that pages translate, and what fills it."""

    text: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One exceptional day: off, or a weekend's day that is worked, and for which holiday."""

    day: date
    is_worked: bool
    name: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a text says: its year (None: it names none), the days in order, and what is wrong with it."""

    year: int | None
    days: tuple[NoticeDay, ...]
    problems: tuple[Problem, ...]


def read_notice(text: str) -> Notice:
    """Return the days of a notice. What cannot be right is told in `problems`; nobody may confirm it then."""
    titled = _TITLE.search(text)
    if len(text) > LONGEST_TEXT or "\0" in text or titled is None:
        return Notice(None, (), (Problem(N_("This is no notice on holidays: it does not say of which year.")),))
    reading = _Reading(int(titled[1]))
    starts = list(_HOLIDAY.finditer(text))
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        reading.read_holiday(start[1].strip(), text[start.end():end].split("\n\n")[0])
    return reading.finish("".join(start[1] for start in starts))


class _Reading:
    def __init__(self, year: int) -> None:
        self.year = year
        self.days: dict[date, NoticeDay] = {}
        self.problems: list[Problem] = []

    def read_holiday(self, name: str, text: str) -> None:
        off = _OFF.search(text)
        span = None if off is None else self._span(name, off.groups())
        if off is None or span is None:
            self._wrong(N_("%(name)s: no days off can be read."), name=name)
            return
        counted = _COUNT.search(text)
        if counted is not None and int(counted[1] or counted[2]) != len(span):
            self._wrong(
                N_("%(name)s: the notice counts %(counted)s days off, from the first to the last are %(found)s."),
                name=name, counted=counted[1] or counted[2], found=len(span),
            )
        for day in span:
            self._add(NoticeDay(day, False, name))
        worked = list(_WORK.finditer(text))
        if "上班" in text and not worked:
            self._wrong(N_("%(name)s: the days worked instead cannot be read."), name=name)
        for found in worked:
            for parts in re.finditer(_DATE, found[1]):
                if (weekend := self._date(name, parts.groups(), span[0])) is not None:
                    if weekend.weekday() < 5:
                        problem = N_("%(name)s: %(day)s is worked anyway, it is no weekend.")
                        self._wrong(problem, name=name, day=str(weekend))
                    self._add(NoticeDay(weekend, True, name))

    def finish(self, names: str) -> Notice:
        for holiday in HOLIDAYS:
            if holiday not in names:
                self._wrong(N_("%(name)s is missing."), name=holiday)
        return Notice(self.year, tuple(self.days[day] for day in sorted(self.days)), tuple(self.problems))

    def _span(self, name: str, parts: tuple[str | None, ...]) -> list[date] | None:
        first = self._date(name, parts[:4])
        if first is None:
            return None
        last: date | None = self._date(name, parts[4:], first) if parts[6] else first
        if last is None or not 0 <= (last - first).days <= 15:
            return None
        return list(_days(first, last))

    def _date(self, name: str, parts: tuple[str | None, ...], near: date | None = None) -> date | None:
        """Return a date; month and year left out are those of `near`. Its weekday, if written, must be right."""
        year, month, day, note = parts
        try:
            default = near.year if near is not None and month is None else self.year
            found = date(int(year or default), int(month or (near.month if near else 0)), int(day or 0))
        except ValueError:
            written = f"{month or ''}{'月' if month else ''}{day}日"
            self._wrong(N_("%(name)s: there is no %(day)s."), name=name, day=written)
            return None
        weekday = _WEEKDAY.search(note or "")
        if weekday is not None and "一二三四五六日".index(weekday[1].replace("天", "日")) != found.weekday():
            self._wrong(
                N_("%(name)s: %(day)s is no 周%(weekday)s."), name=name, day=str(found), weekday=weekday[1]
            )
        if not date(self.year - 1, 12, 20) <= found <= date(self.year, 12, 31):
            self._wrong(N_("%(name)s: %(day)s is not of %(year)s."), name=name, day=str(found), year=self.year)
        return found

    def _add(self, day: NoticeDay) -> None:
        before = self.days.get(day.day)
        if before is not None and before.is_worked != day.is_worked:
            self._wrong(N_("%(day)s is both off and worked."), day=str(day.day))
        elif before is not None:
            text = N_("%(day)s is told twice: %(one)s, %(other)s.")
            self._wrong(text, day=str(day.day), one=before.name, other=day.name)
        self.days[day.day] = day

    def _wrong(self, text: str, **params: object) -> None:
        self.problems.append(Problem(text, params))


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
