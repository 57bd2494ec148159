"""The demonstration's twelve documents: each to the end that its line expects, at the time when it came in."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import func, select

from app import create_app, demo
from app.calendar import LOCAL
from app.case.models import Case
from app.db import current_engine, db, now, tenant
from app.demo import command
from app.demo.command import play_all
from app.demo.document_clerks import fill
from app.demo.document_report import DOCUMENTS
from app.demo.documents import Document, find_cases, read_documents
from app.demo.sample import NothingToFill, Outcome
from app.installation import open_example
from engine.clock import MovingClock
from tests.app.conftest import START

LINES = read_documents()
ENDS = {1: "已归档", 2: "已归档", 3: "已归档", 11: "密件已登记", 12: "已退回"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, list[Outcome[Document]]]]:
    """An example township in which the documents have been played, and what they have become."""
    data = tmp_path_factory.mktemp("documents")
    app = create_app({"DATA": data, "SQLITE_SYNCHRONOUS": "NORMAL"}, clock=MovingClock(START))
    with app.app_context():
        open_example()
        yield app, play_all(DOCUMENTS, LINES, again=False, console=Console(quiet=True))
        db.session.remove()
        db.engine.dispose()


Played = tuple[Flask, list[Outcome[Document]]]


def test_every_document_ends_as_its_line_expects(played: Played) -> None:
    assert [each.differences() for each in played[1]] == [[] for _ in LINES]
    assert len(LINES) == 12
    assert {line: played[1][line - 1].case.state for line in ENDS} == ENDS


def test_the_one_that_came_before_is_pointed_out_and_not_registered(played: Played) -> None:
    repeated = [each for each in played[1] if each.was_refused]
    assert [(each.sample.line, each.case.number) for each in repeated] == [(10, "政收-2026-0002")]
    assert db.session.scalar(select(func.count()).select_from(Case).where(Case.tenant == tenant())) == 11


def test_numbers_have_no_gaps_in_either_register(played: Played) -> None:
    numbers = [each.case.number for each in played[1] if not each.was_refused]
    assert numbers == [
        *(f"政收-2026-{serial:04}" for serial in (1, 2)), "党收-2026-0001",
        *(f"政收-2026-{serial:04}" for serial in range(3, 11)),
    ]  # fmt: skip


def test_each_is_handled_when_it_came_in(played: Played) -> None:
    for each in played[1]:
        if not each.was_refused:
            assert each.case.opened_at == each.sample.at
            assert each.case.closed_at is not None
            assert each.case.closed_at.astimezone(LOCAL).date() == each.sample.at.date()
    assert now() == START


def test_archive_numbers_count_by_register_and_retention(played: Played) -> None:
    numbers = {each.sample.line: each.case.results.get("archive_number") for each in played[1] if not each.was_refused}
    assert {line: number for line, number in numbers.items() if number} == {
        1: "0001-WS·2026-D30-ZFB-0001", 2: "0001-WS·2026-D30-ZFB-0002", 3: "0001-WS·2026-D10-DWB-0001",
        4: "0001-WS·2026-D10-ZFB-0001", 5: "0001-WS·2026-D10-ZFB-0002", 6: "0001-WS·2026-Y-ZFB-0001",
        7: "0001-WS·2026-Y-ZFB-0002", 8: "0001-WS·2026-D10-ZFB-0003", 9: "0001-WS·2026-D30-ZFB-0003",
    }  # fmt: skip


def test_a_classified_document_holds_its_title_and_number_only_and_takes_no_file(played: Played) -> None:
    case = played[1][10].case
    held = {name for name, value in current_engine().variables(case.instance_id).items() if value is not None}
    assert held == {
        "received_at", "organ", "sender", "document_number", "title", "secrecy", "registered_by", "handed_over",
    }  # fmt: skip
    assert case.takes_no_files


def test_every_history_holds(played: Played) -> None:
    engine = current_engine()
    for each in played[1]:
        assert engine.verify(each.case.instance_id) == len(engine.events(each.case.instance_id))


def test_a_second_run_registers_nothing(played: Played) -> None:
    before = db.session.scalar(select(func.count()).select_from(Case))
    again = play_all(DOCUMENTS, LINES, again=False, console=Console(quiet=True))
    assert [each.differences() for each in again] == [[] for _ in LINES]
    assert db.session.scalar(select(func.count()).select_from(Case)) == before


def test_they_can_be_played_again_under_new_numbers(played: Played) -> None:
    twice = [LINES[1], LINES[9]]
    again = play_all(DOCUMENTS, twice, again=True, console=Console(quiet=True))
    assert [each.differences() for each in again] == [[], []]
    assert [each.case.number for each in again] == ["政收-2026-0011", "政收-2026-0011"]
    assert len(find_cases(twice)[2]) == 2


def test_what_is_not_as_expected_is_told(
    played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [replace(LINES[0], expected=replace(LINES[0].expected, lead="农业站", due="2026-11-21"))]
    monkeypatch.setattr(command, "KINDS", (replace(DOCUMENTS, read=lambda: wrong),))
    db.session.remove()
    assert demo.run(played[0], Namespace()) == 1
    told = capsys.readouterr().out
    assert "政收-2026-0001: lead is ['水利站'], not ['农业站']" in told
    assert "due is 2026-11-20, not 2026-11-21" in told


def test_an_unknown_task_is_refused_by_name() -> None:
    with pytest.raises(NothingToFill, match="water_the_flowers"):
        fill("water_the_flowers", LINES[0], {}, {})
