"""Regular expressions as XPath writes them, for Python's `re`, and only such as end soon."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from re import _constants as opcodes
from re import _parser as parser
from typing import Any

from engine.feel.errors import NoValue

MAX_PATTERN = 1_000

_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": 0}
_REPEATS = (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT)
_CLASS = re.compile(r"\\(?:[ic]|p\{(?P<yes>\w+)\}|P\{(?P<no>\w+)\})", re.IGNORECASE)
_CATEGORIES = {
    "L": r"[^\W\d_]",
    "Lu": r"[A-Z\u00C0-\u00D6\u00D8-\u00DE\u0391-\u03A9\u0410-\u042F]",
    "Ll": r"[a-z\u00DF-\u00F6\u00F8-\u00FF\u03B1-\u03C9\u0430-\u044F]",
    "N": r"\d",
    "Nd": r"\d",
    "Z": r"\s",
    "Zs": r"[ \u00A0\u2000-\u200A\u3000]",
    "P": r"[!-#%-*,-/:;?@\[-\]_{}\u00A1\u00A7\u00AB\u00B6\u00B7\u00BB\u00BF\u2010-\u2027\u3001-\u3003\u3008-\u3011"
    r"\uFF01-\uFF0F\uFF1A-\uFF20]",
    "IsHan": r"[\u2E80-\u2FDF\u3005\u3007\u3021-\u3029\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U000323AF]",
}


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str | None) -> re.Pattern[str]:
    """Return the compiled pattern.

    Raises NoValue when it is none, or might take time that grows without bound with the text.
    """
    if len(pattern) > MAX_PATTERN:
        raise NoValue(f"the pattern is longer than {MAX_PATTERN} characters")
    options = _options(flags or "")
    if "q" in (flags or ""):
        return re.compile(re.escape(pattern), options)
    if "x" in (flags or ""):
        pattern = re.sub(r"\s+(?![^\[]*\])", "", pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            translated = _translated(pattern)
            tree = parser.parse(translated, options)
            compiled = re.compile(translated, options)
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise NoValue(f"the pattern {pattern!r} is none: {error}") from error
    if _may_explode(tree):
        raise NoValue(f"the pattern {pattern!r} repeats a repetition, which may never end")
    return compiled


def replacement(text: str, pattern: re.Pattern[str], flags: str | None) -> Callable[[re.Match[str]], str]:
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


def _options(flags: str) -> re.RegexFlag:
    options = re.RegexFlag(0)
    for flag in flags:
        if flag != "q" and flag not in _FLAGS:
            raise NoValue(f"there is no flag {flag}; there are s, m, i, x and q")
        options |= _FLAGS.get(flag, 0)
    return options


def _translated(pattern: str) -> str:
    """Return the pattern in Python's spelling; what Python has beyond XPath is refused."""
    if re.search(r"(?<!\\)(?:\\\\)*\(\?(?!:)", pattern):
        raise NoValue("the pattern has a group that begins with (?, which XPath does not have")

    def category(found: re.Match[str]) -> str:
        name = found["yes"] or found["no"]
        if name is None:
            return {"\\i": "[A-Za-z_:]", "\\c": r"[\w.:-]", "\\I": "[^A-Za-z_:]", "\\C": r"[^\w.:-]"}[found[0]]
        if name not in _CATEGORIES:
            raise NoValue(f"the pattern names a class {name} that is not known")
        inside = _CATEGORIES[name]
        return inside if found["yes"] else f"(?!{inside})[\\s\\S]"

    # A class minus another has no spelling in Python; a look-ahead does the same.
    pattern = re.sub(r"\[([^\[\]]+)-\[([^\[\]]+)\]\]", r"(?:(?![\2])[\1])", pattern)
    pattern = _CLASS.sub(category, pattern)
    return re.sub(r"(?<!\\)\$", r"\\Z", pattern) if "\\Z" not in pattern else pattern


def _may_explode(tree: Any) -> bool:
    """Return whether an unbounded repetition stands inside another, or beside others that overlap it."""
    return _star_height(tree) > 1 or _adjacent_stars(tree) > 3


def _is_unbounded(highest: object) -> bool:
    return highest is opcodes.MAXREPEAT or (isinstance(highest, int) and highest > 100)


def _star_height(tree: Any) -> int:
    height = 0
    for opcode, argument in tree:
        for inner in _inside(opcode, argument):
            below = _star_height(inner)
            if opcode in _REPEATS and _is_unbounded(argument[1]):
                below += 1
            height = max(height, below)
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
    if opcode in _REPEATS or opcode is opcodes.POSSESSIVE_REPEAT:
        return [argument[2]]
    if opcode is opcodes.SUBPATTERN:
        return [argument[3]]
    if opcode is opcodes.BRANCH:
        return list(argument[1])
    if opcode in (opcodes.ASSERT, opcodes.ASSERT_NOT):
        return [argument[1]]
    return []
