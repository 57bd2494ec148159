"""Canonical JSON is RFC 8785's, whatever the value, and nothing else than JSON gets that far."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.canonical import MAX_DEPTH, canonical, json_safe
from engine.errors import NotJsonSafe

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
TEXT |= st.sampled_from(["\ud7ff", "\ue000", "\U0001f600"])  # UTF-16 sorts the last two the other way round
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | TEXT | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20,
)


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_any_value_is_written_as_rfc_8785_has_it(value: Any) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)
    assert json_safe(value) == value


def test_nesting_has_an_end() -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    assert canonical(json_safe(value)) == "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH
    for wrong in ([value], {"a": value}, (value,)):
        with pytest.raises(NotJsonSafe, match="nested"):
            json_safe(wrong)
    value = value[0]
    value.append(value)
    with pytest.raises(NotJsonSafe, match="nested"):
        json_safe(value)
