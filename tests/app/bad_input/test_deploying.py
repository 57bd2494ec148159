"""Files that cannot be run, by the page and by the command: each told with file, line, element and reason."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app import cli
from app.db import db
from engine.store.tables import DefinitionRow, DeploymentRow
from tests.app.bad_input.conftest import LANGUAGES, is_problem, let_in, said
from tests.app.pages.conftest import Township
from tests.app.test_cockpit import HEAD, SMALL

GERMAN = SMALL.replace("小流程", "Stra\u00dfe").replace("查看", "pr\u00fcfen")
FILES = {
    "syntax": ("a.bpmn", SMALL.replace("</bpmn:process>", "")),
    "nothing": ("a.bpmn", ""),
    "no_xml": ("a.bpmn", "PK\x03\x04 not a diagram"),
    "bomb": (
        "a.bpmn",
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + f"]>{SMALL.split(chr(10), 1)[1].replace('小流程', '&i;')}",
    ),
    "external": (
        "a.bpmn",
        f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>{SMALL.split(chr(10), 1)[1].replace("小流程", "&f;")}',
    ),
    "unsupported": ("a.bpmn", SMALL.replace("bpmn:userTask", "bpmn:adHocSubProcess")),
    "no_form": ("a.bpmn", SMALL.replace("<bpmn:userTask", '<bpmn:userTask camunda:formRef="gone_form"')),
    "no_table": (
        "a.bpmn",
        SMALL.replace("<bpmn:userTask", '<bpmn:businessRuleTask camunda:decisionRef="gone_table"').replace(
            ' camunda:candidateGroups="hotline_intake"', ' camunda:resultVariable="r"'
        ),
    ),
    "dangling": ("a.bpmn", SMALL.replace('targetRef="done"', 'targetRef="nowhere"')),
    "no_process": ("a.bpmn", HEAD + "</bpmn:definitions>"),
    "wrong_ending": ("a.exe", SMALL),
    "no_ending": ("diagram", SMALL),
    "form": ("a.form", "{"),
    "form_list": ("a.form", "[]"),
    "form_deep": ("a.form", "[" * 100_000),
    "table": ("a.dmn", "<definitions"),
    "latin_1": ("a.bpmn", GERMAN.replace("UTF-8", "ISO-8859-1")),
    "latin_1_said_to_be_utf_8": ("a.bpmn", GERMAN),
    "large": ("a.bpmn", SMALL.replace("</bpmn:process>", f"<!--{'x' * 20_000_000}--></bpmn:process>")),
}
OTHER = SMALL.replace('id="small"', 'id="other"').encode()
REFUSED = sorted(FILES.keys() - {"latin_1", "large"})


def content(name: str) -> bytes:
    return FILES[name][1].encode("latin-1" if name.startswith("latin") else "utf-8")


def deployed(township: Township) -> tuple[int | None, int | None]:
    with township.app.app_context():
        count = [db.session.scalar(select(func.count()).select_from(row)) for row in (DeploymentRow, DefinitionRow)]
        return count[0], count[1]


def upload(township: Township, *files: tuple[str, bytes], language: str = "zh", **headers: str) -> TestResponse:
    visitor = let_in(township.app, "procadmin")
    parts = [FileStorage(BytesIO(content), name) for name, content in files]
    boundary, body = encode_multipart(MultiDict([("name", "Versuch"), *(("files", part) for part in parts)]))
    headers |= {"X-CSRFToken": visitor.token, "Accept-Language": language}
    kind = f'multipart/form-data; boundary="{boundary}"'
    return visitor.client.post("/processes", data=body, content_type=kind, headers=headers)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_run_is_refused_on_a_page_that_names_the_place(on_sqlite: Township, name: str) -> None:
    before = deployed(on_sqlite)
    reasons = {}
    for language in LANGUAGES:
        page = upload(on_sqlite, ("good.bpmn", OTHER), (FILES[name][0], content(name)), language=language)
        assert page.status_code == 422, said(page)
        row = re.search(rf"<tr[^>]*>(?:(?!</tr>).)*{re.escape(FILES[name][0])}.*?</tr>", page.text, re.DOTALL)
        assert row, said(page)
        reasons[language] = re.sub(r"<[^>]+>|\s+", " ", row[0])
        assert "root:" not in page.text, "an external entity was read"
        assert "aaaaaaaaaaaaaaaaaaaa" not in page.text
    assert re.search(r"[\u4e00-\u9fff]", reasons["zh"]), reasons
    assert not re.search(r"[\u4e00-\u9fff]", reasons["en"].replace("小流程", "").replace("查看", "")), reasons
    if name in ("unsupported", "no_form", "no_table", "dangling"):
        assert re.search(r"\s\d+\s", reasons["en"]), "the line is named"
        assert re.search(r"\b(look|f2)\b", reasons["en"]), "the element is named"
    assert deployed(on_sqlite) == before


def test_programs_get_the_findings_as_a_problem(on_sqlite: Township) -> None:
    answer = upload(on_sqlite, ("bad.bpmn", content("unsupported")), Accept="application/json")
    problem = is_problem(answer, 422)
    assert problem["code"] == "deployment_refused"
    findings: object = problem["findings"]
    assert isinstance(findings, list)
    bad = FILES["unsupported"][1]
    line = 1 + bad[: bad.index("adHocSubProcess")].count("\n")
    assert {"file": "bad.bpmn", "element_id": "look", "line": line}.items() <= findings[0].items()
    assert "不支持" in findings[0]["message"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_file_is_said_to_be_missing(on_sqlite: Township, language: str) -> None:
    page = upload(on_sqlite, language=language)
    assert page.status_code == 422
    assert {"zh": "请至少选择一个文件", "en": "Choose at least one file"}[language] in said(page)


def test_two_files_of_one_name_are_refused_and_not_one_of_them_lost(on_sqlite: Township) -> None:
    before = deployed(on_sqlite)
    page = upload(on_sqlite, ("a.bpmn", SMALL.encode()), ("a.bpmn", OTHER))
    assert page.status_code == 422
    assert "a.bpmn" in said(page)
    assert deployed(on_sqlite) == before


def test_the_same_file_twice_is_deployed_once(township: Township) -> None:
    before = deployed(township)
    for _ in range(2):
        assert upload(township, ("a.bpmn", SMALL.encode())).status_code == 302
    after = deployed(township)
    assert after[1] == (before[1] or 0) + 1


def test_a_large_file_in_an_old_encoding_is_read_right(township: Township) -> None:
    assert upload(township, ("a.bpmn", content("latin_1"))).status_code == 302
    page = let_in(township.app, "procadmin").get("/processes/small")
    assert "Straße" in said(page)


def test_what_is_too_much_is_refused_without_being_read(on_sqlite: Township) -> None:
    before = deployed(on_sqlite)
    page = upload(on_sqlite, ("a.bpmn", content("large")), ("b.bpmn", content("large")))
    assert page.status_code == 413
    assert "32 MB" in said(page)
    assert deployed(on_sqlite) == before


def test_twenty_megabytes_are_taken_or_refused_but_never_fail(on_sqlite: Township) -> None:
    page = upload(on_sqlite, ("a.bpmn", content("large")))
    assert page.status_code in (302, 422), said(page)


@pytest.mark.parametrize("name", ["syntax", "bomb", "external", "unsupported", "no_form", "wrong_ending"])
def test_the_command_refuses_it_too(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / FILES[name][0]
    file.write_bytes(content(name))
    for language in ("zh_CN.UTF-8", "en_US.UTF-8"):
        monkeypatch.setenv("LANG", language)
        monkeypatch.setenv("CHANGTONG_DATA", str(tmp_path / "data"))
        assert cli.main(["check", str(file)]) == 1
        findings, errors = capsys.readouterr()  # what a check finds is what it was asked for, no error of its own
        assert file.name in findings
        assert bool(re.search(r"[\u4e00-\u9fff]", findings.replace("小流程", ""))) is language.startswith("zh")
        assert "root:" not in findings
        assert errors == ""


def test_the_command_deploys_nothing_of_files_of_which_one_is_refused(
    township: Township, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = deployed(township)
    good, bad = tmp_path / "good.bpmn", tmp_path / "bad.bpmn"
    good.write_bytes(SMALL.encode())
    bad.write_bytes(content("unsupported"))
    data = str(township.app.config["DATA"])
    monkeypatch.setenv("CHANGTONG_DATA", data)
    assert cli.main(["--data", data, "deploy", str(good), str(bad)]) == 1
    assert "Nothing was deployed" in capsys.readouterr().err
    assert deployed(township) == before
    assert cli.main(["--data", data, "deploy", str(tmp_path / "none.bpmn")]) == 1
    assert "there is no file" in capsys.readouterr().err
