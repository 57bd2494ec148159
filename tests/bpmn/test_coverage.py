"""The tests of a diagram's paths leave no arrow of it out."""

import inspect
from collections.abc import Callable, Sequence
from types import ModuleType

import pytest

from tests.bpmn import (
    test_documents,
    test_documents_limits,
    test_hotline,
    test_hotline_limits,
    test_supervision_order,
    test_three_tiers,
)
from tests.bpmn.drawing import BPMN, FOLDER, root_of
from tests.bpmn.hotline import Township


def stories(module: ModuleType) -> list[Callable[[Township], None]]:
    """Return the tests that need nothing but a township."""
    found = [item for name, item in vars(module).items() if name.startswith("test_")]
    return [item for item in found if list(inspect.signature(item).parameters) == ["town"]]


@pytest.mark.parametrize(
    "process, modules",
    [
        ("hotline_closed_loop", [test_hotline, test_hotline_limits]),
        ("document_routing", [test_documents, test_documents_limits]),
        ("three_tier_decision", [test_three_tiers]),
        ("supervision_order", [test_supervision_order]),
    ],
)
def test_every_arrow_is_taken_by_some_test(process: str, modules: Sequence[ModuleType]) -> None:
    taken: set[str] = set()
    for story in (story for module in modules for story in stories(module)):
        town = Township()
        story(town)
        taken |= town.flows
    flows = root_of(FOLDER / f"{process}.bpmn").iter(f"{BPMN}sequenceFlow")
    assert {flow.get("id") for flow in flows} - taken == set()
