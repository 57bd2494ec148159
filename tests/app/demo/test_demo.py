"""The demonstration: twenty-four calls, by the same doors as people, each to the end that it expects."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import func, select

from app import create_app, demo, installation
from app.case.models import Case
from app.db import current_engine, db, tenant
from app.demo import command
from app.demo.calls import Call, find_cases, read_calls
from app.demo.clerks import fill, register_call
from app.demo.command import KINDS, play_all
from app.demo.play import TRIES, Step, once_more, play
from app.demo.report import CALLS as KIND
from app.demo.report import miscounts, read_statistics
from app.demo.sample import NothingToFill, Outcome
from app.installation import SetUpAlready, open_example
from engine.clock import MovingClock
from engine.errors import ConcurrentChange, StoreUnavailable
from engine.store.tables import HistoryRow
from tests.app.conftest import START

CALLS = read_calls()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An example township in which the command has run once."""
    data = tmp_path_factory.mktemp("demo")
    app = create_app({"DATA": data, "SQLITE_SYNCHRONOUS": "NORMAL"}, clock=MovingClock(START))
    assert demo.run(app, Namespace()) == 0
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def example(app: Flask) -> Iterator[Flask]:
    """An example township without a case."""
    with app.app_context():
        open_example()
        yield app
        db.session.remove()


def outcomes() -> list[Outcome[Call]]:
    cases = find_cases(CALLS)
    return [Outcome(call, cases[call.line][-1]) for call in CALLS]


def quiet() -> Console:
    return Console(quiet=True)


def test_every_case_ends_as_its_call_expects(played: Flask) -> None:
    assert [each.differences() for each in outcomes()] == [[] for _ in CALLS]
    assert len(CALLS) == 24


def test_three_are_redone_one_ends_supervised_one_is_refused_and_one_caller_is_not_reached(played: Flask) -> None:
    found = outcomes()
    assert [each.sample.line for each in found if each.case.redo_count] == [6, 15, 20]
    assert [each.sample.line for each in found if each.case.state == "督办办结"] == [15]
    assert [each.sample.line for each in found if each.case.state == "不予受理"] == [24]
    assert [each.sample.line for each in found if each.case.results.get("final_satisfaction") == "联系不上"] == [18]
    assert Counter(each.case.state for each in found)["已归档"] == 22


def test_the_statistics_add_up_to_twenty_four(played: Flask) -> None:
    figures = read_statistics()
    counted = {row.name: row.total for row in figures.rows("category")}
    assert counted == {"基础设施": 11, "民生保障": 7, "矛盾纠纷": 2, "环境卫生": 2, "其他": 2}
    assert (figures.all.total, figures.all.closed) == (24, 24)
    assert miscounts(outcomes(), figures) == []


def test_the_cases_are_numbered_without_gaps_in_the_order_of_the_calls(played: Flask) -> None:
    assert [each.case.number for each in outcomes()] == [f"HL-2026-{number:06}" for number in range(1, 25)]


def test_nobody_reviews_or_calls_back_what_they_handled(played: Flask) -> None:
    engine = current_engine()
    for each in outcomes():
        done = [event for event in engine.events(each.case.instance_id) if event.kind == "task_completed"]
        reviewed, called_back, handled, dispatched = (
            {event.actor for event in done if event.element_id == name}
            for name in ("review_result", "call_back", "handle_call", "dispatch_call")
        )
        assert called_back.isdisjoint(handled | dispatched) and reviewed.isdisjoint(handled)


def test_an_objection_is_dispatched_anew_and_an_extension_shows_both_limits(played: Flask) -> None:
    engine, cases = current_engine(), find_cases(CALLS)
    objected = engine.variables(cases[9][-1].instance_id)
    assert (objected["return_count"], objected["lead_unit"]) == (1, "emergency_station")
    extended = engine.variables(cases[11][-1].instance_id)
    assert extended["extended"] is True and "original_due_handling" in extended


def test_every_history_holds(played: Flask) -> None:
    engine = current_engine()
    for each in outcomes():
        assert engine.verify(each.case.instance_id) == len(engine.events(each.case.instance_id))


