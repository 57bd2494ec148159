"""What a process declares about its register, in properties that begin with `case.`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.case.alike import ALIKE
from app.case.errors import NumberPatternInvalid, RegisterInvalid
from app.case.models import VOIDED
from app.case.numbers import parse_pattern
from app.case.prints import meeting_problems, print_problem, read_prints
from app.case.privacy import MASKS
from engine.feel import ExpressionSyntaxError, compile_expression

OPEN = "办理中"
"""A case's state when no element says otherwise."""
CANCELLED = "已终止"

_VARIABLE_KEYS = (
    "title", "place", "category", "kind", "urgency", "source", "content", "due", "confidential", "redo", "origin",
    "circulation",
)
BUILT_IN_COLUMNS = ("case.state", "case.title", "case.opened", "case.due", "case.closed", "case.files")
"""Columns that every register has beside the number, by the names that `case.columns` may give them."""

_LIST_KEYS = {
    "unit": "units", "facts": "facts", "slip": "slip", "columns": "columns", "filters": "filters",
    "resultFields": "result_fields", "response": "response", "readers": "readers", "outcome": "outcome",
    "privateReaders": "private_readers", "confidentialReaders": "confidential_readers", "revealers": "revealers",
    "voiders": "voiders",
}
_TEXT_KEYS = {
    "duplicate": "duplicate", "noFiles": "no_files", "noFilesReason": "no_files_reason", "ended": "ended",
    "originEnded": "origin_ended",
}
_FEEL_KEYS = ("noFiles", "ended", "originEnded")
_DUPLICATES = ("refuse", "warn")
_ELEMENT_KEYS = ("case.state", "case.closes", "case.handled")
_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Register:
    """A register's declaration. The texts name variables, except `number` (a pattern) and the groups of readers.

    `units`: the first holds the responsible unit, all hold units that may read the case (a text or a list of texts).
    `origin`: holds the number of the case that this one grew out of; `outcome`: what that one shows of this one's end.
    `circulation`: holds the readers of a circulation, a context each: `person` or `unit`, `state`, `away_until`.
    `unique`: which variables together are the same in no two cases, and how they are made alike; `duplicate`: whether
    a second one is refused, or kept for a reason. `no_files`: the FEEL condition on which a case takes no files, and
    why. `voiders`: the groups that may void a case. `ended`, `origin_ended`: FEEL, the message a case sends when it
    is ended by hand, and gets when the one is that it grew out of. `private`: which variables are masked, and how.
    `response`: user tasks that must be done in time to have responded. `slip`: the facts on the handling slip.
    `columns`: what a reader may have shown, variables and BUILT_IN_COLUMNS; `filters`: those to be narrowed by.
    """

    process_key: str
    name: str
    number: str
    title: str = ""
    place: str = ""
    category: str = ""
    kind: str = ""
    urgency: str = ""
    source: str = ""
    content: str = ""
    due: str = ""
    confidential: str = ""
    redo: str = "redo_count"
    origin: str = ""
    circulation: str = ""
    units: tuple[str, ...] = ()
    private: Mapping[str, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    slip: tuple[str, ...] = ()
    result_fields: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    response: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    private_readers: tuple[str, ...] = ()
    confidential_readers: tuple[str, ...] = ()
    revealers: tuple[str, ...] = ()
    unique: Mapping[str, str] = field(default_factory=dict)
    duplicate: str = "refuse"
    no_files: str = ""
    no_files_reason: str = ""
    voiders: tuple[str, ...] = ()
    ended: str = ""
    origin_ended: str = ""
    prints: Mapping[str, str] = field(default_factory=dict)

    @property
    def results(self) -> tuple[str, ...]:
        """Return the variables whose values are kept as results: those that are counted, and the outcome."""
        return tuple(dict.fromkeys((*self.result_fields, *self.outcome)))

    def attribute_of(self, variable: str) -> str | None:
        """Return the column of a case's row that holds a variable, where the row has one for it."""
        named = {name: name for name in ("place", "category", "kind", "urgency", "source", "content", "confidential")}
        named |= {"due": "due_at", "title": "title"}
        if self.units[:1] == (variable,):
            return "unit"
        return next((column for name, column in named.items() if getattr(self, name) == variable), None)

    @property
    def stored_columns(self) -> tuple[str, ...]:
        """Return the variables whose values the row keeps for showing: neither private ones nor what it has anyway."""
        return tuple(
            name for name in self.columns
            if name not in BUILT_IN_COLUMNS and name not in self.private and self.attribute_of(name) is None
        )  # fmt: skip

    @property
    def compared_columns(self) -> tuple[str, ...]:
        """Return the variables whose values filters look up: the row's own place, category and unit are asked there."""
        return tuple(name for name in self.filters if self.attribute_of(name) not in ("place", "category", "unit"))


Problem = tuple[str | None, str]
"""The element whose property is wrong (None: the process itself), and what is wrong, in both languages."""


def has_register(properties: Mapping[str, str]) -> bool:
    """Return whether a process with these properties keeps a register."""
    return "case.number" in properties


def read_register(process_key: str, name: str, properties: Mapping[str, str]) -> Register:
    """Return the register that a process declares. Raises RegisterInvalid when it declares none, or a wrong one."""
    problems = _process_problems(properties)
    if problems:
        raise RegisterInvalid(f"process {process_key}: {problems[0]}")
    if not has_register(properties):
        raise RegisterInvalid(f"process {process_key} has no case.number and so no register")
    declared: dict[str, object] = {}
    for key, text in properties.items():
        word = key.removeprefix("case.")
        if word == key:
            continue  # another's property
        if word in _LIST_KEYS:
            declared[_LIST_KEYS[word]] = tuple(_items(text))
        elif word == "private":
            declared["private"] = dict(_masks(text))
        elif word == "unique":
            declared["unique"] = dict(_unique(text))
        elif word in _TEXT_KEYS:
            declared[_TEXT_KEYS[word]] = text.strip()
        elif word == "prints":
            declared["prints"] = read_prints(text)
        else:
            declared[word] = text.strip()
    return Register(process_key=process_key, name=name, **declared)  # type: ignore[arg-type]


def unique_in(properties: Mapping[str, str]) -> frozenset[str]:
    """Return the variables that together are the same in no two cases of a process with these properties."""
    return frozenset(name for name, _ in _unique(properties.get("case.unique", "")))


def check_properties(
    process_properties: Mapping[str, str], element_properties: Mapping[str, Mapping[str, str]]
) -> list[Problem]:
    """Return what is wrong with the `case.…` properties of a process and its elements."""
    problems: list[Problem] = [(None, text) for text in _process_problems(process_properties)]
    problems += [(None, text) for text in meeting_problems(process_properties, element_properties)]
    for element_id, properties in element_properties.items():
        problems += [
            (element_id, text) for key, value in properties.items() if (text := _element_problem(key, value.strip()))
        ]
    return problems


def _process_problems(properties: Mapping[str, str]) -> list[str]:
    declared = {key: text.strip() for key, text in properties.items() if key.startswith("case.")}
    problems = [problem for key, text in declared.items() if (problem := _process_problem(key, text))]
    problems += _filter_problems(declared)
    if "case.duplicate" in declared and "case.unique" not in declared:
        problems.append("声明了 case.duplicate，但没有 case.unique / case.duplicate is declared, but not case.unique")
    if "case.noFilesReason" in declared and "case.noFiles" not in declared:
        problems.append("声明了 case.noFilesReason，但没有 case.noFiles / case.noFilesReason without case.noFiles")
    if declared and not has_register(properties):
        problems.append("声明了 case.… 属性，但没有 case.number / case.… is declared, but not case.number")
    masked = {name for name, _ in _masks(declared.get("case.private", ""))}
    if shown := masked.intersection(_items(declared.get("case.outcome", ""))):
        names = ", ".join(sorted(shown))
        problems.append(f"case.outcome 含有隐去的 {names} / case.outcome names {names}, which case.private masks")
    return problems


def _process_problem(key: str, text: str) -> str:
    word = key.removeprefix("case.")
    if word == "number":
        try:
            parse_pattern(text)
        except NumberPatternInvalid as error:
            return f"案卷编号的格式不对 / {error}"
    elif word in _VARIABLE_KEYS:
        if not _NAME.fullmatch(text):
            return f"{key} 应为一个变量名，而不是“{text}” / {key} must name one variable, not {text!r}"
    elif word in _LIST_KEYS:
        built_in = BUILT_IN_COLUMNS if word == "columns" else ()
        if not _items(text) or not all(_NAME.fullmatch(item) or item in built_in for item in _items(text)):
            return f"{key} 应为用逗号分开的名称，而不是“{text}” / {key} must be names with commas between, not {text!r}"
    elif word == "prints":
        return print_problem(text)
    elif word == "private":
        if not _masks(text) or any(mask not in MASKS or not _NAME.fullmatch(name) for name, mask in _masks(text)):
            known = ", ".join(MASKS)
            return (
                f"{key} 应写作 变量:方式，方式为 {known}；而不是“{text}” / "
                f"{key} must read variable:mask with a mask of {known}, not {text!r}"
            )
    elif word == "unique":
        if not _unique(text) or any(kind not in ALIKE or not _NAME.fullmatch(name) for name, kind in _unique(text)):
            known = ", ".join(ALIKE)
            return (
                f"{key} 应写作 变量 或 变量:比法，比法为 {known}；而不是“{text}” / "
                f"{key} must read variable or variable:likeness with a likeness of {known}, not {text!r}"
            )
    elif word in _TEXT_KEYS:
        return _text_problem(key, word, text)
    else:
        return f"流程属性 {key} 不存在 / process property {key} is unknown"
    return ""


def _filter_problems(declared: Mapping[str, str]) -> list[str]:
    """A filter is one of the columns, and none whose values are masked: what it lets through would tell them."""
    columns, private = _items(declared.get("case.columns", "")), dict(_masks(declared.get("case.private", "")))
    problems = []
    for name in _items(declared.get("case.filters", "")):
        if name not in columns:
            problems.append(f"case.filters 中的 {name} 不在 case.columns 里 / {name} of case.filters is no column")
        if name in private:
            problems.append(f"case.filters 不能含遮盖的变量 {name} / case.filters must not name the masked {name}")
    return problems


def _text_problem(key: str, word: str, text: str) -> str:
    if not text:
        return f"{key} 为空 / {key} is empty"
    if word == "duplicate" and text not in _DUPLICATES:
        return f"{key} 应为 {' 或 '.join(_DUPLICATES)} / {key} must be {' or '.join(_DUPLICATES)}, not {text!r}"
    if word in _FEEL_KEYS:
        try:
            compile_expression(text)
        except ExpressionSyntaxError as error:
            return f"{key} 不是 FEEL 表达式：{error} / {key} is no FEEL expression: {error}"
    return ""


def _element_problem(key: str, text: str) -> str:
    if not key.startswith("case."):
        return ""
    if key not in _ELEMENT_KEYS:
        return f"元素属性 {key} 不存在 / property {key} of an element is unknown"
    if key in ("case.closes", "case.handled") and text not in ("true", "false"):
        return f"{key} 应为 true 或 false / {key} must be true or false"
    if key == "case.state" and not text:
        return "case.state 为空 / case.state is empty"
    if key == "case.state" and text == VOIDED:
        return f"状态“{VOIDED}”留给作废的案卷 / the state {VOIDED} is that of voided cases"
    return ""


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _unique(text: str) -> list[tuple[str, str]]:
    return [(name, kind or "text") for name, kind in _masks(text)]


def _masks(text: str) -> list[tuple[str, str]]:
    pairs = (item.partition(":") for item in _items(text))
    return [(name.strip(), mask.strip()) for name, _, mask in pairs]
