"""Values cross to and from variables without loss."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import Function, Range, UnsupportedValue, YearsMonths, compile_expression, from_json, to_json
from tests.engine.feel.support import NOW, value

STORED: list[tuple[object, object]] = [
    (None, None),
    (True, True),
    ("文", "文"),
    (Decimal("12"), 12),
    (Decimal("1.50"), 1.5),
    (Decimal("0.1"), 0.1),
    (Decimal("0.1000000000000000000000001"), {"@decimal": "0.1000000000000000000000001"}),
    (Decimal("1E+100"), 1e100),
    (Decimal("1E+400"), {"@decimal": "1E+400"}),
    (date(2026, 10, 9), {"@date": "2026-10-09"}),
    (time(8, 30), {"@time": "08:30:00"}),
    (time(8, 30, tzinfo=timezone(timedelta(hours=8))), {"@time": "08:30:00+08:00"}),
    (datetime(2026, 10, 9, 8, 30, 1, 500000, UTC), {"@datetime": "2026-10-09T08:30:01.5Z"}),
    (
        datetime(2026, 10, 9, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai")),
        {"@datetime": "2026-10-09T08:30:00@Asia/Shanghai"},
    ),
    (timedelta(days=-1, hours=-2), {"@duration": "-P1DT2H"}),
    (timedelta(), {"@duration": "PT0S"}),
    (YearsMonths(14), {"@duration": "P1Y2M"}),
    (YearsMonths(0), {"@duration": "P0M"}),
    (
        Range(Decimal(1), Decimal(5), True, False),
        {"@range": {"start": 1, "end": 5, "start_included": True, "end_included": False}},
    ),
    ([Decimal(1), [Decimal(2)]], [1, [2]]),
    ({"a": {"b": date(2026, 1, 1)}}, {"a": {"b": {"@date": "2026-01-01"}}}),
    ({"@date": "no date"}, {"@context": {"@date": "no date"}}),
    ({"@date": "2026-01-01"}, {"@context": {"@date": "2026-01-01"}}),
]


@pytest.mark.parametrize(("inside", "stored"), STORED)
def test_a_value_is_stored_as_json_and_comes_back_the_same(inside: object, stored: object) -> None:
    assert to_json(inside) == stored
    assert type(to_json(inside)) is type(stored)
    assert from_json(json.loads(json.dumps(stored))) == inside


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_enters_as_the_number_that_it_prints(number: float) -> None:
    inside = from_json(number)
    assert inside == Decimal(repr(number))
    assert from_json(json.loads(json.dumps(to_json(inside)))) == inside


@given(st.integers(min_value=-(10**60), max_value=10**60))
def test_an_integer_of_any_size_comes_back_the_same(number: int) -> None:
    assert from_json(json.loads(json.dumps(to_json(from_json(number))))) == number


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("@date"), inner),
    max_leaves=12,
)


@given(JSON)
def test_any_json_survives_the_way_in_and_out(stored: object) -> None:
    inside = from_json(stored)
    assert from_json(json.loads(json.dumps(to_json(inside)))) == inside


@given(st.datetimes() | st.dates() | st.times() | st.timedeltas())
def test_any_date_time_or_duration_survives_the_way_in_and_out(moment: object) -> None:
    assert from_json(json.loads(json.dumps(to_json(moment)))) == moment


def test_tagged_values_in_variables_are_dates_inside_expressions() -> None:
    assert value('due < @"2026-10-10"', due={"@date": "2026-10-09"}) is True
    assert value("call.due.year", call={"due": {"@date": "2026-10-09"}}) == 2026


@pytest.mark.parametrize("strange", [object(), b"bytes", float("nan"), {1: 2}, {"a": [object()]}, 1j])
def test_a_strange_value_is_refused_by_its_type(strange: object) -> None:
    with pytest.raises(UnsupportedValue):
        from_json(strange)


def test_a_strange_variable_matters_only_to_expressions_that_read_it() -> None:
    assert compile_expression("1 + 1").evaluate({"strange": object()}, now=NOW) == 2
    with pytest.raises(UnsupportedValue, match="object cannot be used"):
        compile_expression("strange").evaluate({"strange": object()}, now=NOW)


def test_a_function_cannot_be_stored() -> None:
    with pytest.raises(UnsupportedValue):
        to_json(value("function(a) a"))
    assert isinstance(value("function(a) a"), Function)
