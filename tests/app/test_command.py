"""The command: set up, run, deploy, check, accounts; each run in a process of its own where that matters."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from app import create_app, example
from app.cli import main
from app.db import db
from app.people.models import User
from tests.app.test_cockpit import SMALL

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, in a data folder of its own."""
    monkeypatch.setenv("CHANGTONG_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LANG", "en")
    return lambda *arguments: main([str(argument) for argument in arguments])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.bpmn"
    file.write_text(SMALL, encoding="utf-8")
    return file


def test_init_makes_an_empty_township_with_one_administrator(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init", "某乡", "--admin", "chef") == 0
    told = capsys.readouterr().out
    assert re.search(r"某乡 is set up\. Administrator: chef   Password: \S{12}", told)
    app = create_app()
    with app.app_context():
        assert [user.login for user in db.session.query(User)] == ["chef"]
        assert not example.is_example(db.session, "township")
        db.engine.dispose()
    assert "示例账号" not in app.test_client().get("/login").text
    assert run("init", "某乡") == 1
    assert "nothing was changed" in capsys.readouterr().err


def test_without_a_township_nothing_runs(run: Run, small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("run",), ("worker",), ("deploy", small), ("users", "list")):
        assert run(*arguments) == 1
        assert "there is no township in this data folder" in capsys.readouterr().err


def test_the_example_never_comes_into_a_real_township(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "某乡")
    assert run("run", "--example") == 1
    assert "holds a real township" in capsys.readouterr().err


def test_deploy_tells_the_versions_and_changes_nothing_twice(
    run: Run, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("init", "某乡")
    assert run("deploy", small) == 0
    assert "small version 1 (small:1:" in capsys.readouterr().out
    assert run("deploy", small) == 0
    assert "nothing has changed" in capsys.readouterr().out


def test_deploy_refuses_with_file_line_element_and_reason(
    run: Run, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("init", "某乡")
    small.write_text(SMALL.replace("bpmn:userTask", "bpmn:choreographyTask"), encoding="utf-8")
    assert run("deploy", small) == 1
    told = capsys.readouterr().err
    assert re.search(r"small\.bpmn:6: error \[look\] element_unsupported: .*choreographyTask.* is not supported", told)
    assert "Nothing was deployed." in told


def test_files_that_are_not_there_or_of_one_name_are_not_deployed(
    run: Run, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("init", "某乡")
    assert run("deploy", small.with_name("gone.bpmn")) == 1
    assert "there is no file" in capsys.readouterr().err
    assert run("deploy", small, small) == 1
    assert "two files are called small.bpmn" in capsys.readouterr().err


def test_accounts_are_added_listed_locked_and_ended(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "某乡")
    assert run("users", "add", "li1", "李某某", "--group", "process_admins") == 0
    assert run("users", "add", "li1", "李某某") == 1
    assert "login li1 is taken" in capsys.readouterr().err
    assert run("users", "add", "li2", "李某某", "--group", "nothing") == 1
    assert "there is no group nothing" in capsys.readouterr().err
    assert run("users", "password", "li1") == 0
    assert run("users", "unlock", "li1") == 0
    assert run("users", "disable", "li1") == 0
    capsys.readouterr()
    assert run("users", "list") == 0
    assert re.search(r"li1 +李某某\tprocess_admins\tdisabled", capsys.readouterr().out)
    assert run("users", "unlock", "nobody") == 1
    assert "nobody has the login nobody" in capsys.readouterr().err


def test_groups_are_added_joined_and_left(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "某乡")
    assert run("groups", "add", "hotline_intake", "热线受理", "--kind", "role", "--permission", "inbox") == 0
    assert run("groups", "add", "hotline_intake", "热线受理", "--kind", "role") == 1
    assert "there is a group hotline_intake already" in capsys.readouterr().err
    assert run("groups", "add", "x", "某", "--kind", "role", "--permission", "fly") == 1
    assert "there is no permission fly" in capsys.readouterr().err
    assert run("users", "join", "admin", "hotline_intake") == 0
    assert run("users", "join", "admin", "nothing") == 1
    capsys.readouterr()
    run("groups", "list")
    assert re.search(r"hotline_intake +热线受理\trole\tinbox", capsys.readouterr().out)
    run("users", "list")
    assert "\thotline_intake process_admins system_admins" in capsys.readouterr().out
    assert run("users", "leave", "admin", "hotline_intake") == 0
    capsys.readouterr()
    run("users", "list")
    assert "hotline_intake" not in capsys.readouterr().out


def test_run_serves_the_example_twice_with_the_same_accounts(tmp_path: Path) -> None:
    first, password = _serve_once(tmp_path, "--example")
    second, again = _serve_once(tmp_path, "--example")
    assert '{"status":"ok"}' in first
    assert password
    assert f"{password}</code>" in first
    assert again is None
    assert f"{password}</code>" in second


def test_a_port_that_is_taken_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "某乡")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert run("run", "--port", port) == 1
    assert f"cannot listen at 127.0.0.1:{port}" in capsys.readouterr().err


def _serve_once(folder: Path, *options: str) -> tuple[str, str | None]:
    """Run the server, ask for health and login page, end it; return what it answered and the password it told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "run", "--port", str(port), *options]
    environ = {**os.environ, "CHANGTONG_DATA": str(folder / "data")}
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        try:
            answers = _ask(f"http://127.0.0.1:{port}/healthz") + _ask(f"http://127.0.0.1:{port}/login")
        finally:
            server.send_signal(signal.SIGTERM)
            told, _ = server.communicate(timeout=20)
    assert server.returncode == 0, told
    found = re.search(r"The password of all of them: (\S+)", told)
    return answers, found[1] if found else None


def _ask(url: str) -> str:
    for _ in range(300):
        try:
            with urlopen(url, timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except URLError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
