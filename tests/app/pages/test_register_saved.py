"""Filters that people keep: whose they are, who sees them, what opens a register, and what can be taken back."""

import re

import pytest

from tests.app.pages.conftest import Township
from tests.app.pages.test_register import REGISTER, numbers

KEPT = f"{REGISTER}/filters"


def keep(township: Township, login: str, name: str = "待派单", query: str = "state=待派单", **form: object) -> int:
    township[login].get(f"{REGISTER}?all=yes")
    answer = township[login].post(f"{KEPT}?{query}", {"name": name, **form})
    assert answer.status_code == 302, answer.text
    return newest(township, login)


def newest(township: Township, login: str) -> int:
    page = township[login].get(f"{REGISTER}?all=yes").text
    return max(int(found) for found in re.findall(r'/filters/(\d+)"', page))


def act(township: Township, login: str, filter_id: int, act: str, **form: object) -> int:
    return township[login].post(f"{KEPT}/{filter_id}", {"act": act, **form}).status_code


def chips(township: Township, login: str) -> list[str]:
    page = township[login].get(f"{REGISTER}?all=yes").text
    found = re.search(r'<div class="register-saved.*?</div>', page, re.DOTALL)
    assert found
    links = re.findall(r'<a class="btn btn-sm register-chip[^>]*>(.*?)</a>', found[0])
    return [re.sub(r"<svg.*?</svg>|<[^>]+>", "", link).strip() for link in links]


def test_a_kept_filter_is_a_chip_that_leads_to_its_rows(township: Township) -> None:
    dispatched = township.call()
    township.do("duty1", dispatched, "accept_call", acceptance="accept")
    township.call()
    keep(township, "duty1", query="state=待派单&f.kind=求助&columns=kind,location&sort=due")
    page = township["duty1"].get(f"{REGISTER}?all=yes").text
    link = re.search(r'<a class="btn btn-sm register-chip" href="([^"]+)">待派单</a>', page)
    assert link
    shown = township["duty1"].get(link[1].replace("&amp;", "&")).text
    assert numbers(shown) == [dispatched] and "<th>具体地点</th>" in shown and 'aria-current="true"' in shown


def test_filters_are_private_until_they_are_shared(township: Township) -> None:
    kept = keep(township, "duty1")
    assert chips(township, "leader1") == []
    group = "hotline_intake"
    assert act(township, "duty1", kept, "change", name="待派单", shared_with=group) == 302
    assert chips(township, "leader1") == [] and "已共享" in chips(township, "duty1")[0]
    assert act(township, "duty1", kept, "change", name="等派单", shared_with="*") == 302
    assert chips(township, "leader1")[0].startswith("等派单")
    for what in ("change", "delete", "put_back"):
        assert act(township, "leader1", kept, what, name="我的") == 404
    assert act(township, "leader1", kept, "nonsense") == 404 and act(township, "duty1", kept, "nonsense") == 400


def test_a_filter_shared_with_a_group_is_seen_by_it_alone(township: Township) -> None:
    keep(township, "leader1", shared_with="township_leaders")
    assert len(chips(township, "leader1")) == 1 and chips(township, "duty1") == []
    assert act(township, "leader1", 1, "change", name="待派单", shared_with="hotline_intake") == 422


def test_a_deleted_filter_is_put_back(township: Township) -> None:
    kept = keep(township, "duty1")
    answer = township["duty1"].post(f"{KEPT}/{kept}", {"act": "delete"})
    page = township["duty1"].get(answer.headers["Location"]).text
    assert "筛选“待派单”已删除" in page and 'value="put_back"' in page
    assert chips(township, "duty1") == []
    assert "已删除" not in township["leader1"].get(answer.headers["Location"]).text
    keep(township, "duty1")
    assert act(township, "duty1", kept, "put_back") == 422, "the name is taken meanwhile"
    assert act(township, "duty1", newest(township, "duty1"), "delete") == 302
    assert act(township, "duty1", kept, "put_back") == 302
    assert chips(township, "duty1") == ["待派单"]


def test_a_register_opens_with_the_filter_that_one_chose(township: Township) -> None:
    kept = keep(township, "duty1", opening="yes")
    opened = township["duty1"].get(REGISTER)
    assert opened.status_code == 302 and "state=" in opened.headers["Location"]
    assert township["duty1"].get(f"{REGISTER}?all=yes").status_code == 200
    assert township["leader1"].get(REGISTER).status_code == 200
    assert act(township, "leader1", kept, "open") == 404
    assert act(township, "duty1", kept, "open_plain") == 302 and township["duty1"].get(REGISTER).status_code == 200
    assert act(township, "duty1", kept, "open") == 302 and act(township, "duty1", kept, "delete") == 302
    assert township["duty1"].get(REGISTER).status_code == 200, "what is deleted opens nothing"


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "x" * 41}, {"name": "a\u202eb"}, {"name": "甲"}, {"shared_with": "supervision"},
             {"shared_with": "no such group"}]
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_and_nothing_changes(township: Township, form: dict[str, object]) -> None:
    keep(township, "duty1", name="甲")
    assert township["duty1"].post(f"{KEPT}?state=x", {"name": "乙", **form}).status_code == 422
    assert chips(township, "duty1") == ["甲"]


def test_those_without_registers_keep_no_filters(township: Township) -> None:
    township["sysadmin"].get("/settings")
    assert township["sysadmin"].post(KEPT, {"name": "x"}).status_code == 403
    assert township["duty1"].client.post(KEPT, data={"name": "x"}).status_code == 400, "no token"
    assert township["duty1"].post("/registers/no_such_process/filters", {"name": "x"}).status_code == 404
