"""Figures: every table adds up to the total, and every number leads to just so many rows."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.app.pages.conftest import Township

FIGURES = "/statistics/hotline_closed_loop"


@pytest.fixture
def calls(township: Township) -> list[str]:
    """Six calls of three categories and three villages: one refused, one answered and rated, the others open."""
    made = [
        township.call(category=category, village=village)
        for category, village in [
            ("基础设施", "village_01"), ("基础设施", "village_02"), ("基础设施", "village_02"),
            ("环境卫生", "village_02"), ("其他", "village_03"), ("其他", "village_03"),
        ]
    ]  # fmt: skip
    township.do(
        "duty1", made[4], "accept_call", acceptance="refuse", refusal_reason="诉讼", proper_channel="向人民法院起诉"
    )
    return made


def rows(page: str, table: str) -> dict[str, list[int]]:
    """Return a table's numbers by the name of the line."""
    section = page[page.index(f'aria-labelledby="table-{table}"') :]
    body = section[: section.index("</table>")]
    found = {}
    for line in re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', body, re.DOTALL):
        cells = re.findall(r'<td class="n">(.*?)</td>', line[1])
        found[line[0]] = [int(re.sub(r"<[^>]+>", "", cell)) for cell in cells]
    return found


def links(page: str) -> Iterator[tuple[str, int]]:
    """Yield every linked number with its address."""
    for path, number in re.findall(r'<a href="(/registers/[^"]+)">(\d+)</a>', page):
        yield unescape(path), int(number)


def test_every_table_adds_up_to_the_total(township: Township, calls: list[str]) -> None:
    page = township["leader1"].get(FIGURES).text
    for table in ("category", "place", "unit", "state"):
        found = rows(page, table)
        total = found.pop("合计")
        assert total == [1, 5, 6], table
        assert [sum(column) for column in zip(*found.values(), strict=True)] == total, table
    assert rows(page, "category")["基础设施"] == [0, 3, 3]
    assert rows(page, "place")["村02"] == [0, 3, 3]


def test_villages_by_categories_add_up_both_ways(township: Township, calls: list[str]) -> None:
    found = rows(township["leader1"].get(FIGURES).text, "cross")
    totals = found.pop("合计")
    assert totals[-1] == len(calls)
    assert [sum(column) for column in zip(*found.values(), strict=True)] == totals
    assert all(sum(line[:-1]) == line[-1] for line in found.values())


def test_every_number_leads_to_just_so_many_rows(township: Township, calls: list[str]) -> None:
    found = list(links(township["leader1"].get(FIGURES).text))
    assert len(found) > 20
    for path, number in dict(found).items():
        assert f"共 {number} 件" in township["leader1"].get(path).text, path


def test_a_period_limits_the_figures_and_their_links(township: Township, calls: list[str]) -> None:
    page = township["leader1"].get(f"{FIGURES}?from=2026-11-21").text
    assert rows(page, "category")["合计"] == [0, 0, 0]
    page = township["leader1"].get(f"{FIGURES}?from=2026-11-20&to=2026-11-20").text
    assert rows(page, "category")["合计"] == [1, 5, 6]
    assert all("from=2026-11-20" in path and "to=2026-11-20" in path for path, _number in links(page))


def test_the_three_rates_say_what_they_are_made_of(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    township.do("leader1", number, "review_result", review="pass")
    township.do(
        "callback1", number, "call_back", reached="yes", contacted_by_handler="yes", solved="解决", satisfaction="满意"
    )
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", township["leader1"].get(FIGURES).text))
    assert re.search(r"响应率 100.0% 2 ÷ 2", text)
    assert re.search(r"解决率 100.0% 1 ÷ 1", text)
    assert re.search(r"满意率 100.0% 1 ÷ 1", text)


def test_without_cases_there_are_no_rates_and_nothing_breaks(township: Township) -> None:
    page = township["leader1"].get("/statistics", follow_redirects=True).text
    assert "响应率" in page
    assert "0 ÷ 0" in page


def test_figures_are_for_those_who_may_see_them(township: Township) -> None:
    assert township["village03"].get(FIGURES).status_code == 403
    assert township["leader1"].get("/statistics/no_such_process").status_code == 404
