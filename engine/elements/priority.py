"""Priorities of user tasks and jobs: whole numbers, 50 where nothing is said."""

from __future__ import annotations

import re

from engine.canonical import Json
from engine.errors import ExecutionFailed


def priority_of(value: Json, element_id: str) -> int:
    """Return a priority as a number. Raises ExecutionFailed for what is no whole number."""
    if value is None:
        return 50
    if isinstance(value, bool) or not isinstance(value, int | str) or not is_priority(str(value)):
        raise ExecutionFailed(f"{element_id} has a priority that is no whole number", element_id=element_id)
    return int(value)


def is_priority(text: str) -> bool:
    """Whether a text is a whole number that a database's integer holds."""
    return re.fullmatch(r"\s*-?[0-9]{1,9}\s*", text) is not None
