"""Who is asked to do a user task, and by when: as the diagram says it, and as it comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo

from engine.canonical import Json
from engine.elements.resource import Binding
from engine.errors import ExecutionFailed
from engine.expression import Expression
from engine.feel.far import plain_date
from engine.feel.temporal import parse_date, parse_datetime
from engine.feel.values import Value


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is asked to do a user task, by when and with which form; each part is an expression."""

    assignee: Expression | None = None
    candidate_users: Expression | None = None
    candidate_groups: Expression | None = None
    due_date: Expression | None = None
    follow_up_date: Expression | None = None
    priority: Expression | None = None
    form_key: str | None = None
    form_binding: Binding = field(default_factory=Binding)
    separate_from: Sequence[str] = ()

    @property
    def names_nobody(self) -> bool:
        """Whether the diagram does not say at all who is asked: then whoever may use the engine may do the task."""
        return self.assignee is None and self.candidate_users is None and self.candidate_groups is None


POST = "post:"
"""What the name of a post begins with, where a diagram asks for whoever holds it rather than for a person."""


def asked(
    assignee: str | None, users: tuple[str, ...], groups: tuple[str, ...]
) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """Return assignee, candidate users and groups with posts among the groups: who holds one is looked up each time.

    So a task follows its post, and a change of people changes no running instance.
    """
    posts = tuple(name for name in (assignee, *users) if name is not None and name.startswith(POST))
    if not posts:
        return assignee, users, groups
    people = tuple(name for name in users if name not in posts)
    return None if assignee in posts else assignee, people, tuple(dict.fromkeys((*groups, *posts)))


def names_of(value: Json, element_id: str) -> tuple[str, ...]:
    """Return names given as a list (of lists) or as text separated by commas, each once."""
    if value is None:
        return ()
    if isinstance(value, list) and any(isinstance(item, list) for item in value):
        return tuple(dict.fromkeys(name for item in value for name in names_of(item, element_id)))
    items = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(items, list) or not all(isinstance(item, str) or item is None for item in items):
        raise ExecutionFailed(f"{element_id} has candidates that are no names", element_id=element_id)
    return tuple(dict.fromkeys(item.strip() for item in items if item and item.strip()))


def one_name(value: Json, element_id: str) -> str | None:
    """Return the name of a user, or None for nobody."""
    if value is not None and not isinstance(value, str):
        raise ExecutionFailed(f"{element_id} has an assignee that is no name", element_id=element_id)
    return value.strip() or None if value else None


def is_instant(text: str) -> bool:
    """Whether a text is a date, with or without a time."""
    return isinstance(_temporal(text), date)


def _temporal(text: str) -> date | str | None:
    text = text.strip()
    return parse_datetime(text) or parse_date(text) or text or None


def instant_of(value: Value, zone: tzinfo, element_id: str) -> datetime | None:
    """Return an instant in UTC from a date-time, a date (then the end of that day) or ISO text."""
    try:
        match _temporal(value) if isinstance(value, str) else value:
            case None:
                return None
            case datetime() as at:
                at = plain_date(at)
                return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
            case date() as day:
                return datetime.combine(plain_date(day), time(23, 59, 59), zone).astimezone(UTC)
        raise ExecutionFailed(f"{element_id} has a due date that is no date", element_id=element_id)
    except (OverflowError, ValueError):
        raise ExecutionFailed(f"{element_id} has a due date out of range", element_id=element_id) from None
