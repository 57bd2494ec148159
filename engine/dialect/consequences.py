"""Keeps what follows only from an element that was not read out of the findings."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from engine.dialect.finding import Finding

_ON_THE_WAY = frozenset((
    "unreachable", "no_start", "start_misplaced", "start_of_event_sub_process", "gateway_target",
    "host_not_activity", "default_missing", "condition_missing", "condition_ignored", "flow_crosses_scope",
))  # fmt: skip
"""What depends on the neighbours of an element, and so on those that were left out."""

_WORK_IN_JAVA = ("camunda:class", "camunda:delegateExpression", "camunda:connector")
"""What a service task was to do: who replaces it has no empty one."""


def without_consequences(found: Sequence[Finding], known: Sequence[Finding], root: etree._Element) -> list[Finding]:
    """Return those of `found` that stand by themselves, where `known` says which elements are not supported."""
    left_out = {finding.element_id for finding in known if finding.rule == "element_unsupported"}
    in_java = {finding.element_id for finding in known if finding.params.get("what") in _WORK_IN_JAVA}
    found = [finding for finding in found if finding.rule != "service_empty" or finding.element_id not in in_java]
    if not left_out:
        return list(found)
    ids = {str(item.get("id")) for item in root.iter() if item.get("id")}
    return [
        finding for finding in found
        if finding.rule not in _ON_THE_WAY and finding.element_id not in left_out
        and not (finding.rule == "reference_dangling" and finding.params.get("what") in ids)
    ]
