"""The demonstration's four matters: each adopted, and followed up by orders until all have reported."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import func, select

from app import create_app, demo
from app.case.models import Case
from app.db import current_engine, db
from app.demo import calls, command, documents
from app.demo.command import play_all
from app.demo.document_report import DOCUMENTS
from app.demo.matter_clerks import fill
from app.demo.matter_report import MATTERS
from app.demo.matters import Matter, orders_of, origins_of, read_matters
from app.demo.play import Step, play
from app.demo.report import CALLS
from app.demo.sample import NothingToFill, Outcome
from app.installation import open_example
from engine.clock import MovingClock
from tests.app.conftest import START

LINES = read_matters()
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, list[Outcome[Matter]]]]:
    """An example township with the calls and the document that matters grow out of, and what these have become."""
    data = tmp_path_factory.mktemp("matters")
    app = create_app({"DATA": data, "SQLITE_SYNCHRONOUS": "NORMAL"}, clock=MovingClock(START))
    with app.app_context():
        open_example()
        with pytest.raises(NothingToFill, match="line 11 of the calls"):
            play_all(MATTERS, LINES[:1], again=False, console=QUIET)
        play_all(CALLS, [calls.read_calls()[10], calls.read_calls()[4]], again=False, console=QUIET)
        play_all(DOCUMENTS, documents.read_documents()[1:2], again=False, console=QUIET)
        yield app, play_all(MATTERS, LINES, again=False, console=QUIET)
        db.session.remove()
        db.engine.dispose()


Played = tuple[Flask, list[Outcome[Matter]]]


def test_every_matter_is_adopted_and_carried_out_as_its_line_expects(played: Played) -> None:
    assert [each.differences() for each in played[1]] == [[] for _ in LINES]
    assert [each.case.number for each in played[1]] == [f"YT-2026-{serial:04}" for serial in range(1, 5)]


def test_each_unit_has_one_order_and_all_are_in_the_archive(played: Played) -> None:
    orders = [order for each in played[1] for order in orders_of(each.case)]
    assert [order.number for order in orders] == [f"DB-2026-{serial:04}" for serial in range(1, 8)]
    assert {(order.state, order.results["outcome"]) for order in orders} == {("已归档", "已落实")}
    assert all(order.closed_at and order.due_at and order.closed_at < order.due_at for order in orders)


def test_two_grow_out_of_calls_and_one_out_of_a_document(played: Played) -> None:
    assert [origins_of(each.case) for each in played[1]] == [
        ["HL-2026-000001"], ["HL-2026-000002"], ["政收-2026-0001"], [],
    ]  # fmt: skip


def test_major_matters_are_voted_on_and_the_first_meeting_had_too_few(played: Played) -> None:
    engine = current_engine()
    held = [engine.variables(each.case.instance_id)["meetings"] for each in played[1]]
    told = [[(meeting["outcome"], meeting["votes"]) for meeting in meetings] for meetings in held]
    assert told == [
        [("流会", None), ("通过", "赞成6，反对0，弃权1")], [("通过", None)], [("通过", None)],
        [("通过", "赞成7，反对0，弃权0")],
    ]  # fmt: skip


def test_every_history_holds(played: Played) -> None:
    engine = current_engine()
    for each in played[1]:
        for case in (each.case, *orders_of(each.case)):
            assert engine.verify(case.instance_id) == len(engine.events(case.instance_id))
    assert engine.incidents() == []


def test_a_second_run_opens_nothing_and_one_that_was_interrupted_goes_on(played: Played) -> None:
    before = db.session.scalar(select(func.count()).select_from(Case))
    again = play_all(MATTERS, LINES, again=False, console=QUIET)
    assert [each.differences() for each in again] == [[] for _ in LINES]
    assert db.session.scalar(select(func.count()).select_from(Case)) == before

    def interrupt(step: Step) -> None:
        if step.task == "归档":  # the matter itself is settled by then
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(LINES[3], None, 2, interrupt)
    (found,) = play_all(MATTERS, LINES[3:], again=False, console=QUIET)
    assert (found.case.number, found.differences()) == ("YT-2026-0005", [])


def test_what_is_not_as_expected_is_told(
    played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [replace(LINES[1], facts={**LINES[1].facts, "units": ["水利站", "村建站"]})]
    monkeypatch.setattr(command, "KINDS", (replace(MATTERS, read=lambda: wrong),))
    db.session.remove()
    assert demo.run(played[0], Namespace()) == 1
    told = capsys.readouterr().out
    assert "YT-2026-0002: lead is 村建站, not 水利站" in told
    assert "orders is ['村建站'], not ['村建站', '水利站']" in told


def test_an_unknown_task_or_place_is_refused_by_name() -> None:
    with pytest.raises(NothingToFill, match="water_the_flowers"):
        fill("water_the_flowers", LINES[0], {}, {})
    with pytest.raises(NothingToFill, match="村13"):
        LINES[3].start_form({"村01": "village_01"}, 1)
