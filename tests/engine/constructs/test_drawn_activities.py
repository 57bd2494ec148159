"""Activities as a modeler draws them: the whole trace of each, and its variables."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.constructs.refeeding import assert_refed_alike
from tests.engine.diagrams import engine_with, trace

HERE = Path(__file__).parent


def passing(*names: str) -> list[str]:
    """Return the lines of nodes that are entered and left one after the other, the flows between them apart."""
    return [line for name in names for line in (f"element_entered {name}", f"element_left {name}")]


@pytest.mark.parametrize(
    ("name", "given", "lines", "variables"),
    [
        ("standard_loop", {"n": 1}, [
            "element_entered standard_loop", *passing("begun"), "flow_taken to_count",
            "element_entered count#loopBody", *passing("count", "count"), "element_left count#loopBody",
            "flow_taken from_count", *passing("ended"), "element_left standard_loop",
        ], {"n": 3}),
        ("multi_instance_output", {"numbers": [3, 1]}, [
            "element_entered multi_instance_output", *passing("begun"), "flow_taken to_double",
            "element_entered double#multiInstanceBody", *passing("double", "double"),
            "element_left double#multiInstanceBody",
            "flow_taken from_double", *passing("ended"), "element_left multi_instance_output",
        ], {"numbers": [3, 1], "results": [6, 2]}),
        ("ad_hoc_sub_process", {"n": 0}, [
            "element_entered ad_hoc_sub_process", *passing("begun"), "flow_taken to_some", "element_entered some",
            *passing("first", "second"), "element_left some",
            "flow_taken from_some", *passing("ended"), "element_left ad_hoc_sub_process",
        ], {"n": 2}),
        ("quantities", {}, [
            "element_entered quantities", *passing("begun"), "flow_taken to_twice", *passing("twice"),
            "flow_taken to_each", "flow_taken to_each", *passing("each"), "flow_taken to_both", *passing("each"),
            "flow_taken to_both", *passing("both"), "flow_taken from_both", *passing("ended"),
            "element_left quantities",
        ], {}),
        ("data_object", {}, [
            "element_entered data_object", *passing("begun"), "flow_taken to_write", *passing("write"),
            "flow_taken to_read", *passing("read"), "flow_taken from_read", *passing("ended"),
            "element_left data_object",
        ], {"order": "tea", "result": "teapot"}),
        ("multi_instance_behaviour", {}, [
            "element_entered multi_instance_behaviour", *passing("begun"), "flow_taken to_each",
            "element_entered each#multiInstanceBody", *passing("each", "told"), "flow_taken to_noted",
            *passing("noted", "each", "each"), "element_left each#multiInstanceBody",
            "flow_taken from_each", *passing("ended"), "element_left multi_instance_behaviour",
        ], {}),
    ],
)
def test_a_drawn_activity_leaves_its_whole_trace(
    name: str, given: dict[str, Any], lines: list[str], variables: dict[str, Any]
) -> None:
    engine = engine_with((HERE / f"{name}.bpmn").read_bytes())
    instance = engine.start(name, given, by="ann")
    assert instance.status == "completed"
    assert trace(engine, instance.id, "element_entered", "element_left", "flow_taken") == lines
    assert instance.variables == variables
    assert_refed_alike(engine, instance.id)
