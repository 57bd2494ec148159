"""A register is read in the order of any column that it is narrowed by, page by page, forwards and backwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.case import queries
from app.case.access import Reader
from app.case.errors import CursorInvalid
from app.case.ordering import CLOSED, Order, mark_of, orders_by
from app.case.projection import register_of
from app.case.queries import Criteria, Page, each_batch, find_cases
from tests.app.case.conftest import GROUPS, TENANT, Office
from tests.app.case.test_columns import declare
from tests.app.case.test_timing import close, dispatch

CHIEF = Reader("chief1", GROUPS["chief1"])


@pytest.fixture(params=["few", "many"])
def much(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once let so few cases be sorted here, once let the database walk along its index."""
    if request.param == "many":
        monkeypatch.setattr(queries, "FEW", 0)


def order_of(office: Office, key: str) -> Order:
    if key == CLOSED.key:
        return CLOSED
    with office.session() as session:
        register = register_of(office.engine(session).latest("call"))
    name = key.removeprefix("-")
    return {order.key: order for order in orders_by(register, name, is_number=name == "copies")}[key]


def find(office: Office, key: str, *, limit: int = 100, after: str | None = None, before: str | None = None) -> Page:
    order = order_of(office, key)
    with office.session() as session:
        register = register_of(office.engine(session).latest("call"))
        return find_cases(
            session, TENANT, register, CHIEF, Criteria(), order=order, limit=limit, after=after, before=before
        )


def numbers(page: Page) -> list[str]:
    return [case.number[-1:] for case in page.cases]


def pages(office: Office, key: str, limit: int) -> Iterator[Page]:
    page = find(office, key, limit=limit)
    yield page
    while page.after is not None:
        page = find(office, key, limit=limit, after=page.after)
        yield page


def fill(office: Office) -> None:
    """Seven cases: numbers that are not in order as texts, two alike, two without; four closed, two of them at once."""
    declare(office)
    cases = {}
    for copies, village in ((3, "b"), (12.5, "a"), (None, "b"), (3, "c"), (100, ""), ("", "a"), (-1, "b")):
        office.wait(minutes=1)
        case = office.open(copies=copies, village=village)
        cases[case.number[-1:]] = case
    for together in ("5", "26", "1"):
        office.wait(hours=1)
        for number in together:
            close(office, dispatch(office, cases[number], None))


@pytest.mark.parametrize(
    ("key", "expected"),
    [("copies", "7142536"), ("-copies", "5241763"), ("village", "5261374"), ("-village", "4731625"),
     (CLOSED.key, "1625743")],
)
def test_values_are_in_order_and_what_has_none_comes_last(
    any_office: Office, much: None, key: str, expected: str
) -> None:
    fill(any_office)
    assert "".join(numbers(find(any_office, key))) == expected


@pytest.mark.parametrize("key", ["copies", "-copies", "village", "-village", "note", CLOSED.key])
@pytest.mark.parametrize("limit", [2, 3])
def test_pages_hold_every_case_once_forwards_and_backwards(
    any_office: Office, much: None, key: str, limit: int
) -> None:
    fill(any_office)
    whole = numbers(find(any_office, key))
    parts = list(pages(any_office, key, limit))
    assert [number for page in parts for number in numbers(page)] == whole and len(set(whole)) == 7
    assert parts[0].before is None and {page.total for page in parts} == {7}
    page = parts[-1]
    for earlier in reversed(parts[:-1]):
        page = find(any_office, key, limit=limit, before=page.before)
        assert numbers(page) == numbers(earlier) and page.after is not None
    assert page.before is None


def test_an_export_is_in_the_same_order(any_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(any_office)
    monkeypatch.setattr(queries, "BATCH", 2)
    order = order_of(any_office, "-copies")
    with any_office.session() as session:
        register = register_of(any_office.engine(session).latest("call"))
        batches = each_batch(session, TENANT, register, CHIEF, Criteria(), order=order)
        assert "".join(case.number[-1:] for batch in batches for case in batch) == "5241763"


def test_only_what_a_register_is_narrowed_by_gives_an_order_and_nothing_masked(office: Office) -> None:
    declare(office)
    with office.session() as session:
        register = register_of(office.engine(session).latest("call"))
    assert [order.key for order in orders_by(register, "note")] == ["note", "-note"]
    for name in ("caller", "case.title", "case.state", "nothing"):
        assert orders_by(register, name) == ()


@pytest.mark.parametrize("value", ["3", [3], {"a": 1}, float("inf"), "\x00"])
def test_a_mark_that_is_none_of_this_order_is_refused(office: Office, value: object) -> None:
    fill(office)
    case = find(office, "copies").cases[0]
    forged = mark_of((value, case.instance_id), order_of(office, "copies"))
    with pytest.raises(CursorInvalid):
        find(office, "copies", after=forged)
    with pytest.raises(CursorInvalid):
        find(office, CLOSED.key, after=mark_of((value, case.instance_id), CLOSED))
    with pytest.raises(CursorInvalid):
        find(office, "-copies", after=mark_of((3, case.instance_id), order_of(office, "copies")))
