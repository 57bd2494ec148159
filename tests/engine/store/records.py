"""Records as an engine would make them, for the store's contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from engine.store import (
    Change,
    DefinitionRecord,
    DeploymentRecord,
    InstanceRecord,
    JobRecord,
    ResourceRecord,
    StepRecord,
    Store,
    SubscriptionRecord,
    TaskRecord,
    ValueRecord,
)

NOON = datetime(2026, 3, 2, 4, 0, 0, 120, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIAGRAM = "<definitions>来电</definitions>\x00\xff".encode("latin-1", "ignore") + b"\x00\xfe"


def deployment(number: int = 1) -> DeploymentRecord:
    files = tuple(
        ResourceRecord(name, content, sha256(content).hexdigest())
        for name, content in (("热线.bpmn", DIAGRAM), ("a.form", b"{}"))
    )
    return DeploymentRecord(f"deployment{number}", "第一次", "bpmn", NOON, "procadmin", files)


def definition(version: int = 1, key: str = "hotline") -> DefinitionRecord:
    return DefinitionRecord(
        f"{key}:{version}:abc", key, "热线闭环", version, None, f"deployment{version}", "热线.bpmn", "c" * 64, NOON
    )


def deploy(store: Store, version: int = 1) -> DefinitionRecord:
    store.add_deployment(deployment(version), [definition(version)])
    return definition(version)


def instance(number: int = 1, **more: Any) -> InstanceRecord:
    made = InstanceRecord(
        id=f"{number:032x}", definition_id="hotline:1:abc", definition_key="hotline", business_key=f"HL-{number}",
        status="active", revision=1, state='{"名":"值"}', last_event=0, head="c" * 64, started_at=NOON,
        started_by="duty1",
    )
    return made._replace(**more)


def noted(of: InstanceRecord, first: int, last: int) -> StepRecord:
    return StepRecord(of.id, first, last, '{"元素":"受理"}', f"{last:064x}")


def value(of: InstanceRecord, number: int, name: str = "caller", text: str = '"某"') -> ValueRecord:
    return ValueRecord(of.id, number, name, "salt", text)


def task(of: InstanceRecord, number: int = 1, **more: Any) -> TaskRecord:
    made = TaskRecord(
        id=f"{of.id}:{number}", instance_id=of.id, definition_id=of.definition_id, definition_key=of.definition_key,
        business_key=of.business_key, element_id="sign_in", name="签收", status="open",
        created_at=NOON + number * HOUR,
    )
    return made._replace(**more)


def job(of: InstanceRecord | None, number: int = 1, **more: Any) -> JobRecord:
    made = JobRecord(
        id=f"{of.id}:{number}:1" if of else f"start:hotline:{number}", kind="timer" if of else "start_timer",
        definition_id="hotline:1:abc", element_id="remind", due_at=NOON + number * HOUR,
        instance_id=of.id if of else None, token=number if of else None, created_at=NOON,
    )
    return replace(made, **more)


def subscription(of: InstanceRecord | None, number: int = 1, **more: Any) -> SubscriptionRecord:
    made = SubscriptionRecord(
        id=f"{of.id}:{number}:1" if of else f"start:hotline:{number}", kind="message", name="called_back",
        definition_id="hotline:1:abc", element_id="wait", instance_id=of.id if of else None,
        token=number if of else None, business_key=of.business_key if of else None,
    )
    return replace(made, **more)


def started(number: int = 1, *, events: int = 2, **parts: Any) -> Change:
    """Return the change that starts an instance, with `events` events."""
    made = instance(number, last_event=events)
    return Change(made, is_new=True, step=noted(made, 1, events), **parts)


def step(before: InstanceRecord, *, events: int = 1, **parts: Any) -> Change:
    """Return the change of one further step."""
    after = before._replace(revision=before.revision + 1, last_event=before.last_event + events, state='{"n":2}')
    return Change(after, step=noted(after, before.last_event + 1, after.last_event), **parts)
