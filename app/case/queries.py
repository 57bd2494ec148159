"""The register's rows: found, sorted, and paged by a mark that keeps its place while cases come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from app.case.access import Reader, own_cases, reads_all
from app.case.conditions import Condition, meet
from app.case.errors import CaseNotFound
from app.case.finding import find_words
from app.case.models import VOIDED, Case, Database
from app.case.ordering import FEW, NEWEST, Order, cases_at, in_order, mark_of
from app.case.ratings import rated
from app.case.register import Register
from app.case.statistics import UNSORTED
from app.case.timing import kept, responded, stands

MOST_ROWS = 200
MOST_COUNTED = 1000
BATCH = 1000
MOST_OWN = 2000


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for; empty means anything, UNSORTED what has no value.

    `text` is found in numbers, titles, categories and contents.
    """

    text: str = ""
    state: str = ""
    place: str = ""
    category: str = ""
    unit: str = ""
    is_open: bool | None = None
    is_voided: bool | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    closed_from: datetime | None = None
    closed_before: datetime | None = None
    opened_by: str = ""
    light: str = ""  # a Standing: open, and the limit stands so at `now`
    outcome: str = ""  # an Outcome: closed, and the limit was kept so
    rating: str = ""  # as `ratings.rated` reads it
    response: str = ""  # "in_time" | "late" at `now`
    results: Mapping[str, str] = field(default_factory=dict)  # values of declared results
    now: datetime | None = None  # needed by `light` and `response`
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order, how many there are in all, and the marks of the pages before and after (None: there is none).

    `is_more`: there are more than the total, which is not counted further.
    """

    cases: Sequence[Case]
    total: int
    before: str | None
    after: str | None
    is_more: bool = False


def find_cases(
    session: Database, tenant: str, register: Register, reader: Reader, criteria: Criteria, *,
    order: Order = NEWEST, after: str | None = None, before: str | None = None, limit: int = 50,
) -> Page:
    """Return a page of the cases that the reader may read.

    Names and telephones are looked through for those who may see them, and never those of confidential cases.
    Raises CursorInvalid.
    """
    held, is_many = _held(session, tenant, register, reader, criteria)
    found = _matching(select(Case), tenant, register, criteria).where(*held)
    back = before is not None and after is None
    mark = before if back else after
    limit = max(1, min(limit, MOST_ROWS))
    # Where many are found, finding them is what costs: a first page reads on as far as is counted, and counts.
    counts = is_many and mark is None
    total = 0 if counts else _count(session, found.with_only_columns(Case.instance_id), is_many=is_many)
    is_few = not is_many and total <= FEW
    pairs = in_order(
        session, tenant, register, found, order, mark, back=back, is_few=is_few,
        limit=max(limit, MOST_COUNTED) + 1 if counts else limit + 1,
    )  # fmt: skip
    total = min(len(pairs), MOST_COUNTED + 1) if counts else total
    has_more, pairs = len(pairs) > limit, pairs[:limit]
    if back:
        pairs.reverse()
    is_first, is_last = (not has_more, False) if back else (mark is None, not has_more)
    return Page(
        cases=cases_at(session, tenant, pairs),
        total=min(total, MOST_COUNTED) if is_many else total, is_more=is_many and total > MOST_COUNTED,
        before=None if is_first or not pairs else mark_of(pairs[0], order),
        after=None if is_last or not pairs else mark_of(pairs[-1], order),
    )


def each_batch(
    session: Database, tenant: str, register: Register, reader: Reader, criteria: Criteria, *, order: Order = NEWEST,
) -> Iterator[Sequence[Case]]:
    """Yield all cases that the reader may read, a batch at a time; in between nothing is kept open or in memory."""
    held, _is_many = _held(session, tenant, register, reader, criteria)
    found = _matching(select(Case), tenant, register, criteria).where(*held)
    mark = None
    while pairs := in_order(session, tenant, register, found, order, mark, limit=BATCH):
        yield cases_at(session, tenant, pairs)
        mark = mark_of(pairs[-1], order)
        session.expunge_all()
        session.rollback()


def count_cases(session: Database, tenant: str, register: Register, reader: Reader, criteria: Criteria) -> int:
    """Return how many cases the reader may read, exactly."""
    held, _is_many = _held(session, tenant, register, reader, criteria)
    return _count(session, _matching(select(Case.instance_id), tenant, register, criteria).where(*held), is_many=False)


def _held(
    session: Database, tenant: str, register: Register, reader: Reader, criteria: Criteria
) -> tuple[list[ColumnElement[bool]], bool]:
    """Return what is asked of texts and declared columns, and whether too many cases have it to count each time."""
    texts = find_words(session, tenant, register, reader, criteria.text)
    asked = meet(session, tenant, register, criteria.conditions, beside=texts)
    held = [each.condition for each in asked]
    if not reads_all(register, reader):
        held.append(Case.instance_id.in_(_own(session, tenant, reader)))
    return held, bool(asked) and all(each.is_many for each in asked)


def _own(session: Database, tenant: str, reader: Reader) -> Any:
    """Return the ids of the reader's own cases, one by one where they are not too many, else the select of them."""
    own = own_cases(tenant, reader)
    ids = set(session.scalars(own.limit(MOST_OWN + 1)))
    return ids if len(ids) <= MOST_OWN else own


