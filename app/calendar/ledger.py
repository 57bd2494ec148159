"""The township's calendar in its tables: reading it, and every change to it, each noted with who and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from importlib import resources

from sqlalchemy import delete, func, select

from app.calendar.models import CalendarChange, CalendarDay, CalendarNotice, CalendarSeason
from app.calendar.notice import Notice, Problem, read_notice
from app.calendar.rules import LOCAL, CalendarError, Season, WorkingCalendar, check_hours
from app.calendar.table import load_calendar
from app.case.models import Database
from app.i18n import N_

WARNING_MONTH = 11
"""From the first of November on, next year's notice is overdue."""
LONGEST_LOCAL = 31
LONGEST_NAME = 40
LARGEST_ID = 2**31 - 1
SHIPPED = "changtong"
"""Who stands in for a person where the product itself has brought or told something."""


class CalendarRefused(CalendarError):
    """A change to the calendar is refused, for these reasons."""

    code = "calendar_refused"

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.text % problem.params for problem in problems))
        self.problems = problems


def calendar_of(session: Database, tenant: str) -> WorkingCalendar:
    """Return the township's calendar; that of the product where nothing has been set up yet."""
    seasons = {
        _season(row.begins): _hours(row.hours)
        for row in session.scalars(select(CalendarSeason).where(CalendarSeason.tenant == tenant))
    }
    if not seasons:
        return load_calendar()
    confirmed = session.scalars(
        select(CalendarNotice.year).where(CalendarNotice.tenant == tenant, CalendarNotice.status == "confirmed")
    )
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.is_worked)
        .where(CalendarDay.tenant == tenant).order_by(CalendarDay.is_local)
    )
    days = {date.fromisoformat(day): is_worked for day, is_worked in rows}  # a local day comes later and wins
    return WorkingCalendar(days, confirmed=set(confirmed), seasons=seasons)


def set_up_calendar(session: Database, tenant: str, *, at: datetime) -> None:
    """Fill the tables of a township that has none with the notices and the office hours that the product brings."""
    if session.scalar(select(func.count()).select_from(CalendarSeason).where(CalendarSeason.tenant == tenant)):
        return
    shipped = load_calendar()
    for (month, day), hours in shipped.seasons:
        session.add(CalendarSeason(tenant=tenant, begins=f"{month:02}-{day:02}", hours=_texts(hours)))
    for year in sorted(shipped.confirmed):
        text = (resources.files(__package__) / f"{year}.txt").read_text(encoding="utf-8")
        notice = CalendarNotice(
            tenant=tenant, year=year, text=text, status="confirmed", pasted_by=SHIPPED, pasted_at=at,
            decided_by=SHIPPED, decided_at=at,
        )
        session.add(notice)
        session.flush()
        _add_days(session, notice, read_notice(text))
    session.flush()


# -- notices


def propose(session: Database, tenant: str, text: str, *, by: str, at: datetime) -> CalendarNotice:
    """Keep a pasted notice until a second person confirms it. Raises CalendarRefused with all that is wrong."""
    read = check_notice(text, at=at)
    waiting = select(CalendarNotice.id).where(
        CalendarNotice.tenant == tenant, CalendarNotice.year == read.year, CalendarNotice.status == "proposed"
    )
    if session.scalar(waiting.limit(1)) is not None:
        problem = Problem(N_("A notice on %(year)s waits for its confirmation already."), {"year": read.year})
        raise CalendarRefused(problem)
    notice = CalendarNotice(
        tenant=tenant, year=read.year, text=text, status="proposed", pasted_by=by, pasted_at=at, decided_by=None,
        decided_at=None,
    )
    session.add(notice)
    _note(session, tenant, "notice_pasted", by, at, year=read.year)
    return notice


def check_notice(text: str, *, at: datetime) -> Notice:
    """Return what a notice says. Raises CalendarRefused when it contradicts itself or is of a wrong year."""
    read = read_notice(text)
    problems = list(read.problems)
    this_year = at.astimezone(LOCAL).year
    if read.year is not None and read.year not in (this_year, this_year + 1):
        text = N_("The notice is of %(year)s: only this year's and next year's can be taken.")
        problems.insert(0, Problem(text, {"year": read.year}))
    if problems:
        raise CalendarRefused(*problems)
    return read


