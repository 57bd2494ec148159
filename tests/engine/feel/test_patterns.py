"""Patterns mean the same whichever way they are matched, and none takes long."""

import re
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.feel.patterns import compile_pattern
from engine.feel.pike import Program
from tests.engine.feel.support import value

ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "^", "$", "", "ab"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?", "+?"])).map(
            lambda pair: f"(?:{pair[0] or 'a'}){pair[1]}" if "^" not in pair[0] and "$" not in pair[0] else pair[0]
        ),
        inner.map(lambda each: f"({each})"),
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None)
@given(PATTERNS, st.text("ab1\n", max_size=8), st.sampled_from(["", "i", "s", "m"]))
def test_both_ways_of_matching_find_the_same(pattern: str, text: str, flags: str) -> None:
    compiled = compile_pattern(pattern, flags)
    expected = compiled.compiled.search(text)
    found = next(Program(compiled.tree, compiled.compiled).matches(text), None)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert (found.start, found.end) == expected.span()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a|aa)+$")', False),
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")', False),
        ('matches(string join(for i in 1..30 return "a", ""), "(a{1,100}){1,30}b")', False),
        ('matches("www.town.example.cn", "^([a-z]+\\.)+cn$")', True),
        ('replace(string join(for i in 1..40 return "ab", ""), "((a|b)*)b$", "$1-$2")', "ab" * 39 + "a-a"),
        ('split("a, b;c", "([,;]\\s*)+")', ["a", "b", "c"]),
    ],
)
def test_what_repeats_the_repeated_is_matched_soon(text: str, expected: object) -> None:
    begun = perf_counter()
    assert value(text.replace("\\", "\\\\")) == expected
    assert perf_counter() - begun < 2


def test_the_flags_are_those_of_xpath() -> None:
    assert re.compile(compile_pattern("a b", "x").compiled.pattern).pattern == "ab"
    assert value('matches("a\\nb", "^b$", "m")') is True
    assert value('replace("a.b", ".", "-", "q")') == "a-b"
