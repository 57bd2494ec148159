"""Built-in functions on strings (DMN 1.5, 10.3.4.3); characters are code points, counted from 1."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.errors import EvaluationLimit, NoValue
from engine.feel.functions import builtin
from engine.feel.patterns import compile_pattern, replacement
from engine.feel.scope import MAX_STRING, Run
from engine.feel.text import text_of


@builtin("substring")
def substring(string: str, start_position: Decimal, length: Decimal | None = None) -> str:
    start = int(start_position)
    if start == 0 or abs(start) > len(string):
        raise NoValue(f"substring: there is no position {start} in {len(string)} characters")
    if length is not None and length < 1:
        raise NoValue("substring: the length must be at least 1")
    begin = start - 1 if start > 0 else len(string) + start
    return string[begin:] if length is None else string[begin : begin + int(length)]


@builtin("string length")
def string_length(string: str) -> Decimal:
    return Decimal(len(string))


@builtin("upper case")
def upper_case(string: str) -> str:
    return string.upper()


@builtin("lower case")
def lower_case(string: str) -> str:
    return string.lower()


@builtin("substring before")
def substring_before(string: str, match: str) -> str:
    before, found, _ = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after")
def substring_after(string: str, match: str) -> str:
    if not match:
        return string
    _, _, after = string.partition(match)
    return after


@builtin("contains")
def contains(string: str, match: str) -> bool:
    return match in string


@builtin("starts with")
def starts_with(string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with")
def ends_with(string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("matches")
def matches(input_: str, pattern: str, flags: str | None = None) -> bool:
    return next(compile_pattern(pattern, flags).matches(input_), None) is not None


@builtin("replace")
def replace(input_: str, pattern: str, replacement_: str, flags: str | None = None) -> str:
    compiled = compile_pattern(pattern, flags)
    insert = replacement(replacement_, flags)
    pieces: list[str] = []
    end, size = 0, 0
    for found in compiled.matches(input_):
        pieces += (input_[end : found.start], insert(found))
        end, size = found.end, size + len(pieces[-1])
        if size > MAX_STRING:
            raise EvaluationLimit(f"a string is longer than {MAX_STRING} characters")
    return "".join((*pieces, input_[end:]))


@builtin("split")
def split(string: str, delimiter: str) -> list[object]:
    compiled, pieces, end = compile_pattern(delimiter, None), list[object](), 0
    for found in compiled.matches(string):
        if found.start == found.end and found.start in (0, len(string)):
            continue
        pieces.append(string[end : found.start])
        end = found.end
    return [*pieces, string[end:]]


@builtin("string join")
def string_join_between(list_: list[object], delimiter: str | None, prefix: str | None, suffix: str | None) -> str:
    """Camunda's addition."""
    return (prefix or "") + string_join(list_, delimiter) + (suffix or "")


@builtin("string join")
def string_join(list_: list[object], delimiter: str | None = None) -> str:
    strings = [item for item in list_ if item is not None]
    if not all(isinstance(item, str) for item in strings):
        raise NoValue("string join: every item must be a string")
    texts, between = [str(item) for item in strings], delimiter or ""
    if sum(map(len, texts)) + len(between) * len(texts) > MAX_STRING:
        raise EvaluationLimit(f"a string is longer than {MAX_STRING} characters")
    return between.join(texts)


@builtin("trim")
def trim(string: str) -> str:
    """Camunda's addition."""
    return string.strip()


@builtin("is blank")
def is_blank(string: str) -> bool:
    """Camunda's addition."""
    return not string.strip()


@builtin("extract")
def extract(string: str, pattern: str) -> list[object]:
    """Camunda's addition."""
    return [found.group(0) for found in compile_pattern(pattern, None).matches(string)]


@builtin("string")
def string(run: Run, from_: object) -> str | None:
    return None if from_ is None else text_of(from_, run)
