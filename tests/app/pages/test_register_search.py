"""The search of a register: what is marked, what is told beside it, and how it is written anew."""

import re

from flask import Flask
from sqlalchemy import delete, update

from app.case.fulltext import CaseText
from app.case.models import Case, CaseValue
from app.db import db, transaction
from app.register.snippets import marked, snippet
from app.reindex import reindex
from tests.app.pages.conftest import Township
from tests.app.pages.test_register import REGISTER, numbers


def test_what_is_looked_for_is_marked_where_it_is_seen(township: Township) -> None:
    number = township.call()
    page = township["duty1"].get(f"{REGISTER}?q=水泥").text
    assert "村民组<mark>水泥</mark>路塌陷" in page and "register-hit" not in page
    assert f"<mark>{number}</mark>" in township["duty1"].get(f"{REGISTER}?q={number}").text
    assert "<mark>" not in township["duty1"].get(REGISTER).text


def test_what_is_found_elsewhere_is_told_with_its_place(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    page = township["duty1"].get(f"{REGISTER}?q=修补路面").text
    assert re.search(r'<div class="register-hit">办理情况: 已<mark>修补路面</mark>。</div>', page)
    township["duty1"].post(f"/cases/{number}/comments", {"text": "<b>请</b>尽快处理"})
    page = township["duty1"].get(f"{REGISTER}?q=尽快处理").text
    assert "评论: &lt;b&gt;请&lt;/b&gt;<mark>尽快处理</mark>" in page


def test_masked_values_are_marked_for_those_alone_who_see_them(township: Township) -> None:
    township.call(caller="匿名甲")
    assert "<mark>匿名</mark>甲" in township["duty1"].get(f"{REGISTER}?q=匿名").text
    assert "匿名甲" not in township["leader1"].get(f"{REGISTER}?q=水泥&columns=caller").text


def test_snippets_are_cut_around_the_word() -> None:
    assert marked("ＬＥＤ灯LED", ["led"]) == [("ＬＥＤ", True), ("灯", False), ("LED", True)]
    assert marked("", ["x"]) == [("", False)] and marked("x", []) == [("x", False)]
    assert marked("水泥路", ["水泥", "泥路"]) == [("水泥路", True)]
    assert marked("㎞/h", ["km"]) == [("㎞", True), ("/h", False)]
    hit = snippet("内容", f"{'前' * 100}水泥\n路{'后' * 100}", ["水泥"])
    assert hit and "".join(part for part, _ in hit.parts) == f"…{'前' * 24}水泥 路{'后' * 22}…"
    assert snippet("内容", "路灯", ["水泥"]) is None


def test_a_command_writes_texts_columns_and_filters_anew(township: Township, app: Flask) -> None:
    number = township.handled_by("village_03", "village03", channel="12345转办", external_number="12345-7")
    township["duty1"].post(f"/cases/{number}/comments", {"text": "请尽快处理"})
    with app.app_context():
        with transaction():
            db.session.execute(update(Case).values(shown={}))
            db.session.execute(delete(CaseValue))
            db.session.execute(update(CaseText).values(text="", private_text="", words="", more_text="", more_words=""))
        db.session.remove()
    queries = ("q=水泥", "q=尽快处理", "q=13800001234", "q=修补路面", "f.external_number=45-7")
    assert [numbers(township["duty1"].get(f"{REGISTER}?{query}").text) for query in queries] == [[]] * 5
    told: list[int] = []
    with app.app_context():
        reindex(told.append)
    assert [numbers(township["duty1"].get(f"{REGISTER}?{query}").text) for query in queries] == [[number]] * 5
    assert told == [1, 0]
    assert "12345-7" in township["duty1"].get(f"{REGISTER}?columns=external_number").text
