"""A case's row follows its instance."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.case.errors import CaseNotNumbered, CaseValueInvalid, RegisterInvalid
from app.case.fulltext import CaseText
from app.case.models import Case, CaseUnit
from app.case.opening import open_case
from app.case.projection import projector, to_instant
from engine import Engine
from engine.store.sql import SqlStore
from tests.app.case.conftest import CALL, Office


def test_a_case_opens_with_its_number_and_what_is_known_of_it(any_office: Office) -> None:
    case = any_office.open()
    assert (case.number, case.state, case.place, case.category) == ("T-2026-0001", "待派单", "village_03", "基础设施")
    assert (case.kind, case.urgency, case.source, case.unit) == ("求助", "一般", "值班电话", "")
    assert case.title == "自来水主管爆裂 四十余户停水" and case.content.count("\n") == 1
    assert case.private == {"caller": "王小明", "phone": "13800001234"}
    assert (case.opened_by, case.opened_at, case.closed_at) == ("duty1", any_office.clock.now(), None)
    assert case.due_at is None and case.results == {} and not case.confidential


def test_the_row_follows_the_process_to_its_end(any_office: Office) -> None:
    case = any_office.open()
    case = any_office.complete(case, "duty1", lead_unit="water_station", co_units=["agriculture_station"],
                               due="2026-03-04T17:30:00+08:00")
    assert (case.state, case.unit) == ("待签收", "water_station")
    assert case.due_at == datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
    any_office.wait(hours=1)
    case = any_office.complete(case, "water1")
    assert (case.state, case.closed_at) == ("待回访", None)
    any_office.wait(hours=1)
    case = any_office.complete(case, "call1", solved="解决", first_satisfaction="满意", final_satisfaction="满意")
    closed_at = any_office.clock.now()
    assert (case.state, case.closed_at) == ("已办结", closed_at)
    assert case.results == {"solved": "解决", "first_satisfaction": "满意", "final_satisfaction": "满意"}
    any_office.wait(hours=1)
    case = any_office.complete(case, "duty1")
    assert (case.state, case.closed_at) == ("已归档", closed_at)  # closed once, and then


def test_a_case_belongs_to_the_units_it_has_now(office: Office) -> None:
    case = office.open()
    office.complete(case, "duty1", lead_unit="water_station", co_units=["agriculture_station", "water_station"])
    assert _units(office, case) == {"water_station", "agriculture_station"}
    office.complete(case, "water1", objects=True)
    office.complete(case, "duty1", lead_unit="agriculture_station", co_units=[])
    assert _units(office, case) == {"agriculture_station"}


def _units(office: Office, case: Case) -> set[str]:
    with office.session() as session:
        rows = session.query(CaseUnit).filter_by(tenant=office.tenant, instance_id=case.instance_id)
        return {row.unit for row in rows}


def test_an_ordinary_step_costs_one_statement_and_a_claim_none(office: Office) -> None:
    case = office.open()
    office.complete(case, "duty1", lead_unit="water_station")
    with office.session() as session:
        engine = office.engine(session)
        task = engine.store.tasks(instance_id=case.instance_id)[0]
        office.statements.clear()
        engine.claim(task.id, by="water1")
        assert not [text for text in office.statements if "case_" in text]
        engine.complete_task(task.id, {}, by="water1")
        session.commit()
    assert len([text for text in office.statements if "case_" in text]) == 1


def test_a_row_that_is_loaded_shows_the_change_too(office: Office) -> None:
    case = office.open()
    with office.session() as session:
        loaded = session.get(Case, (office.tenant, case.instance_id))
        engine = office.engine(session)
        task = engine.store.tasks(instance_id=case.instance_id)[0]
        engine.complete_task(task.id, {"lead_unit": "water_station"}, by="duty1")
        assert loaded is not None and loaded.state == "待签收"


def test_a_case_that_is_cancelled_says_so_and_is_closed(office: Office) -> None:
    case = office.open()
    with office.session() as session:
        office.engine(session).cancel(case.instance_id, by="chief1", reason="重复")
        session.commit()
    assert (office.case(case).state, office.case(case).closed_at) == ("已终止", office.clock.now())


def test_what_an_administrator_edits_reaches_the_row(office: Office) -> None:
    case = office.open()
    with office.session() as session:
        office.engine(session).set_variables(case.instance_id, {"category": "环境卫生"}, by="admin", reason="误分类")
        session.commit()
    assert office.case(case).category == "环境卫生"
    assert "环境卫生" in text_of(office, case).text


@pytest.mark.parametrize(
    "variable, value", [("confidential", "yes"), ("due", "soon"), ("village", ["a"]), ("lead_unit", [1]), ("due", 5)]
)
def test_a_value_that_cannot_be_shown_stops_the_step_and_leaves_nothing(
    office: Office, variable: str, value: object
) -> None:
    with pytest.raises(CaseValueInvalid, match=variable), office.session() as session:
        open_case(office.engine(session), session, "call", {**CALL, variable: value}, by="duty1")
    with office.session() as session:
        assert session.query(Case).count() == 0
    assert office.open().number == "T-2026-0001"  # and no number is lost


def test_an_engine_that_gives_no_numbers_starts_no_case(office: Office) -> None:
    with pytest.raises(CaseNotNumbered), office.session() as session:
        follow = projector(session, office.tenant)
        Engine(SqlStore(session, office.tenant), clock=office.clock, on_change=follow).start("call", CALL, by="duty1")


def test_a_process_without_register_runs_and_has_no_row(office: Office) -> None:
    diagram = b"""<?xml version="1.0"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
      targetNamespace="t"><process id="plain" isExecutable="true"><startEvent id="begun"/>
      <sequenceFlow id="f" sourceRef="begun" targetRef="ended"/><endEvent id="ended"/></process></definitions>"""
    office.deploy(diagram)
    with office.session() as session:
        office.engine(session).start("plain", {}, by="duty1")
        session.commit()
        assert session.query(Case).count() == 0
    with pytest.raises(RegisterInvalid):
        office.open("plain")


def test_the_callers_of_confidential_cases_are_in_no_search_text(any_office: Office) -> None:
    plain = text_of(any_office, any_office.open(confidential=False))
    assert plain.private_text == "王小明\n13800001234" and "~王小" in plain.words and " 王小" not in plain.words
    secret = text_of(any_office, any_office.open(confidential=True))
    assert secret.private_text == "" and "王小" not in secret.words + secret.text
    with any_office.session() as session:  # declared confidential only later: forgotten at once
        open_one = any_office.open(confidential=False)
        engine = any_office.engine(session)
        engine.set_variables(open_one.instance_id, {"confidential": True}, by="admin", reason="保密")
        session.commit()
    hidden = text_of(any_office, open_one)
    assert hidden.private_text == "" and "王小" not in hidden.words and any_office.case(open_one).confidential


def text_of(office: Office, case: Case) -> CaseText:
    with office.session() as session:
        return session.query(CaseText).filter_by(tenant=office.tenant, instance_id=case.instance_id).one()


@pytest.mark.parametrize(
    "stored, instant",
    [
        ("2026-03-04T17:30:00+08:00", "2026-03-04T09:30:00+00:00"), ("2026-03-04T17:30", "2026-03-04T09:30:00+00:00"),
        ({"@datetime": "2026-03-04T09:30:00Z"}, "2026-03-04T09:30:00+00:00"),
        ({"@datetime": "2026-03-04T17:30:00@Asia/Shanghai"}, "2026-03-04T09:30:00+00:00"),
        ("2026-03-04", "2026-03-04T15:59:59+00:00"), ({"@date": "2026-03-04"}, "2026-03-04T15:59:59+00:00"),
    ],
)
def test_instants_are_read_in_all_their_forms(stored: object, instant: str) -> None:
    read = to_instant(stored)
    assert read is not None and read.astimezone(UTC).isoformat() == instant
