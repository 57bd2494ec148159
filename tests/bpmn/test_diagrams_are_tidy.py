"""The diagrams that we ship: whole, drawn to the last arrow, in Chinese, with every form and table beside them."""

import json
import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from tests.bpmn.drawing import (
    BPMN,
    CAMUNDA,
    CHINESE,
    DIAGRAMS,
    DMN,
    DMNDI,
    FOLDER,
    FORMS,
    MODELER,
    TABLES,
    boxes,
    components,
    edges,
    flow_nodes,
    label_boxes,
    local,
    meet,
    overlap,
    root_of,
    stretch,
    touches,
)

every_diagram = pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
every_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
every_table = pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)


@every_diagram
def test_a_diagram_declares_camunda_7_and_one_executable_process_named_after_its_file(path: Path) -> None:
    root = root_of(path)
    assert root.get(f"{MODELER}executionPlatform") == "Camunda Platform"
    assert (root.get(f"{MODELER}executionPlatformVersion") or "").startswith("7.")
    (process,) = root.iter(f"{BPMN}process")
    assert (process.get("id"), process.get("isExecutable")) == (path.stem, "true")


@every_diagram
def test_every_id_is_used_once_and_reads_as_lower_case_words(path: Path) -> None:
    ids = [element.get("id", "") for element in root_of(path).iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)] == []


@every_diagram
def test_every_reference_leads_to_an_element(path: Path) -> None:
    root = root_of(path)
    ids = {element.get("id") for element in root.iter() if isinstance(element.tag, str)}
    names = ("sourceRef", "targetRef", "attachedToRef", "processRef", "errorRef", "default", "bpmnElement")
    named = [element.get(name) for element in root.iter() for name in names if element.get(name)]
    named += [element.text for tag in ("incoming", "outgoing", "flowNodeRef") for element in root.iter(f"{BPMN}{tag}")]
    assert [name for name in named if name not in ids] == []


@every_diagram
def test_incoming_and_outgoing_agree_with_the_flows(path: Path) -> None:
    root = root_of(path)
    flows = list(root.iter(f"{BPMN}sequenceFlow"))
    for node in flow_nodes(root):
        for tag, end in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
            told = [item.text for item in node.findall(f"{BPMN}{tag}")]
            assert sorted(told) == sorted(flow.get("id", "") for flow in flows if flow.get(end) == node.get("id"))


@every_diagram
def test_whatever_people_read_is_chinese(path: Path) -> None:
    root = root_of(path)
    for element in root.iter(*(f"{BPMN}{tag}" for tag in ("participant", "lane", "process", "sequenceFlow", "error"))):
        assert not element.get("name") or CHINESE.search(element.get("name", "")), element.get("id")
    for node in flow_nodes(root):
        merges = local(node).endswith("Gateway") and len(node.findall(f"{BPMN}outgoing")) == 1
        splits_all = local(node) == "parallelGateway"
        assert merges or splits_all or CHINESE.search(node.get("name", "")), node.get("id")


@every_diagram
def test_every_lane_node_and_flow_is_drawn_and_nothing_else(path: Path) -> None:
    root = root_of(path)
    shapes, arrows = boxes(root), edges(root)
    lanes = {lane.get("id") for lane in root.iter(f"{BPMN}lane", f"{BPMN}participant")}
    assert set(shapes) == lanes | {node.get("id") for node in flow_nodes(root)}
    assert set(arrows) == {flow.get("id") for flow in root.iter(f"{BPMN}sequenceFlow")}


@every_diagram
def test_every_top_level_node_stands_in_exactly_one_lane_and_is_drawn_inside_it(path: Path) -> None:
    root = root_of(path)
    shapes, seen = boxes(root), []
    for lane in root.iter(f"{BPMN}lane"):
        left, top, right, bottom = shapes[lane.get("id", "")]
        for reference in lane.iter(f"{BPMN}flowNodeRef"):
            seen.append(reference.text)
            x0, y0, x1, y1 = shapes[reference.text or ""]
            assert left <= x0 and x1 <= right and top <= y0 and y1 <= bottom, reference.text
    (process,) = root.iter(f"{BPMN}process")
    top = [str(node.get("id")) for node in flow_nodes(root) if node.getparent() is process]
    assert sorted(map(str, seen)) == sorted(top)


@every_diagram
def test_arrows_run_straight_and_end_at_the_borders_of_what_they_join(path: Path) -> None:
    root = root_of(path)
    shapes, arrows = boxes(root), edges(root)
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        points = arrows[flow.get("id", "")]
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points)), flow.get("id")
        assert touches(shapes[flow.get("sourceRef", "")], points[0]), flow.get("id")
        assert touches(shapes[flow.get("targetRef", "")], points[-1]), flow.get("id")


@every_diagram
def test_no_two_arrows_cross_and_none_runs_through_a_node(path: Path) -> None:
    root = root_of(path)
    shapes, arrows = boxes(root), edges(root)
    legs = [(name, stretch(*leg)) for name, points in arrows.items() for leg in pairwise(points)]
    crossings = [(a, b) for (a, one), (b, other) in combinations(legs, 2) if a != b and meet(one, other)]
    assert crossings == []
    solid = [node.get("id", "") for node in flow_nodes(root) if local(node) != "subProcess"]
    through = [
        (name, node) for name, (x0, y0, x1, y1) in legs for node in solid
        if overlap(shapes[node], (x0 - 0.5, y0 - 0.5, x1 + 0.5, y1 + 0.5))
        and not any(touches(shapes[node], end) for end in (arrows[name][0], arrows[name][-1]))
    ]
    assert through == []


