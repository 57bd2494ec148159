"""What a cover lets somebody do: the rule for a task and the condition of SQL say the same, on both databases."""

from __future__ import annotations

from itertools import product

from sqlalchemy import select

from app.case.covers import Cover, covered, owner_of, owners
from app.db import current_engine, db, tenant
from engine.store.tables import TaskRow
from tests.app.bad_input.conftest import anywhere, on_postgresql, on_sqlite
from tests.app.pages.conftest import Township

__all__ = ["anywhere", "on_postgresql", "on_sqlite"]

OTHERS = (Cover("water2", "hotline_intake"), Cover("leader1", "hotline_review"))
ELEMENTS = frozenset({"hotline_closed_loop/accept_call", "hotline_closed_loop/review_result"})


def test_the_rule_and_the_condition_choose_the_same_tasks(anywhere: Township) -> None:
    claimed, _offered = anywhere.call(), anywhere.call()
    anywhere.send("duty1", f"/tasks/{anywhere.task(claimed, 'accept_call')}/claim", {})
    anywhere["duty1"].post(f"/tasks/{anywhere.task(claimed, 'accept_call')}/claim")
    anywhere.handled_by("water_station", "water1")
    groups = ("hotline_intake", "hotline_review")
    chosen: set[str] = set()  # owners
    with anywhere.app.app_context():
        tasks = current_engine().store.tasks()
        for user, owner, group, others, excluded, left_by in product(
            ("dispatch1", "water1", "village01"), ("duty1", "leader1", "water1"), groups,
            (frozenset(), frozenset(groups)), (frozenset(), ELEMENTS), ((), ("water1",)),
        ):  # fmt: skip
            first = Cover(owner, group, frozenset(others) - {group}, frozenset(excluded), left_by)
            for covers in ((first,), *(order for other in OTHERS for order in ((first, other), (other, first)))):
                by_rule = {task.id: found[0] for task in tasks if (found := owners(covers, task, user))}
                column = owner_of(tenant(), user, covers)
                rows = db.session.execute(select(TaskRow.id, column).where(covered(tenant(), user, covers)))
                assert dict(rows.all()) == by_rule
                chosen |= set(by_rule.values())
    assert chosen >= {"duty1", "leader1", "water2"}, "there was something to choose"


def test_without_a_cover_nothing_is_chosen(anywhere: Township) -> None:
    anywhere.call()
    with anywhere.app.app_context():
        assert db.session.execute(select(TaskRow.id).where(covered(tenant(), "dispatch1", ()))).all() == []
