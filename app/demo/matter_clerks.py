"""What the office, the leaders, the meeting, the units and supervision fill into a matter's forms and its orders'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from app.calendar import LOCAL
from app.db import now
from app.demo.sample import Form, Names, NothingToFill, Seen

if TYPE_CHECKING:
    from app.demo.matters import Matter

DUE, PRESENT, TOO_FEW = 9, 7, 4
"""How many may vote; how many come; how many came when the meeting had to be adjourned."""
LEADERS, IN_PLACE = 3, 2
"""How many leaders consult; how many a unit has who study its plan."""
DAYS = 30
EVERYWHERE = "全部"


def propose_matter(matter: Matter, names: Names, origin: str | None) -> Form:
    """Return the start form; the line names its source as `热线 工单` or `来文` with a number."""
    facts = matter.facts
    source = str(facts["source"]).replace(" 工单", "工单").partition(" ")[0]
    form: Form = {name: facts[name] for name in ("title", "kind", "major")}
    form |= {name: matter.notes[name] for name in ("proposer", "content")}
    if facts["place"] != EVERYWHERE:
        form["village"] = _unit(facts["place"], names)
    return {**form, "source": source, "origin": origin or ""}


def fill(element_id: str, matter: Matter, seen: Seen, names: Names) -> Form:
    """Return what somebody submits for a task. Raises NothingToFill."""
    if element_id not in _FORMS:
        raise NothingToFill(f"the sample's clerks do not know the task {element_id}")
    return _FORMS[element_id](matter, seen, names)


def _consult_leaders(matter: Matter, seen: Seen, names: Names) -> Form:
    notes = matter.notes
    form: Form = {
        "consultation_attendees": _people(LEADERS), "analysis": notes["analysis"], "options": notes["options"],
        **_agreed(matter, "consultation", LEADERS),
    }  # fmt: skip
    if "supplement" in notes and not seen.get("supplement"):
        return {**form, "consultation_result": "supplement", "consultation_opinion": notes["supplement"]}
    return {**form, "consultation_result": "forward", "consultation_opinion": notes["opinion"]}


def _supplement_matter(matter: Matter, seen: Seen, names: Names) -> Form:
    return {"supplement": matter.notes["supplied"]}


def _hold_meeting(matter: Matter, seen: Seen, names: Names) -> Form:
    notes, at = matter.notes, now().astimezone(LOCAL).replace(second=0, microsecond=0)
    held_at = at.replace(minute=at.minute - at.minute % 30)
    form: Form = {"held_at": held_at.isoformat(timespec="minutes"), "due_count": DUE}
    if "adjourned" in notes and not seen.get("meetings"):
        return {**form, "meeting_attendees": _people(TOO_FEW), "adjournment_reason": notes["adjourned"]}
    due = (at + timedelta(days=DAYS)).replace(hour=17, minute=30)
    form |= {"meeting_attendees": _people(PRESENT), "meeting_result": "decide", **_vote(matter)}
    units = [_unit(name, names) for name in matter.units]
    return {
        **form, "resolution": notes["resolution"], "resources": notes["resources"],
        "lead_unit": units[0], "co_units": units[1:], "due": due.isoformat(timespec="minutes"),
    }  # fmt: skip


def _vote(matter: Matter) -> Form:
    if not matter.facts["major"]:
        return {"agreed": "yes"}
    return dict(zip(("votes_for", "votes_against", "votes_abstain"), matter.notes["votes"], strict=True))


def _agreed(matter: Matter, sitting: str, everybody: int) -> Form:
    """Return the count of a meeting at which all were present and in favour, where votes are counted."""
    if not matter.facts["major"]:
        return {}
    votes = {"due_count": everybody, "votes_for": everybody, "votes_against": 0, "votes_abstain": 0}
    return {f"{sitting}_{name}": count for name, count in votes.items()}


def _plan_execution(matter: Matter, seen: Seen, names: Names) -> Form:
    written = matter.notes["plans"][_name(seen, names)]
    return {
        "plan_attendees": _people(IN_PLACE), "plan_result": "carry_out", "plan": written["plan"],
        "local_variation": written.get("variation", ""), **_agreed(matter, "plan", IN_PLACE),
    }  # fmt: skip


def _assign_order(matter: Matter, seen: Seen, names: Names) -> Form:
    return {"assign_note": "请按决议和方案抓紧落实，每有进展即时反馈。"}


def _report_progress(matter: Matter, seen: Seen, names: Names) -> Form:
    """Report the next entry, the last one as the end; what was doubted is reported once more.

    Who needs more time says so first.
    """
    name = _name(seen, names)
    entries, more = matter.notes["progress"][name], matter.notes.get("extension", {}).get(name)
    if more and not seen.get("extension_note"):
        return {
            "progress_attendees": _people(1), "progress_result": "申请延期", "progress": more["reason"],
            "extension_days": more["days"],
        }  # fmt: skip
    reported = [entry for entry in seen.get("progress_log") or () if entry["result"] in ("阶段进展", "已落实")]
    number = min(len(reported), len(entries) - 1)
    result = "已落实" if number == len(entries) - 1 else "阶段进展"
    return {"progress_attendees": _people(2), "progress_result": result, "progress": entries[number]}


def _approve_order_extension(matter: Matter, seen: Seen, names: Names) -> Form:
    days = seen["extension_days"]
    return {"extension": "approve", "extension_days": days, "extension_opinion": "理由充分，请抓紧。"}


def _review_feedback(matter: Matter, seen: Seen, names: Names) -> Form:
    doubted = matter.notes.get("doubted", {}).get(_name(seen, names))
    if doubted and not seen.get("review_opinion"):
        return {"review": "back", "review_opinion": doubted}
    return {"review": "pass", "review_opinion": "现场核实，情况属实。"}


def _urge_order(matter: Matter, seen: Seen, names: Names) -> Form:
    words = matter.notes.get("urging", {}).get(_name(seen, names))
    return {"urging": "urge", "urge_words": words} if words and not seen["urge_count"] else {"urging": "stop"}


def _archive_order(matter: Matter, seen: Seen, names: Names) -> Form:
    return {"archiving": "yes", "retention": "30年" if matter.facts["major"] else "10年"}


def _people(count: int) -> list[Form]:
    """Return invented people who attended."""
    return [{"name": f"与会人员{'甲乙丙丁戊己庚辛壬'[number]}", "opinion": "同意。"} for number in range(count)]


def _unit(name: str, names: Names) -> str:
    if name not in names:
        raise NothingToFill(f"the township has no unit called {name}")
    return names[name]


def _name(seen: Seen, names: Names) -> str:
    """Return what the unit is called that the task is about."""
    return next(name for name, unit in names.items() if unit == seen["unit"])


_FORMS: Mapping[str, Callable[[Matter, Seen, Names], Form]] = {
    "consult_leaders": _consult_leaders, "supplement_matter": _supplement_matter, "hold_meeting": _hold_meeting,
    "plan_execution": _plan_execution, "assign_order": _assign_order, "report_progress": _report_progress,
    "approve_order_extension": _approve_order_extension, "review_feedback": _review_feedback,
    "urge_order": _urge_order, "archive_order": _archive_order,
}  # fmt: skip
