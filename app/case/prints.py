"""Which prints a process declares in `case.prints`, each with its heading, and where it holds meetings.

Every case can be printed as it is. Beyond that there is the handling slip (facts and circulation), and of meetings,
which are the user tasks with a `task.meeting`, the agenda (what waits for one) and the minutes (what one recorded).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Definition(Protocol):
    """A process definition, as far as its prints need it."""

    @property
    def properties(self) -> Mapping[str, str]: ...


SLIP, AGENDA, MINUTES = "slip", "agenda", "minutes"
HEADINGS: Mapping[str, str] = {SLIP: "文件处理笺", AGENDA: "议程", MINUTES: "会议纪要"}
MEETING = "task.meeting"
CIRCULATION = "task.circulation"


def read_prints(text: str) -> dict[str, str]:
    """Return the headings of the prints that `slip:文件处理笺,minutes` declares; without one, the usual."""
    pairs = (item.partition(":") for item in text.split(",") if item.strip())
    return {name.strip(): heading.strip() or HEADINGS.get(name.strip(), "") for name, _, heading in pairs}


def prints_in(definition: Definition) -> dict[str, str]:
    """Return the headings of the prints that a definition declares."""
    return read_prints(definition.properties.get("case.prints", ""))


def print_problem(text: str) -> str:
    """Return what is wrong with `case.prints`, in both languages, or nothing."""
    if not (declared := read_prints(text)):
        return "case.prints 为空 / case.prints is empty"
    unknown = [name for name in declared if name not in HEADINGS]
    known = ", ".join(HEADINGS)
    return f"没有打印样式 {unknown[0]}，可用 {known} / there is no print {unknown[0]}, only {known}" if unknown else ""


def meeting_problems(properties: Mapping[str, str], elements: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return what is wrong when a process prints agendas or minutes, but holds no meeting."""
    wanted = {AGENDA, MINUTES} & set(read_prints(properties.get("case.prints", "")))
    if not wanted or any(each.get(MEETING, "").strip() for each in elements.values()):
        return []
    name = min(wanted)
    return [f"case.prints 有 {name}，但没有任务声明 {MEETING} / case.prints has {name}, but no task a {MEETING}"]