def decide(
    session: Database, tenant: str, notice_id: int, *, confirms: bool, by: str, at: datetime
) -> CalendarNotice:
    """Confirm a notice, so that its year is known, or reject it. Raises CalendarRefused.

    Whoever pasted it may take it back, but not confirm it.
    """
    notice = notice_of(session, tenant, notice_id)
    if notice is None or notice.status != "proposed":
        raise CalendarRefused(Problem(N_("This notice does not wait for a confirmation any more.")))
    if confirms and notice.pasted_by == by:
        raise CalendarRefused(Problem(N_("You have pasted this notice yourself: a second person confirms it.")))
    if confirms:
        _replace_year(session, notice)
    notice.status = "confirmed" if confirms else "rejected"
    notice.decided_by, notice.decided_at = by, at
    _note(session, tenant, "notice_confirmed" if confirms else "notice_rejected", by, at, year=notice.year)
    return notice


def _replace_year(session: Database, notice: CalendarNotice) -> None:
    earlier = session.scalars(
        select(CalendarNotice).where(
            CalendarNotice.tenant == notice.tenant, CalendarNotice.year == notice.year,
            CalendarNotice.status == "confirmed",
        )
    ).all()
    for each in earlier:
        each.status = "replaced"
        session.execute(delete(CalendarDay).where(CalendarDay.notice_id == each.id))
    session.flush()
    _add_days(session, notice, read_notice(notice.text))


def _add_days(session: Database, notice: CalendarNotice, read: Notice) -> None:
    days = [one.day.isoformat() for one in read.days]
    # The end of December may have been told by the notice of its own year; the newer notice knows better.
    own = (CalendarDay.tenant == notice.tenant, CalendarDay.is_local.is_(False), CalendarDay.day.in_(days))
    session.execute(delete(CalendarDay).where(*own))
    session.add_all(
        CalendarDay(
            tenant=notice.tenant, day=one.day.isoformat(), is_local=False, is_worked=one.is_worked, name=one.name,
            notice_id=notice.id,
        )
        for one in read.days
    )


def notice_of(session: Database, tenant: str, notice_id: int) -> CalendarNotice | None:
    """Return a notice, locked until the transaction ends, or None."""
    own = select(CalendarNotice).where(CalendarNotice.tenant == tenant, CalendarNotice.id == notice_id)
    return session.scalar(own.with_for_update()) if notice_id <= LARGEST_ID else None


def notices_of(session: Database, tenant: str, year: int | None = None) -> Sequence[CalendarNotice]:
    """Return the notices, the newest first: of one year, or all that wait for a confirmation."""
    query = select(CalendarNotice).where(CalendarNotice.tenant == tenant).order_by(CalendarNotice.id.desc())
    return session.scalars(
        query.where(CalendarNotice.status == "proposed") if year is None else query.where(CalendarNotice.year == year)
    ).all()


# -- the township's own days, and its office hours


def add_local(
    session: Database, tenant: str, first: date, last: date, name: str, *, by: str, at: datetime
) -> list[date]:
    """Give the township its own days off; return those that would have been worked. Raises CalendarRefused."""
    calendar, today = calendar_of(session, tenant), at.astimezone(LOCAL).date()
    is_named = bool(name.strip()) and name.isprintable() and len(name) <= LONGEST_NAME
    if not is_named or not 0 <= (last - first).days < LONGEST_LOCAL:
        problem = Problem(N_("Own days off need an occasion and at most 31 days, the last after the first."))
        raise CalendarRefused(problem)
    if first < today or last.year > today.year + 1:
        raise CalendarRefused(Problem(N_("Own days off lie between today and the end of next year.")))
    known = {row.day for row in local_days(session, tenant)}
    span = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    if taken := [day for day in span if day.isoformat() in known]:
        raise CalendarRefused(Problem(N_("%(day)s is an own day off already."), {"day": str(taken[0])}))
    days = [day for day in span if calendar.is_working_day(day)]
    if not days:
        raise CalendarRefused(Problem(N_("Nobody works on these days anyway.")))
    session.add_all(
        CalendarDay(
            tenant=tenant, day=day.isoformat(), is_local=True, is_worked=False, name=name.strip(), notice_id=None
        )
        for day in days
    )
    _note(session, tenant, "local_added", by, at, day=str(days[0]), last=str(days[-1]), name=name.strip())
    return days


