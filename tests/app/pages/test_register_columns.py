"""A register's declared columns and filters on its page: chosen, narrowed, carried along."""

import re

import pytest

from tests.app.pages.conftest import Township
from tests.app.pages.test_register import REGISTER, numbers


def heads(page: str) -> list[str]:
    """Return what stands over the columns."""
    return [re.sub("<.*?>", "", head) for head in re.findall(r"<th(?: [^>]*)?>(.*?)</th>", page, re.DOTALL)]


def test_the_first_declared_columns_are_shown_until_others_are_chosen(township: Township) -> None:
    township.call(location="桥头", channel="12345转办", external_number="12345-7")
    page = township["duty1"].get(REGISTER).text
    assert heads(page) == ["编号", "状态", "诉求内容", "所在村", "来电人", "电话", "主办单位", "登记", "到期时间"]
    chosen = township["duty1"].get(f"{REGISTER}?columns=location&columns=case.files&columns=external_number,kind").text
    assert heads(chosen) == ["编号", "12345 工单编号", "类型", "具体地点", "附件"]
    assert "桥头" in chosen and "12345-7" in chosen and "村03" not in re.sub(r"<option.*?</option>", "", chosen)
    assert heads(township["duty1"].get(f"{REGISTER}?columns=nonsense").text) == heads(page)


def test_a_choice_of_columns_goes_along_with_pages_and_filters(township: Township) -> None:
    for _ in range(51):
        township.call()
    page = township["duty1"].get(f"{REGISTER}?columns=location&columns=kind&f.kind=求助").text
    after = re.search(r'href="([^"]*after=[^"]+)"', page)
    assert after and "columns=kind,location" in after[1] and "f.kind=" in after[1]
    second = township["duty1"].get(after[1].replace("&amp;", "&")).text
    assert heads(second) == ["编号", "类型", "具体地点"] and len(numbers(second)) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [("f.kind=求助", 1), ("f.kind=投诉", 1), ("f.kind=表扬", 0), ("f.external_number=345-", 1),
     ("f.received_at.from=2026-11-20&f.received_at.to=2026-11-20", 2), ("f.received_at.from=2026-11-21", 0),
     ("f.received_at.to=2026-11-19", 0), ("f.received_at.from=nonsense", 2), ("f.confidential=true", 0),
     ("category=环境卫生", 1), ("category=环境卫生&f.kind=求助", 0), ("f.return_count.from=x", 2), ("f.caller=甲", 2),
     ("f.phone=138", 2)],
)  # fmt: skip
def test_declared_filters_narrow_and_others_do_nothing(township: Township, query: str, found: int) -> None:
    township.call()
    township.call(kind="投诉", category="环境卫生", channel="12345转办", external_number="12345-7")
    assert len(numbers(township["duty1"].get(f"{REGISTER}?{query}").text)) == found


def test_what_narrows_is_told_and_can_be_taken_away(township: Township) -> None:
    township.call()
    page = township["duty1"].get(f"{REGISTER}?f.kind=求助&f.received_at.from=2026-11-01&columns=kind").text
    chips = re.findall(r'<a class="btn btn-sm register-chip" href="([^"]+)"[^>]*>([^<]+)', page)
    assert [words for _, words in chips] == ["来电时间: 2026-11-01 – …", "类型: 求助"]
    assert "f.kind" not in chips[1][0] and "f.received_at.from" in chips[1][0] and "columns=kind" in chips[1][0]


def test_masked_columns_stay_masked_wherever_they_are_shown(township: Township) -> None:
    township.call(confidential=True)
    township.call()
    page = township["leader1"].get(f"{REGISTER}?columns=caller&columns=phone").text
    assert "13800001234" not in page and "来电人甲" not in page
    assert page.count("138****1234") == 1 and page.count("***</td>") == 2
