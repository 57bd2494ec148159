"""Messages and signals between instances: who gets what, all within the transaction of whoever sends."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from engine.canonical import Json, canonical
from engine.elements.outcome import Signal
from engine.errors import ConcurrentChange, ExecutionFailed, NoMatchingSubscription
from engine.history import Act
from engine.instance import ProcessInstance
from engine.message import Attempt, Message, choose
from engine.store import MessageRecord, Store, SubscriptionRecord

MAX_DELIVERIES = 1000
"""How many messages and signals may follow from those of one step within its transaction."""

Deliver = Callable[[SubscriptionRecord, Act, Mapping[str, Json], str | None], ProcessInstance | None]
Fits = Callable[[SubscriptionRecord], bool]


class Exchange:
    """Finds who waits, delivers what a step has thrown, and keeps messages for those who do not wait yet."""

    def __init__(self, store: Store, now: Callable[[], datetime], deliver: Deliver, new_id: Callable[[], str]) -> None:
        self._store = store
        self._now = now
        self._deliver = deliver
        self._new_id = new_id
        self._outbox: deque[Callable[[], None]] = deque()
        self._is_sending = False

    # -- from outside

    def correlate(
        self, message: Message, act: Act, *, instance_id: str | None = None, fits: Fits | None = None
    ) -> ProcessInstance:
        """Give a message to the one that waits for it, or start an instance by it.

        Raises NoMatchingSubscription, AmbiguousCorrelation.
        """
        found = self._waiting(message, instance_id)
        if instance_id is None and message.business_key is not None:
            found = [item for item in found if item.instance_id is None or item.business_key == message.business_key]
        if fits is not None:
            found = [item for item in found if item.instance_id is None or fits(item)]
        chosen = choose(found, message)
        reached = None if chosen is None else self._deliver(chosen, act, message.variables, message.business_key)
        if reached is None:
            raise NoMatchingSubscription(f"nothing waits for the message {message.name}")
        return reached

    def publish(self, message: Message, act: Act) -> ProcessInstance | None:
        """Give a message to the one that waits for it, or keep it for its time to live and return None.

        Raises AmbiguousCorrelation; NoMatchingSubscription when it has no time to live.
        """
        self._store.hold_message(message.name)
        try:
            return self.correlate(message, act)
        except NoMatchingSubscription:
            if not message.time_to_live:
                raise
        self._keep(message, act)
        return None

    def signal(
        self, name: str, variables: Mapping[str, Json], act: Act, thrower: str | None = None
    ) -> int:
        """Send a signal to all that wait for it, but in the instance that threw it; return how many it reached."""
        found = self._store.subscriptions("signal", name)
        found = [item for item in found if thrower is None or item.instance_id != thrower]
        return sum(self._deliver(item, act, variables, None) is not None for item in found)

    # -- from a running instance

    def route(self, attempt: Attempt) -> str | None:
        """Return the subscription that a thrown message reaches, or None. Raises AmbiguousCorrelation."""
        found = self._waiting(attempt.message)  # a start event takes every message, whoever waits just one
        found = [item for item in found if item.instance_id is None or item.id not in attempt.taken]
        chosen = choose(found, attempt.message)
        return None if chosen is None else chosen.id

    def after_save(self, instance: ProcessInstance, waiting: Collection[SubscriptionRecord]) -> bool:
        """Deliver what a saved step has thrown, and what was kept for those who wait since; whether there was any."""
        if not (instance.thrown_signals or instance.thrown_messages or waiting or self._outbox):
            return False
        act = Act(self._now())
        for signal in instance.thrown_signals:
            self._outbox.append(lambda signal=signal: self._send_signal(signal, act, instance.id))  # type: ignore[misc]
        for message, to in instance.thrown_messages:
            self._outbox.append(lambda message=message, to=to: self._send(message, to, act))  # type: ignore[misc]
        for item in waiting:
            if item.kind == "message":
                self._outbox.append(lambda item=item: self._give_kept(item, act))  # type: ignore[misc]
        if self._is_sending or not self._outbox:
            return False
        self._is_sending = True
        try:
            for _ in range(len(self._outbox) + MAX_DELIVERIES):
                if not self._outbox:
                    return True
                self._outbox.popleft()()
            raise ExecutionFailed(
                f"messages or signals call each other without end, the last from {instance.definition.key}"
            )
        finally:
            self._is_sending = False
            self._outbox.clear()

    def _send_signal(self, signal: Signal, act: Act, thrower: str) -> None:
        self.signal(signal.name, signal.variables, act, thrower)

    def _send(self, message: Message, to: str | None, act: Act) -> None:
        if to is None:
            if message.time_to_live:
                self._store.hold_message(message.name)
                self._keep(message, act)
            return  # with no time to live it was for whoever waits now, and nobody does
        chosen = next((item for item in self._waiting(message) if item.id == to), None)
        if chosen is None or self._deliver(chosen, act, message.variables, message.business_key) is None:
            raise ConcurrentChange(f"who waited for the message {message.name} does so no longer")

    def _give_kept(self, waiting: SubscriptionRecord, act: Act) -> None:
        self._store.hold_message(waiting.name)
        for kept in self._store.messages(waiting.name, at=act.at):
            message = Message(kept.name, kept.business_key, kept.correlation, json.loads(kept.variables))
            if choose([waiting], message) is None:
                continue
            self._store.remove_message(kept.id)
            if self._deliver(waiting, Act(act.at, kept.sent_by), message.variables, message.business_key) is not None:
                return
            self._store.add_message(kept)

    def _keep(self, message: Message, act: Act) -> None:
        length = message.time_to_live or timedelta()
        self._store.add_message(MessageRecord(
            id=self._new_id(), name=message.name, business_key=message.business_key, correlation=message.key,
            variables=canonical(dict(message.variables)), at=act.at, expires_at=act.at + length, sent_by=act.by,
        ))

    def _waiting(self, message: Message, instance_id: str | None = None) -> list[SubscriptionRecord]:
        return self._store.subscriptions("message", message.name, instance_id=instance_id, correlation=message.key)
