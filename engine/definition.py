"""Process definitions: deployed files read once, checked, and kept as specs that running never changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.dialect import calls
from engine.dialect.allowed import check_allowed
from engine.dialect.bpmn import Builder
from engine.dialect.checks import Checks
from engine.dialect.consequences import without_consequences
from engine.dialect.event_references import put_in_definitions
from engine.dialect.finding import Finding
from engine.dialect.forms import BY_FILE
from engine.dialect.lint import check_style
from engine.dialect.references import check_references
from engine.dialect.resources import missing_resources
from engine.dialect.tables import check_tables
from engine.dialect.xml import XmlRefused, camunda, child, children, is_bpmn, read, text_of
from engine.dmn import DecisionModel, parse_files
from engine.elements.business_rule_task import BusinessRuleTask
from engine.elements.events import StartEvent
from engine.elements.flow_node import FlowNode, ProcessSpec
from engine.elements.sub_process import Process
from engine.elements.user_task import UserTask
from engine.errors import EngineError, ExecutionFailed, NotFound
from engine.form import Form, parse_form
from engine.store import DefinitionRecord

_HOPELESS = ("no_process", "id_invalid")


@dataclass(frozen=True, slots=True)
class Element:
    """A flow node as pages and reports see it."""

    id: str
    name: str
    kind: str
    lane: str | None
    form_ref: str | None
    documentation: str
    properties: Mapping[str, str]
    line: int = 0


@dataclass(frozen=True, slots=True)
class ProcessModel:
    """One executable process of a file."""

    key: str
    name: str
    file: str
    version_tag: str | None
    spec: ProcessSpec
    properties: Mapping[str, str]
    elements: Mapping[str, Element]
    starter_groups: tuple[str, ...]
    documentation: str
    starter_users: tuple[str, ...] = ()
    is_global_task: bool = False
    is_startable: bool = True  # by hand, from a page
    time_to_live: str | None = None  # of its history, as the diagram has it
    forms: Mapping[str, Form] = field(default_factory=dict)  # that stand in the diagram itself


@dataclass(frozen=True, slots=True)
class Deployables:
    """What a set of files holds, and all that the check has to say about them."""

    processes: Sequence[ProcessModel]
    forms: Mapping[str, Form]
    decisions: Mapping[str, DecisionModel]
    findings: Sequence[Finding]

    @property
    def is_refused(self) -> bool:
        """Whether a finding is an error."""
        return any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """One deployed version of a process."""

    record: DefinitionRecord
    model: ProcessModel
    forms: Mapping[str, Form]
    xml: bytes
    form_sources: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`key:version:suffix`."""
        return self.record.id

    @property
    def key(self) -> str:
        """The process's id in its diagram."""
        return self.record.key

    @property
    def name(self) -> str:
        """The process's name for people."""
        return self.record.name

    @property
    def version(self) -> int:
        """Counts from 1."""
        return self.record.version

    @property
    def checksum(self) -> str:
        """SHA-256 of the diagram's file, hex."""
        return self.record.checksum

    @property
    def spec(self) -> ProcessSpec:
        """The specs that run."""
        return self.model.spec

    @property
    def properties(self) -> Mapping[str, str]:
        """The process's own properties."""
        return self.model.properties

    @property
    def elements(self) -> Mapping[str, Element]:
        """Its flow nodes by id."""
        return self.model.elements

    @property
    def starter_groups(self) -> tuple[str, ...]:
        """The groups that may start it; with neither groups nor users named, everybody may."""
        return self.model.starter_groups

    def may_be_started_by(self, user: str, groups: Collection[str]) -> bool:
        """Whether a person may start it: everybody where the diagram names nobody, but nobody a global task."""
        if self.model.is_global_task:
            return False
        named = self.starter_users or self.starter_groups
        return not named or user in self.starter_users or not set(self.starter_groups).isdisjoint(groups)

    @property
    def starter_users(self) -> tuple[str, ...]:
        """The users that may start it."""
        return self.model.starter_users

    @property
    def is_startable_by_hand(self) -> bool:
        """Whether a page may offer to start it: it waits for no event to begin, and its diagram does not forbid it."""
        process = self.spec.start
        return self.model.is_startable and isinstance(process, Process) and bool(process.starts)

    @property
    def start_event(self) -> StartEvent | None:
        """Its plain start event, where there is just one."""
        return next(iter(self.plain_starts), None) if len(self.plain_starts) == 1 else None

    @property
    def plain_starts(self) -> list[StartEvent]:
        """Its plain start events; none where it begins at the nodes that no flow leads to."""
        process = self.spec.start
        assert isinstance(process, Process)
        return [node for name in process.starts if isinstance(node := self.spec.node(name), StartEvent)]

    def plain_start(self, name: str | None = None) -> StartEvent | None:
        """Return the plain start event of this name, or the only one; None for a process that begins without any.

        Raises ExecutionFailed when there is no such event, or when several are there and none is named.
        """
        starts, process = self.plain_starts, self.spec.start
        found = [start for start in starts if name in (None, start.name)]
        if len(found) == 1:
            return found[0]
        if name is not None:
            raise ExecutionFailed(f"{self.key} has no plain start event {name}")
        if found:
            raise ExecutionFailed(f"{self.key} has {len(found)} plain start events: one must be named")
        assert isinstance(process, Process)
        if not process.starts:
            raise ExecutionFailed(
                f"{self.key} has no plain start event: messages, signals, timers or conditions start it"
            )
        return None

    def form(self, form_id: str) -> Form:
        """Return a form deployed with it. Raises NotFound."""
        try:
            return self.forms[form_id]
        except KeyError:
            raise NotFound(f"the form {form_id} was not deployed with {self.id}") from None

    def element(self, element_id: str) -> Element:
        """Return a flow node. Raises NotFound."""
        try:
            return self.elements[element_id]
        except KeyError:
            raise NotFound(f"{self.id} has no element {element_id}") from None


