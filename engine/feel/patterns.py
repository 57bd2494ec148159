"""Regular expressions as XPath writes them, for Python's `re`, and only such as end soon."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as opcodes
from re import _parser as parser
from typing import Any

from engine.feel.errors import NoValue
from engine.feel.pike import Found, Program
from engine.feel.xpath_pattern import translate

MAX_PATTERN = 1_000
MAX_WORK = 20_000_000
"""Steps that `re` may take at worst; what might take more is matched by pike.py."""

_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": 0, "q": 0}
_REPEATS = (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern, and its tree."""

    compiled: re.Pattern[str]
    tree: Any

    def matches(self, text: str) -> Iterator[Found]:
        """Return the matches in the text, from left to right.

        Raises NoValue when the text is too long for the pattern.
        """
        if _work(self.tree, len(text)) <= MAX_WORK:
            spans = (
                tuple(end for group in range(self.compiled.groups + 1) for end in found.span(group))
                for found in self.compiled.finditer(text)
            )
            return (Found(text, each) for each in spans)
        return _program(self).matches(text)


@lru_cache(maxsize=64)
def _program(pattern: Pattern) -> Program:
    return Program(pattern.tree, pattern.compiled)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str | None) -> Pattern:
    """Return the compiled pattern; `flags` are of XPath: s, m, i, x and q.

    Raises NoValue when it is none, or might take time that grows without bound with the text.
    """
    if len(pattern) > MAX_PATTERN:
        raise NoValue(f"the pattern is longer than {MAX_PATTERN} characters")
    flags = flags or ""
    options = re.RegexFlag(0)
    for flag in flags:
        if flag not in _FLAGS:
            raise NoValue(f"there is no flag {flag}; there are s, m, i, x and q")
        options |= _FLAGS[flag]
    translated = re.escape(pattern) if "q" in flags else translate(pattern, flags)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            tree = parser.parse(translated, options)
            compiled = re.compile(translated, options)
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise NoValue(f"the pattern {pattern!r} is none: {error}") from error
    return Pattern(compiled, tree)


def replacement(text: str, flags: str | None) -> Callable[[Found], str]:
    """Return what stands for a match: `$1` is its first group, `\\$` a dollar sign.

    Raises NoValue when the text has a dollar sign or a backslash that means nothing.
    """
    if "q" in (flags or ""):
        return lambda found: text
    parts = re.split(r"(\$\d+|\\[$\\])", text)
    if any("$" in part or "\\" in part for part in parts[::2]):
        raise NoValue(f"the replacement {text!r} has a $ or \\ that means nothing; write \\$ and \\\\")

    def insert(found: Found) -> str:
        return "".join(_inserted(part, found) for part in parts)

    return insert


def _inserted(part: str, found: Found) -> str:
    if part.startswith("\\"):
        return part[1:]
    if not part.startswith("$"):
        return part
    # $12 is group 1 followed by a 2 where there are fewer than twelve groups.
    digits, rest = part[1:], ""
    while len(digits) > 1 and int(digits) > found.groups:
        digits, rest = digits[:-1], digits[-1] + rest
    return (found.group(int(digits)) if int(digits) <= found.groups else "") + rest


def _work(tree: Any, length: int) -> float:
    """Return how many steps `re` may take at worst to find a match in a text of this length."""
    is_anchored = bool(tree) and tree[0] == (opcodes.AT, opcodes.AT_BEGINNING)
    return _ways(tree, length) * (1 if is_anchored else length + 1)


def _ways(tree: Any, length: int) -> float:
    """Return in how many ways a pattern may match at one place, as far as counting without looking tells."""
    ways = 1.0
    for opcode, argument in tree:
        if opcode in _REPEATS:
            least, most = int(argument[0]), min(int(argument[1]), length)
            inner = _ways(argument[2], length)
            ways *= max(most - least, 0) + 1 if inner <= 1 else _power(inner, max(most, least))
        elif opcode is opcodes.BRANCH:
            ways *= sum(_ways(choice, length) for choice in argument[1])
        else:
            for inner_tree in _inside(opcode, argument):
                ways *= _ways(inner_tree, length)
        if ways > MAX_WORK:
            return math.inf
    return ways


def _power(number: float, exponent: int) -> float:
    return math.inf if exponent * math.log(number) > math.log(MAX_WORK) else number**exponent


def _inside(opcode: Any, argument: Any) -> list[Any]:
    if opcode in _REPEATS:
        return [argument[2]]
    if opcode is opcodes.SUBPATTERN:
        return [argument[3]]
    if opcode is opcodes.BRANCH:
        return list(argument[1])
    if opcode in (opcodes.ASSERT, opcodes.ASSERT_NOT):
        return [argument[1]]
    return []
