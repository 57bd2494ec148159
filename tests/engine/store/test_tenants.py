"""No call reaches another tenant's rows, whatever ids it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.errors import ConcurrentChange, EngineError
from engine.store import Change, MessageRecord, Store
from tests.engine.store.conftest import Place
from tests.engine.store.records import (
    HOUR,
    NOON,
    definition,
    deploy,
    instance,
    job,
    started,
    step,
    subscription,
    task,
    value,
)

MADE = instance()
LATER = NOON + 99 * HOUR
EXTERNAL = job(MADE, 2, kind="service", topic="sms")
OPENING = started(
    values=[value(MADE, 1)], jobs_added=[job(MADE), EXTERNAL], subscriptions_added=[subscription(MADE)],
    tasks_opened=[task(MADE, assignee="duty1"), task(MADE, 2, candidate_groups=("village_03",))],
)

# Each method of the port, with ids that exist at the neighbour's: it finds nothing.
READS: dict[str, Callable[[Store], object]] = {
    "definitions": lambda store: store.definitions(),
    "definitions of a key": lambda store: store.definitions("hotline"),
    "instances": lambda store: store.instances(),
    "instances of a business key": lambda store: store.instances(business_key="HL-1"),
    "tasks": lambda store: store.tasks(status=None),
    "tasks of an instance": lambda store: store.tasks(instance_id=MADE.id),
    "tasks of an assignee": lambda store: store.tasks(assignee="duty1"),
    "tasks of a group": lambda store: store.tasks(groups=["village_03"]),
    "due_jobs": lambda store: store.due_jobs(LATER, kinds=["timer", "service", "start_timer"]),
    "lock_jobs": lambda store: store.lock_jobs(["sms"], "w", at=LATER, until=LATER + HOUR),
    "jobs": lambda store: store.jobs(),
    "jobs of an instance": lambda store: store.jobs(instance_id=MADE.id),
    "subscriptions": lambda store: store.subscriptions("message", "called_back"),
    "subscriptions of an instance": lambda store: store.subscriptions("message", "called_back", instance_id=MADE.id),
    "steps": lambda store: store.steps(MADE.id),
    "values": lambda store: store.values(MADE.id),
    "histories": lambda store: store.histories([MADE.id]),
}
# These refuse, as they do for ids that exist nowhere.
REFUSED: dict[str, Callable[[Store], object]] = {
    "deployment": lambda store: store.deployment("deployment1"),
    "definition": lambda store: store.definition(definition().id),
    "latest_definition": lambda store: store.latest_definition("hotline"),
    "load": lambda store: store.load(MADE.id),
    "load with a lock": lambda store: store.load(MADE.id, lock=True),
    "save": lambda store: store.save(step(OPENING.instance)),
    "task": lambda store: store.task(task(MADE).id),
    "job": lambda store: store.job(job(MADE).id),
    "change_job": lambda store: store.change_job(replace(job(MADE), retries=0)),
    "remove_job": lambda store: store.remove_job(job(MADE).id),
}
# An own instance as a vehicle for changes to the neighbour's rows.
VEHICLES: dict[str, Change] = {
    "tasks": step(started(2).instance, tasks_changed=[task(MADE, status="cancelled")]),
    "changed jobs": step(started(2).instance, jobs_changed=[replace(job(MADE), retries=0)]),
    "removed jobs": step(started(2).instance, jobs_removed=[job(MADE).id]),
    "subscriptions": step(started(2).instance, subscriptions_removed=[subscription(MADE).id]),
}


@pytest.fixture
def neighbours(place: Place) -> Place:
    with place.transaction(place.other) as store:
        deploy(store)
        store.save(OPENING)
        store.replace_start_triggers("hotline", [job(None, 5)], [subscription(None)])
    return place


def _kept(place: Place) -> list[object]:
    with place.transaction(place.other) as store:
        return [
            store.definitions(), store.instances(), store.tasks(status=None), store.jobs(), store.values(MADE.id),
            store.subscriptions("message", "called_back"), store.steps(MADE.id),
        ]


@pytest.mark.parametrize("method", READS)
def test_a_neighbour_is_not_seen(neighbours: Place, method: str) -> None:
    before = _kept(neighbours)
    with neighbours.transaction(neighbours.other) as store:
        assert READS[method](store) != []
    neighbours_lease = _kept(neighbours)
    with neighbours.transaction() as store:
        assert READS[method](store) == []
        assert store.next_due(kinds=["timer", "start_timer", "service"]) is None
    assert _kept(neighbours) == neighbours_lease
    assert method == "lock_jobs" or neighbours_lease == before


@pytest.mark.parametrize("method", REFUSED)
def test_a_neighbours_id_is_unknown(neighbours: Place, method: str) -> None:
    before = _kept(neighbours)
    with pytest.raises(EngineError), neighbours.transaction() as store:
        REFUSED[method](store)
    assert _kept(neighbours) == before
    with neighbours.transaction(neighbours.other) as store:
        REFUSED[method](store)


@pytest.mark.parametrize("part", VEHICLES)
def test_a_step_does_not_change_a_neighbours_rows(neighbours: Place, part: str) -> None:
    with neighbours.transaction() as store:
        deploy(store)
        store.save(started(2))
    before = _kept(neighbours)
    with pytest.raises(EngineError), neighbours.transaction() as store:
        store.save(VEHICLES[part])
    assert _kept(neighbours) == before


def test_neighbours_may_use_the_same_ids(neighbours: Place) -> None:
    before = _kept(neighbours)
    with neighbours.transaction() as store:
        deploy(store)
        store.save(OPENING)
        store.replace_start_triggers("hotline", [job(None, 5)], [subscription(None)])
        store.replace_start_triggers("hotline", [], [])
        ended = [one._replace(status="cancelled") for one in OPENING.tasks_opened]
        store.save(step(OPENING.instance, tasks_changed=ended, jobs_removed=[EXTERNAL.id]))
        assert store.erase_values(MADE.id, ["caller"], at=NOON) == 1
        store.remove_job(job(MADE).id)
    assert _kept(neighbours) == before


def test_erasing_does_not_reach_a_neighbour(neighbours: Place) -> None:
    before = _kept(neighbours)
    with neighbours.transaction() as store:
        assert store.erase_values(MADE.id, ["caller"], at=NOON) == 0
        store.replace_start_triggers("hotline", [], [])
    assert _kept(neighbours) == before


def test_a_neighbours_kept_message_is_neither_seen_nor_forgotten(neighbours: Place) -> None:
    kept = MessageRecord("m1", "paid", None, None, "{}", NOON, NOON + HOUR, None)
    with neighbours.transaction(neighbours.other) as store:
        store.hold_message("paid")
        store.add_message(kept)
    with neighbours.transaction() as store:
        store.hold_message("paid")
        assert store.messages("paid", at=NOON) == []
        with pytest.raises(ConcurrentChange):
            store.remove_message("m1")
    with neighbours.transaction(neighbours.other) as store:
        assert store.messages("paid", at=NOON) == [kept]


def test_every_method_of_the_port_is_tried() -> None:
    tried = {name.split(" ")[0] for name in (*READS, *REFUSED)}
    tried |= {"add_deployment", "erase_values", "next_due", "replace_start_triggers"}
    tried |= {"hold_message", "add_message", "messages", "remove_message"}
    assert tried == {name for name in vars(Store) if not name.startswith("_")}
