"""The minutes of a matter: the meetings of all three tiers, those of several units each with its name."""

from tests.app.pages.test_ended_origin import matter as matter
from tests.app.pages.test_ended_origin import unit_of
from tests.app.printing.conftest import Council, pages
from tests.bpmn.tiers import PLANNED


def test_the_minutes_tell_every_tier_with_attendance_votes_and_opinions(council: Council, matter: str) -> None:
    for unit in ("water_station", "village_08"):
        unit_of(council.township, matter, unit, PLANNED)
    text = "".join(pages(council.print("dispatch1", f"/cases/{matter}/print/minutes")))
    heads = [text.index(head) for head in (
        "一、领导会商会（2026年11月20日）", "二、乡级例会（", "三、乡村协作水利站（", "四、乡村协作村08（",
    )]  # fmt: skip
    assert heads == sorted(heads)
    said = ("甲分期实施较稳妥。", "研判意见：建议分两期", "应到人数9", "赞成6", "落实方案：十月底前开工。", "赞成1")
    for words in said:
        assert words in text, words