def remove_local(session: Database, tenant: str, day: date, *, by: str, at: datetime) -> None:
    """Take back an own day off that is still to come. Raises CalendarRefused."""
    found = session.get(CalendarDay, (tenant, day.isoformat(), True))
    if found is None:
        raise CalendarRefused(Problem(N_("%(day)s is no own day off."), {"day": str(day)}))
    if day < at.astimezone(LOCAL).date():
        raise CalendarRefused(Problem(N_("%(day)s has passed."), {"day": str(day)}))
    session.delete(found)
    _note(session, tenant, "local_removed", by, at, day=str(day), name=found.name)


def local_days(session: Database, tenant: str) -> Sequence[CalendarDay]:
    """Return the township's own days off, in order."""
    own = select(CalendarDay).where(CalendarDay.tenant == tenant, CalendarDay.is_local)
    return session.scalars(own.order_by(CalendarDay.day)).all()


def days_of(session: Database, tenant: str, year: int) -> dict[date, CalendarDay]:
    """Return the exceptional days of a year."""
    rows = session.scalars(
        select(CalendarDay)
        .where(CalendarDay.tenant == tenant, CalendarDay.day.startswith(f"{year}-")).order_by(CalendarDay.is_local)
    )
    return {date.fromisoformat(row.day): row for row in rows}


def set_season(
    session: Database, tenant: str, begins: Season, hours: Sequence[tuple[time, time]], *, by: str, at: datetime
) -> None:
    """Set the office hours that hold from a day of each year on. Raises CalendarRefused."""
    try:
        date(2000, *begins)
        kept = _texts(check_hours(hours))
    except ValueError:
        text = N_("Office hours begin on a day of the year, and open before they close, one after the other.")
        raise CalendarRefused(Problem(text)) from None
    text = f"{begins[0]:02}-{begins[1]:02}"
    season = session.get(CalendarSeason, (tenant, text))
    if season is None:
        session.add(CalendarSeason(tenant=tenant, begins=text, hours=kept))
    else:
        season.hours = kept
    _note(session, tenant, "hours_set", by, at, begins=text, hours=_line(kept))


def remove_season(session: Database, tenant: str, begins: str, *, by: str, at: datetime) -> None:
    """Take back a season: the one before it goes on. Raises CalendarRefused for the last one."""
    seasons = seasons_of(session, tenant)
    found = next((season for season in seasons if season.begins == begins), None)
    if found is None or len(seasons) == 1:
        raise CalendarRefused(Problem(N_("There must be office hours: the last ones cannot be taken away.")))
    session.delete(found)
    _note(session, tenant, "hours_removed", by, at, begins=begins)


def seasons_of(session: Database, tenant: str) -> Sequence[CalendarSeason]:
    """Return the seasons' office hours, in order of their beginnings."""
    own = select(CalendarSeason).where(CalendarSeason.tenant == tenant)
    return session.scalars(own.order_by(CalendarSeason.begins)).all()


# -- what is missing, and what was changed


def missing_year(session: Database, tenant: str, *, at: datetime) -> int | None:
    """Return next year when it is November and nobody has confirmed its notice yet."""
    today = at.astimezone(LOCAL)
    following = today.year + 1
    is_missing = today.month >= WARNING_MONTH and calendar_of(session, tenant).is_provisional(following)
    return following if is_missing else None


def warned(session: Database, tenant: str, year: int, *, at: datetime) -> bool:
    """Note that the missing notice of a year is told; return whether that was the first time."""
    told = session.scalars(
        select(CalendarChange.detail).where(CalendarChange.tenant == tenant, CalendarChange.what == "warned")
    )
    if any(detail["year"] == year for detail in told):
        return False
    _note(session, tenant, "warned", SHIPPED, at, year=year)
    return True


def changes_of(session: Database, tenant: str, *, limit: int) -> Sequence[CalendarChange]:
    """Return the latest changes, the newest first."""
    own = select(CalendarChange).where(CalendarChange.tenant == tenant)
    return session.scalars(own.order_by(CalendarChange.id.desc()).limit(limit)).all()


def _note(session: Database, tenant: str, what: str, by: str, at: datetime, **detail: object) -> None:
    session.add(CalendarChange(tenant=tenant, at=at, by=by, what=what, detail=detail))
    session.flush()


def _season(text: str) -> Season:
    month, _, day = text.partition("-")
    return int(month), int(day)


def _hours(texts: Sequence[Sequence[str]]) -> list[tuple[time, time]]:
    return [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in texts]


def _texts(hours: Sequence[tuple[time, time]]) -> list[list[str]]:
    return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in hours]


def _line(hours: Sequence[Sequence[str]]) -> str:
    return ", ".join("–".join(span) for span in hours)
