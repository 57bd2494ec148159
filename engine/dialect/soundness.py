"""Plays the token game of each scope: joins that can wait for ever, tokens too many, loops without a way out.

Conditions are free choices, so that what is found may never happen for real data: only what goes wrong whatever is
chosen is an error. Where playing takes too long, nothing is said rather than guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from engine.dialect.finding import Finding
from engine.dialect.loops import endless
from engine.dialect.net import Net, build, has, scopes_of
from engine.dialect.tokens import Game, Marking, Work
from engine.elements import events, sub_process
from engine.elements.flow_node import FlowNode, ProcessSpec

MAX_WORK = 150_000
"""How many tokens may be looked at in a process: a count, so that every machine finds the same; well below a second."""
_BROKEN = frozenset((
    "unreachable", "reference_dangling", "flow_crosses_scope", "incoming_not_allowed", "outgoing_not_allowed",
    "gateway_target", "host_not_activity", "start_of_event_sub_process", "no_start", "too_many",
    "id_twice", "id_missing", "element_unsupported",
))  # fmt: skip


def check_soundness(
    spec: ProcessSpec, file: str, elements: Mapping[str, etree._Element], known: Iterable[Finding] = ()
) -> list[Finding]:
    """Return findings on how tokens move; none where `known` says that the drawing is broken."""
    if any(finding.rule in _BROKEN for finding in known):
        return []
    work = Work(MAX_WORK)
    found: list[Finding] = []
    scopes = scopes_of(spec)
    for owner in map(spec.node, scopes):
        net = build(owner, scopes, elements) if isinstance(owner, sub_process.SubProcess) else None
        for problem in () if net is None else _problems(net, _is_sealed(spec, owner, scopes, elements), work):
            element = elements[problem.element_id]
            found.append(Finding(
                file, problem.rule, element.sourceline or 0, problem.element_id,
                "error" if problem.is_certain else "warning", problem.params,
            ))  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class _Problem:
    element_id: str
    rule: str
    is_certain: bool
    params: Mapping[str, str] = field(default_factory=dict)


def _problems(net: Net, is_sealed: bool, work: Work) -> Iterator[_Problem]:
    loop = endless(net)
    if loop is not None:
        step, is_busy = loop
        if is_busy or is_sealed:
            yield _Problem(step.node.element_id, "endless_loop" if is_busy else "no_way_to_end", is_busy)
    games = [Game(net, entry, work, with_extra=False) for entry in net.entries]
    for game in games:
        game.play()
    if any(step.extra for step in net.steps.values()) and not any(game.stuck for game in games):
        for entry in net.entries:
            game = Game(net, entry, work, with_extra=True)
            game.play()
            game.surplus.clear()  # a reminder that goes on beside its task is meant to
            games.append(game)
    told: set[str] = set()
    for game in games:
        is_certain = game.never_completes and is_sealed
        for name, marking in game.stuck.items():
            if name not in told:
                params = {"what": _missing(net, name, marking), "path": game.path(marking)}
                rule = "deadlock" if is_certain else "deadlock_possible"
                yield _Problem(net.steps[name].node.element_id, rule, is_certain, params)
        for name, marking in game.surplus.items():
            if name not in told:
                params = {"path": game.path(marking)}
                yield _Problem(net.steps[name].node.element_id, "surplus_tokens", False, params)
        told |= game.stuck.keys() | game.surplus.keys()


def _missing(net: Net, name: str, marking: Marking) -> str:
    """Return where the tokens would come from that a join lacks."""
    sources = (net.sources[place] for place in net.steps[name].incoming if place not in marking)
    return ", ".join(dict.fromkeys(net.labels[source] for source in sources))


def _is_sealed(
    spec: ProcessSpec, owner: FlowNode, scopes: Mapping[str, list[FlowNode]], elements: Mapping[str, etree._Element]
) -> bool:
    """Whether nothing can end the scope but itself: then what gets stuck in it is stuck for good."""
    scope, inside = owner, scopes[owner.name]
    while not any(isinstance(node, sub_process.EventSubProcess) for node in inside):
        if scope.container is None:
            return True
        if scope.boundaries or isinstance(scope, sub_process.EventSubProcess):
            return False
        scope = spec.node(scope.container)
        inside = scopes[scope.name]
        ends = (elements[node.element_id] for node in inside if isinstance(node, events.EndEvent))
        if any(has(end, "terminate", "error", "cancel") for end in ends):
            return False
    return False