@every_diagram
def test_nodes_and_labels_do_not_lie_on_each_other(path: Path) -> None:
    root = root_of(path)
    shapes, labels = boxes(root), label_boxes(root)
    nodes = {
        str(node.get("id")): shapes[str(node.get("id"))]
        for node in flow_nodes(root) if local(node) not in ("subProcess", "boundaryEvent")
    }
    assert [pair for pair in combinations(nodes, 2) if overlap(nodes[pair[0]], nodes[pair[1]])] == []
    assert [pair for pair in combinations(labels, 2) if overlap(labels[pair[0]], labels[pair[1]])] == []
    assert [(label, node) for label in labels for node in nodes if overlap(labels[label], nodes[node])] == []
    arrows = edges(root)
    under = [
        (label, name) for label, box in labels.items() for name, points in arrows.items() for leg in pairwise(points)
        if meet((box[0] + 1, box[1] + 1, box[2] - 1, box[3] - 1), stretch(*leg))
    ]
    assert under == []


@every_diagram
def test_every_user_task_says_who_does_it_by_when_with_which_form_and_what_its_button_reads(path: Path) -> None:
    for task in root_of(path).iter(f"{BPMN}userTask"):
        where = task.get("id")
        assert task.get(f"{CAMUNDA}candidateGroups") or task.get(f"{CAMUNDA}candidateUsers"), where
        assert task.get(f"{CAMUNDA}dueDate"), where
        assert task.get(f"{CAMUNDA}formRef") == where and task.get(f"{CAMUNDA}formRefBinding") == "deployment"
        assert CHINESE.search(task.findtext(f"{BPMN}documentation") or ""), where
        assert {item.get("name") for item in task.iter(f"{CAMUNDA}property")} >= {"task.act"}, where


@every_diagram
def test_every_form_table_opinion_and_separated_step_that_is_named_exists(path: Path) -> None:
    root = root_of(path)
    forms = {form.stem: form for form in FORMS}
    tasks = {task.get("id") for task in root.iter(f"{BPMN}userTask")}
    named = {element.get(f"{CAMUNDA}formRef") for element in root.iter()} - {None}
    decided = {element.get(f"{CAMUNDA}decisionRef") for element in root.iter(f"{BPMN}businessRuleTask")}
    assert named <= set(forms) and decided <= {table.stem for table in TABLES}
    for task in root.iter(f"{BPMN}userTask"):
        properties = {item.get("name"): item.get("value", "") for item in task.iter(f"{CAMUNDA}property")}
        if opinion := properties.get("task.opinion"):
            form = json.loads(forms[task.get(f"{CAMUNDA}formRef", "")].read_text(encoding="utf-8"))
            assert opinion in {component.get("key") for component in components(form)}, task.get("id")
        assert set(filter(None, properties.get("task.separateFrom", "").split(","))) <= tasks, task.get("id")


def test_every_form_and_table_is_used_by_a_diagram() -> None:
    used = {value for path in DIAGRAMS for element in root_of(path).iter() for name, value in element.attrib.items()
            if name in (f"{CAMUNDA}formRef", f"{CAMUNDA}decisionRef")}
    assert used == {path.stem for path in FORMS + TABLES}


@every_form
def test_a_form_is_named_as_its_file_and_speaks_chinese_to_the_clerk(path: Path) -> None:
    form = json.loads(path.read_text(encoding="utf-8"))
    assert (form["id"], form["executionPlatform"]) == (path.stem, "Camunda Platform")
    fields = list(components(form))
    assert len({field["id"] for field in fields}) == len(fields)
    for field in fields:
        texts = [field.get("label"), field.get("description"), field.get("text")]
        texts += [value["label"] for value in field.get("values", [])]  # type: ignore[attr-defined]
        assert all(CHINESE.search(str(text)) for text in texts if text), field["id"]


@every_form
def test_the_fields_of_a_row_fit_its_sixteen_columns(path: Path) -> None:
    rows: dict[str, int] = {}
    for field in json.loads(path.read_text(encoding="utf-8"))["components"]:
        layout = field["layout"]
        rows[layout["row"]] = rows.get(layout["row"], 0) + (layout["columns"] or 16)
    assert all(columns <= 16 for columns in rows.values()), rows


@every_table
def test_a_table_is_named_as_its_file_is_drawn_and_explains_each_rule_in_chinese(path: Path) -> None:
    root = root_of(path)
    (decision,) = root.iter(f"{DMN}decision")
    assert decision.get("id") == path.stem
    assert [shape.get("dmnElementRef") for shape in root.iter(f"{DMNDI}DMNShape")] == [path.stem]
    for rule in root.iter(f"{DMN}rule"):
        assert CHINESE.search(rule.findtext(f"{DMN}description") or ""), rule.get("id")


def test_element_templates_bind_each_property_once_and_only_ours() -> None:
    templates = json.loads((FOLDER / ".camunda/element-templates/changtong.json").read_text(encoding="utf-8"))
    for template in templates:
        bindings = [item["binding"] for item in template["properties"]]
        bound = [binding["name"] for binding in bindings if binding["type"] == "camunda:property"]
        assert len(bound) == len(set(bound))
        assert all(name.startswith(("case.", "task.", "message.")) for name in bound)
    known = {item["binding"]["name"] for template in templates for item in template["properties"]}
    used = {item.get("name") for path in DIAGRAMS for item in root_of(path).iter(f"{CAMUNDA}property")}
    assert used <= known
