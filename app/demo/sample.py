"""What every kind of sample has: its lines, how people register and fill in, and what its finished case must show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from rich.console import RenderableType

from app.case.errors import CaseError
from app.case.models import Case

Form = dict[str, Any]
Seen = Mapping[str, Any]
"""The variables that a task sees."""
Names = Mapping[str, str]
"""The ids of the township's units, by their names."""


class NothingToFill(CaseError):
    """The demonstration meets a task or a unit that the sample's clerks do not know."""

    code = "demo_nothing_to_fill"


class Sample(Protocol):
    """One line of the sample data."""

    @property
    def process(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def at(self) -> datetime | None:
        """When it arrives, by the clock of which it is played; None: now."""

    @property
    def opens(self) -> str | None:
        """The process of the cases that it opens, which are worked on with its own to their ends."""

    @property
    def is_duplicate(self) -> bool:
        """Whether it must be pointed out that it is registered already, and so gets no case."""

    def start_form(self, names: Names, copy: int) -> Form:
        """Return what is entered; `copy` says how often the line has been registered. Raises NothingToFill."""

    def fill(self, element_id: str, seen: Seen, names: Names) -> Form:
        """Return what is submitted for a task. Raises NothingToFill."""

    def differences(self, case: Case) -> list[str]:
        """Return in what the case differs from what the line expects, such as `state is 办理中, not 已归档`."""


S = TypeVar("S", bound=Sample)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[S]):
    """A line and the case that it has become, or the one that it repeats."""

    sample: S
    case: Case
    was_refused: bool = False

    def differences(self) -> list[str]:
        """Return in what the outcome differs from what the line expects."""
        if self.was_refused != self.sample.is_duplicate:
            return ["it was refused" if self.was_refused else "it was not pointed out as a duplicate"]
        return [] if self.was_refused else self.sample.differences(self.case)


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """One kind of sample: `name` says what its lines are, such as calls.

    `find` gives the cases of each line, oldest first; `report` what is shown at the end, and what is wrong beyond the
    single outcomes.
    """

    name: str
    read: Callable[[], Sequence[S]]
    find: Callable[[Sequence[S]], Mapping[int, Sequence[Case]]]
    report: Callable[[Sequence[Outcome[S]]], tuple[Sequence[RenderableType], Sequence[str]]]


def compare(shown: Mapping[str, tuple[object, object]]) -> list[str]:
    """Return which of the things shown, by name, are not what was wanted."""
    return [f"{name} is {found}, not {wanted}" for name, (found, wanted) in shown.items() if found != wanted]
