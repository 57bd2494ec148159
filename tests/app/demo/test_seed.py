"""Many cases at once: real instances, as many as asked for, with open tasks at every step."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app, seed
from app.case.models import Case
from app.db import current_engine, db
from app.demo.report import read_statistics
from app.seed import STOPS, planned
from engine.clock import MovingClock
from tests.app.conftest import START


@pytest.fixture(scope="module")
def seeded_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data = tmp_path_factory.mktemp("seed")
    app = create_app({"DATA": data, "SQLITE_SYNCHRONOUS": "NORMAL"}, clock=MovingClock(START))
    assert seed.run(app, Namespace(cases=60, open_tasks=24)) == 0
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_as_many_cases_and_open_tasks_are_made_as_asked_for(seeded_app: Flask) -> None:
    figures = read_statistics()
    assert (figures.all.total, figures.all.closed) == (60, 36)
    tasks = current_engine().store.tasks()
    assert Counter(task.element_id for task in tasks) == dict.fromkeys(STOPS, 3)
    assert any(task.assignee for task in tasks) and any(task.assignee is None for task in tasks)


def test_the_finished_cases_are_spread_over_the_township_s_life_and_the_open_ones_are_recent(seeded_app: Flask) -> None:
    first, last = db.session.execute(select(func.min(Case.opened_at), func.max(Case.opened_at))).one()
    assert (START - first).days >= 299 and last <= START
    oldest_open = db.session.scalar(select(func.min(Case.opened_at)).where(Case.closed_at.is_(None)))
    assert oldest_open is not None and (START - oldest_open).days <= 10


def test_every_history_of_a_seeded_case_holds(seeded_app: Flask) -> None:
    engine = current_engine()
    for case in db.session.scalars(select(Case)):
        assert engine.verify(case.instance_id) == len(engine.events(case.instance_id))


def test_what_has_fallen_due_meanwhile_is_done(seeded_app: Flask) -> None:
    engine = current_engine()
    assert engine.store.due_jobs(START, kinds=("timer", "async", "service")) == []
    assert engine.incidents() == []


def test_a_second_seed_adds_to_the_first(seeded_app: Flask) -> None:
    db.session.remove()
    assert seed.run(seeded_app, Namespace(cases=3, open_tasks=1)) == 0
    assert read_statistics().all.total == 63


def test_the_same_numbers_give_the_same_plans() -> None:
    def plans() -> list[object]:
        return [*planned(50, 10, begins=START, ends=START)]

    assert plans() == plans() and len(plans()) == 50


def test_more_open_cases_than_cases_are_refused(tmp_path: Path) -> None:
    app = create_app({"DATA": tmp_path})
    with pytest.raises(ValueError, match="11 of 10"):
        seed.run(app, Namespace(cases=10, open_tasks=11))
