"""Figures: every table adds up to the total, and every number leads to just so many rows."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest

from engine.clock import MovingClock
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
    """Return a table's counts by the name of the line."""
    section = page[page.index(f'aria-labelledby="table-{table}"') :].split("</section>")[0]
    found = {}
    for name, cells in re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', section, re.DOTALL):
        counts = re.findall(r'<td class="n">(.*?)</td>', cells)
        found[name] = [int(re.sub(r"<[^>]+>", "", cell)) for cell in counts]
    return found


def links(page: str) -> Iterator[tuple[str, int]]:
    """Yield every linked number with its address, those of charts as well."""
    for path, number in re.findall(r'<a href="(/registers/[^"]+)">[^<]*?(\d+)</a>', page):
        yield unescape(path), int(number)
    for text in re.findall(r'<script type="application/json" id="chart-[^"]+">(.*?)</script>', page, re.DOTALL):
        drawn = json.loads(text)
        for series in [] if drawn.get("percent") else drawn["series"]:
            yield from zip(series["links"], series["values"], strict=True)


def test_every_table_adds_up_to_the_total(township: Township, calls: list[str]) -> None:
    page = township["leader1"].get(FIGURES).text
    for table in ("category", "place", "unit", "state", "result-solved", "result-reached"):
        found = rows(page, table)
        total = found.pop("合计")
        assert [sum(column) for column in zip(*found.values(), strict=True)] == total, table
        assert total[0] == 6, table
    # In all, closed in time, closed late, closed without limit, open, overdue, dissatisfied.
    assert rows(page, "category")["基础设施"] == [3, 0, 0, 0, 3, 0, 0]
    assert rows(page, "place")["村03"] == [2, 0, 0, 1, 1, 0, 0]


def test_villages_by_categories_add_up_both_ways(township: Township, calls: list[str]) -> None:
    found = rows(township["leader1"].get(FIGURES).text, "cross")
    totals = found.pop("合计")
    assert totals[-1] == len(calls)
    assert [sum(column) for column in zip(*found.values(), strict=True)] == totals
    assert all(sum(line[:-1]) == line[-1] for line in found.values())


@pytest.fixture
def worked(township: Township, calls: list[str], clock: MovingClock) -> Township:
    """The calls, and others: handled and rated in time, handled late, overdue, called back in vain."""
    late, overdue = township.call(village="village_05"), township.call(village="village_06")
    for number in (late, overdue):
        township.do("duty1", number, "accept_call", acceptance="accept")
        reason = "由该单位办理更合适"
        township.do(
            "dispatch1", number, "dispatch_call", lead_unit="water_station", co_units=[], override_reason=reason
        )
    rated = [township.handled_by("village_03", "village03") for _ in range(2)]
    answers = [
        {"reached": "yes", "contacted_by_handler": "yes", "solved": "解决", "satisfaction": "满意"},
        {"reached": "yes", "contacted_by_handler": "yes", "solved": "未解决", "satisfaction": "不满意",
         "unsolved_reason": "路面又塌了"},
    ]
    for number, answer in zip(rated, answers, strict=True):
        township.do("leader1", number, "review_result", review="pass")
        township.do("callback1", number, "call_back", **answer)
    clock.advance(timedelta(days=25))
    township.visitors.clear()
    township.do("water1", late, "sign_in", sign_in="accept")
    township.call(village="village_07")
    return township


def test_every_number_and_every_bar_leads_to_just_so_many_rows(worked: Township) -> None:
    found: dict[str, int] = {}
    for period in ("", "?from=2026-11-20&to=2026-12-10"):
        page = worked["leader1"].get(FIGURES + period).text
        found |= dict(links(page))
    assert len(found) > 100
    wrong = {
        path: number for path, number in found.items() if f"共 {number} 件" not in worked["leader1"].get(path).text
    }
    assert wrong == {}


def test_a_period_limits_the_figures_and_names_the_one_before(township: Township, calls: list[str]) -> None:
    page = township["leader1"].get(f"{FIGURES}?from=2026-11-21").text
    assert rows(page, "category")["合计"][0] == 0
    page = township["leader1"].get(f"{FIGURES}?from=2026-11-20&to=2026-11-20").text
    assert rows(page, "category")["合计"][0] == 6
    assert "上期: 2026-11-19 – 2026-11-19" in page
    tables = page[page.index('aria-labelledby="table-unit"') :].split("<script")[0]
    assert all("from=2026-11-20" in path and "to=2026-11-20" in path for path, _number in links(tables))


def test_figures_that_were_kept_change_with_the_next_case(township: Township, calls: list[str]) -> None:
    assert rows(township["leader1"].get(FIGURES).text, "category")["合计"][0] == 6
    assert rows(township["leader1"].get(FIGURES).text, "category")["合计"][0] == 6
    township.call()
    assert rows(township["leader1"].get(FIGURES).text, "category")["合计"][0] == 7


def test_the_three_rates_say_what_they_are_made_of(township: Township) -> None:
    number = township.handled_by("village_03", "village03")
    township.do("leader1", number, "review_result", review="pass")
    township.do(
        "callback1", number, "call_back", reached="yes", contacted_by_handler="yes", solved="解决", satisfaction="满意"
    )
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", township["leader1"].get(FIGURES).text))
    for name in ("响应率", "解决率", "满意率"):
        assert re.search(rf"{name} 100.0% 1 ÷ 1", text), name


def test_a_register_without_ratings_shows_none(township: Township) -> None:
    page = township["leader1"].get("/statistics/three_tier_decision").text
    assert "满意" not in page and "响应率" not in page and 'aria-labelledby="table-category"' not in page
    assert 'aria-labelledby="table-unit"' in page and "按时办结率" in page


def test_without_cases_there_are_no_rates_and_nothing_breaks(township: Township) -> None:
    page = township["leader1"].get("/statistics", follow_redirects=True).text
    assert "响应率" in page
    assert "0 ÷ 0" in page


def test_figures_are_for_those_who_may_see_them(township: Township) -> None:
    for path in (FIGURES, f"{FIGURES}/public"):
        assert township["village03"].get(path).status_code == 403
    assert township["leader1"].get("/statistics/no_such_process").status_code == 404


def test_the_public_version_names_nobody_and_shows_nothing_below_three(worked: Township) -> None:
    page = worked["leader1"].get(f"{FIGURES}/public").text
    body = page[page.index('id="content"') :]
    assert "其他（合并）" in body or "少于 3" in body
    counts = [int(count) for count in re.findall(r'<td class="n">(\d+)</td>', body)]
    assert counts and all(count == 0 or count >= 3 for count in counts)
    file = worked["leader1"].get(f"{FIGURES}/public?as=csv")
    assert file.mimetype == "text/csv" and file.text.startswith("\ufeff")
    assert all(count == 0 or count >= 3 for count in map(int, re.findall(r"(?<=,)\d+", file.text)))
