"""The register finds cases, shows only those that a reader may read, and keeps its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from app.case.access import Reader, may_read, may_see_private
from app.case.errors import CaseNotFound, CursorInvalid
from app.case.models import Case
from app.case.ordering import USUAL
from app.case.queries import Criteria, Page, case_by_number, find_cases, states_of
from app.case.register import Register, read_register
from tests.app.case.conftest import GROUPS, Office

ORDERS = {order.key: order for order in USUAL}


def register(office: Office) -> Register:
    with office.session() as session:
        definition = office.engine(session).latest("call")
        return read_register(definition.key, definition.name, definition.properties)


def find(office: Office, user: str = "chief1", criteria: Criteria | None = None, **options: Any) -> Page:
    with office.session() as session:
        reader = Reader(user, GROUPS[user])
        return find_cases(session, office.tenant, register(office), reader, criteria or Criteria(), **options)


def numbers(page: Page) -> list[str]:
    return [case.number[-4:] for case in page.cases]


def ask(office: Office, user: str, text: str) -> list[str]:
    return numbers(find(office, user, Criteria(text=text)))


def sees(office: Office, user: str, case: Case) -> tuple[bool, bool]:
    """Return whether a reader may read the case, and its private values."""
    with office.session() as session:
        reader, fresh = Reader(user, GROUPS[user]), office.case(case)
        declared = register(office)
        return may_read(session, declared, fresh, reader), may_see_private(session, declared, fresh, reader)


# -- who reads what


def test_readers_of_the_register_read_every_case_and_strangers_none(any_office: Office) -> None:
    case = any_office.open()
    assert [sees(any_office, user, case)[0] for user in ("duty1", "chief1", "water1", "stranger")] == [
        True, True, False, False
    ]
    assert numbers(find(any_office, "chief1")) == ["0001"] and numbers(find(any_office, "water1")) == []
    assert find(any_office, "stranger").total == 0


def test_units_and_those_who_had_a_task_read_their_cases(any_office: Office) -> None:
    mine, other = any_office.open(), any_office.open()
    any_office.complete(mine, "duty1", lead_unit="water_station", co_units=["agriculture_station"])
    assert [sees(any_office, user, mine)[0] for user in ("water1", "farm1", "call1")] == [True, True, False]
    any_office.complete(mine, "water1", objects=True)
    any_office.complete(mine, "duty1", lead_unit="agriculture_station", co_units=None)
    assert sees(any_office, "water1", mine)[0]  # had a task in it
    assert not sees(any_office, "water1", other)[0]
    assert numbers(find(any_office, "water1")) == ["0001"] and numbers(find(any_office, "farm1")) == ["0001"]
    any_office.complete(mine, "farm1", objects=False)
    assert sees(any_office, "call1", mine)[0] and numbers(find(any_office, "call1")) == ["0001"]


def test_private_values_are_for_those_declared_and_those_at_work(office: Office) -> None:
    case = office.open()
    office.complete(case, "duty1", lead_unit="water_station", co_units=["agriculture_station"])
    assert [sees(office, user, case)[1] for user in ("duty1", "chief1", "water1", "farm1", "call1")] == [
        True, False, True, False, True
    ]
    office.complete(case, "water1", objects=False)
    assert not sees(office, "water1", case)[1]  # done with it


def test_the_caller_of_a_confidential_case_is_hidden_even_from_those_at_work(office: Office) -> None:
    case = office.open(confidential=True)
    office.complete(case, "duty1", lead_unit="water_station")
    assert [sees(office, user, case)[1] for user in ("duty1", "chief1", "water1", "call1")] == [
        False, False, False, True
    ]


# -- search


def test_text_is_found_in_any_width_and_case_and_all_words_must_be(any_office: Office) -> None:
    any_office.open(content="路灯坏了 ＬＥＤ 灯", category="基础设施")
    any_office.open(content="污水外溢", category="环境卫生")
    assert ask(any_office, "chief1", "路灯") == ["0001"]
    assert ask(any_office, "chief1", "led") == ["0001"]
    assert ask(any_office, "chief1", "环境 污水") == ["0002"]
    assert ask(any_office, "chief1", "环境 路灯") == []
    assert ask(any_office, "chief1", "t-2026-0002") == ["0002"]
    for meaningless in ("%", "_", "\\", "100%'; --"):
        assert ask(any_office, "chief1", meaningless) == []


def test_callers_are_found_by_those_who_may_see_them_alone(any_office: Office) -> None:
    any_office.open()
    any_office.open(confidential=True)
    assert ask(any_office, "duty1", "王小明") == ["0001"]
    assert ask(any_office, "duty1", "13800001234") == ["0001"]
    assert ask(any_office, "chief1", "王小明") == []
    any_office.open(caller="另一人", content="王小明的邻居")  # free text may quote a name, and is found by it
    assert ask(any_office, "chief1", "王小明") == ["0003"]


def test_filters_narrow_and_the_total_tells_how_many(any_office: Office) -> None:
    for place, category in [("village_01", "环境卫生"), ("village_01", "矛盾纠纷"), ("village_02", "环境卫生")]:
        any_office.wait(hours=1)
        any_office.open(village=place, category=category)
    assert find(any_office, criteria=Criteria(place="village_01")).total == 2
    assert numbers(find(any_office, criteria=Criteria(place="village_01", category="环境卫生"))) == ["0001"]
    assert find(any_office, criteria=Criteria(state="待派单"), limit=1).total == 3
    assert find(any_office, criteria=Criteria(state="已办结")).total == 0
    assert find(any_office, criteria=Criteria(is_open=True)).total == 3
    assert find(any_office, criteria=Criteria(is_open=False)).total == 0
    later = any_office.clock.now()
    assert numbers(find(any_office, criteria=Criteria(opened_from=later))) == ["0003"]
    assert find(any_office, criteria=Criteria(opened_before=later)).total == 2


def test_a_case_is_found_by_its_number_in_its_own_township(office: Office) -> None:
    case = office.open()
    with office.session() as session:
        assert case_by_number(session, office.tenant, case.number).instance_id == case.instance_id
        for tenant, number in [(office.tenant, "T-2026-9999"), ("neighbour", case.number)]:
            with pytest.raises(CaseNotFound):
                case_by_number(session, tenant, number)
        assert states_of(session, office.tenant, register(office)) == ["待派单"]
        chief = Reader("chief1", GROUPS["chief1"])
        assert find_cases(session, "neighbour", register(office), chief, Criteria()).total == 0


# -- order and place


def _pages(office: Office, order: str, limit: int) -> Iterator[Page]:
    page = find(office, order=ORDERS[order], limit=limit)
    yield page
    while page.after is not None:
        page = find(office, order=ORDERS[order], limit=limit, after=page.after)
        yield page


@pytest.mark.parametrize("order", ["newest", "oldest", "due", "number"])
def test_pages_hold_every_case_once_forwards_and_backwards(any_office: Office, order: str) -> None:
    dues = [None, "2026-03-09", "2026-03-04", None, "2026-03-04", "2026-03-30", None]
    for number, due in enumerate(dues):
        any_office.wait(minutes=number % 2)  # some at the same instant
        any_office.open(due=due)
    whole = numbers(find(any_office, order=ORDERS[order], limit=100))
    pages = list(_pages(any_office, order, 3))
    assert [len(page.cases) for page in pages] == [3, 3, 1] and {page.total for page in pages} == {7}
    assert [number for page in pages for number in numbers(page)] == whole and len(set(whole)) == 7
    assert pages[0].before is None and pages[-1].after is None
    back = find(any_office, order=ORDERS[order], limit=3, before=pages[-1].before)
    assert numbers(back) == numbers(pages[1]) and back.after is not None
    first = find(any_office, order=ORDERS[order], limit=3, before=back.before)
    assert numbers(first) == numbers(pages[0]) and first.before is None


def test_orders_are_what_they_say(office: Office) -> None:
    for due in ("2026-03-09", None, "2026-03-04"):
        office.wait(minutes=1)
        office.open(due=due)
    assert numbers(find(office, order=ORDERS["newest"])) == ["0003", "0002", "0001"]
    assert numbers(find(office, order=ORDERS["oldest"])) == ["0001", "0002", "0003"]
    assert numbers(find(office, order=ORDERS["due"])) == ["0003", "0001", "0002"]  # without limit comes last


def test_a_page_keeps_its_place_while_cases_come_in(office: Office) -> None:
    for _ in range(4):
        office.wait(minutes=1)
        office.open()
    first = find(office, limit=2)
    office.wait(minutes=1)
    office.open()
    assert numbers(find(office, limit=2, after=first.after)) == ["0002", "0001"]


@pytest.mark.parametrize("mark", ["x", "", "W10", "bnVsbA", "WyJuZXdlc3QiLCJ4IiwieSJd", "é", "WyJkdWUiLCIiLCJ4Il0"])
def test_a_mark_that_is_none_of_ours_is_refused(office: Office, mark: str) -> None:
    office.open()
    if mark == "":
        assert find(office, after=mark).total == 1
    else:
        with pytest.raises(CursorInvalid):
            find(office, after=mark)


def test_a_mark_of_another_order_is_refused(office: Office) -> None:
    for _ in range(2):
        office.open()
    mark = find(office, limit=1).after
    with pytest.raises(CursorInvalid):
        find(office, limit=1, order=ORDERS["number"], after=mark)


def test_rows_have_aware_instants(any_office: Office) -> None:
    any_office.open(due="2026-03-04T17:30:00+08:00")
    (case,) = find(any_office).cases
    assert isinstance(case.due_at, datetime) and case.due_at.tzinfo is not None
