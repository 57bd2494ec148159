"""Cases that grow out of others, and cases that people link: who may, what stays, and what is told."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.case.access import Reader, readable
from app.case.errors import CaseValueInvalid, LinkNotFound, LinkRefused, OriginInvalid
from app.case.links import DUPLICATE, ORIGIN, RELATED, family_of, link_cases, links_of, remove_link, restore_link
from app.case.models import Case
from app.case.projection import register_of
from app.case.register import check_properties
from engine.history import Act
from tests.app.case.conftest import GROUPS, Office
from tests.app.case.linking import ORDER, Linking, linking


@pytest.fixture
def offices(any_office: Office) -> Linking:
    return linking(any_office)


@pytest.fixture
def small(office: Office) -> Linking:
    return linking(office)


def test_a_case_is_linked_with_the_one_that_it_grew_out_of(offices: Linking) -> None:
    call = offices.open()
    order = offices.order(origin=call.number)
    (up,), (down,) = offices.links(order), offices.links(call)
    assert (up.case.number, up.is_origin, up.grew_out) == (call.number, True, False)
    assert (down.case.number, down.is_origin, down.grew_out) == (order.number, False, True)
    assert (up.link.by, up.link.at, up.link.kind) == ("duty1", offices.clock.now(), ORIGIN)


@pytest.mark.parametrize("number", ["T-2026-0099", "nonsense", "T-2026-0001 x"])
def test_an_origin_that_is_not_there_is_refused_by_field_and_takes_no_number(offices: Linking, number: str) -> None:
    call = offices.open()
    with pytest.raises(OriginInvalid) as refused:
        offices.order(origin=number)
    assert refused.value.errors == {"origin": [{"code": "no_such_case"}]}
    assert offices.order(origin=f" {call.number} ").number == "DB-2026-0001"


def test_who_may_not_read_a_case_cannot_tell_it_from_none(offices: Linking) -> None:
    call = offices.open()
    with pytest.raises(OriginInvalid) as unreadable:
        offices.order("stranger", origin=call.number)
    with pytest.raises(OriginInvalid) as missing:
        offices.order("stranger", origin="T-2026-0099")
    assert unreadable.value.errors == missing.value.errors
    assert str(unreadable.value).replace(call.number, "") == str(missing.value).replace("T-2026-0099", "")
    assert offices.rows() == []


def test_what_a_process_itself_names_needs_no_leave(offices: Linking) -> None:
    call = offices.open()
    with offices.session() as session:
        sent = offices.engine(session)
        subscription = sent.store.subscriptions("message", "order")[0]
        assert subscription.instance_id is None
        sent._deliver(subscription, Act(offices.clock.now()), {"origin": call.number}, call.number)
        session.commit()
    (down,) = offices.links(call)
    assert (down.case.number, down.link.by) == ("DB-2026-0001", "")


@pytest.mark.parametrize("value", [5, ["T-2026-0001"], True, {"number": "T-2026-0001"}])
def test_an_origin_that_is_no_text_is_refused(small: Linking, value: object) -> None:
    small.open()
    with pytest.raises(CaseValueInvalid, match="origin"):
        small.order(origin=value)
    assert small.rows() == []


def test_a_corrected_origin_moves_the_link_and_the_old_one_stays_on_record(offices: Linking) -> None:
    first, second = offices.open(), offices.open()
    order = offices.order(origin=first.number)
    offices.wait(hours=1)
    _edit(offices, order, origin=second.number)
    assert [each.case.number for each in offices.links(order)] == [second.number]
    assert offices.links(first) == []
    old, new = offices.rows()
    assert (old.removed_by, old.removed_at, new.removed_at) == ("duty1", offices.clock.now(), None)
    _edit(offices, order, origin=second.number)
    assert len(offices.rows()) == 2  # the same again changes nothing
    _edit(offices, order, origin="")
    assert offices.links(order) == []


def test_a_case_grows_neither_out_of_itself_nor_out_of_what_grew_out_of_it(offices: Linking) -> None:
    first = offices.order()
    second = offices.order(origin=first.number)
    third = offices.order(origin=second.number)
    for origin in (first, second, third):
        with pytest.raises(OriginInvalid) as refused:
            _edit(offices, first, origin=origin.number)
        assert refused.value.errors == {"origin": [{"code": "grew_out_of_this"}]}
    assert [each.case.number for each in offices.links(first)] == [second.number]


def _edit(offices: Linking, case: Case, **variables: object) -> None:
    with offices.session() as session:
        offices.engine(session).set_variables(case.instance_id, variables, by="duty1", reason="更正")
        session.commit()


def test_the_closing_is_told_once(offices: Linking) -> None:
    call = offices.open()
    order = offices.order(origin=call.number)
    alone = offices.order()
    assert offices.told == []
    for case in (order, alone):
        offices.complete(case, "duty1", result="已修好")
    assert offices.told == [(call.number, order.number, "督办")]
    assert offices.case(order).results == {"result": "已修好"}
    offices.wait(hours=1)
    offices.complete(order, "duty1")  # filed: closed long since
    assert len(offices.told) == 1


def test_a_cancelled_case_is_told_of_too(offices: Linking) -> None:
    call = offices.open()
    order = offices.order(origin=call.number)
    with offices.session() as session:
        offices.engine(session).cancel(order.instance_id, by="chief1", reason="撤销")
        session.commit()
    assert offices.told == [(call.number, order.number, "督办")]


# -- by hand


def test_people_link_remove_and_put_back(offices: Linking) -> None:
    first, second = offices.open(), offices.open()
    with offices.session() as session:
        assert link_cases(session, first, second, RELATED, by="duty1", at=offices.clock.now())
        assert not link_cases(session, second, first, RELATED, by="chief1", at=offices.clock.now())
        assert link_cases(session, first, second, DUPLICATE, by="duty1", at=offices.clock.now())
        session.commit()
    link = offices.rows()[0]
    offices.wait(hours=1)
    with offices.session() as session:
        remove_link(session, second, link.id, by="chief1", at=offices.clock.now())
        session.commit()
    assert [each.link.kind for each in offices.links(first)] == [DUPLICATE]
    with offices.session() as session:
        removed = next(each.link for each in links_of(session, first) if each.link.kind == RELATED)
        assert (removed.removed_by, removed.removed_at) == ("chief1", offices.clock.now())
        with pytest.raises(LinkNotFound):
            remove_link(session, first, link.id, by="duty1", at=offices.clock.now())
        restore_link(session, first, link.id)
        session.commit()
    back = offices.rows()[0]
    assert (back.by, back.at, back.removed_at, back.removed_by) == (link.by, link.at, None, None)
    assert {each.link.kind for each in offices.links(second)} == {RELATED, DUPLICATE}


def test_what_was_linked_anew_is_not_put_back_as_well(offices: Linking) -> None:
    first, second = offices.open(), offices.open()
    at = offices.clock.now()
    with offices.session() as session:
        link_cases(session, first, second, RELATED, by="duty1", at=at)
        link = links_of(session, first)[0].link
        remove_link(session, first, link.id, by="duty1", at=at)
        assert link_cases(session, first, second, RELATED, by="duty1", at=at)
        with pytest.raises(LinkNotFound):
            restore_link(session, first, link.id)
        session.commit()
    assert len(offices.links(first)) == 1


def test_no_case_is_linked_with_itself_nor_an_origin_changed_by_hand(small: Linking) -> None:
    call = small.open()
    order, stranger = small.order(origin=call.number), small.open()
    link = small.rows()[0]
    with small.session() as session:
        at = small.clock.now()
        with pytest.raises(LinkRefused):
            link_cases(session, call, call, RELATED, by="duty1", at=at)
        with pytest.raises(LinkRefused):
            link_cases(session, call, order, ORIGIN, by="duty1", at=at)
        for case in (call, order, stranger):
            with pytest.raises(LinkNotFound):
                remove_link(session, case, link.id, by="duty1", at=at)
        link_cases(session, call, order, RELATED, by="duty1", at=at)
        with pytest.raises(LinkNotFound):  # not a link of this case
            remove_link(session, stranger, _related(session, call), by="duty1", at=at)


def _related(session: Session, case: Case) -> int:
    return next(each.link.id for each in links_of(session, case) if each.link.kind == RELATED)


def test_two_who_link_at_once_make_one_link(offices: Linking) -> None:
    first, second = offices.open(), offices.open()
    gate, made = threading.Barrier(4), list[bool]()

    def link() -> None:
        gate.wait()
        with offices.session() as session:
            made.append(link_cases(session, first, second, RELATED, by="duty1", at=offices.clock.now()))
            session.commit()

    _at_once([link] * 4)
    assert sorted(made) == [False, False, False, True]
    assert len(offices.rows()) == 1


def test_two_who_remove_at_once_remove_one_link(offices: Linking) -> None:
    first, second = offices.open(), offices.open()
    with offices.session() as session:
        link_cases(session, first, second, RELATED, by="duty1", at=offices.clock.now())
        session.commit()
    link_id, gate, done = offices.rows()[0].id, threading.Barrier(3), list[str]()

    def remove(by: str) -> None:
        gate.wait()
        with offices.session() as session:
            try:
                remove_link(session, first, link_id, by=by, at=offices.clock.now())
            except LinkNotFound:
                return
            session.commit()
            done.append(by)

    _at_once([lambda by=by: remove(by) for by in ("a", "b", "c")])  # type: ignore[misc]
    assert [offices.rows()[0].removed_by] == done


def _at_once(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# -- who may read which


def test_the_readable_ones_among_many_cost_one_statement(offices: Linking) -> None:
    calls = [offices.open() for _ in range(6)]
    for call in calls[:2]:
        offices.complete(call, "duty1", lead_unit="water_station")
    orders = [offices.order(unit="water_station"), offices.order()]
    for login, expected in (
        ("duty1", [*calls, *orders]), ("chief1", calls), ("water1", [*calls[:2], *orders]), ("stranger", []),
    ):
        with offices.session() as session:
            engine = offices.engine(session)
            pairs = [(register_of(engine.definition(case.definition_id)), case) for case in (*calls, *orders)]
            offices.statements.clear()
            found = readable(session, pairs, Reader(login, GROUPS[login]))
        assert found == {case.instance_id for case in expected}, login
        assert len(offices.statements) <= 1, login


def test_links_are_read_in_one_statement_however_many(small: Linking) -> None:
    call = small.open()
    counts = []
    for _ in range(2):
        for _ in range(3):
            small.order(origin=call.number)
            small.wait(minutes=1)
        with small.session() as session:
            small.statements.clear()
            found = links_of(session, call)
            counts.append(len(small.statements))
    assert counts == [1, 1]
    assert [each.link.at for each in found] == sorted((each.link.at for each in found), reverse=True)


def test_a_family_is_read_in_two_statements_however_far_it_goes(offices: Linking) -> None:
    call = offices.open()
    first = offices.order(origin=call.number)
    second, beside = offices.order(origin=first.number), offices.order(origin=call.number)
    offices.order(origin=offices.open().number)  # another family
    for case, others in ((call, (first, second, beside)), (second, (first, call)), (first, (call, second))):
        with offices.session() as session:
            offices.statements.clear()
            pairs, cases = family_of(session, case)
            assert len(offices.statements) == 2
        assert {each.number for each in cases.values()} == {each.number for each in others}
        assert (first.instance_id, call.instance_id) in pairs
    with offices.session() as session:
        assert family_of(session, offices.order()) == ([], {})


def test_a_step_of_a_case_without_origin_costs_nothing_for_links(small: Linking) -> None:
    call = small.open()
    small.statements.clear()
    small.complete(call, "duty1", lead_unit="water_station")
    assert not [text for text in small.statements if "case_link" in text]


def test_another_townships_case_is_no_origin(small: Linking) -> None:
    call = small.open()
    neighbour = Linking(small.database, tenant="neighbour", clock=small.clock)
    neighbour.deploy(ORDER.encode())
    with pytest.raises(OriginInvalid):
        neighbour.order(origin=call.number)


def test_an_outcome_is_nothing_that_is_masked() -> None:
    properties = {"case.number": "X-{serial}", "case.private": "caller:name", "case.outcome": "result,caller"}
    ((element, problem),) = check_properties(properties, {})
    assert element is None and "caller" in problem and "case.outcome" in problem
    assert check_properties({**properties, "case.outcome": "result", "case.origin": "origin"}, {}) == []
    assert check_properties({**properties, "case.outcome": "result", "case.origin": "a b"}, {})

