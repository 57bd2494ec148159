"""What every store promises: the port's methods, one by one, in each place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.errors import (
    ConcurrentChange,
    DefinitionNotFound,
    InstanceNotFound,
    JobNotFound,
    NotFound,
    TaskNotFound,
)
from engine.store import Change, MessageRecord, Store, ValueRecord
from tests.engine.store.conftest import Place
from tests.engine.store.records import (
    HOUR,
    NOON,
    definition,
    deploy,
    deployment,
    instance,
    job,
    noted,
    started,
    step,
    subscription,
    task,
    value,
)


@pytest.fixture
def deployed(place: Place) -> Place:
    with place.transaction() as store:
        deploy(store)
    return place


# -- definitions


def test_a_deployment_gives_back_its_files_byte_for_byte_in_their_order(deployed: Place) -> None:
    with deployed.transaction() as store:
        assert store.deployment("deployment1") == deployment()


def test_the_newest_version_is_the_one_with_the_highest_number(deployed: Place) -> None:
    with deployed.transaction() as store:
        for version in range(2, 12):
            deploy(store, version)
        store.add_deployment(deployment(99), [replace(definition(1, "document"), deployment_id="deployment99")])
        assert store.latest_definition("hotline") == definition(11)
        assert [one.version for one in store.definitions("hotline")] == list(range(11, 0, -1))
        assert [one.key for one in store.definitions()] == ["document"] + ["hotline"] * 11
        assert store.definition(definition(3).id) == definition(3)


def test_a_version_is_taken_once(deployed: Place) -> None:
    again = replace(definition(), id="hotline:1:other", deployment_id="deployment2")
    with pytest.raises(ConcurrentChange), deployed.transaction() as store:
        store.add_deployment(deployment(2), [again])
    with deployed.transaction() as store:
        assert store.definitions() == [definition()]
        with pytest.raises(NotFound):
            store.deployment("deployment2")


def test_what_is_not_there_is_named_in_the_refusal(place: Place) -> None:
    with place.transaction() as store:
        for ask, error in (
            (store.deployment, NotFound), (store.definition, DefinitionNotFound),
            (store.latest_definition, DefinitionNotFound), (store.load, InstanceNotFound),
            (store.task, TaskNotFound), (store.job, JobNotFound), (store.remove_job, JobNotFound),
        ):
            with pytest.raises(error, match="nothing_of_this_name"):
                ask("nothing_of_this_name")
        with pytest.raises(InstanceNotFound):
            store.load("nothing_of_this_name", lock=True)
        with pytest.raises(JobNotFound):
            store.change_job(job(instance()))


def test_only_the_newest_version_is_started_by_triggers(deployed: Place) -> None:
    made = instance()
    with deployed.transaction() as store:
        store.save(started(jobs_added=[job(made)], subscriptions_added=[subscription(made)]))
        store.replace_start_triggers("hotline", [job(None, 1), job(None, 2)], [subscription(None, 1)])
        deploy(store, 2)
        newer = [replace(job(None, 3), definition_id=definition(2).id)]
        store.replace_start_triggers("hotline", newer, [])
        assert store.jobs() == [job(made), *newer]
        assert store.subscriptions("message", "called_back") == [subscription(made)]
        store.replace_start_triggers("document", [], [])
        assert store.jobs() == [job(made), *newer]


# -- instances


def test_a_started_instance_is_loaded_as_it_was_saved(deployed: Place) -> None:
    made = instance()
    change = started(
        values=[value(made, 1)], jobs_added=[job(made)], subscriptions_added=[subscription(made)],
        tasks_opened=[
            task(
                made, candidate_users=("z", "某甲"), candidate_groups=("village_03", "a"), excluded_users=("b",),
                assignee="duty1", form_key="签收.form", due_at=NOON + HOUR, follow_up_at=NOON, priority=7,
                claimed_at=NOON, on_behalf_of="leader1",
            )
        ],
    )
    with deployed.transaction() as store:
        store.save(change)
    with deployed.transaction() as store:
        assert store.load(made.id) == store.load(made.id, lock=True) == change.instance
        assert store.steps(made.id) == [change.step]
        assert store.values(made.id) == change.values
        assert store.task(f"{made.id}:1") == change.tasks_opened[0]
        assert store.tasks(instance_id=made.id) == change.tasks_opened
        assert store.jobs() == [store.job(job(made).id)] == change.jobs_added
        assert store.subscriptions("message", "called_back") == change.subscriptions_added


def test_a_step_changes_everything_that_it_names(deployed: Place) -> None:
    made = instance()
    opening = started(
        tasks_opened=[task(made, 1), task(made, 2)], jobs_added=[job(made, 1), job(made, 2)],
        subscriptions_added=[subscription(made, 1), subscription(made, 2)],
    )
    with deployed.transaction() as store:
        store.save(opening)
        deploy(store, 2)
    done = task(made, 1, status="completed", ended_at=NOON + HOUR, ended_by="water1", name="已签收")
    change = step(
        opening.instance, events=3, values=[value(made, 4, "甲"), value(made, 4, "乙"), value(made, 3)],
        tasks_changed=[done], tasks_opened=[task(made, 3)],
        jobs_changed=[replace(job(made, 1), retries=0, attempt=3, error="断线", locked_by="w", locked_until=NOON)],
        jobs_removed=[job(made, 2).id], jobs_added=[job(made, 3)],
        subscriptions_removed=[subscription(made, 1).id], subscriptions_added=[subscription(made, 3)],
    )
    change.instance = change.instance._replace(
        status="completed", ended_at=NOON + HOUR, business_key="HL-新", definition_id=definition(2).id
    )
    with deployed.transaction() as store:
        store.save(change)
    with deployed.transaction() as store:
        assert store.load(made.id) == change.instance
        assert store.instances(business_key="HL-新") == [change.instance]
        assert store.steps(made.id) == store.steps(made.id, after=1) == [opening.step, change.step]
        assert store.steps(made.id, after=2) == store.steps(made.id, after=4) == [change.step]
        assert store.steps(made.id, after=5) == []
        assert [(one.number, one.name) for one in store.values(made.id)] == [(3, "caller"), (4, "乙"), (4, "甲")]
        assert store.values(made.id, after=3) == [value(made, 4, "乙"), value(made, 4, "甲")]
        assert store.tasks(status=None) == [done, task(made, 2), task(made, 3)]
        assert store.jobs() == [*change.jobs_changed, job(made, 3)]
        waiting = store.subscriptions("message", "called_back")
        assert waiting == [subscription(made, 2), subscription(made, 3)]


def test_an_id_that_is_removed_may_come_back_in_the_same_step(deployed: Place) -> None:
    made = instance()
    opening = started(jobs_added=[job(made)], subscriptions_added=[subscription(made)])
    later = replace(job(made), due_at=NOON + 9 * HOUR)
    other = replace(subscription(made), name="objected")
    with deployed.transaction() as store:
        store.save(opening)
        store.save(
            step(
                opening.instance, jobs_removed=[later.id], jobs_added=[later], subscriptions_removed=[other.id],
                subscriptions_added=[other],
            )
        )
        assert store.jobs() == [later]
        assert store.subscriptions("message", "objected") == [other]


def test_hundreds_of_tasks_end_in_one_step(deployed: Place) -> None:
    made = instance()
    opening = started(tasks_opened=[task(made, number, candidate_groups=("a",)) for number in range(500)])
    ended = [one._replace(status="cancelled", ended_at=NOON) for one in opening.tasks_opened]
    with deployed.transaction() as store:
        store.save(opening)
        assert len(store.tasks(groups=["a"])) == 500
        store.save(step(opening.instance, events=500, tasks_changed=ended))
    with deployed.transaction() as store:
        assert store.tasks(groups=["a"]) == []
        assert store.tasks(status="cancelled") == ended
        assert store.steps(made.id)[-1].last == 502


def test_a_save_from_an_old_revision_is_refused_and_changes_nothing(deployed: Place) -> None:
    with deployed.transaction() as store:
        store.save(started())
        first = store.load(instance().id)
        store.save(step(first))
    with pytest.raises(ConcurrentChange), deployed.transaction() as store:
        store.save(step(first, tasks_opened=[task(first)], jobs_added=[job(first)]))
    with deployed.transaction() as store:
        assert store.load(first.id).revision == 2
        assert store.tasks() == store.jobs() == []
        assert store.steps(first.id)[-1].last == 3


@pytest.mark.parametrize("revision", [1, 3])
def test_a_revision_is_one_more_than_the_stored_one(deployed: Place, revision: int) -> None:
    with deployed.transaction() as store:
        store.save(started())
    with pytest.raises(ConcurrentChange), deployed.transaction() as store:
        store.save(Change(instance()._replace(last_event=2, revision=revision)))
    with pytest.raises(ConcurrentChange), deployed.transaction() as store:
        store.save(Change(instance(2, revision=2)))


@pytest.mark.parametrize("part", ["tasks_changed", "jobs_changed", "jobs_removed", "subscriptions_removed"])
def test_what_a_step_changes_has_to_be_there(deployed: Place, part: str) -> None:
    made = instance()
    missing = {
        "tasks_changed": task(made, 7), "jobs_changed": job(made, 7), "jobs_removed": job(made, 7).id,
        "subscriptions_removed": subscription(made, 7).id,
    }
    with deployed.transaction() as store:
        store.save(started())
    with pytest.raises(ConcurrentChange), deployed.transaction() as store:
        store.save(step(started().instance, **{part: [missing[part]]}))
    with deployed.transaction() as store:
        assert store.load(made.id) == started().instance


@pytest.mark.parametrize("part", ["instance", "tasks_opened", "jobs_added", "subscriptions_added"])
def test_what_is_new_may_not_be_there_already(deployed: Place, part: str) -> None:
    made = instance()
    parts = {"tasks_opened": task(made), "jobs_added": job(made), "subscriptions_added": subscription(made)}
    opening = started(**{name: [one] for name, one in parts.items()})
    with deployed.transaction() as store:
        store.save(opening)
    again = opening if part == "instance" else step(opening.instance, **{part: [parts[part]]})
    with pytest.raises(ConcurrentChange), deployed.transaction() as store:
        store.save(again)
    with deployed.transaction() as store:
        assert store.load(made.id) == opening.instance


def test_event_numbers_leave_no_gap_and_are_used_once(deployed: Place) -> None:
    made = started().instance
    with deployed.transaction() as store:
        store.save(started())
    gap = made._replace(revision=2, last_event=4)
    with pytest.raises(ValueError, match="without gaps"), deployed.transaction() as store:
        store.save(Change(gap, step=noted(gap, 3, 5)))
    with pytest.raises(ValueError, match="do not begin with 1"), deployed.transaction() as store:
        store.save(Change(instance(2, last_event=2), is_new=True, step=noted(instance(2), 2, 2)))
    for number in (2, 4):
        wrong = made._replace(revision=2, last_event=number)
        with pytest.raises(ConcurrentChange), deployed.transaction() as store:
            store.save(Change(wrong, step=noted(wrong, number, number)))
    with deployed.transaction() as store:
        assert store.load(made.id) == made
        assert store.steps(made.id) == [started().step]


@pytest.mark.parametrize("values", [[value(instance(), 3)], [value(instance(), 1), value(instance(), 1, text="1")]])
def test_a_value_is_that_of_one_event_of_its_step(deployed: Place, values: list[ValueRecord]) -> None:
    with pytest.raises(ValueError, match="not those of the step"), deployed.transaction() as store:
        store.save(started(values=values))


def test_instances_are_listed_by_id_and_page_after_page(deployed: Place) -> None:
    with deployed.transaction() as store:
        for number in (3, 1, 2):
            store.save(started(number))
        all_of_them = [started(number).instance for number in (1, 2, 3)]
        assert store.instances() == store.instances(key="hotline", definition_id="hotline:1:abc") == all_of_them
        assert store.instances(limit=2) == all_of_them[:2]
        assert store.instances(after=all_of_them[1].id) == all_of_them[2:]
        assert store.instances(business_key="HL-2", status="active") == all_of_them[1:2]
        assert store.instances(key="document") == store.instances(status="completed") == []


def test_instants_come_back_in_utc_to_the_microsecond(deployed: Place) -> None:
    at = datetime(2026, 3, 2, 23, 59, 59, 7, tzinfo=UTC)
    opening = started(jobs_added=[job(instance(), due_at=at)])
    opening.instance = opening.instance._replace(started_at=at)
    with deployed.transaction() as store:
        store.save(opening)
    with deployed.transaction() as store:
        for read in (store.load(instance().id).started_at, store.jobs()[0].due_at, store.next_due(kinds=["timer"])):
            assert read == at
            assert read.tzinfo is UTC
        assert store.due_jobs(at.astimezone(timezone(8 * HOUR)), kinds=["timer"]) == opening.jobs_added
        assert store.due_jobs(at - timedelta(microseconds=1), kinds=["timer"]) == []


def test_texts_keep_every_character(deployed: Place) -> None:
    strange = '{"引号":"\\"\'%s ?1 :x $1 {}\\u0000","𠮷":"\U0001f4de\\n"}'
    opening = started(values=[value(instance(), 1, "%s?", strange)], tasks_opened=[task(instance(), name=strange)])
    opening.instance = opening.instance._replace(state=strange)
    with deployed.transaction() as store:
        store.save(opening)
    with deployed.transaction() as store:
        assert store.load(instance().id).state == strange
        assert store.values(instance().id)[0].value == strange
        assert store.tasks()[0].name == strange


# -- tasks


def test_tasks_are_found_by_assignee_group_and_status_in_the_order_of_their_creation(deployed: Place) -> None:
    made = instance()
    offered = task(made, 4, candidate_groups=("village_03", "village_04"))
    taken = task(made, 3, candidate_groups=("village_03",), assignee="village03")
    mine = task(made, 2, assignee="duty1")
    refused = task(made, 1, candidate_users=("village_03",), excluded_users=("village_04",))
    with deployed.transaction() as store:
        store.save(started(tasks_opened=[offered, taken, mine, refused]))
        assert store.tasks() == [refused, mine, taken, offered]
        assert store.tasks(limit=2) == [refused, mine]
        assert store.tasks(assignee="duty1") == [mine]
        assert store.tasks(groups=["village_03", "village_04"]) == [offered]
        assert store.tasks(groups=[]) == store.tasks(status="completed") == store.tasks(instance_id="other") == []


def test_a_task_changes_hands_and_ends(deployed: Place) -> None:
    made, one = instance(), task(instance(), candidate_groups=("village_03",))
    claimed = one._replace(assignee="village03", claimed_at=NOON)
    passed_on = one._replace(candidate_groups=("village_05",))
    ended = passed_on._replace(status="completed", ended_at=NOON, ended_by="village05", on_behalf_of="leader1")
    with deployed.transaction() as store:
        store.save(started(tasks_opened=[one]))
        for state, by_03, by_05 in ((claimed, [], []), (one, [one], []), (passed_on, [], [passed_on]), (ended, [], [])):
            store.save(step(store.load(made.id), tasks_changed=[state]))
            assert store.task(one.id) == state
            assert store.tasks(groups=["village_03"]) == by_03
            assert store.tasks(groups=["village_05"]) == by_05
        assert store.tasks() == []
        assert store.tasks(status="completed") == store.tasks(status=None) == [ended]


# -- jobs


def test_jobs_fall_due_in_order_unless_leased_or_exhausted(deployed: Place) -> None:
    made = instance()
    jobs = [job(made, number) for number in (3, 1, 2)]
    leased = job(made, 4, due_at=NOON, locked_by="w", locked_until=NOON + 2 * HOUR)
    failed = job(made, 5, due_at=NOON, retries=0)
    external = job(made, 6, kind="service", topic="sms", due_at=NOON)
    with deployed.transaction() as store:
        store.save(started(jobs_added=[*jobs, leased, failed, external]))
    with deployed.transaction() as store:
        assert store.next_due(kinds=["timer", "async"]) == NOON + HOUR
        assert store.next_due(kinds=["start_timer"]) is None
        assert store.due_jobs(NOON, kinds=["timer"]) == []
        assert store.due_jobs(NOON + HOUR, kinds=["timer"]) == [job(made, 1)]
        assert store.due_jobs(NOON + 9 * HOUR, kinds=["timer"]) == [leased, *(job(made, n) for n in (1, 2, 3))]
        assert store.due_jobs(NOON + 9 * HOUR, kinds=["timer"], limit=2) == [leased, job(made, 1)]
        assert store.due_jobs(NOON + 9 * HOUR, kinds=["service"]) == [external]
        assert store.due_jobs(NOON + 9 * HOUR, kinds=[]) == []
        assert store.jobs(failed=True) == [failed]
        assert store.jobs(failed=False, limit=1) == [leased]
        assert len(store.jobs(instance_id=made.id)) == 6
        assert store.jobs(instance_id="other") == []


def test_due_jobs_of_instances_and_starting_ones_come_in_one_order(deployed: Place) -> None:
    made = instance()
    with deployed.transaction() as store:
        store.save(started(jobs_added=[job(made, 1), job(made, 3)]))
        store.replace_start_triggers("hotline", [job(None, 2), job(None, 4)], [])
    with deployed.transaction() as store:
        due = store.due_jobs(NOON + 9 * HOUR, kinds=["timer", "start_timer"], limit=3)
        assert due == [job(made, 1), job(None, 2), job(made, 3)]
        assert store.due_jobs(NOON + 9 * HOUR, kinds=["start_timer"]) == [job(None, 2), job(None, 4)]


def test_a_leased_job_is_taken_over_when_the_lease_ends(deployed: Place) -> None:
    made = instance()
    send = job(made, 1, kind="service", topic="sms")
    at, until = NOON + 2 * HOUR, NOON + 3 * HOUR
    with deployed.transaction() as store:
        store.save(started(jobs_added=[send, job(made, 2, kind="service", topic="mail")]))
    with deployed.transaction() as store:
        assert store.lock_jobs(["sms"], "first", at=NOON, until=until) == []
        leased = replace(send, locked_by="first", locked_until=until)
        assert store.lock_jobs(["sms", "fax"], "first", at=at, until=until, limit=9) == [leased]
    with deployed.transaction() as store:
        assert store.job(send.id) == leased
        assert store.lock_jobs(["sms"], "second", at=until - timedelta(microseconds=1), until=until + HOUR) == []
        taken_over = replace(send, locked_by="second", locked_until=until + HOUR)
        assert store.lock_jobs(["sms"], "second", at=until, until=until + HOUR) == [taken_over]


def test_the_most_urgent_jobs_are_leased_first(deployed: Place) -> None:
    made = instance()
    jobs = [job(made, number, kind="service", topic="sms", priority=number % 3) for number in range(6)]
    with deployed.transaction() as store:
        store.save(started(jobs_added=jobs))
        leased = store.lock_jobs(["sms"], "w", at=NOON + 9 * HOUR, until=NOON + 10 * HOUR, limit=4)
    assert [one.token for one in leased] == [2, 5, 1, 4]


def test_a_job_is_changed_and_removed(deployed: Place) -> None:
    made = instance()
    failed = replace(
        job(made), retries=0, attempt=1, error="无法连接", due_at=NOON + 5 * HOUR, locked_by="w", locked_until=NOON
    )
    with deployed.transaction() as store:
        store.save(started(jobs_added=[job(made)]))
        store.change_job(failed)
        assert store.job(failed.id) == failed
        store.change_job(job(made))
        assert store.job(failed.id) == job(made)
        store.remove_job(failed.id)
        assert store.jobs() == []


# -- subscriptions


def test_subscriptions_are_found_by_name_instance_and_business_key(deployed: Place) -> None:
    first, second = instance(1), instance(2)
    mine, other = subscription(first), subscription(second, correlation='"138"')
    signal = subscription(first, 2, kind="signal")
    start = subscription(None)
    with deployed.transaction() as store:
        store.save(started(1, subscriptions_added=[mine, signal]))
        store.save(started(2, subscriptions_added=[other]))
        store.replace_start_triggers("hotline", [], [start])
        assert store.subscriptions("message", "called_back") == [mine, other, start]
        assert store.subscriptions("message", "called_back", instance_id=second.id) == [other]
        assert store.subscriptions("message", "called_back", business_key="HL-1") == [mine, start]
        assert store.subscriptions("signal", "called_back") == [signal]
        assert store.subscriptions("message", "unheard") == []


# -- history


def test_erased_values_leave_the_chain_whole_and_cannot_be_guessed(deployed: Place) -> None:
    made = instance()
    values = [value(made, 1, "caller"), value(made, 1, "phone"), value(made, 2, "caller", "null")]
    with deployed.transaction() as store:
        store.save(started(values=values))
        store.save(started(2, values=[value(instance(2), 1, "caller")]))
    with deployed.transaction() as store:
        assert store.erase_values(made.id, ["caller", "address"], at=NOON) == 2
        assert store.erase_values(made.id, ["caller"], at=NOON + HOUR) == 0
    with deployed.transaction() as store:
        erased = [one._replace(salt="", value=None, erased_at=NOON) for one in (values[0], values[2])]
        assert store.values(made.id) == [erased[0], values[1], erased[1]]
        assert store.steps(made.id) == [started().step]
        assert store.values(instance(2).id) == [value(instance(2), 1, "caller")]


def test_the_histories_of_several_instances_are_read_at_once(deployed: Place) -> None:
    first, second = started(values=[value(instance(), 1)]), started(2)
    third = started(3, values=[value(instance(3), 2)])
    later = step(first.instance, events=2, values=[value(instance(), 3, "b"), value(instance(), 3, "a")])
    with deployed.transaction() as store:
        for change in (first, second, third, later):
            store.save(change)
    with deployed.transaction() as store:
        assert store.histories([instance(2).id, instance().id, "unknown", instance().id]) == [
            (first.step, first.values), (later.step, [value(instance(), 3, "a"), value(instance(), 3, "b")]),
            (second.step, []),
        ]  # fmt: skip
        assert store.histories([]) == []
    with deployed.transaction(deployed.other) as store:
        assert store.histories([instance().id]) == []


# -- transactions


def test_a_transaction_that_raises_leaves_nothing(place: Place) -> None:
    made = instance()
    with place.transaction() as store:
        deploy(store)
        store.save(started(values=[value(made, 1)], tasks_opened=[task(made)], jobs_added=[job(made)]))
        store.replace_start_triggers("hotline", [job(None)], [subscription(None)])
        before = _everything(store)
    with pytest.raises(RuntimeError, match="power cut"), place.transaction() as store:
        deploy(store, 2)
        done = task(made, status="completed")
        store.save(step(started().instance, tasks_changed=[done], jobs_removed=[job(made).id]))
        store.save(started(2, subscriptions_added=[subscription(instance(2))]))
        store.replace_start_triggers("hotline", [], [])
        store.erase_values(made.id, ["caller"], at=NOON)
        assert _everything(store) != before
        raise RuntimeError("power cut")
    with place.transaction() as store:
        assert _everything(store) == before


def _everything(store: Store) -> list[object]:
    made = instance()
    return [
        store.definitions(), store.instances(), store.tasks(status=None), store.jobs(), store.steps(made.id),
        store.values(made.id), store.subscriptions("message", "called_back"),
    ]


# -- messages that nobody waits for yet


def test_a_kept_message_is_given_out_oldest_first_until_it_expires_or_is_taken(place: Place) -> None:
    first = MessageRecord("m1", "paid", "HL-1", '"7"', '{"sum":3}', NOON, NOON + HOUR, "duty1")
    second = MessageRecord("m2", "paid", None, None, "{}", NOON, NOON + 2 * HOUR, None)
    with place.transaction() as store:
        store.hold_message("paid")
        store.add_message(second)
        store.add_message(first)
    with place.transaction() as store:
        assert store.messages("paid", at=NOON) == [first, second]
        assert store.messages("other", at=NOON) == []
    with place.transaction() as store:
        assert store.messages("paid", at=NOON + HOUR) == [second]
    with place.transaction() as store:
        assert store.messages("paid", at=NOON) == [second], "an expired one is forgotten"
        store.remove_message("m2")
        with pytest.raises(ConcurrentChange):
            store.remove_message("m2")


def test_who_waits_with_a_correlation_key_is_found_by_it(deployed: Place) -> None:
    keyed = subscription(instance(), 1, correlation='"7"')
    open_to_all = subscription(instance(), 2)
    with deployed.transaction() as store:
        store.save(started(subscriptions_added=[keyed, open_to_all]))
        assert store.subscriptions("message", keyed.name, correlation='"7"') == [keyed, open_to_all]
        assert store.subscriptions("message", keyed.name, correlation='"8"') == [open_to_all]
