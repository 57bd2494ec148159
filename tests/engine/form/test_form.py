"""Camunda Forms: what is read, what is refused, and what of a submission becomes variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from engine.errors import FormInvalid
from engine.form import Form, FormNotSupported, parse_form

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def form(*components: Mapping[str, Any], **attributes: Any) -> Form:
    schema = {"type": "default", "id": "test", "schemaVersion": 19, "components": components, **attributes}
    return parse_form(json.dumps(schema).encode())


def text(key: str = "a", **attributes: Any) -> dict[str, Any]:
    return {"type": "textfield", "id": key, "key": key, "label": key, **attributes}


def clean(of: Form, data: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return of.validate(data, variables or {}, now=NOW)


def codes(of: Form, data: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> dict[str, list[Any]]:
    with pytest.raises(FormInvalid) as refused:
        clean(of, data, variables)
    return {key: [problem["code"] for problem in problems] for key, problems in refused.value.errors.items()}


# -- what is refused when it is read


@pytest.mark.parametrize(
    "component, reason",
    [
        ({"type": "filepicker", "id": "f", "key": "f"}, "filepicker"),
        ({"type": "iframe", "id": "f", "url": "https://example.org"}, "iframe"),
        ({"type": "signature", "id": "f", "key": "f"}, "signature"),
        (text(validate={"luhn": True}), "validate.luhn"),
        (text(validate={"min": 3}), "validate.min"),
        (text(omitFromSubmit=True), "omitFromSubmit"),
        (text(conditional={"show": "=a"}), "conditional"),
        (text(conditional={"hide": "a = 1"}), "must begin with ="),
        (text(conditional={"hide": "=a ="}), "line 1"),
        (text(validate={"pattern": "(a"}), "pattern"),
        (text(validate={"pattern": "\\p{L}"}), "pattern"),
        (text(validate={"maxLength": "many"}), "maxLength"),
        (text(validate={"required": "yes"}), "required"),
        (text(disabled="yes"), "disabled"),
        (text(key="a b"), "a b"),
        ({"type": "textfield", "id": "nameless"}, "nameless"),
        ({"type": "select", "id": "s", "key": "s"}, "values"),
        ({"type": "select", "id": "s", "key": "s", "valuesExpression": "units"}, "valuesExpression"),
        ({"type": "datetime", "id": "d", "key": "d", "subtype": "week"}, "subtype"),
        ({"type": "expression", "id": "e", "key": "e", "expression": "1 + 1"}, "expression"),
        ({"type": "text", "id": "t", "text": "{{ 1 + }}"}, "component t"),
        (
            {"type": "dynamiclist", "id": "l", "path": "l", "components": [text("b", readonly=True)]},
            "nothing can be read-only",
        ),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name(component: dict[str, Any], reason: str) -> None:
    with pytest.raises(FormNotSupported, match=reason.replace(" ", r"\s")):
        form(component)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{", b'{"type": "default"}', b'{"type": "page", "id": "x"}', b"\xff\xfe",
        b'{"type": "default", "id": "x", "schemaVersion": 20}', b'{"type": "default", "id": "x", "theme": "dark"}',
        b'{"type": "default", "id": "x", "components": {}}', b'{"type": "default", "id": "x", "components": [3]}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_form_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(FormNotSupported):
        parse_form(content)


def test_components_nested_without_end_are_refused() -> None:
    nested: dict[str, Any] = text()
    for number in range(20):
        nested = {"type": "group", "id": f"g{number}", "components": [nested]}
    with pytest.raises(FormNotSupported, match="nested deeper"):
        form(nested)


@pytest.mark.parametrize("other", [text("a"), text("a.b"), {"type": "dynamiclist", "id": "l", "path": "a"}])
def test_two_components_with_one_key_are_refused_as_the_renderer_does(other: dict[str, Any]) -> None:
    with pytest.raises(FormNotSupported):
        form(text("a") | {"id": "first"}, other | {"id": "second"})


# -- what enters


def test_only_fields_that_are_shown_and_writable_enter() -> None:
    checked = form(
        text("name"), text("seen", readonly=True), text("off", disabled=True),
        text("hidden", conditional={"hide": "=true"}), {"type": "text", "id": "t", "text": "# {{name}}"},
        {"type": "button", "id": "b", "label": "OK"}, {"type": "separator", "id": "s"},
    )
    submitted = {"name": "x", "seen": "forged", "off": "forged", "hidden": "forged", "admin": True, "b": 1}
    assert clean(checked, submitted, {"seen": "true"}) == {"name": "x"}


def test_what_is_missing_takes_the_default_or_is_empty() -> None:
    checked = form(
        text("a", defaultValue="so"), text("b"), {"type": "number", "id": "n", "key": "n"},
        {"type": "checkbox", "id": "c", "key": "c"},
        {"type": "taglist", "id": "t", "key": "t", "values": [{"label": "1", "value": "1"}]},
        {"type": "radio", "id": "r", "key": "r", "values": [{"label": "1", "value": "1"}]},
    )
    assert clean(checked, {}) == {"a": "so", "b": "", "n": None, "c": False, "t": [], "r": None}


def test_an_earlier_answer_is_not_taken_for_a_new_one() -> None:
    assert codes(form(text(validate={"required": True})), {}, {"a": "from the first round"}) == {"a": ["required"]}


@pytest.mark.parametrize(
    "component, empty",
    [
        (text(), ""), (text(), "   "), (text(), None), ({"type": "number", "id": "a", "key": "a"}, None),
        ({"type": "checkbox", "id": "a", "key": "a"}, False), ({"type": "datetime", "id": "a", "key": "a"}, None),
        ({"type": "checklist", "id": "a", "key": "a", "values": []}, []),
        ({"type": "select", "id": "a", "key": "a", "values": []}, None),
    ],
)
def test_a_required_field_needs_more_than_nothing(component: dict[str, Any], empty: object) -> None:
    assert codes(form(component | {"validate": {"required": True}}), {"a": empty}) == {"a": ["required"]}


@pytest.mark.parametrize("value", [1, True, ["x"], {"x": 1}])
def test_a_text_field_takes_text_alone(value: object) -> None:
    assert codes(form(text()), {"a": value}) == {"a": ["wrong_type"]}


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_characters_that_no_database_keeps_are_refused(value: str) -> None:
    assert codes(form(text()), {"a": value}) == {"a": ["invalid_character"]}


def test_a_text_field_has_one_line_and_a_text_area_many() -> None:
    both = form(text("a"), text("b", type="textarea"))
    assert clean(both, {"a": "x\r\ny\tz", "b": "x\r\ny"}) == {"a": "x  y z", "b": "x\ny"}


def test_length_is_counted_as_the_browser_counts_it() -> None:
    checked = form(text(validate={"minLength": 2, "maxLength": 4}))
    assert clean(checked, {"a": " 昌桥乡 "}) == {"a": " 昌桥乡 "}
    assert codes(checked, {"a": "x "}) == {"a": ["min_length"]}
    assert codes(checked, {"a": "𠮷𠮷𠮷"}) == {"a": ["max_length"]}  # two UTF-16 units each
    assert clean(checked, {"a": ""}) == {"a": ""}


@pytest.mark.parametrize(
    "pattern, right, wrong",
    [
        (r"^1[3-9]\d{9}$", "13800000000", "138"), (r"^1[3-9]\d{9}$", "13900000000", "1390000000\uff10"),
        (r"^\d+$", "12", "12x"), (r"\s", "a\u3000b", "ab"), (r"^[^\s]+$", "ab", "a\u00a0b"), (r"^a{2,3}$", "aa", "a"),
        (r"^(?<year>\d{4})[[]$", "2026[", "2026"), (r"^[\u4e00-\u9fff]+$", "昌桥", "x"), (r"a$|b", "xb", "ax"),
    ],
)
def test_patterns_mean_what_they_mean_in_the_browser(pattern: str, right: str, wrong: str) -> None:
    checked = form(text(type="textarea", validate={"pattern": pattern}))
    assert clean(checked, {"a": right}) == {"a": right}
    assert codes(checked, {"a": wrong}) == {"a": ["pattern"]}


def test_the_end_of_a_pattern_is_not_before_a_last_line_feed() -> None:
    assert codes(form(text(type="textarea", validate={"pattern": "^a$"})), {"a": "a\n"}) == {"a": ["pattern"]}


def test_the_author_of_a_pattern_may_say_what_is_wrong() -> None:
    checked = form(text(validate={"pattern": "^x$", "patternErrorMessage": "请输入 x"}))
    with pytest.raises(FormInvalid) as refused:
        clean(checked, {"a": "y"})
    assert refused.value.errors == {"a": [{"code": "pattern", "message": "请输入 x"}]}


@pytest.mark.parametrize(
    "kind, right, wrong",
    [("email", "a.b@example.org", "a.b@"), ("phone", "+8613800000000", "13800000000"), ("custom", "x", None)],
)
def test_the_ready_made_patterns_hold(kind: str, right: str, wrong: str | None) -> None:
    checked = form(text(validate={"validationType": kind}))
    assert clean(checked, {"a": right}) == {"a": right}
    if wrong is not None:
        assert codes(checked, {"a": wrong}) == {"a": [kind]}


@pytest.mark.parametrize(
    "attributes, value, code",
    [
        ({}, "3", "wrong_type"), ({}, True, "wrong_type"), ({}, float("nan"), None), ({}, 2**53, "max"),
        ({"validate": {"min": 1}}, 0, "min"), ({"validate": {"max": 10}}, 11, "max"),
        ({"decimalDigits": 0}, 1.5, "decimals"), ({"decimalDigits": 1}, 1.25, "decimals"),
        ({"increment": "0.5"}, 0.7, "increment"), ({"serializeToString": True}, "1e", "wrong_type"),
        ({"serializeToString": True}, "Infinity", "wrong_type"), ({"validate": {"min": "=b"}}, 3, "min"),
    ],
)
def test_wrong_numbers_are_refused(attributes: dict[str, Any], value: object, code: str | None) -> None:
    checked = form({"type": "number", "id": "a", "key": "a", **attributes})
    if code is None:  # no JSON: nothing was answered
        assert clean(checked, {"a": value}) == {"a": None}
    else:
        assert codes(checked, {"a": value}, {"b": 5}) == {"a": [code]}


def test_numbers_are_kept_as_the_form_says() -> None:
    plain = {"type": "number", "id": "a", "key": "a", "decimalDigits": 2, "increment": "0.1"}
    assert clean(form(plain), {"a": 0.3}) == {"a": 0.3}
    precise = "0.123456789012345678901"
    as_text = form(plain | {"serializeToString": True, "decimalDigits": 30, "increment": None})
    assert clean(as_text, {"a": precise}) == {"a": precise}


# -- options


def test_an_answer_must_be_among_the_options() -> None:
    values = [{"label": "一般", "value": "一般"}, {"label": "1", "value": 1}, "紧急"]
    checked = form({"type": "radio", "id": "a", "key": "a", "values": values})
    assert [clean(checked, {"a": value}) for value in ("一般", 1, "紧急")] == [{"a": "一般"}, {"a": 1}, {"a": "紧急"}]
    for wrong in ("其他", True, "1", ["一般"], {}):
        assert codes(checked, {"a": wrong}) == {"a": ["not_an_option"]}


def test_options_come_from_input_data_and_never_from_the_submission() -> None:
    checked = form({"type": "select", "id": "a", "key": "a", "valuesKey": "villages"})
    known = {"villages": [{"label": "村01", "value": "village_01"}]}
    assert clean(checked, {"a": "village_01"}, known) == {"a": "village_01"}
    assert codes(checked, {"a": "village_99", "villages": ["village_99"]}, known) == {"a": ["not_an_option"]}
    assert codes(checked, {"a": "village_01"}) == {"a": ["not_an_option"]}


def test_options_can_be_computed_from_other_answers() -> None:
    options = '=if kind = "x" then ["x1", "x2"] else ["y1"]'
    checked = form(text("kind"), {"type": "taglist", "id": "a", "key": "a", "valuesExpression": options})
    assert clean(checked, {"kind": "x", "a": ["x2"]})["a"] == ["x2"]
    assert codes(checked, {"kind": "y", "a": ["x2"]}) == {"a": ["not_an_option"]}
    assert codes(checked, {"kind": "x", "a": ["x2", "x2"]}) == {"a": ["duplicate"]}
    assert codes(checked, {"kind": "x", "a": "x2"}) == {"a": ["wrong_type"]}


# -- dates


@pytest.mark.parametrize(
    "attributes, right, wrong",
    [
        ({}, "2026-02-28", ["2026-02-30", "2026-2-3", "20260228", "2026-02-28T10:00", "２０２６-02-28"]),
        ({"subtype": "time"}, "08:30", ["24:30", "8:30", "08:30Z", "08"]),
        ({"subtype": "time", "timeSerializingFormat": "utc_normalized"}, "08:30Z", ["08:30", "08:30+08:00"]),
        (
            {"subtype": "datetime", "timeSerializingFormat": "utc_offset"}, "2026-03-02T08:30+08:00",
            ["2026-03-02T08:30", "2026-03-02", "2026-02-30T08:30+08:00"],
        ),
        ({"subtype": "datetime", "timeInterval": 15}, "2026-03-02T08:45", ["2026-03-02T08:40"]),
        ({"disallowPassedDates": True}, "2026-03-02", ["2026-03-01"]),
    ],
)
def test_dates_and_times_are_checked(attributes: dict[str, Any], right: str, wrong: list[str]) -> None:
    checked = form({"type": "datetime", "id": "a", "key": "a", **attributes})
    kept = re.sub(r"(\d\d:\d\d)(?=$|Z|[+])", r"\1:00", right, count=1)
    assert clean(checked, {"a": right}) == {"a": kept}, "FEEL reads no time without seconds"
    assert clean(checked, {"a": kept}) == {"a": kept}
    for value in wrong:
        assert codes(checked, {"a": value})["a"][0] in ("invalid_date", "invalid_time", "increment", "past_date")


@pytest.mark.parametrize(
    "value, told",
    [
        ("2026-03-02T11:59+08:00", "past_time"), ("2026-03-02T00:00+08:00", "past_time"),
        ("2026-03-02T12:00+08:00", None), ("2026-03-03T00:00+08:00", None), ("2026-03-01T23:59+08:00", "past_date"),
        ("0001-01-01T00:00+08:00", "past_date"), ("9999-12-31T23:59+08:00", None),
    ],
)
def test_a_limit_in_the_past_is_refused_to_the_minute(value: str, told: str | None) -> None:
    kept = {"subtype": "datetime", "timeSerializingFormat": "utc_offset", "disallowPassedDates": True}
    checked = form({"type": "datetime", "id": "a", "key": "a", **kept})
    noon = datetime(2026, 3, 2, 12, 0, 40, tzinfo=timezone(timedelta(hours=8)))
    try:
        checked.validate({"a": value}, {}, now=noon)
        found = None
    except FormInvalid as refused:
        found = refused.errors["a"][0]["code"]
    assert found == told


# -- conditions


@pytest.mark.parametrize(
    "condition, known, is_hidden",
    [
        ("=b = 1", {"b": 1}, True), ("=b = 1", {"b": 2}, False), ("=b = 1", {}, False), ('=b != "x"', {}, True),
        # As the renderer has it: a condition without result hides, except within not(…).
        ("=b > 1", {}, True), ("=not(b)", {}, False), ("=not(b)", {"b": False}, True), ("=b", {}, True),
        ('=list contains(b, "x")', {}, True), ("=b = 1 or c = 2", {}, False), ('="text"', {}, False),
        ("=not(b) and not(c)", {"b": False}, True), ('=b in ("x", "y")', {"b": "x"}, True),
    ],
)
def test_a_field_is_hidden_when_the_renderer_hides_it(condition: str, known: dict[str, Any], is_hidden: bool) -> None:
    checked = form(text(conditional={"hide": condition}, validate={"required": True}))
    assert (clean(checked, {"a": "x"}, known) == {}) is is_hidden


def test_what_hides_because_of_a_hidden_field_is_hidden_too() -> None:
    checked = form(
        text("kind"), text("b", conditional={"hide": '=kind = "x"'}), text("c", conditional={"hide": '=b != "y"'}),
        text("d", conditional={"hide": "=c = null"}),
    )
    assert clean(checked, {"kind": "y", "b": "y", "c": "1", "d": "2"}) == {"kind": "y", "b": "y", "c": "1", "d": "2"}
    assert clean(checked, {"kind": "x", "b": "y", "c": "1", "d": "2"}) == {"kind": "x"}


def test_conditions_that_chase_each_other_come_to_an_end() -> None:
    checked = form(text("a", conditional={"hide": '=b = "x"'}), text("b", conditional={"hide": '=a != "x"'}))
    assert set(clean(checked, {"a": "x", "b": "x"})) <= {"a", "b"}


def test_read_only_can_be_computed() -> None:
    checked = form(text("a", readonly="=locked"))
    assert clean(checked, {"a": "new"}, {"a": "old", "locked": False}) == {"a": "new"}
    assert clean(checked, {"a": "new"}, {"a": "old", "locked": True}) == {}


def test_conditions_see_what_the_instance_holds_where_the_client_may_not_write() -> None:
    checked = form(text("role", readonly=True), text("a", conditional={"hide": '=role != "chief"'}))
    assert clean(checked, {"role": "chief", "a": "forged"}, {"role": "clerk"}) == {}


def test_a_group_hides_all_that_it_holds() -> None:
    inside = text(validate={"required": True})
    group = {"type": "group", "id": "g", "conditional": {"hide": "=off"}, "components": [inside]}
    assert clean(form(group), {"a": "x"}, {"off": True}) == {}
    assert codes(form(group), {}, {"off": False}) == {"a": ["required"]}


def test_expressions_are_computed_here_and_not_taken_from_the_browser() -> None:
    checked = form(
        {"type": "number", "id": "n", "key": "n"},
        {"type": "expression", "id": "twice", "key": "twice", "expression": "=n * 2"},
        {"type": "expression", "id": "more", "key": "more", "expression": "=twice + 1"},
        {"type": "expression", "id": "day", "key": "day", "expression": "=today()"},
    )
    assert clean(checked, {"n": 2, "twice": 99, "more": 99}) == {"n": 2, "twice": 4, "more": 5, "day": "2026-03-02"}


# -- paths and rows


def test_keys_with_dots_write_into_an_object_and_keep_the_rest_of_it() -> None:
    checked = form({"type": "group", "id": "g", "path": "caller", "components": [text("name"), text("phone.home")]})
    known = {"caller": {"name": "old", "age": {"@date": "1970-01-01"}, "phone": {"work": "1"}}}
    assert clean(checked, {"caller": {"name": "new", "phone": {"home": "2"}, "age": "forged"}}, known) == {
        "caller": {"name": "new", "age": {"@date": "1970-01-01"}, "phone": {"work": "1", "home": "2"}}
    }
    assert known["caller"]["name"] == "old"


ROWS = {
    "type": "dynamiclist", "id": "l", "path": "people",
    "components": [
        text("name", validate={"required": True}),
        text("note", conditional={"hide": '=this.name = "x"'}),
        {"type": "expression", "id": "e", "key": "label", "expression": '=string(i[1]) + this.name'},
    ],
}


def test_rows_are_checked_one_by_one() -> None:
    rows = [{"name": "a", "note": "n", "admin": 1}, {"name": "x", "note": "n"}]
    assert clean(form(ROWS), {"people": rows}) == {
        "people": [{"name": "a", "note": "n", "label": "1a"}, {"name": "x", "label": "2x"}]
    }
    assert codes(form(ROWS), {"people": [{"name": "a"}, {"name": ""}]}) == {"people.1.name": ["required"]}


@pytest.mark.parametrize("rows", ["x", {"0": {}}, [1], [[]], [{}] * 201])
def test_what_is_no_list_of_rows_is_refused(rows: object) -> None:
    assert codes(form(ROWS), {"people": rows})["people"][0] in ("wrong_type", "max_rows")


def test_rows_that_may_not_be_added_keep_their_number_and_what_is_read_only() -> None:
    fixed = {
        "type": "dynamiclist", "id": "l", "path": "people", "allowAddRemove": False,
        "components": [text("name", readonly=True), text("vote")],
    }
    known = {"people": [{"name": "a"}, {"name": "b"}]}
    assert clean(form(fixed), {"people": [{"name": "forged", "vote": "1"}, {"vote": "2"}]}, known) == {
        "people": [{"name": "a", "vote": "1"}, {"name": "b", "vote": "2"}]
    }
    assert codes(form(fixed), {"people": [{"vote": "1"}]}, known) == {"people": ["row_count"]}


# -- what reaches the browser


def test_the_browser_gets_what_the_form_reads_and_nothing_else() -> None:
    checked = form(
        text("name", label="{{greeting}}", validate={"maxLength": "=longest"}, conditional={"hide": "=off"}),
        {"type": "select", "id": "s", "key": "s", "valuesKey": "villages"},
        {"type": "text", "id": "t", "text": "{{#if due}}{{due}}{{/if}}{{#loop list}}{{this}}{{/loop}}"},
    )
    names = ("name", "greeting", "longest", "off", "s", "villages", "due", "list")
    variables = dict.fromkeys((*names, "phone", "secret"), "x") | {"due": {"@datetime": "2026-03-02T08:30:00+08:00"}}
    shown = checked.input_data(variables, now=NOW)
    assert sorted(shown) == sorted(names)
    assert shown["due"] == "2026-03-02T08:30:00+08:00"


def test_labels_are_known_by_key() -> None:
    table = {
        "type": "table", "id": "meetings", "label": "会议", "dataSource": "=meetings",
        "columns": [{"label": "到会", "key": "n"}],
    }
    assert form(text("a", label="姓名"), ROWS, table).labels() == {
        "a": "姓名", "people": "l", "name": "name", "note": "note", "label": "e",
        "meetings": "会议", "meetings.n": "到会",
    }


def test_the_schema_is_handed_on_as_it_was() -> None:
    checked = form(text("a", layout={"columns": 8, "row": "r"}), executionPlatform="Camunda Platform")
    assert checked.schema["executionPlatform"] == "Camunda Platform"
    assert checked.fields[0].type == "textfield"


def test_two_components_of_one_id_are_refused_as_the_renderer_cannot_draw_them() -> None:
    for ids in (("a", "a"), ("f", "b")):
        components = [{"type": "textfield", "key": f"k{number}", "id": item} for number, item in enumerate(ids)]
        with pytest.raises(FormNotSupported, match="is used twice"):
            parse_form(json.dumps({"type": "default", "id": "f", "components": components}).encode())
