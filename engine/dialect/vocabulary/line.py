"""What one line of the vocabulary says, and how lines become one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Standing = Literal["runs", "display", "refused"]
BOOLEAN = "true false"


class Hint(NamedTuple):
    """Why something is refused and what to use instead."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Line:
    """The standing of some names on some owners; `values`, where there are any, are the only ones taken."""

    standing: Standing
    names: str
    on: str
    values: tuple[str, ...] = ()
    hint: Hint | None = None
    is_required: bool = False


Table = Mapping[tuple[str, str], Line]


def runs(
    names: str, on: str, *, values: str = "", hint: Hint | None = None, is_required: bool = False
) -> Line:
    """The engine acts upon it; the hint is for other values than those named."""
    return Line("runs", names, on, tuple(values.split()), hint, is_required)


def displayed(names: str, on: str, *, values: str = "", hint: Hint | None = None) -> Line:
    """It is read and kept, and changes nothing in what runs."""
    return Line("display", names, on, tuple(values.split()), hint)


def refused(names: str, on: str, hint: Hint) -> Line:
    """A file that has it is not deployed."""
    return Line("refused", names, on, hint=hint)


def table(**vocabularies: Iterable[Line]) -> Table:
    """Return the lines by owner and name, in their order; one that stands twice raises ValueError."""
    found: dict[tuple[str, str], Line] = {}
    for prefix, lines in vocabularies.items():
        for line in lines:
            for key in _pairs(prefix, line):
                if key in found:
                    raise ValueError(f"{key[0]} has two lines for {key[1]}")
                found[key] = line
    return found


def _pairs(prefix: str, line: Line) -> Iterator[tuple[str, str]]:
    names = line.names.split()
    for owner in map(_owner, line.on.split()):
        for name in names:
            yield owner, _attribute(prefix, name[1:], owner) if name.startswith("@") else _qualified(name, prefix)


def _owner(written: str) -> str:
    return written if written == "*" else "/".join(_qualified(step, "bpmn") for step in written.split("/"))


def _qualified(name: str, prefix: str) -> str:
    return name if ":" in name else f"{prefix}:{name}"


def _attribute(prefix: str, name: str, owner: str) -> str:
    """An attribute is written with its prefix only where it stands on another vocabulary's element."""
    own = owner.rpartition("/")[2].partition(":")[0]
    return f"@{name}" if ":" in name or prefix == "bpmn" or prefix == own else f"@{prefix}:{name}"