def case_by_number(session: Database, tenant: str, number: str) -> Case:
    """Return the case with this number. Raises CaseNotFound."""
    case = session.scalars(select(Case).where(Case.tenant == tenant, Case.number == number)).first()
    if case is None:
        raise CaseNotFound(f"there is no case {number}")
    return case


def states_of(session: Database, tenant: str, register: Register) -> list[str]:
    """Return the states that cases of the register are in, for a filter: from one to the next along an index."""
    least = select(func.min(Case.state)).where(Case.tenant == tenant, Case.process_key == register.process_key)
    states = select(least.scalar_subquery().label("state")).cte("states", recursive=True)
    following = least.where(Case.state > states.c.state).scalar_subquery()
    states = states.union_all(select(following).where(states.c.state.is_not(None)))
    return list(session.scalars(select(states.c.state).where(states.c.state.is_not(None))))


def _count(session: Database, found: Select[Any], *, is_many: bool) -> int:
    """Count what was found: exactly, or where that takes long only so far that people know there is more."""
    counted = found.limit(MOST_COUNTED + 1) if is_many else found
    return int(session.scalar(select(func.count()).select_from(counted.subquery())) or 0)


def _matching(query: Select[Any], tenant: str, register: Register, criteria: Criteria) -> Select[Any]:
    query = query.select_from(Case).where(Case.tenant == tenant, Case.process_key == register.process_key)
    for column in ("state", "place", "category", "unit"):
        if wanted := getattr(criteria, column):
            query = query.where(getattr(Case, column) == ("" if wanted == UNSORTED else wanted))
    if criteria.is_open is not None:
        query = query.where(Case.closed_at.is_(None) if criteria.is_open else Case.closed_at.is_not(None))
    if criteria.is_voided is not None:
        query = query.where((Case.state == VOIDED) if criteria.is_voided else (Case.state != VOIDED))
    if criteria.opened_from is not None:
        query = query.where(Case.opened_at >= criteria.opened_from)
    if criteria.opened_before is not None:
        query = query.where(Case.opened_at < criteria.opened_before)
    query = query.where(*_timed(criteria), *_resulted(register, criteria))
    return query


def _timed(criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    """Yield what is asked of opening, closing and limits; a word that is none finds nothing."""
    if criteria.closed_from is not None:
        yield Case.closed_at >= criteria.closed_from
    if criteria.closed_before is not None:
        yield Case.closed_at < criteria.closed_before
    if criteria.opened_by:
        yield Case.opened_by == criteria.opened_by
    if criteria.outcome:
        yield kept(criteria.outcome)
    if criteria.light or criteria.response:
        assert criteria.now is not None, "whoever asks how limits stand says when"
        if criteria.light:
            yield stands(criteria.light, criteria.now)
        if criteria.response:
            yield responded(criteria.response, criteria.now)


def _resulted(register: Register, criteria: Criteria) -> Iterator[ColumnElement[bool]]:
    if criteria.rating:
        yield rated(criteria.rating)
    for name, value in criteria.results.items():
        given = Case.results[name].as_string()
        is_none = or_(given.is_(None), given == "")
        yield (is_none if value == UNSORTED else given == value) if name in register.result_fields else false()
