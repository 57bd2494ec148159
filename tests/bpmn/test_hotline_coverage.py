"""The tests of the hotline's paths leave no arrow of the diagram out."""

import inspect
from collections.abc import Callable
from types import ModuleType

from tests.bpmn import test_hotline, test_hotline_limits
from tests.bpmn.drawing import BPMN, FOLDER, root_of
from tests.bpmn.hotline import Township


def stories(module: ModuleType) -> list[Callable[[Township], None]]:
    """Return the tests that need nothing but a township."""
    found = [item for name, item in vars(module).items() if name.startswith("test_")]
    return [item for item in found if list(inspect.signature(item).parameters) == ["town"]]


def test_every_arrow_of_the_hotline_is_taken_by_some_test() -> None:
    taken: set[str] = set()
    for story in stories(test_hotline) + stories(test_hotline_limits):
        town = Township()
        story(town)
        taken.update(*(case.flows for case in town.cases))
    flows = root_of(FOLDER / "hotline_closed_loop.bpmn").iter(f"{BPMN}sequenceFlow")
    assert {flow.get("id") for flow in flows} - taken == set()
