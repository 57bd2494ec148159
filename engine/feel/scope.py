"""What an evaluation carries: the variables in sight, the instant, the reasons for nulls, the budget."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from engine.feel.errors import EvaluationLimit
from engine.feel.values import Value

LOOK_EVERY = 2_000
MAX_STEPS = 250_000
"""Items visited, functions called, items and (per 64) characters produced in one evaluation."""
MAX_SECONDS = 5.0
"""Time of one evaluation: what takes few steps may still be slow, and no page waits longer."""
MAX_DEPTH = 60
"""Functions that call one another."""
MAX_STRING = 1_000_000
"""Characters of one string."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is null: what happened, and where in the text if that is known."""

    message: str
    position: int | None = None


class Run:
    """One evaluation. `now` is the instant that now() and today() tell, aware.

    `known` are the names of all variables, to find the one that was meant; `trace` takes what those who compile nodes
    of their own (decision tables) want told of the evaluation. `given` are the variables as they came, and `taken` what
    has been made values of them, by identity; see raw.py.
    """

    __slots__ = ("depth", "ends", "given", "known", "looked", "now", "reasons", "steps", "taken", "trace")

    def __init__(self, now: datetime, known: Collection[str] = ()) -> None:
        self.now, self.known = now, known
        self.reasons: list[Reason] = []
        self.steps = MAX_STEPS
        self.looked = MAX_STEPS - LOOK_EVERY  # the steps left at which the time is looked at
        self.ends = 0.0
        self.depth = 0
        self.trace: list[object] = []
        self.given: Mapping[str, object] = {}
        self.taken: dict[int, tuple[object, Value]] = {}

    def null(self, message: str, at: int | None) -> Value:
        """Keep the reason for a null, and return the null."""
        self.reasons.append(Reason(message, at))
        return None

    def spend(self, steps: int) -> None:
        """Take steps from the budget.

        Raises EvaluationLimit when it is used up.
        """
        self.steps -= steps
        if self.steps < self.looked:
            self._look()

    def _look(self) -> None:
        if self.steps < 0:
            raise EvaluationLimit(f"the evaluation takes more than {MAX_STEPS} steps")
        time = monotonic()
        self.ends = self.ends or time + MAX_SECONDS
        if time > self.ends:
            raise EvaluationLimit(f"the evaluation takes more than {MAX_SECONDS:.0f} seconds")
        self.looked = self.steps - LOOK_EVERY

    def spend_on_arguments(self, arguments: Iterable[Value]) -> None:
        """Take from the budget what a function costs that looks at every item and character."""
        for argument in arguments:
            kind = type(argument)
            if kind is list:
                self.spend(len(argument) >> 2)  # type: ignore[arg-type]
            elif kind is str:
                self.spend(len(argument) >> 6)  # type: ignore[arg-type]

    def spend_on_comparison(self, value: Value) -> None:
        """Take from the budget what comparing a list or a context costs, whatever is inside it."""
        self.spend(64 + (len(value) >> 2))  # type: ignore[arg-type]

    def spend_on(self, result: Value) -> None:
        """Take from the budget what a result of this size costs."""
        if isinstance(result, str):
            if len(result) > MAX_STRING:
                raise EvaluationLimit(f"a string is longer than {MAX_STRING} characters")
            self.spend(len(result) >> 6)
        elif isinstance(result, list):
            self.spend(len(result))

    def enter(self) -> None:
        """Note that a function is called. `depth` falls again when it returns."""
        self.depth += 1
        self.spend(1)
        if self.depth > MAX_DEPTH:
            raise EvaluationLimit(f"more than {MAX_DEPTH} functions call one another")


class Scope(dict[str, Value]):
    """The variables in sight of an expression; `?` is the value that unary tests are about."""

    __slots__ = ("run",)

    def __init__(self, variables: dict[str, Value], run: Run) -> None:
        super().__init__(variables)
        self.run = run

    def child(self) -> Scope:
        """Return a scope that sees the same variables and can be given more."""
        return Scope(self, self.run)
