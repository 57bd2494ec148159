"""Tasks that are done as soon as they are reached: abstract and manual ones."""

from __future__ import annotations

from engine.elements.flow_node import FlowNode


class AbstractTask(FlowNode):
    """A task of no kind: it is done as soon as it is reached."""

    kind = "task"


class ManualTask(AbstractTask):
    """Work done outside the system: it does not hold the process up, as in Camunda."""

    kind = "manualTask"
