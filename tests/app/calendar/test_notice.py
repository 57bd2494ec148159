"""The notice of a year as it is pasted: what is read, and what is refused."""

import json
from datetime import date
from importlib import resources

import pytest

from app.calendar.notice import read_notice
from app.calendar.table import read_year

NOTICE = (resources.files("app.calendar") / "2026.txt").read_text(encoding="utf-8")


def said(text: str) -> list[str]:
    return [problem.text % problem.params for problem in read_notice(text).problems]


def test_the_notice_of_2026_gives_the_table_that_the_product_brings() -> None:
    notice = read_notice(NOTICE)
    _, days, _ = read_year((resources.files("app.calendar") / "2026.json").read_text(encoding="utf-8"))
    assert (notice.year, notice.problems) == (2026, ())
    assert {one.day: one.is_worked for one in notice.days} == days


def test_days_of_the_year_before_and_single_days_are_read() -> None:
    text = NOTICE.replace(
        "1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。", "2025年12月31日至2026年1月1日放假，共2天。"
    ).replace("4月4日（周六）至6日（周一）放假，共3天。", "4月5日（周日）放假1天，不调休。")
    notice = read_notice(text)
    days = {one.day for one in notice.days}
    assert not notice.problems
    assert {date(2025, 12, 31), date(2026, 1, 1), date(2026, 4, 5)} <= days and date(2026, 4, 4) not in days


def test_two_holidays_in_one_and_long_words_for_weekdays_are_read() -> None:
    text = NOTICE.replace("六、中秋节：9月25日（周五）至27日（周日）放假，共3天。\n", "")
    text = text.replace("七、国庆节：10月1日（周四）", "六、国庆节、中秋节：10月1日（星期四）")
    assert said(text) == []


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("共9天", "共8天", "春节: the notice counts 8 days off, from the first to the last are 9."),
        ("4月4日（周六）", "4月4日（周五）", "清明节: 2026-04-04 is no 周五."),
        ("5月9日（周六）上班", "5月4日上班", "2026-05-04 is both off and worked."),
        ("5月9日（周六）上班", "5月13日上班", "劳动节: 2026-05-13 is worked anyway, it is no weekend."),
        ("6月19日（周五）", "6月31日（周五）", "端午节: there is no 6月31日."),
        ("五、端午节：6月19日（周五）至21日（周日）放假，共3天。\n", "", "端午 is missing."),
        (
            "至5日（周二）放假调休", "放假调休",
            "劳动节: the notice counts 5 days off, from the first to the last are 1.",
        ),
        ("9月25日（周五）至27日（周日）", "10月7日至9日", "2026-10-07 is told twice: 中秋节, 国庆节."),
        ("1月4日（周日）", "2027年1月10日", "元旦: 2027-01-10 is not of 2026."),
        ("1月4日（周日）上班", "其后照常上班", "元旦: the days worked instead cannot be read."),
        ("至6日（周一）放假", "起休整", "清明节: no days off can be read."),
    ],
)
def test_a_notice_that_contradicts_itself_says_where(old: str, new: str, problem: str) -> None:
    assert old in NOTICE
    assert problem in said(NOTICE.replace(old, new))


@pytest.mark.parametrize("text", ["", "今天天气很好。", "一" * 30_000, json.dumps({"year": 2026})])
def test_another_text_is_no_notice(text: str) -> None:
    assert read_notice(text).year is None and len(said(text)) == 1