def read_files(
    files: Mapping[str, bytes], *, functions: frozenset[str] = frozenset(), checks: Checks | None = None
) -> Deployables:
    """Read diagrams, forms and decision tables together, giving all findings at once.

    Without `checks` only that is found which stands in the way of running: files are read so once they are deployed.
    """
    findings: list[Finding] = []
    forms: dict[str, Form] = {}
    diagrams: list[tuple[str, etree._Element]] = []
    for name, content in files.items():
        try:
            if name.endswith(".form"):
                form = parse_form(content)
                findings += _twice(name, {form.id} & forms.keys())
                forms[form.id] = forms[f"{BY_FILE}{name}"] = form
            elif name.endswith((".bpmn", ".bpmn20.xml")):
                diagrams.append((name, read(content)))
            elif not name.endswith(".dmn"):
                findings.append(Finding(name, "file_unknown"))
        except XmlRefused as refused:
            params = {"detail": refused.detail}
            findings.append(Finding(name, refused.rule, refused.line, params=params, column=refused.column))
        except EngineError as error:
            findings.append(Finding(name, "form_invalid", params={"detail": str(error)}))
    decisions = _read_decisions(files, findings, checks)
    processes: list[ProcessModel] = []
    for name, root in diagrams:
        own: list[Finding] = []
        read_here = _read_diagram(name, root, own, forms, decisions, functions, checks)
        findings += own
        if checks is not None:
            findings += check_style(root, name, own)
        findings += _twice(name, {model.key for model in read_here} & {model.key for model in processes})
        processes += read_here
    findings.sort(key=lambda finding: (finding.file, finding.line))
    return Deployables(processes, forms, decisions, findings)


def _read_decisions(
    files: Mapping[str, bytes], findings: list[Finding], checks: Checks | None
) -> dict[str, DecisionModel]:
    """Return the decision models by the ids of their decisions; files may import one another."""
    decisions: dict[str, DecisionModel] = {}
    for name, found in parse_files({name: files[name] for name in files if name.endswith(".dmn")}).items():
        findings += [
            Finding(name, "decision_invalid", wrong.line or 0, wrong.element_id, params={"detail": wrong.reason})
            for wrong in found.findings
        ]
        if found.model is None or found.findings:
            continue
        findings += [] if checks is None else check_tables(found.model, files[name], name)
        findings += _twice(name, found.model.decisions.keys() & decisions.keys())
        decisions.update(dict.fromkeys(found.model.decisions, found.model))
    return decisions


def _twice(file: str, ids: Iterable[str]) -> list[Finding]:
    """Return a finding for each id of a process, form or decision that another file of the deployment has too."""
    return [Finding(file, "id_elsewhere", params={"what": item}) for item in sorted(ids)]


