"""Text is found by two characters, by beginnings and exactly, in both databases, and by nobody who may not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.case import conditions, queries
from app.case.access import Reader
from app.case.fulltext import CaseText, follow_more
from app.case.models import Attachment, AttachmentText, Case, Comment
from app.case.ordering import Order
from app.case.projection import register_of
from app.case.queries import Criteria, Page, find_cases
from app.case.search import MOST_BYTES, searchable, tokens, words
from app.case.talk import add_comment
from app.case.texts import keep_text
from tests.app.case.conftest import DIAGRAM, GROUPS, TENANT, Office

BY_NUMBER = Order("number", "number")
OTHER = DIAGRAM.replace(b'<bpmn:process id="call"', b'<bpmn:process id="letter"').replace(b'"T-{year}', b'"L-{year}')


def search(office: Office, query: str, user: str = "chief1", key: str = "call", **more: object) -> Page:
    with office.session() as session:
        register = register_of(office.engine(session).latest(key))
        reader = Reader(user, GROUPS[user])
        return find_cases(session, TENANT, register, reader, Criteria(text=query, **more), order=BY_NUMBER)  # type: ignore[arg-type]


def found(office: Office, query: str, user: str = "chief1", **more: object) -> list[str]:
    return [case.number[-4:] for case in search(office, query, user, **more).cases]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("水泥路", "水泥 水泥路 泥路 路"), ("路", "路"), ("LED灯", "led 灯"),
     ("HL-2026-000123", "hl2026000123 2026000123 000123 123"),
     ("13800001234", "13800001234 1234"), ("１００％", "100 _25"), ("", ""), ("a.b", "ab b"), ("好，好", "好 _2c")],
)  # fmt: skip
def test_texts_are_cut_into(text: str, expected: str) -> None:
    assert tokens(searchable(text)) == expected


def test_what_is_looked_for_is_cut_alike() -> None:
    assert [(word.tokens, word.is_exact) for word in [*words("水泥路面 水 LED T-2026 100%"), *words("塌陷")]] == [
        (("水泥路", "泥路面"), False), (("水*",), True), (("led*",), True), (("t2026*",), False),
        (("100*", "_25"), False), (("塌陷",), True),
    ]  # fmt: skip


def test_tokens_of_a_long_text_end_where_the_databases_do(any_office: Office) -> None:
    long = "".join(chr(0x4E00 + number % 20000) + chr(0x4E00 + number % 19997) for number in range(100_000))
    assert MOST_BYTES * 0.8 < len(tokens(long).encode()) <= MOST_BYTES
    case = any_office.open(content=long)
    with any_office.session() as session:
        session.add(Comment(tenant=TENANT, instance_id=case.instance_id, at=any_office.clock.now(), by="x", text=long))
        follow_more(session, {"tenant": TENANT, "instance_id": case.instance_id})
        session.commit()
    assert found(any_office, long[50:55]) == ["0001"]


@pytest.mark.parametrize(
    "query",
    ["水泥", "泥路", "水泥路", "村民组水泥路塌陷", "水", "陷", "LED", "le", "ｌｅｄ", "t-2026-0001", "2026-0001",
     "0001", "100%", "%", "水泥 led", "塌陷约三米", "KV5"],
)  # fmt: skip
def test_two_characters_find_and_so_do_one_and_many(any_office: Office, query: str) -> None:
    any_office.open(content="村民组水泥路塌陷约三米，LED灯100%不亮。线号kv5-2")
    any_office.open(content="村民反映泥泞的水，路，不好走，亮了九十")
    assert "0001" in found(any_office, query)
    if query != "水":
        assert found(any_office, query) == ["0001"]


@pytest.mark.parametrize("query", ["水路", "水泥塌", "村民水泥", "泥路水", "ed灯", "三米塌", "V5-2", "水%泥", "t_2026"])
def test_what_does_not_stand_together_is_not_found(any_office: Office, query: str) -> None:
    any_office.open(content="村民组水泥路塌陷约三米，LED灯不亮。线号kv5-2")
    assert found(any_office, query) == []


def test_declared_texts_are_found_and_codes_are_not(any_office: Office) -> None:
    declared = b'<camunda:property name="case.columns" value="note,tags,result" /><camunda:property name="case.number"'
    any_office.deploy(DIAGRAM.replace(b'<camunda:property name="case.number"', declared, 1))
    case = any_office.open(note="现场\n照片", tags=["农业站", "水利站"], result="send_back")
    assert [found(any_office, query) for query in ("照片", "利站", "send")] == [["0001"], ["0001"], []]
    any_office.complete(case, "duty1", lead_unit="water_station", note="已勘查")
    assert [found(any_office, query) for query in ("照片", "勘查")] == [[], ["0001"]]


def test_comments_and_texts_of_attachments_are_found(any_office: Office) -> None:
    case = any_office.open()
    with any_office.session() as session:
        add_comment(session, TENANT, case.instance_id, "已与水利站联系", by="duty1", at=any_office.clock.now())
        session.commit()
    assert found(any_office, "利站") == ["0001"] and found(any_office, "利站 自来水") == ["0001"]
    with any_office.session() as session:
        file = Attachment(
            tenant=TENANT, instance_id=case.instance_id, name="a.pdf", media_type="application/pdf", size=1,
            sha256="0", at=any_office.clock.now(), by="duty1",
        )  # fmt: skip
        session.add(file)
        session.flush()
        keep_text(session, file, "关于防汛工作的紧急通知", at=any_office.clock.now())
        session.commit()
    assert found(any_office, "防汛 利站") == ["0001"] and found(any_office, "防汛工作的紧急") == ["0001"]
    with any_office.session() as session:
        assert session.query(AttachmentText).count() == 1
        kept = session.query(CaseText).one()
        assert "防汛" in kept.more_words and "防汛" not in kept.words


def test_a_case_of_another_register_or_township_is_not_found(any_office: Office) -> None:
    any_office.deploy(OTHER)
    any_office.open(content="污水外溢")
    any_office.open("letter", content="污水外溢")
    assert found(any_office, "污水") == ["0001"]
    assert [case.number for case in search(any_office, "污水", key="letter").cases] == ["L-2026-0001"]


def test_masked_values_are_found_by_beginning_and_end_for_those_who_may_see_them(any_office: Office) -> None:
    any_office.open(content="路灯不亮")
    any_office.open(content="路灯不亮", confidential=True)
    for query in ("王小明", "小明", "1380000", "1234", "王小明 路灯"):
        assert found(any_office, query, "duty1") == ["0001"], query
        assert found(any_office, query, "chief1") == [], query
        assert found(any_office, query, "call1") == [], query  # reads own cases alone


def test_own_cases_are_searched_by_who_reads_no_others(any_office: Office) -> None:
    mine = any_office.open(content="路灯不亮")
    any_office.open(content="路灯不亮")
    any_office.complete(mine, "duty1", lead_unit="water_station")
    assert found(any_office, "路灯", "water1") == ["0001"] and found(any_office, "路灯", "stranger") == []


MANY: Mapping[str, list[str]] = {"路灯": ["0001", "0002", "0004"], "路": ["0001", "0002", "0003", "0004"],
                                 "路灯不亮了": ["0002"], "路灯 王小": ["0001", "0002", "0004"], "污水": []}  # fmt: skip


@pytest.mark.parametrize("query", MANY)
def test_common_words_are_found_as_rare_ones_are(
    any_office: Office, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for content in ("路灯不亮", "路灯不亮了", "路面塌陷", "路灯，不亮"):
        any_office.open(content=content)
    expected = MANY[query]
    assert found(any_office, query, "duty1") == expected
    monkeypatch.setattr(conditions, "FEW", 0)  # now every word is common
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    page = search(any_office, query, "duty1")
    assert [case.number[-4:] for case in page.cases] == expected
    assert (page.total, page.is_more) == (min(len(expected), 2), len(expected) > 2)


def test_what_cannot_be_rolled_forward_leaves_no_text(any_office: Office) -> None:
    with any_office.session() as session:
        case = any_office.open()
        any_office.engine(session).set_variables(case.instance_id, {"content": "另一段"}, by="admin", reason="改")
        session.rollback()
    assert found(any_office, "另一段") == [] and found(any_office, "自来水") == ["0001"]
    assert isinstance(case, Case)
