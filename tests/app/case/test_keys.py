"""What must not be the same in two cases: told apart as people do, refused or kept for a reason, also at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.case.alike import number_alike, text_alike
from app.case.errors import CaseDuplicate, CaseValueInvalid, CommentRefused, RegisterInvalid
from app.case.keys import key_of, release_key, settle_duplicate
from app.case.links import DUPLICATE, links_of
from app.case.models import Case, CaseKey, CaseNumber, Comment
from app.case.opening import open_case
from app.case.register import check_properties, read_register
from tests.app.case.conftest import CALL, Office

DIAGRAM = (Path(__file__).parent / "call.bpmn").read_text(encoding="utf-8")
UNIQUE = "sender,document_number:number"
LETTER = {"sender": "县农业农村局", "document_number": "泾农〔2026〕8号"}


def declared(office: Office, **properties: str) -> Office:
    """Deploy the small process once more, with these properties besides."""
    lines = "".join(
        f'<camunda:property name="case.{name}" value="{value}" />' for name, value in properties.items()
    )
    at = DIAGRAM.index("</camunda:properties>")
    office.deploy((DIAGRAM[:at] + lines + DIAGRAM[at:]).encode())
    return office


def opened(office: Office, reason: str = "", **variables: Any) -> Case:
    """Open a case as the start page does: the reason is asked for in the same transaction."""
    with office.session() as session:
        engine = office.engine(session)
        case = open_case(engine, session, "call", {**CALL, **LETTER, **variables}, by="duty1")
        settle_duplicate(session, office.tenant, case.instance_id, reason, by="duty1", at=office.clock.now())
        session.commit()
        return case


def count(office: Office, what: Any) -> int:
    with office.session() as session:
        return int(session.scalar(select(func.count()).select_from(what)) or 0)


@pytest.mark.parametrize(
    "written",
    [
        "昌政〔2026〕8号", "昌政[2026]8号", "昌政(2026)8号", "昌政（2026）8号", "昌政［２０２６］８号",
        "昌政【2026】8号",
        " 昌政 〔2026〕 8 号 ", "昌政〔2026〕第8号", "昌政〔2026〕08号", "昌政﹝2026﹞8号",
    ],
)
def test_a_document_number_is_the_same_however_it_is_written(written: str) -> None:
    assert number_alike(written) == "昌政[2026]8号"


def test_other_numbers_stay_others() -> None:
    written = ["昌政〔2026〕8号", "昌政〔2025〕8号", "昌政〔2026〕80号", "昌党〔2026〕8号", "昌政办〔2026〕8号"]
    assert len({number_alike(number) for number in written}) == len(written)


@given(st.text(alphabet="昌政〔〕［］()（）第0８号 　Aａb"))
def test_making_alike_is_done_once_and_for_all(text: str) -> None:
    for alike in (number_alike, text_alike):
        assert alike(alike(text)) == alike(text)


def test_a_key_is_there_only_when_all_its_parts_are() -> None:
    unique = {"sender": "text", "document_number": "number"}
    assert key_of(unique, LETTER) == key_of(unique, {**LETTER, "document_number": "泾农[2026] 第08号"})
    assert key_of(unique, LETTER) != key_of(unique, {**LETTER, "sender": "县林业局"})
    for empty in (None, "", "  "):
        assert key_of(unique, {**LETTER, "document_number": empty}) is None
    assert key_of(unique, {"sender": "县农业农村局"}) is None
    assert key_of({"a": "text", "b": "text"}, {"a": "x", "b": "yz"}) != key_of(
        {"a": "text", "b": "text"}, {"a": "xy", "b": "z"}
    )
    with pytest.raises(CaseValueInvalid):
        key_of(unique, {**LETTER, "sender": ["a"]})


def test_a_second_case_of_the_same_is_refused_and_takes_no_number(any_office: Office) -> None:
    office = declared(any_office, unique=UNIQUE)
    first = opened(office)
    with pytest.raises(CaseDuplicate) as refused:
        opened(office, "仍要登记", document_number="泾农 [2026] 8号")
    assert (refused.value.instance_id, refused.value.may_go_on) == (first.instance_id, False)
    assert opened(office, document_number="泾农〔2026〕9号").number == "T-2026-0002"
    assert [opened(office, document_number="").number for _ in range(2)] == ["T-2026-0003", "T-2026-0004"]


def test_where_the_process_only_warns_a_reason_lets_it_in_and_is_kept(any_office: Office) -> None:
    office = declared(any_office, unique=UNIQUE, duplicate="warn")
    first = opened(office)
    with pytest.raises(CaseDuplicate) as warned:
        opened(office)
    assert warned.value.may_go_on and warned.value.instance_id == first.instance_id
    with pytest.raises(CommentRefused):
        opened(office, "x" * 4001)
    second = opened(office, "对方更正后重发")
    assert second.number == "T-2026-0002"
    with office.session() as session:
        said = session.scalars(select(Comment.text).where(Comment.instance_id == second.instance_id)).one()
        assert "对方更正后重发" in said
        (linked,) = links_of(session, second)
        assert (linked.link.kind, linked.case.instance_id) == (DUPLICATE, first.instance_id)
    third = opened(office, "又来一份")
    assert third.number == "T-2026-0003"


def test_what_is_entered_later_is_found_too_and_may_be_corrected(any_office: Office) -> None:
    office = declared(any_office, unique=UNIQUE)
    first, second = opened(office), opened(office, document_number="")
    with pytest.raises(CaseDuplicate):
        office.complete(second, "duty1", document_number="泾农(2026)8号", lead_unit="water_station")
    assert office.case(second).state == "待派单", "the whole step is given up"
    office.complete(first, "duty1", document_number="泾农〔2026〕18号", lead_unit="water_station")
    office.complete(second, "duty1", document_number="泾农(2026)8号", lead_unit="water_station")
    assert count(office, CaseKey) == 2


def test_a_key_that_is_given_back_is_the_next_ones(any_office: Office) -> None:
    office = declared(any_office, unique=UNIQUE)
    first = opened(office)
    with office.session() as session:
        release_key(session, office.tenant, first.instance_id)
        session.commit()
    assert opened(office).number == "T-2026-0002"


def test_a_case_whose_double_was_given_back_needs_no_reason(office: Office) -> None:
    declared(office, unique=UNIQUE, duplicate="warn")
    first = opened(office)
    opened(office, "重发")
    with office.session() as session:
        release_key(session, office.tenant, first.instance_id)
        session.commit()
    with pytest.raises(CaseDuplicate):
        opened(office)


@pytest.mark.parametrize("number", ["T-{year}-{serial:04}", "{channel}-{year}-{serial}"])
def test_of_two_clerks_at_once_exactly_one_registers_the_document(any_office: Office, number: str) -> None:
    diagram = DIAGRAM.replace("T-{year}-{serial:04}", number)
    at = diagram.index("</camunda:properties>")
    line = f'<camunda:property name="case.unique" value="{UNIQUE}" />'
    any_office.deploy((diagram[:at] + line + diagram[at:]).encode())
    clerks = 4
    barrier = Barrier(clerks)

    def register(clerk: int) -> str:
        barrier.wait()
        try:  # each by a channel, and so a sequence of numbers, of its own where the pattern says so
            return opened(any_office, channel=f"渠道{clerk}").instance_id
        except CaseDuplicate as refused:
            return f"refused for {refused.instance_id}"

    with ThreadPoolExecutor(clerks) as pool:
        outcomes = list(pool.map(register, range(clerks)))
    (registered,) = [outcome for outcome in outcomes if not outcome.startswith("refused")]
    assert sorted(outcomes) == sorted([registered, *[f"refused for {registered}"] * (clerks - 1)])
    assert count(any_office, Case) == 1
    with any_office.session() as session:
        assert session.scalar(select(func.sum(CaseNumber.last))) == 1, "no number is lost"


@pytest.mark.parametrize(
    "properties",
    [
        {"case.unique": ""}, {"case.unique": "a b"}, {"case.unique": "sender:guess"}, {"case.duplicate": "warn"},
        {"case.unique": "sender", "case.duplicate": "perhaps"}, {"case.noFiles": "secrecy !="},
        {"case.noFiles": ""}, {"case.noFilesReason": "涉密"}, {"case.voiders": "a b"},
    ],
)
def test_a_wrong_declaration_is_refused_at_deployment(properties: dict[str, str]) -> None:
    whole = {"case.number": "T-{serial}", **properties}
    (problem,) = check_properties(whole, {})
    assert next(iter(properties)).split(".")[1] in problem[1] or "duplicate" in problem[1]
    with pytest.raises(RegisterInvalid):
        read_register("call", "来电", whole)


def test_the_declaration_is_read() -> None:
    register = read_register("call", "来电", {
        "case.number": "T-{serial}", "case.unique": UNIQUE, "case.duplicate": "warn",
        "case.noFiles": 'secrecy != "无"', "case.noFilesReason": "涉密文件不得上传", "case.voiders": "office,keepers",
    })  # fmt: skip
    assert dict(register.unique) == {"sender": "text", "document_number": "number"}
    assert (register.duplicate, register.voiders) == ("warn", ("office", "keepers"))
    assert (register.no_files, register.no_files_reason) == ('secrecy != "无"', "涉密文件不得上传")


