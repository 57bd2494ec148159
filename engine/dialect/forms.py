"""Which form a user task or start event of Camunda 7 has: a deployed file, or fields that stand in the diagram."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from engine import juel
from engine.dialect.vocabulary import hints as why
from engine.dialect.vocabulary.line import Hint
from engine.dialect.xml import CAMUNDA, camunda, extensions, local
from engine.feel import Expression
from engine.feel.errors import ExpressionSyntaxError
from engine.form.generated import CHECKS, COMPONENTS, DATE_PATTERN, GeneratedField, generated_form, strptime_pattern
from engine.form.schema import FormNotSupported

if TYPE_CHECKING:
    from engine.dialect.bpmn import Builder

BY_FILE = "camunda-forms:deployment:"
"""What stands before the name of a file that is deployed together with the diagram."""


def form_key(builder: Builder, element: etree._Element) -> str | None:
    """Return by which key the form of a user task or start event is found; fields of the diagram become a form."""
    ref, key = camunda(element, "formRef"), camunda(element, "formKey")
    data = next((item for item in extensions(element) if item.tag == f"{{{CAMUNDA}}}formData"), None)
    if sum(part is not None for part in (ref, key, data)) > 1:
        builder.finding(element, "form_many")
    if data is not None and (made := _generated(builder, element, data)) is not None:
        return made
    if key is not None and not key.startswith(BY_FILE):
        hint = why.EMBEDDED_HTML if key.startswith(("embedded:", "camunda-forms:")) else why.FORM_AT_ADDRESS
        builder.finding(element, "value_unsupported", hint, what="camunda:formKey", value=key)
        return None
    return ref or key


def business_key_field(builder: Builder, element: etree._Element) -> str | None:
    """Return the field of a start event's form that holds the business key."""
    data = next((item for item in extensions(element) if item.tag == f"{{{CAMUNDA}}}formData"), None)
    name = None if data is None else data.get("businessKey") or None
    if data is not None and name is not None and name not in [item.get("id") for item in _fields(data)]:
        builder.finding(data, "reference_dangling", what=name)
    return name


def _generated(builder: Builder, element: etree._Element, data: etree._Element) -> str | None:
    """Make a form of the fields and return its key; one without fields is none."""
    fields = [_field(builder, item) for item in _fields(data)]
    if not fields:
        return None
    form_id = f"generated:{element.get('id')}"
    if None not in fields:
        try:
            builder.forms[form_id] = generated_form(form_id, [item for item in fields if item is not None])
        except FormNotSupported as error:
            builder.finding(data, "form_invalid", detail=str(error))
            return None
    return form_id if form_id in builder.forms else None


def _fields(data: etree._Element) -> list[etree._Element]:
    return list(data.iterchildren(f"{{{CAMUNDA}}}formField"))


def _field(builder: Builder, item: etree._Element) -> GeneratedField | None:
    before, kind, pattern = len(builder.findings), item.get("type", ""), item.get("datePattern", "")
    if kind not in COMPONENTS:
        known = Hint(f"可用 {'、'.join(COMPONENTS)}", f"use {', '.join(COMPONENTS)}")
        builder.finding(item, "value_unsupported", known, what="camunda:formField/type", value=kind)
    if pattern and (kind != "date" or strptime_pattern(pattern) is None):
        builder.finding(item, "value_unsupported", why.DATE_PATTERN, what="camunda:datePattern", value=pattern)
    constraints = dict(_constraints(builder, item, kind))
    default = _default(builder, item)
    if len(builder.findings) > before:
        return None
    return GeneratedField(
        item.get("id", ""), item.get("label", ""), kind, default, pattern or DATE_PATTERN,
        options=[(value.get("id", ""), value.get("name", "")) for value in _parts(item, "value")],
        limits={name: int(config) for name, config in constraints.items() if name in CHECKS},
        is_required="required" in constraints, is_readonly="readonly" in constraints,
        properties={
            each.get("id") or each.get("name") or "": each.get("value") or ""
            for block in _parts(item, "properties") for each in block if isinstance(each.tag, str)
        },
    )


def _parts(item: etree._Element, name: str) -> list[etree._Element]:
    return list(item.iterchildren(f"{{{CAMUNDA}}}{name}"))


def _constraints(builder: Builder, item: etree._Element, kind: str) -> Iterator[tuple[str, str]]:
    """Yield the constraints that are held, with what they are set to."""
    for block in _parts(item, "validation"):
        for each in _parts(block, "constraint"):
            name, config = each.get("name", ""), each.get("config", "").strip()
            if name in ("required", "readonly"):
                fits = config in ("", "true", name)
                hint = Hint("不需要时请删去此约束", "where it is not wanted, leave the constraint out")
            elif name in CHECKS:
                fits = CHECKS[name].type == kind and re.fullmatch(r"-?\d{1,15}", config, re.ASCII) is not None
                of = CHECKS[name].type
                hint = Hint(f"只用于 {of}，取整数", f"it is for {of} and takes a whole number")
            else:
                fits, hint = False, why.VALIDATOR
            if fits:
                yield name, config
            else:
                said = f"{name} {config}".strip()
                builder.finding(each, "value_unsupported", hint, what=f"camunda:{local(each)}", value=said)


def _default(builder: Builder, item: etree._Element) -> str | Expression | None:
    """Return a field's default: a text, or what the instance's variables give when the form is shown."""
    text = item.get("defaultValue", "")
    if "${" not in text and "#{" not in text:
        return text or None
    try:
        expression = juel.compile_expression(text.strip())
    except ExpressionSyntaxError as error:
        builder.finding(item, "expression_invalid", detail=str(error))
        return None
    for name in sorted(expression.names & juel.OBJECTS.keys()):
        said = f"${{{name}…}}"
        builder.finding(item, "value_unsupported", why.DEFAULT_OBJECT, what="camunda:defaultValue", value=said)
    return expression
