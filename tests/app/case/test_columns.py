"""What declared columns hold, for showing and for filtering."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.case import conditions
from app.case.access import Reader
from app.case.conditions import Condition
from app.case.models import Case, CaseValue
from app.case.ordering import Order
from app.case.projection import register_of
from app.case.queries import Criteria, find_cases
from app.case.register import check_properties
from app.case.values import comparable
from tests.app.case.conftest import DIAGRAM, GROUPS, TENANT, Office

BY_NUMBER = Order("number", "number")
DECLARED = {"case.columns": "village,caller,copies,received_at,tags,note,urgent,case.files",
            "case.filters": "copies,received_at,tags,note,urgent"}  # fmt: skip
LONG = "".join(chr(0x4E00 + number) for number in range(450))


def declare(office: Office) -> None:
    """Deploy the process once more, now with columns."""
    lines = "".join(f'<camunda:property name="{name}" value="{value}" />' for name, value in DECLARED.items())
    place = b'<camunda:property name="case.number"'
    office.deploy(DIAGRAM.replace(place, lines.encode() + place, 1))


def found(office: Office, **asked: object) -> list[str]:
    """Return the numbers' ends of the cases that meet a condition."""
    with office.session() as session:
        register = register_of(office.engine(session).latest("call"))
        criteria = Criteria(conditions=(Condition(**asked),))  # type: ignore[arg-type]
        page = find_cases(session, TENANT, register, Reader("chief1", GROUPS["chief1"]), criteria, order=BY_NUMBER)
    assert page.total == len(page.cases)
    return [case.number[-4:] for case in page.cases]


def values(office: Office, case: Case) -> list[tuple[str, str, float | None]]:
    with office.session() as session:
        mine = select(CaseValue.name, CaseValue.text, CaseValue.number).where(CaseValue.instance_id == case.instance_id)
        return [tuple(row) for row in session.execute(mine.order_by(CaseValue.name, CaseValue.position))]  # type: ignore[misc]


def test_a_row_keeps_what_its_columns_show_and_nothing_private(any_office: Office) -> None:
    declare(any_office)
    case = any_office.open(copies=3, tags=["路", "灯"], note=None)
    assert case.shown == {"copies": 3, "received_at": None, "tags": ["路", "灯"], "note": None, "urgent": None}
    case = any_office.complete(case, "duty1", lead_unit="water_station", note='说 "好"', received_at="2026-03-04")
    assert case.shown == {
        "copies": 3, "received_at": "2026-03-04", "tags": ["路", "灯"], "note": '说 "好"', "urgent": None
    }


def test_columns_without_filters_cost_no_statement_more(any_office: Office) -> None:
    declare(any_office)
    case = any_office.open(copies=3)
    any_office.statements.clear()
    any_office.complete(case, "duty1", lead_unit="water_station")
    assert not [text for text in any_office.statements if "case_value" in text]
    case = any_office.open(copies=3)
    any_office.statements.clear()
    any_office.complete(case, "duty1", copies=4, tags=["路"])
    assert len([text for text in any_office.statements if "case_value" in text]) == 2
    assert ("copies", "4", 4.0) in values(any_office, case)


def test_a_process_without_columns_writes_no_values(office: Office) -> None:
    office.open()
    assert not [text for text in office.statements if "case_value" in text]
    assert office.open().shown == {}


def test_cases_are_found_by_every_kind_of_value(any_office: Office) -> None:
    declare(any_office)
    any_office.open(copies=3, received_at="2026-03-04T09:00+08:00", tags=["路", "灯"], urgent=True, note="水泥路ABC")
    any_office.open(copies=12.5, received_at="2026-03-04T23:59:59Z", tags=["灯"], urgent=False, note=LONG)
    any_office.open()
    assert found(any_office, name="tags", equals="灯") == ["0001", "0002"]
    assert found(any_office, name="tags", equals="路") == ["0001"]
    assert found(any_office, name="urgent", equals="false") == ["0002"]
    assert found(any_office, name="copies", least=3) == ["0001", "0002"]
    assert found(any_office, name="copies", least=3, most=12) == ["0001"]
    until = "2026-03-04T16:00:00Z"
    assert found(any_office, name="received_at", since="2026-03-04T01:00:00Z", before=until) == ["0001"]
    assert found(any_office, name="received_at", since="2026-03-04T01:00:01Z") == ["0002"]
    assert found(any_office, name="note", contains="泥路abc") == ["0001"]
    for start in (0, 60, 99, 150, 190, 349):
        assert found(any_office, name="note", contains=LONG[start : start + 100]) == ["0002"], start
    assert found(any_office, name="note", contains="%") == []


def test_no_case_is_lost_where_several_of_its_values_fit(any_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "FEW", 4)
    declare(any_office)
    for tags in (["1站", "2站"], ["1站", "2站"], ["3站"], ["3站"], ["桥"]):
        any_office.open(tags=tags, copies=3)
    assert found(any_office, name="tags", contains="站") == ["0001", "0002", "0003", "0004"]
    assert found(any_office, name="tags", equals="1站") == ["0001", "0002"]
    monkeypatch.setattr(conditions, "FEW", 2)
    both = (Condition(name="copies", least=3), Condition(name="tags", contains="站"))
    with any_office.session() as session:
        register = register_of(any_office.engine(session).latest("call"))
        page = find_cases(
            session, TENANT, register, Reader("chief1", GROUPS["chief1"]), Criteria(conditions=both), order=BY_NUMBER
        )
    assert [case.number[-4:] for case in page.cases] == ["0001", "0002", "0003", "0004"]


def test_what_is_written_anew_is_no_longer_found_by_what_it_was(any_office: Office) -> None:
    declare(any_office)
    case = any_office.open(tags=["路", "灯"])
    any_office.complete(case, "duty1", lead_unit="water_station", tags=["桥"])
    assert found(any_office, name="tags", equals="灯") == []
    assert found(any_office, name="tags", equals="桥") == ["0001"]


@pytest.mark.parametrize(
    ("value", "rows"),
    [(None, []), ("", []), ([], []), (True, [("true", None)]), (3, [("3", 3.0)]), (float("nan"), []),
     ({"@date": "2026-03-04"}, [("2026-03-04", None)]), ({"a": 1}, []),
     ({"@datetime": "2026-03-04T09:00:00+08:00"}, [("2026-03-04T01:00:00Z", None)]),
     ("2026-03-04T09:00", [("2026-03-04T01:00:00Z", None)]), ("2026-13-04T09:00", [("2026-13-04T09:00", None)])],
)  # fmt: skip
def test_values_are_compared_by(value: object, rows: list[tuple[str, float | None]]) -> None:
    assert list(comparable(value)) == rows


@pytest.mark.parametrize(
    ("properties", "wrong"),
    [({"case.columns": "a,b c"}, "case.columns"), ({"case.columns": "case.nothing"}, "case.columns"),
     ({"case.columns": "a", "case.filters": "b"}, "case.filters"), ({"case.filters": "case.state"}, "case.filters"),
     ({"case.columns": "caller", "case.filters": "caller", "case.private": "caller:name"}, "caller")],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_by_name(properties: dict[str, str], wrong: str) -> None:
    problems = check_properties({"case.number": "T-{year}-{serial:04}", **properties}, {})
    assert problems and all(element is None for element, _ in problems)
    assert wrong in problems[0][1]