def test_a_second_run_says_so_and_changes_nothing(played: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    count = select(func.count()).select_from(HistoryRow)
    before = db.session.scalar(count)
    db.session.remove()
    assert demo.run(played, Namespace()) == 0
    assert "in the register already" in capsys.readouterr().out
    assert db.session.scalar(count) == before


def test_a_case_that_is_not_as_expected_is_told_and_fails_the_command(
    played: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = [replace(CALLS[0], expected=replace(CALLS[0].expected, final_satisfaction="不满意")), *CALLS[1:]]
    monkeypatch.setattr(command, "KINDS", (replace(KIND, read=lambda: wrong), *KINDS[1:]))
    assert demo.run(played, Namespace()) == 1
    printed = capsys.readouterr().out
    assert "HL-2026-000001: final_satisfaction is 满意, not 不满意" in printed
    assert "redone is False, not True" in printed


def test_a_case_that_is_missing_from_the_figures_is_told(played: Flask) -> None:
    figures = read_statistics()
    del figures.numbers["category", "基础设施", "total"]
    assert miscounts(outcomes(), figures) == [
        "基础设施: 0 cases are counted, 11 were played", "category adds up to 13, not to 24",
    ]  # fmt: skip


def test_an_interrupted_run_is_taken_up_where_it_stopped(example: Flask) -> None:
    steps: list[Step] = []

    def interrupt(step: Step) -> None:
        steps.append(step)
        if len(steps) == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(CALLS[0], None, 1, interrupt)
    found = play_all(KIND, CALLS[:1], again=False, console=quiet())
    assert [each.differences() for each in found] == [[]]
    assert len(find_cases(CALLS[:1])[1]) == 1


def test_the_calls_can_be_played_again_under_new_numbers(example: Flask) -> None:
    transferred = CALLS[17:18]
    first, second = (play_all(KIND, transferred, again=True, console=quiet())[0] for _ in range(2))
    assert (first.case.number, second.case.number) == ("HL-2026-000001", "HL-2026-000002")
    engine = current_engine()
    numbers = [engine.variables(each.case.instance_id)["external_number"] for each in (first, second)]
    assert numbers == ["XC12345-2026-1017", "XC12345-2026-1017-2"]


def test_the_whole_demonstration_runs_on_postgresql(
    tmp_path: Path, postgres_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    database = {"DATA": tmp_path, "SQLALCHEMY_DATABASE_URI": postgres_database}
    app = create_app(database, clock=MovingClock(START))
    assert demo.run(app, Namespace()) == 0
    assert "All cases are as expected." in capsys.readouterr().out
    with app.app_context():
        assert read_statistics().all.total == 24
        db.session.remove()
        db.engine.dispose()


def test_a_real_township_is_left_alone(tmp_path: Path) -> None:
    app = create_app({"DATA": tmp_path})
    with app.app_context():
        installation.set_up_empty("某乡", "admin")
        db.session.remove()
    with pytest.raises(SetUpAlready):
        demo.run(app, Namespace())
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case).where(Case.tenant == tenant())) == 0
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("error", [ConcurrentChange, StoreUnavailable])
def test_a_lost_race_or_a_held_database_is_tried_again(error: type[Exception]) -> None:
    tries: list[int] = []

    def act() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise error
        return "done"

    assert once_more(act, pause=0) == "done"


def test_a_database_that_stays_held_is_told(played: Flask) -> None:
    tries: list[int] = []

    def act() -> None:
        tries.append(1)
        raise StoreUnavailable

    with pytest.raises(StoreUnavailable):
        once_more(act, pause=0)
    assert len(tries) == TRIES


def test_an_unknown_task_or_village_is_refused_by_name() -> None:
    with pytest.raises(NothingToFill, match="water_the_flowers"):
        fill("water_the_flowers", CALLS[0], {})
    with pytest.raises(NothingToFill, match="村03"):
        register_call(CALLS[0], {"村01": "village_01"}, 1)
