"""Chinese text broken into lines: no mark that closes begins one, none that opens ends one, figures stay whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.printing.typeface import BODY, width

CLOSING = frozenset("，。、；：？！）〕】》〉」』”’％…—·,.;:?!)]}")
OPENING = frozenset("（〔【《〈「『“‘([{")
MOST_MOVED = 4
# A day and the year of a document number stay whole, too.
_UNITS = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日|〔\d{4}〕\d+号|[!-~]+|.", re.DOTALL)


def broken(text: str, size: float, room: float, face: str = BODY, *, first: float = 0) -> list[str]:
    """Return a text in lines that fit into `room` points, the first of each paragraph `first` points shorter."""
    return [line for paragraph in text.splitlines() for line in _paragraph(paragraph, size, room, face, first)]


def widest(text: str, size: float, face: str = BODY) -> float:
    """Return how wide the widest part of a text is that is better not broken."""
    return max((width(unit, size, face) for unit in set(_UNITS.findall(text))), default=0)


def _paragraph(text: str, size: float, room: float, face: str, first: float) -> Iterator[str]:
    line: list[str] = []
    used = first
    for unit in _units(text, size, room, face):
        wide = width(unit, size, face)
        if line and used + wide > room:
            carried = _carried(line, unit)
            yield "".join(line[: len(line) - len(carried)])
            line = carried
            used = sum(width(each, size, face) for each in line)
        line.append(unit)
        used += wide
    yield "".join(line)


def _units(text: str, size: float, room: float, face: str) -> Iterator[str]:
    """Yield what is not broken: single characters, words and numbers, unless they are longer than a line."""
    for unit in _UNITS.findall(text):
        if len(unit) > 1 and width(unit, size, face) > room:
            yield from unit
        else:
            yield unit


def _carried(line: list[str], following: str) -> list[str]:
    """Return the end of a line that goes along with what follows, so that neither begins or ends wrongly."""
    for count in range(min(MOST_MOVED, len(line) - 1) + 1):
        begins = line[len(line) - count] if count else following
        ends = line[len(line) - count - 1]
        if begins[0] not in CLOSING and ends[-1] not in OPENING:
            return line[len(line) - count:]
    return []