def _read_diagram(
    file: str, root: etree._Element, findings: list[Finding], forms: Mapping[str, Form],
    decisions: Mapping[str, DecisionModel], functions: frozenset[str], checks: Checks | None,
) -> list[ProcessModel]:
    if not is_bpmn(root, "definitions"):
        findings.append(Finding(file, "not_bpmn", root.sourceline or 0))
        return []
    put_in_definitions(root)
    findings += check_allowed(root, file)
    if checks is not None:
        findings += check_references(root, file)
    processes = [item for item in children(root, "process") if item.get("isExecutable") == "true"]
    processes += calls.global_tasks(root)
    if not processes:
        findings.append(Finding(file, "no_process", root.sourceline or 0))
    if any(finding.rule in _HOPELESS for finding in findings):
        return []  # what stands on it cannot be judged further
    is_whole = all(finding.rule != "element_unsupported" for finding in findings)
    if not is_whole and checks is None:
        return []
    models = []
    for process in processes:
        builder = Builder(root, process, file, functions)
        if not builder.is_readable():
            findings += builder.findings
            continue
        model = _model(file, process, builder.build(), builder)
        builder.findings += _check_references(model, builder, decisions)
        if checks is not None:
            builder.findings += missing_resources(model, forms, decisions, checks.deployed)
        findings += without_consequences(builder.findings, findings, root)
        if checks is not None:
            findings += checks.of_process(model.spec, process, file, builder.elements, findings)
            findings += _check_properties(model, process, builder, checks)
        models.append(model)
    return models if is_whole else []


def _check_properties(
    model: ProcessModel, process: etree._Element, builder: Builder, checks: Checks
) -> Iterator[Finding]:
    if checks.properties is None:
        return
    own = {name: element.properties for name, element in model.elements.items() if element.properties}
    for element_id, problem in checks.properties(model.properties, own):
        line = (builder.elements[element_id] if element_id is not None else process).sourceline or 0
        yield Finding(model.file, "property_invalid", line, element_id or model.key, params={"detail": problem})


def _model(file: str, process: etree._Element, spec: ProcessSpec, builder: Builder) -> ProcessModel:
    return ProcessModel(
        key=spec.process_id, name=process.get("name") or spec.process_id, file=file,
        version_tag=builder.dialect.version_tag(process), spec=spec,
        properties=builder.dialect.properties_of(process),
        elements={name: _element(spec.node(name), item, builder) for name, item in builder.elements.items()},
        starter_groups=_starters(process, "candidateStarterGroups"),
        documentation=text_of(child(process, "documentation")),
        starter_users=_starters(process, "candidateStarterUsers"), is_global_task=process.getparent() is None,
        forms=builder.forms, is_startable=camunda(process, "isStartableInTasklist") != "false",
        time_to_live=builder.dialect.time_to_live(builder, process),
    )


def _starters(process: etree._Element, attribute: str) -> tuple[str, ...]:
    names = (name.strip() for name in (camunda(process, attribute) or "").split(","))
    return tuple(name for name in names if name)


def _element(node: FlowNode, source: etree._Element, builder: Builder) -> Element:
    inner = node.spec.task_specs.get(f"{node.name}#each", node)
    return Element(
        id=node.element_id, name=node.label, kind=node.kind, lane=node.lane, form_ref=_form_key(inner),
        documentation=text_of(child(source, "documentation")), properties=builder.dialect.properties_of(source),
        line=source.sourceline or 0,
    )


def _form_key(node: FlowNode) -> str | None:
    match node:
        case UserTask():
            return node.assignment.form_key
        case StartEvent():
            return node.form_key
    return None


def _check_references(
    model: ProcessModel, builder: Builder, decisions: Mapping[str, DecisionModel]
) -> list[Finding]:
    found: list[Finding] = []

    def finding(element_id: str, rule: str, what: str) -> None:
        line = builder.elements[element_id].sourceline or 0
        found.append(Finding(model.file, rule, line, element_id, params={"what": what}))

    for node in model.spec.task_specs.values():
        if isinstance(node, BusinessRuleTask):
            node.models = decisions
        if isinstance(node, UserTask):
            for other in node.assignment.separate_from:
                if other not in model.elements or model.elements[other].kind != UserTask.kind:
                    finding(node.element_id, "reference_dangling", other)
    return found



