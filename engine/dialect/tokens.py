"""The token game on a net: every run of a scope, up to the order of what is independent."""

from __future__ import annotations

from dataclasses import dataclass

from engine.dialect.net import Net, Outcome, Step
from engine.elements import gateways

_SHOWN = 6
Marking = frozenset[int]


@dataclass(slots=True)
class Work:
    """How many tokens may still be looked at: a count, not a time, so that every machine finds the same."""

    left: int


class Game:
    """All runs from one beginning, up to the order of what is independent.

    Of the nodes that could go next only the first is tried: the others lose nothing by waiting, since no node takes
    another one's tokens. By the order of the places a node waits until all that can still reach it has come, loops
    apart; so two tokens that can meet before a node do meet there.
    """

    def __init__(self, net: Net, entry: Marking, work: Work, *, with_extra: bool) -> None:
        self._net, self._entry, self._work, self._with_extra = net, entry, work, with_extra
        self._came: dict[Marking, tuple[Marking | None, str]] = {}
        self._is_complete = net.is_exact
        self._has_completed = False
        self.stuck: dict[str, Marking] = {}  # by join, with the marking in which nothing moves any more
        self.surplus: dict[str, Marking] = {}

    @property
    def never_completes(self) -> bool:
        """Whether every run gets stuck, and none was left out."""
        return bool(self.stuck) and self._is_complete and not self._has_completed

    def play(self) -> None:
        """Visit the markings, depth first."""
        self._came[self._entry] = (None, "")
        stack = [self._entry]
        while stack:
            marking = stack.pop()
            self._work.left -= len(marking) + 1
            if self._work.left < 0:
                self._is_complete = False
                return
            step = self._next(marking)
            if step is None:
                self._note_stuck(marking)
                continue
            taken = [place for place in step.incoming if place in marking]
            if len(taken) > 1 and step.takes == "any" and not step.is_sink:
                self._note_surplus(step.node.name, marking)
                continue
            rest = marking.difference(taken)
            for outcome in (*step.outcomes, *(step.extra if self._with_extra else ())):
                self._go(marking, rest, outcome, stack)

    def _go(self, marking: Marking, rest: Marking, outcome: Outcome, stack: list[Marking]) -> None:
        self._work.left -= 1
        if not rest.isdisjoint(outcome.places) and not outcome.ends_scope:
            twice = [self._net.targets[place] for place in outcome.places if place in rest]
            if not all(self._net.steps[name].is_sink for name in twice):
                self._note_surplus(twice[0], marking)
                return
        following = frozenset[int]() if outcome.ends_scope else rest.union(outcome.places)
        if not following:
            self._has_completed = True
        elif following not in self._came:
            self._came[following] = (marking, outcome.label)
            stack.append(following)

    def _next(self, marking: Marking) -> Step | None:
        for place in sorted(marking):
            step = self._net.steps[self._net.targets[place]]
            match step.takes:
                case "all" if not all(other in marking for other in step.incoming):
                    continue
                case "present" if len(step.incoming) > 1 and not self._may_join(step, marking):
                    continue
            return step
        return None

    def _may_join(self, step: Step, marking: Marking) -> bool:
        """As `InclusiveGateway.decide` has it."""
        node, net = step.node, self._net
        assert isinstance(node, gateways.InclusiveGateway)
        arrived = [net.flow_of[place] for place in step.incoming if place in marking]
        here = {net.targets[place] for place in marking} - {node.name}
        ahead = {name for flow in arrived for name in node.upstream_by_flows.get(flow, ())}
        missing = (net.flow_of[place] for place in step.incoming if place not in marking)
        return all(here.isdisjoint(node.upstream.get(flow, frozenset()) - ahead) for flow in missing)

    def _note_stuck(self, marking: Marking) -> None:
        names = [self._net.targets[place] for place in marking]
        joins = [name for name in names if self._net.steps[name].takes == "all"]
        self._is_complete &= bool(joins)  # inclusive joins that wait for each other alone
        for name in joins:
            self.stuck.setdefault(name, marking)

    def _note_surplus(self, name: str, marking: Marking) -> None:
        self._is_complete = False
        self.surplus.setdefault(name, marking)

    def path(self, marking: Marking) -> str:
        """Return the last choices that led to a marking."""
        choices: list[str] = []
        at: Marking | None = marking
        while at is not None and len(choices) <= _SHOWN:
            at, label = self._came[at]
            if label:
                choices.append(label)
        begun = [self._net.labels[self._net.targets[place]] for place in sorted(self._entry)[:1]]
        shown = [*begun, *(["…"] if len(choices) > _SHOWN else []), *reversed(choices[:_SHOWN])]
        return "; ".join(shown)
