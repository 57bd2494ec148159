"""The tree of a form's components, read from its JSON; what cannot be checked on the server is refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from engine.errors import EngineError
from engine.feel import Expression
from engine.feel.errors import ExpressionSyntaxError
from engine.form.expression import in_template, is_expression, parse
from engine.form.pattern import compile_pattern


class FormNotSupported(EngineError):
    """The form has something that cannot be run here."""

    code = "form_not_supported"


OPTION_TYPES = frozenset({"checklist", "radio", "select", "taglist"})
VALUE_TYPES = OPTION_TYPES | {"checkbox", "datetime", "expression", "number", "textarea", "textfield"}
STATIC_TYPES = frozenset({"button", "html", "image", "separator", "spacer", "table", "text"})
CONTAINER_TYPES = frozenset({"group", "dynamiclist"})
REFUSED_TYPES = {
    "filepicker": "files belong to the case's attachments, not to a form",
    "documentPreview": "documents belong to the case's attachments, not to a form",
    "iframe": "nothing may be loaded from other hosts",
}

_COMMON = {"type", "id", "label", "layout", "conditional", "properties", "appearance", "description", "key"}
_ATTRIBUTES = {
    "checkbox": {"defaultValue", "disabled", "readonly", "validate"},
    "checklist": {"defaultValue", "disabled", "readonly", "validate", "values", "valuesKey", "valuesExpression"},
    "datetime": {
        "defaultValue", "disabled", "readonly", "validate", "subtype", "dateLabel", "timeLabel", "use24h",
        "timeInterval", "timeSerializingFormat", "disallowPassedDates",
    },
    "expression": {"expression", "computeOn"},
    "number": {"defaultValue", "disabled", "readonly", "validate", "decimalDigits", "increment", "serializeToString"},
    "textfield": {"defaultValue", "disabled", "readonly", "validate"},
    "textarea": {"defaultValue", "disabled", "readonly", "validate"},
    "button": {"action"},
    "html": {"content"},
    "image": {"source", "alt"},
    "separator": set[str](),
    "spacer": {"height"},
    "table": {"dataSource", "columns", "columnsExpression", "rowCount"},
    "text": {"text"},
    "group": {"components", "path", "showOutline", "verticalAlignment"},
    "dynamiclist": {
        "components", "path", "showOutline", "verticalAlignment", "isRepeating", "allowAddRemove",
        "defaultRepetitions", "disableCollapse", "nonCollapsedItems",
    },
}
_ATTRIBUTES |= {
    "radio": _ATTRIBUTES["checklist"],
    "select": _ATTRIBUTES["checklist"] | {"searchable"},
    "taglist": _ATTRIBUTES["checklist"] | {"searchable"},
}
_TEXT_CHECKS = {"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"}
_CHECKS = {
    "number": {"required", "min", "max"}, "textfield": _TEXT_CHECKS, "textarea": _TEXT_CHECKS,
} | {kind: {"required"} for kind in OPTION_TYPES | {"checkbox", "datetime"}}
_TEXTS = ("label", "description", "text", "content", "source", "alt", "title")
_NESTED = {
    "appearance": ("prefixAdorner", "suffixAdorner"), "conditional": ("hide",),
    "validate": ("min", "max", "minLength", "maxLength"),
}
_COMPUTED = ("dataSource", "columnsExpression")
_CHOICES = {
    "subtype": ("date", "time", "datetime"),
    "timeSerializingFormat": ("utc_offset", "utc_normalized", "no_timezone"),
    "computeOn": ("change", "presubmit"),
    "action": ("submit", "reset"),
    "validationType": ("", "custom", "email", "phone", None),
}
_PATH = re.compile(r"\w+(\.\w+)*")
MAX_DEPTH = 12
MAX_ROWS = 200


@dataclass(frozen=True, slots=True)
class Field:
    """A component of a form. `path` is where its value stands, within its row if a dynamic list holds it."""

    id: str
    type: str
    path: tuple[str, ...]
    label: str
    attributes: Mapping[str, object]
    hide: Expression | None = None
    hides_when_null: bool = False  # as the renderer in the browser takes a condition without result
    readonly: Expression | bool = False
    checks: Mapping[str, object] | None = None  # numbers, patterns and expressions in place of their texts
    options: Expression | None = None
    computed: Expression | None = None
    reads: tuple[Expression, ...] = ()  # every expression of the component
    components: tuple[Field, ...] = ()

    @property
    def has_value(self) -> bool:
        return self.type in VALUE_TYPES

    def walk(self) -> Iterator[Field]:
        """Yield this component and all that it holds."""
        yield self
        for component in self.components:
            yield from component.walk()


class Reader:
    """Reads the components of one form."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.ids: set[str] = {form}  # the renderer draws nothing when a component has the form's own id

    def components(
        self, raw: object, prefix: tuple[str, ...], depth: int, *, in_rows: bool = False
    ) -> tuple[Field, ...]:
        """Return the components of a form or container whose values stand under `prefix`."""
        if not isinstance(raw, list):
            raise FormNotSupported(f"form {self.form}: components must be a list")
        if depth > MAX_DEPTH:
            raise FormNotSupported(f"form {self.form}: components are nested deeper than {MAX_DEPTH}")
        return tuple(self._component(item, prefix, depth, in_rows) for item in raw)

    def _component(self, raw: object, prefix: tuple[str, ...], depth: int, in_rows: bool) -> Field:
        if not isinstance(raw, dict):
            raise FormNotSupported(f"form {self.form}: a component must be an object")
        kind, name = raw.get("type"), str(raw.get("id") or raw.get("key") or raw.get("path") or "")
        where = f"form {self.form}, component {name or '?'}"
        if kind in REFUSED_TYPES:
            raise FormNotSupported(f"{where}: {kind} is not supported: {REFUSED_TYPES[kind]}")
        if not isinstance(kind, str) or kind not in _ATTRIBUTES:
            raise FormNotSupported(f"{where}: component type {kind} is not supported")
        self._refuse_unknown(where, kind, raw)
        if name and raw.get("id") and name in self.ids:
            raise FormNotSupported(f"{where}: the id is used twice")
        self.ids.add(name)
        try:
            return self._field(raw, kind, name, where, prefix, depth, in_rows)
        except ExpressionSyntaxError as error:
            raise FormNotSupported(f"{where}: {error}") from None

    def _refuse_unknown(self, where: str, kind: str, raw: Mapping[str, object]) -> None:
        for name in raw.keys() - _COMMON - _ATTRIBUTES[kind]:
            raise FormNotSupported(f"{where}: attribute {name} of {kind} is not supported")
        for name, choices in _CHOICES.items():
            if name in raw and raw[name] not in choices:
                raise FormNotSupported(f"{where}: {name} must be one of {', '.join(map(str, choices))}")
        if "disabled" in raw and not isinstance(raw["disabled"], bool):
            raise FormNotSupported(f"{where}: disabled must be true or false")

    def _field(
        self, raw: dict[str, object], kind: str, name: str, where: str, prefix: tuple[str, ...], depth: int,
        in_rows: bool,
    ) -> Field:
        path = self._path(raw, kind, where)
        hide = self._condition(raw, where)
        readonly = raw.get("readonly", False)
        if in_rows and (readonly or raw.get("disabled")):
            raise FormNotSupported(f"{where}: in rows that may be added and removed nothing can be read-only")
        checks = self._checks(raw, kind, where)
        fixed = kind == "dynamiclist" and raw.get("allowAddRemove", True) is False
        here = () if kind == "dynamiclist" else prefix + path
        children: tuple[Field, ...] = ()
        if kind in CONTAINER_TYPES:
            rows = (in_rows or kind == "dynamiclist") and not fixed
            children = self.components(raw.get("components", []), here, depth + 1, in_rows=rows)
        if "valuesExpression" in raw and not is_expression(raw["valuesExpression"]):
            raise FormNotSupported(f"{where}: valuesExpression must begin with =")
        if kind == "expression" and not is_expression(raw.get("expression")):
            raise FormNotSupported(f"{where}: expression must begin with =")
        if kind in OPTION_TYPES and not raw.keys() & {"values", "valuesKey", "valuesExpression"}:
            raise FormNotSupported(f"{where}: {kind} has no values, valuesKey or valuesExpression")
        return Field(
            id=name, type=kind, path=prefix + path, label=str(raw.get("label") or name), attributes=raw,
            hide=hide, hides_when_null=hide is not None and not _is_negation(str(_hide(raw))),
            readonly=self._expression(readonly) or bool(readonly), checks=checks,
            options=self._expression(raw.get("valuesExpression")), computed=self._expression(raw.get("expression")),
            reads=tuple(self._reads(raw)), components=children,
        )

    def _path(self, raw: Mapping[str, object], kind: str, where: str) -> tuple[str, ...]:
        if kind in VALUE_TYPES:
            text = raw.get("key")
        elif kind == "dynamiclist" or (kind == "group" and raw.get("path")):
            text = raw.get("path")
        else:
            return ()
        if not isinstance(text, str) or not _PATH.fullmatch(text):
            raise FormNotSupported(f"{where}: key or path {text!r} is not a name or names with dots between")
        return tuple(text.split("."))

    def _condition(self, raw: Mapping[str, object], where: str) -> Expression | None:
        conditional = raw.get("conditional")
        if conditional is None:
            return None
        if not isinstance(conditional, dict) or conditional.keys() - {"hide"}:
            raise FormNotSupported(f"{where}: conditional may hold hide alone")
        hide = conditional.get("hide")
        if hide is None or hide == "":
            return None
        if not is_expression(hide):
            raise FormNotSupported(f"{where}: conditional.hide must begin with =")
        return parse(str(hide))

    def _checks(self, raw: Mapping[str, object], kind: str, where: str) -> dict[str, object]:
        validate = raw.get("validate") or {}
        if not isinstance(validate, dict):
            raise FormNotSupported(f"{where}: validate must be an object")
        checks: dict[str, object] = {}
        for name, value in validate.items():
            if name not in _CHECKS.get(kind, ()):
                raise FormNotSupported(f"{where}: validate.{name} of {kind} is not supported")
            checks[name] = self._check(name, value, f"{where}: validate.{name}")
        return checks

    def _check(self, name: str, value: object, where: str) -> object:
        match name:
            case "required":
                if not isinstance(value, bool):
                    raise FormNotSupported(f"{where} must be true or false")
            case "min" | "max" | "minLength" | "maxLength":
                return parse(str(value)) if is_expression(value) else _number(value, where)
            case "pattern":
                try:
                    return compile_pattern(str(value))
                except re.error as error:
                    raise FormNotSupported(f"{where} {value!r} cannot be read: {error}") from None
            case "validationType":
                if value not in _CHOICES[name]:
                    raise FormNotSupported(f"{where} {value!r} is not supported")
        return value

    def _expression(self, value: object) -> Expression | None:
        return parse(str(value)) if is_expression(value) else None

    def _reads(self, raw: Mapping[str, object]) -> Iterator[Expression]:
        texts = [raw.get(name) for name in (*_TEXTS, *_COMPUTED, "readonly", "expression", "valuesExpression")]
        for group, names in _NESTED.items():
            nested = raw.get(group)
            texts += [nested.get(name) for name in names] if isinstance(nested, dict) else []
        for value in texts:
            if is_expression(value):
                yield parse(str(value))
            elif isinstance(value, str) and "{{" in value:
                yield from in_template(value)


def _hide(raw: Mapping[str, object]) -> object:
    conditional = raw.get("conditional")
    return conditional.get("hide") if isinstance(conditional, dict) else None


def _is_negation(text: str) -> bool:
    """Return whether a condition is one whole `not(…)`, which the browser's renderer reads as a negated test."""
    inner = text[1:].strip()
    if not re.match(r"not\s*\(", inner) or not inner.endswith(")"):
        return False
    depth = 0
    for position, character in enumerate(inner):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            return position == len(inner) - 1
    return False


def _number(value: object, where: str) -> Decimal:
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FormNotSupported(f"{where} {value!r} is not a number")
    return number
