"""What the clerks fill into the hotline's forms, so that a case reaches what its call expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.demo.sample import Form, NothingToFill, Seen

if TYPE_CHECKING:
    from app.demo.calls import Call

UNREACHABLE = "联系不上"
DISSATISFIED = ("不满意", "非常不满意")
MOST_REDONE = 2


def register_call(call: Call, villages: Mapping[str, str], copy: int) -> Form:
    """Return the start form; `villages` are group ids by name, `copy` says how often the call has been registered."""
    form: Form = {name: value for name, value in call.facts.items() if value is not None}
    name = str(form["village"])
    if name not in villages:
        raise NothingToFill(f"the township has no village called {name}")
    form["village"] = villages[name]
    if "external_number" in form and copy > 1:
        form["external_number"] = f"{form['external_number']}-{copy}"
    return form


def fill(element_id: str, call: Call, seen: Seen) -> Form:
    """Return what a clerk submits for a task of this call. Raises NothingToFill."""
    if element_id not in _FORMS:
        raise NothingToFill(f"the sample's clerks do not know the task {element_id}")
    return _FORMS[element_id](call, seen)


def _accept_call(call: Call, seen: Seen) -> Form:
    notes = call.notes
    if call.is_refused:
        refusal = {name: notes[name] for name in ("refusal_reason", "proper_channel")}
        return {"acceptance": "refuse", **refusal}
    if "direct_answer" in notes:
        return {"acceptance": "answer", "direct_answer": notes["direct_answer"]}
    return {"acceptance": "accept"}


def _dispatch_call(call: Call, seen: Seen) -> Form:
    form: Form = {"lead_unit": seen["proposed_lead_unit"], "co_units": seen["co_units"]}
    if seen.get("return_count"):
        form |= {name: call.notes[name] for name in ("lead_unit", "override_reason")}
    if _redone(seen):
        form["dispatch_opinion"] = "来电人不满意，请重新办理。"
    return form


def _sign_in(call: Call, seen: Seen) -> Form:
    if "objection" in call.notes and not seen.get("return_count"):
        return {"sign_in": "object", "objection_reason": call.notes["objection"]}
    return {"sign_in": "accept"}


def _review_objection(call: Call, seen: Seen) -> Form:
    return {"objection": "approve", "objection_opinion": call.notes["objection_opinion"]}


def _contact_caller(call: Call, seen: Seen) -> Form:
    return {"contact": "reached", "contact_note": "已核实诉求，告知承办单位和办理期限。"}


def _handle_call(call: Call, seen: Seen) -> Form:
    notes = call.notes
    if "extension" in notes and not seen.get("extended"):
        days = notes["extension_days"]
        return {"handling": "extend", "extension_reason": notes["extension"], "extension_days": days}
    written = _written(call, seen)
    return {"handling": "done", "handling_result": written["result"], "public_answer": written["answer"]}


def _approve_extension(call: Call, seen: Seen) -> Form:
    notes = call.notes
    return {
        "extension": "approve", "extension_days": notes["extension_days"],
        "extension_opinion": notes["extension_opinion"],
    }  # fmt: skip


def _assist_call(call: Call, seen: Seen) -> Form:
    return {"assist_result": call.notes["assist"]}


def _review_result(call: Call, seen: Seen) -> Form:
    return {"review": "pass"}


def _call_back(call: Call, seen: Seen) -> Form:
    """Give the first level, and after it the final one; nobody calls it solved who will have it redone."""
    expected, written = call.expected, _written(call, seen)
    if expected.first_satisfaction == UNREACHABLE:
        return {"reached": "no", "solved": expected.solved}
    level = expected.final_satisfaction if _redone(seen) else expected.first_satisfaction
    is_last = level not in DISSATISFIED or _redone(seen) == MOST_REDONE
    solved = expected.solved if is_last else "未解决"
    form = {"reached": "yes", "contacted_by_handler": "yes", "solved": solved, "satisfaction": level}
    if solved != "解决":
        form["unsolved_reason"] = written["unsolved"]
    return {**form, "caller_words": written["words"]}


def _supervise_case(call: Call, seen: Seen) -> Form:
    return {"supervision_result": call.notes["supervision_result"]}


def _archive_case(call: Call, seen: Seen) -> Form:
    return {"archiving": "yes", "retention": "10年"}


def _redone(seen: Seen) -> int:
    return int(seen.get("redo_count") or 0)


def _written(call: Call, seen: Seen) -> Mapping[str, str]:
    """Return what is written in this round."""
    rounds: list[Mapping[str, str]] = [call.notes, *call.notes.get("again", ())]
    return rounds[_redone(seen)]


_FORMS: Mapping[str, Callable[[Call, Seen], Form]] = {
    "accept_call": _accept_call, "dispatch_call": _dispatch_call, "sign_in": _sign_in,
    "review_objection": _review_objection, "contact_caller": _contact_caller, "handle_call": _handle_call,
    "approve_extension": _approve_extension, "assist_call": _assist_call, "review_result": _review_result,
    "call_back": _call_back, "supervise_case": _supervise_case, "archive_case": _archive_case,
}  # fmt: skip
