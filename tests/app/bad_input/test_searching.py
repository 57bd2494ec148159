"""What is looked for, and where in a list: signs that databases read otherwise, and marks that are forged."""

import base64
import json
import re
from urllib.parse import quote

import pytest

from tests.app.bad_input.conftest import JSON, LANGUAGES, is_problem, said
from tests.app.pages.conftest import Township

REGISTER = "/registers/hotline_closed_loop"
FAR = "9999-12-31T23:59:59-14:00"
EARLY = "0001-01-01T00:00:00+14:00"


def mark(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def numbers(township: Township, words: str, login: str = "duty1") -> set[str]:
    answer = township[login].client.get(REGISTER, query_string={"q": words})
    assert answer.status_code == 200
    return set(re.findall(r"HL-\d{4}-\d{6}", re.sub(r'(?:value|href)="[^"]*"', "", answer.text)))


def test_signs_that_databases_read_otherwise_mean_themselves(anywhere: Township) -> None:
    percent = anywhere.call(content="涨价 100%_真的 'x' \"y\" \\z 😀 [a-z]* --注释")
    plain = anywhere.call(content="涨价一百个百分点,没有符号")
    for words in ("100%", "%_", "%_真", "'x'", '"y"', "\\z", "😀", "[a-z]*", "--注释", "１００％", "涨价 100%"):
        found = numbers(anywhere, words)
        assert percent in found, words
        assert plain not in found, words
    assert numbers(anywhere, "涨价") >= {percent, plain}
    for words in ("' OR 1=1 --", "%' OR '1'='1", "'; DROP TABLE task; --", "100\\%", "涨%价"):
        assert not numbers(anywhere, words) & {percent, plain}, words
    for words in ("%", "_", "\\", "*", "?"):
        assert plain not in numbers(anywhere, words), words


@pytest.mark.parametrize(
    "words", ["x" * 10_000, "水 " * 5000, "😀" * 3000, "\u0301" * 500, "\ufdfa" * 90, " " * 9000, "\u202e\u200b"]
)
def test_any_amount_of_text_can_be_looked_for(anywhere: Township, words: str) -> None:
    for address in (REGISTER, "/inbox", "/search"):
        answer = anywhere["duty1"].client.get(address, query_string={"q": words}, follow_redirects=True)
        assert answer.status_code == 200, (address, words[:5])


def test_the_inbox_finds_signs_as_they_are(anywhere: Township) -> None:
    number = anywhere.call(content="一百%号_标题")
    for words, is_found in (("%号_", True), ("百%号", True), ("百_号", False), ("%%", False), ("'", False)):
        page = anywhere["duty1"].client.get("/inbox", query_string={"filter": "groups", "q": words}).text
        assert (number in page) is is_found, words


FORGED = [
    "x", "e30", "bnVsbA", "MQ", "W10", "=" * 100, "é", "~", "a" * 9000, mark("newest"), mark("newest", 1, 2),
    mark(1, 2, 3),
    mark("newest", FAR, "x"), mark("newest", EARLY, "x"), mark("newest", "2026-01-01", "x"), mark("newest", "x", "x"),
    mark("newest", "2026-01-01T00:00:00+00:00", None), mark("newest", "2026-01-01T00:00:00+00:00", "a\0b"),
    mark("newest", "2026-01-01T00:00:00+00:00", "\ud800"), mark("number", "HL", "x"), mark("newest", ["2026"], "x"),
    base64.urlsafe_b64encode(b"[" * 5000).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode(),
]  # fmt: skip


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
def test_a_forged_mark_in_a_register_is_said_to_be_none(anywhere: Township, forged: str) -> None:
    for side in ("after", "before"):
        answer = anywhere["duty1"].client.get(REGISTER, query_string={side: forged}, headers=JSON)
        assert is_problem(answer, 400)["code"] == "cursor_invalid"


@pytest.mark.parametrize(
    "forged",
    [
        "x", "~~~", "1~2~3~4", f"{FAR}~1~{FAR}~x", f"{EARLY}~1~{EARLY}~x", "2026-01-01~1~2026-01-01~x",
        f"2026-01-01T00:00:00+00:00~{'9' * 30}~2026-01-01T00:00:00+00:00~x",
        "2026-01-01T00:00:00+00:00~-1~2026-01-01T00:00:00+00:00~x",
        f"2026-01-01T00:00:00+00:00~{'9' * 5000}~2026-01-01T00:00:00+00:00~x", "a" * 9000,
    ],
    ids=range(10),
)  # fmt: skip
def test_a_forged_mark_in_the_inbox_is_said_to_be_none(anywhere: Township, forged: str) -> None:
    for side in ("after", "before"):
        for sort in ("due", "urgency", "newest", "oldest"):
            answer = anywhere["duty1"].client.get("/inbox", query_string={side: forged, "sort": sort}, headers=JSON)
            assert is_problem(answer, 400)["code"] == "cursor_invalid"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_forged_mark_is_told_in_words(on_sqlite: Township, language: str) -> None:
    page = on_sqlite["duty1"].client.get(f"{REGISTER}?after=x", headers={"Accept-Language": language})
    assert page.status_code == 400
    assert {"zh": "请从头重新打开列表", "en": "Open the list again"}[language] in said(page)


@pytest.mark.parametrize("since", ["", "x", "2026-01-01", "2026-01-01T00:00:00", quote(FAR), quote(EARLY), "9" * 5000])
def test_news_since_no_instant_are_refused(anywhere: Township, since: str) -> None:
    assert anywhere["duty1"].get(f"/inbox/news?since={since}").status_code == 400


@pytest.mark.parametrize(
    "period", ["from=0000-00-00", "to=9999-12-31", "from=9000-12-31&to=1900-01-01", "from=2026-02-30", "to=x"]
)
def test_a_period_that_is_none_is_left_out(anywhere: Township, period: str) -> None:
    assert anywhere["duty1"].get(f"{REGISTER}?{period}").status_code == 200
    assert anywhere["leader1"].get(f"/statistics/hotline_closed_loop?{period}").status_code == 200


def test_a_number_leads_to_its_case_however_it_is_typed(on_sqlite: Township) -> None:
    number = on_sqlite.call()
    for typed in (number, f"  {number}  "):
        answer = on_sqlite["duty1"].client.get("/search", query_string={"q": typed})
        assert answer.headers["Location"] == f"/cases/{number}"
    foreign = on_sqlite["village07"].client.get("/search", query_string={"q": number})
    assert f"/cases/{number}" not in foreign.headers["Location"], "not to a case that is none of theirs"
