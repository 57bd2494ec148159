"""What the reading of a diagram asks of a vendor's dialect, and which dialect answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lxml import etree

from engine.dialect import camunda7, camunda8
from engine.dialect.platform import platform_of
from engine.elements.flow_node import Extensions, FlowNode
from engine.elements.listener import Listener
from engine.elements.multi_instance import MultiInstance
from engine.elements.worker_job import WorkerJob
from engine.expression import Expression

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder


class Dialect(Protocol):
    """What a vendor adds to BPMN. The modules `camunda7` and `camunda8` are dialects."""

    PREFIX: str

    def parse_text(self, text: str, functions: frozenset[str], /) -> Expression:
        """Read an attribute or text that may hold an expression. Raises ExpressionSyntaxError."""

    def properties_of(self, element: etree._Element, /) -> dict[str, str]:
        """Return an element's properties; those without a value are absent."""

    def version_tag(self, process: etree._Element, /) -> str | None:
        """Return the tag of a process's version."""

    def flow_listeners(self, builder: Builder, flow: etree._Element, /) -> Sequence[Listener]:
        """Return what is to be done when a sequence flow is taken."""

    def time_to_live(self, builder: Builder, process: etree._Element, /) -> str | None:
        """Return how long a process's history is to be kept, as it is written."""

    def class_of(self, element: etree._Element, /) -> type[FlowNode] | None:
        """Return the class of a flow node where the dialect makes it another than BPMN says."""

    def extensions_of(self, builder: Builder, element: etree._Element, /) -> Extensions:
        """Return what any flow node may have: properties, mappings, …"""

    def read_attributes(self, builder: Builder, node: FlowNode, element: etree._Element, /) -> None:
        """Give a node what its kind alone may have."""

    def read_loop(self, builder: Builder, body: MultiInstance, loop: etree._Element, /) -> None:
        """Give a multi-instance its collection and element variable, and what it collects."""

    def condition_filter(self, definition: etree._Element, /) -> tuple[str | None, str | None]:
        """Return which variables a condition looks at, and which of their changes, each separated by commas."""

    def correlation_key(
        self, builder: Builder, element: etree._Element, definition: etree._Element, /
    ) -> Expression | None:
        """Return the key by which an element sends or waits for a message that `definition` refers to."""

    def sent_by_worker(
        self, builder: Builder, element: etree._Element, definition: etree._Element, /
    ) -> WorkerJob | None:
        """Return what a worker is asked for that sends an event's message."""


def dialect_of(root: etree._Element) -> Dialect:
    """Return the dialect that a file is written in."""
    return camunda8 if platform_of(root) == "Camunda 8" else camunda7
