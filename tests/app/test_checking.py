"""`changtong check`: one verdict a file, all findings at once, for people and for programs; nothing is deployed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from tests.app.test_cockpit import SMALL

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., int]
BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
READER = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>'
BAD = SMALL.replace('camunda:candidateGroups="hotline_intake"', 'camunda:dueDate="= 1 +" camunda:formRef="gone"')


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, in a data folder that is not there yet."""
    monkeypatch.setenv("CHANGTONG_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LANG", "en")
    return lambda *arguments: main(["check", *map(str, arguments)])


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def _write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return _write


Write = Callable[[str, str], Path]
Captured = pytest.CaptureFixture[str]


def objects(capsys: Captured) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_good_file_runs_and_leaves_nothing_behind(
    run: Run, write: Write, capsys: Captured, tmp_path: Path
) -> None:
    small = write("small.bpmn", SMALL)
    assert run("--json", small) == 0
    assert objects(capsys) == [{"file": str(small), "verdict": "runs", "findings": []}]
    assert not (tmp_path / "data").exists()


def test_all_that_is_wrong_with_all_files_is_told_at_once(run: Run, write: Write, capsys: Captured) -> None:
    files = [write("bad.bpmn", BAD), write("bomb.bpmn", BOMB), write("good.bpmn", SMALL), write("cut.bpmn", "<a")]
    assert run("--json", *files) == 1
    bad, bomb, good, cut = objects(capsys)
    assert [item["verdict"] for item in (bad, bomb, good, cut)] == ["refused", "refused", "runs", "refused"]
    assert {item["rule"] for item in bad["findings"]} >= {"nobody", "expression_invalid", "form_missing"}
    (found,) = [item for item in bad["findings"] if item["rule"] == "form_missing"]
    assert found == {
        "file": str(files[0]), "line": 6, "column": 0, "element_id": "look", "rule": "form_missing",
        "severity": "error", "message": "the form 'gone' is not among the deployed files",
    }  # fmt: skip
    assert [item["line"] for item in bad["findings"]] == sorted(item["line"] for item in bad["findings"])
    assert [item["rule"] for item in bomb["findings"]] == ["doctype_refused"]
    assert [(item["rule"], item["line"] > 0) for item in cut["findings"]] == [("xml_syntax", True)]


def test_the_reader_s_language_is_spoken(
    run: Run, write: Write, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = write("bad.bpmn", BAD)
    run("--json", "--language", "zh", bad)
    assert "表单“gone”不在本次部署的文件中" in [item["message"] for item in objects(capsys)[0]["findings"]]
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    run(bad)
    assert "1 个文件：0 个可以运行，1 个被拒绝" in capsys.readouterr().out


def test_people_read_findings_by_file_and_a_summary(run: Run, write: Write, capsys: Captured) -> None:
    good, bad = write("good.bpmn", SMALL), write("bad.bpmn", BAD)
    assert run(good, bad) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{good}  runs"
    assert lines[1] == f"{bad}  refused"
    assert "      6  error  form_missing  look  the form 'gone' is not among the deployed files" in lines
    assert lines[-1].startswith("2 files: 1 run, 1 refused; 3 errors, ")


def test_folders_are_looked_through_and_forms_found_in_them(run: Run, write: Write, capsys: Captured) -> None:
    write("all/x.bpmn", SMALL.replace("camunda:candidateGroups", 'camunda:formRef="f" camunda:candidateGroups'))
    form = write("all/f.form", '{"type": "default", "id": "f", "components": []}')
    assert run("--json", form.parent) == 0
    assert [Path(item["file"]).name for item in objects(capsys)] == ["f.form", "x.bpmn"]
    assert run(ROOT / "bpmn") == 0


def test_each_file_is_judged_for_itself(run: Run, write: Write, capsys: Captured) -> None:
    first, second = write("small.bpmn", SMALL), write("other/small.bpmn", SMALL)
    assert run("--json", first, second, first) == 0
    found = objects(capsys)
    assert [item["file"] for item in found] == [str(first), str(second)]
    (clash,) = found[1]["findings"]
    assert (clash["rule"], clash["severity"], clash["file"]) == ("id_elsewhere", "warning", str(second))


def test_files_that_are_not_there_are_a_mistake_of_the_caller(run: Run, write: Write, capsys: Captured) -> None:
    assert run("--json", write("small.bpmn", SMALL), "gone.bpmn") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "changtong check: gone.bpmn: No such file or directory\n"
    with pytest.raises(SystemExit) as stopped:
        run()
    assert stopped.value.code == 2


def test_users_and_groups_are_looked_up_where_there_is_a_township(
    run: Run, write: Write, capsys: Captured
) -> None:
    small = write("small.bpmn", SMALL)
    assert run("--people", small) == 2
    assert "there is no township" in capsys.readouterr().err
    assert main(["init", "某乡"]) == 0
    capsys.readouterr()
    assert run("--people", "--json", small) == 0
    assert [item["rule"] for item in objects(capsys)[0]["findings"]] == ["group_unknown"]
    stranger = write("stranger.bpmn", SMALL.replace('candidateGroups="hotline_intake"', 'assignee="admn"'))
    assert run("--people", stranger) == 1
    assert "did you mean 'admin'?" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "status", "verdict"), [
    (SMALL, 0, "runs"), (BAD, 1, "refused"), (BOMB, 1, "refused"), (READER, 1, "refused"), ("", 1, "refused"),
], ids=["good", "bad", "bomb", "reader", "empty"])  # fmt: skip
def test_the_command_needs_no_installation(write: Write, tmp_path: Path, text: str, status: int, verdict: str) -> None:
    file = write("x.bpmn", text)
    command = [sys.executable, "-m", "app.cli", "check", "--json", str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60)
    assert done.returncode == status
    assert [item["verdict"] for item in json.loads(done.stdout)] == [verdict]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.bpmn"]
