"""Messages between instances: what is sent, and which of those that wait gets it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from engine.canonical import Json
from engine.errors import AmbiguousCorrelation
from engine.store import SubscriptionRecord


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message flow of the diagram leads: a process, or one element of it."""

    process: str
    element: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message on its way.

    `key` is the correlation key's value as canonical JSON; `time_to_live` how long it may wait for somebody to wait
    for it (none: just those who wait now need it; None: somebody has to). With `targets` it reaches those alone.
    """

    name: str
    business_key: str | None = None
    key: str | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    time_to_live: timedelta | None = None
    targets: Sequence[Target] = ()

    def fits(self, waiting: SubscriptionRecord) -> bool:
        """Whether those who wait there wait for this very message, as far as its name, key and targets tell."""
        if self.targets and not any(_is_at(target, waiting) for target in self.targets):
            return False
        return waiting.name == self.name and waiting.correlation in (None, self.key)


def _is_at(target: Target, waiting: SubscriptionRecord) -> bool:
    return (
        target.process == waiting.definition_id.partition(":")[0]
        and target.element in (None, waiting.element_id)
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """A token's try to send a message; `taken` are subscriptions that others of the step have reached."""

    message: Message
    token: int
    taken: Collection[str]
    at_last: bool


Route = Callable[[Attempt], str | None]
"""Finds the subscription that a thrown message reaches; None when nobody waits for it. Raises AmbiguousCorrelation."""


def choose(found: Sequence[SubscriptionRecord], message: Message) -> SubscriptionRecord | None:
    """Return the one of those that wait which a message reaches, or None. Raises AmbiguousCorrelation for several.

    Who waits with the message's key comes before who waits without one, who has its business key before who has none,
    and whoever waits before a start event. A key that both sides name reaches across cases: business keys may differ.
    """
    fitting = [item for item in found if message.fits(item)]
    waiting = [item for item in fitting if item.instance_id is not None]
    keyed = [item for item in waiting if message.key is not None and item.correlation == message.key]
    waiting = keyed or waiting
    if message.business_key is not None:
        exact = [item for item in waiting if item.business_key == message.business_key]
        waiting = exact or keyed or [item for item in waiting if item.business_key is None]
    fitting = waiting or [item for item in fitting if item.instance_id is None]
    if len(fitting) > 1:
        raise AmbiguousCorrelation(f"{len(fitting)} places wait for the message {message.name}", count=len(fitting))
    return fitting[0] if fitting else None
