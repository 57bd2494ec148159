"""The facts of a case in words: what was chosen by its label, rows as a table."""

import re

from app.case.models import Case
from app.db import db, transaction
from tests.app.pages.conftest import Township
from tests.bpmn.tiers import CONSULTED, MATTER


def matter(township: Township) -> str:
    """Bring a matter before the leaders and return its page."""
    with township.app.app_context(), transaction() as engine:
        instance = engine.start("three_tier_decision", {**MATTER, "origin": ""}, by="dispatch1")
        number = str(instance.business_key)
        engine.complete_task(instance.open_tasks[0].id, CONSULTED, by="leader1")
    with township.app.app_context():
        assert db.session.query(Case).filter_by(number=number).one().state == "待例会"
    return township["dispatch1"].get(f"/cases/{number}").text


def said(page: str, label: str) -> str:
    """Return what stands beside a fact's label, without its marks."""
    found = re.search(rf"<dt>{label}</dt>\s*<dd[^>]*>(.*?)</dd>", page, re.DOTALL)
    assert found, label
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])).strip()


def test_what_was_chosen_is_told_by_its_label(township: Township) -> None:
    page = matter(township)
    assert CONSULTED["consultation_result"] == "forward" and said(page, "研判结论") == "上会"


def test_rows_of_several_fields_stand_in_a_table(township: Township) -> None:
    page = matter(township)
    people = [(row["name"], row.get("opinion", "")) for row in CONSULTED["consultation_attendees"]]
    assert len(people) > 1
    told = " ".join(f"{name} {opinion}" for name, opinion in people).strip()
    assert said(page, "参加会商的人员") == f"姓名 意见 {told}"
    table = re.search(r'<table class="[^"]*fact-table">.*?</table>', page, re.DOTALL)
    assert table and table[0].count("<tr>") == len(people) + 1


def test_the_columns_of_a_table_stand_as_its_form_has_them(township: Township) -> None:
    told = said(matter(township), "历次会商")
    assert told.startswith("会商时间 应到 实到 计票 结论 意见或理由 2026-")
    assert told.endswith("3 2 赞成2，反对0，弃权0 上会 建议分两期,提请例会。")


def test_a_register_calls_its_titles_as_its_form_does(township: Township) -> None:
    matter(township)
    assert "<th>议题</th>" in township["dispatch1"].get("/registers/three_tier_decision").text
