"""The only place that reads the wall clock: instants are aware and in UTC; their texts, and ids that grow with them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol


def utc(at: datetime) -> datetime:
    """Return the same instant in UTC. Raises ValueError when it is naive."""
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise ValueError("a naive date and time is not an instant")
    return at.astimezone(UTC)


def instant_text(at: datetime) -> str:
    """Return an instant as text that sorts as instants do: ISO in UTC with six decimals."""
    return _text(utc(at))


@lru_cache(maxsize=16)
def _text(at: datetime) -> str:
    # A step writes its own instant into several places.
    return at.isoformat("T", "microseconds")


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        """Return the wall clock's instant, aware, in UTC."""
        return datetime.now(UTC)


class MovingClock:
    """A clock that stands still until it is moved: for tests, demonstrations and replay."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._at

    def move_to(self, at: datetime) -> None:
        """Set the clock; it never goes back."""
        if at < self._at:
            raise ValueError(f"the clock stands at {self._at.isoformat()} and does not go back")
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move the clock on by `by`."""
        self.move_to(self._at + by)


def new_id(at: datetime) -> str:
    """Return a new instance's id: 32 hex digits, the first twelve being milliseconds, so that ids grow with time."""
    return f"{int(at.timestamp() * 1000):012x}{secrets.token_hex(10)}"
