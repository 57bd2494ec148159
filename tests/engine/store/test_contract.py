"""What every store promises: the port's methods, one by one, for each place."""

from __future__ import annotations

import pytest

from engine.errors import ConcurrentChange, InstanceNotFound
from tests.engine.store.conftest import Place
from tests.engine.store.records import deploy, event, instance, job, started, step, subscription, task, value


def test_a_started_instance_is_loaded_as_it_was_saved(place: Place) -> None:
    made = instance()
    change = started(
        values=[value(made, 1)], tasks_opened=[task(made, candidate_groups=("village_03", "a"), excluded_users=("某",))],
        jobs_added=[job(made)], subscriptions_added=[subscription(made)],
    )
    with place.transaction() as store:
        deploy(store)
        store.save(change)
    with place.transaction() as store:
        assert store.load(made.id) == change.instance
        assert store.events(made.id) == change.events
        assert store.values(made.id) == change.values
        assert store.task(f"{made.id}:1") == change.tasks_opened[0]
        assert store.tasks(instance_id=made.id) == change.tasks_opened
        assert store.jobs() == change.jobs_added
        assert store.subscriptions("message", "called_back") == change.subscriptions_added


def test_a_save_from_an_old_revision_is_refused_and_changes_nothing(place: Place) -> None:
    with place.transaction() as store:
        deploy(store)
        store.save(started())
        first = store.load(instance().id)
        store.save(step(first))
    with pytest.raises(ConcurrentChange), place.transaction() as store:
        store.save(step(first, tasks_opened=[task(first)]))
    with place.transaction() as store:
        assert store.load(first.id).revision == 2
        assert store.tasks() == []
