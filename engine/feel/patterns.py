"""Regular expressions as XPath writes them, for Python's `re`, and only such as end soon."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from re import _constants as opcodes
from re import _parser as parser
from typing import Any

from engine.feel.errors import NoValue
from engine.feel.xpath_pattern import translate

MAX_PATTERN = 1_000
MAX_WORK = 100_000_000

_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": 0, "q": 0}
_REPEATS = (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; the time that a match takes grows with this power of the text's length at worst."""

    compiled: re.Pattern[str]
    power: int

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Return the matches in the text, from left to right.

        Raises NoValue when the text is too long for the pattern.
        """
        if len(text) ** self.power > MAX_WORK:
            raise NoValue(f"the text of {len(text)} characters is too long for a pattern with so many repetitions")
        return self.compiled.finditer(text)


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
    if _star_height(tree) > 1:
        raise NoValue(f"the pattern {pattern!r} repeats what is repeated, which may take without end")
    is_anchored = bool(tree) and tree[0] == (opcodes.AT, opcodes.AT_BEGINNING)
    return Pattern(compiled, _adjacent_stars(tree) + (not is_anchored))


def replacement(text: str, flags: str | None) -> Callable[[re.Match[str]], str]:
    """Return what stands for a match: `$1` is its first group, `\\$` a dollar sign.

    Raises NoValue when the text has a dollar sign or a backslash that means nothing.
    """
    if "q" in (flags or ""):
        return lambda found: text
    parts = re.split(r"(\$\d+|\\[$\\])", text)
    if any("$" in part or "\\" in part for part in parts[::2]):
        raise NoValue(f"the replacement {text!r} has a $ or \\ that means nothing; write \\$ and \\\\")

    def insert(found: re.Match[str]) -> str:
        return "".join(_inserted(part, found) for part in parts)

    return insert


def _inserted(part: str, found: re.Match[str]) -> str:
    if part.startswith("\\"):
        return part[1:]
    if not part.startswith("$"):
        return part
    # $12 is group 1 followed by a 2 where there are fewer than twelve groups.
    digits, rest = part[1:], ""
    while len(digits) > 1 and int(digits) > found.re.groups:
        digits, rest = digits[:-1], digits[-1] + rest
    return (found[int(digits)] or "" if int(digits) <= found.re.groups else "") + rest


def _is_unbounded(highest: object) -> bool:
    return highest is opcodes.MAXREPEAT or (isinstance(highest, int) and highest > 100)


def _star_height(tree: Any) -> int:
    """Return how deep unbounded repetitions stand inside one another: two may take exponential time."""
    height = 0
    for opcode, argument in tree:
        for inner in _inside(opcode, argument):
            is_star = opcode in _REPEATS and _is_unbounded(argument[1])
            height = max(height, _star_height(inner) + is_star)
    return height


def _adjacent_stars(tree: Any) -> int:
    """Count unbounded repetitions in a sequence: each adds a power to the time that a failing match takes."""
    count = 0
    for opcode, argument in tree:
        if opcode in _REPEATS and _is_unbounded(argument[1]):
            count += 1
        else:
            count += max((_adjacent_stars(inner) for inner in _inside(opcode, argument)), default=0)
    return count


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
