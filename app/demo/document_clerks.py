"""What the office, the leaders and the units fill into the documents' forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.demo.sample import Form, Names, NothingToFill, Seen

if TYPE_CHECKING:
    from app.demo.documents import Document

PARTY = "县委"
"""Whose documents stand in the party's register."""


def receive_document(document: Document, copy: int) -> Form:
    """Return the start form; a document that is registered once more, to be played again, has another number."""
    facts = document.facts
    number = facts["document_number"]
    form: Form = {
        "received_at": facts["received_at"], "organ": "党收" if facts["sender"].startswith(PARTY) else "政收",
        "sender": facts["sender"], "title": facts["title"], "secrecy": facts["secrecy"],
        "document_number": number.replace("号", f"-{copy}号") if copy > 1 else number,
    }  # fmt: skip
    if facts["secrecy"] != "无":
        return form
    return {**form, "kind": facts["kind"], "urgency": facts["urgency"] or "无", "copies": 1}


def fill(element_id: str, document: Document, seen: Seen, names: Names) -> Form:
    """Return what somebody submits for a task of this document. Raises NothingToFill."""
    if element_id not in _FORMS:
        raise NothingToFill(f"the sample's clerks do not know the task {element_id}")
    return _FORMS[element_id](document, seen, names)


def _register_classified(document: Document, seen: Seen, names: Names) -> Form:
    return {"handed_over": "custodian"}


def _sign_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"copies_received": 1}


def _check_document(document: Document, seen: Seen, names: Names) -> Form:
    fits: Form = {"check_ours": "yes", "check_rules": "yes", "check_format": "yes", "check_consulted": "not_needed"}
    if document.expected.handling != "returned":
        return fits
    return {**fits, "check_format": "no", "return_reason": document.notes["return_reason"]}


def _return_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"return_way": "电子公文平台退回", "return_note": "已说明理由，请补正后重新发来。"}


def _register_document(document: Document, seen: Seen, names: Names) -> Form:
    expected, notes = document.expected, document.notes
    form: Form = {"handling_kind": expected.handling, "written_on": document.at.date().isoformat()}
    if seen["urgency"] != "无":
        form["urger"] = notes["urger"]
    if expected.handling == "阅件":
        readers = [_reader(name, names) for name in notes["readers"]]
        return {**form, "readers": readers, "circulation_mode": notes["circulation"]}
    due = f"{expected.due}T17:30:00+08:00"
    return {**form, "due": due, "reply_needed": "reply" in notes, "remarks": notes.get("remarks")}


def _propose_handling(document: Document, seen: Seen, names: Names) -> Form:
    expected, notes = document.expected, document.notes
    return {
        "proposal": notes["proposal"], "lead_unit": _unit(expected.lead, names), "leaders": notes["leaders"],
        "co_units": [_unit(name, names) for name in expected.co_handlers],
        "informed_readers": [_reader(name, names) for name in notes.get("informed", ())],
    }  # fmt: skip


def _instruct_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"instruction_result": "agree", "instruction": document.notes["instruction"]}


def _handle_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"handling_note": document.notes["handling"]}


def _assist_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"assist_note": document.notes["assist"]}


def _urge_document(document: Document, seen: Seen, names: Names) -> Form:
    if seen["urge_count"]:
        return {"urging": "stop"}
    return {"urging": "urge", "urge_words": "急件，请抓紧办理，当天报告进度。"}


def _note_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"reading_note": "已阅知。"}


def _report_result(document: Document, seen: Seen, names: Names) -> Form:
    return {"handling_result": document.notes["result"], "countersign": "countersign" in document.notes}


def _countersign_result(document: Document, seen: Seen, names: Names) -> Form:
    return {"countersigning": "agree", "countersign_note": document.notes["countersign"]}


def _review_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"review": "pass"}


def _reply_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"reply_way": "电子公文平台答复", "reply": document.notes["reply"]}


def _complete_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"completion_opinion": "已按批示办理，同意办结。"}


def _read_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"reading_note": "已阅。"}


def _archive_document(document: Document, seen: Seen, names: Names) -> Form:
    return {"archiving": "yes", "retention": document.notes["retention"]}


def _unit(name: str | None, names: Names) -> str:
    if name is None or name not in names:
        raise NothingToFill(f"the township has no unit called {name}")
    return names[name]


def _reader(name: str, names: Names) -> str:
    """Return a reader as the form has it: whoever is no unit is a person, named by the login."""
    return f"unit:{names[name]}" if name in names else f"person:{name}"


_FORMS: Mapping[str, Callable[[Document, Seen, Names], Form]] = {
    "register_classified": _register_classified, "sign_document": _sign_document, "check_document": _check_document,
    "return_document": _return_document, "register_document": _register_document,
    "propose_handling": _propose_handling, "instruct_document": _instruct_document,
    "handle_document": _handle_document, "assist_document": _assist_document, "report_result": _report_result,
    "urge_document": _urge_document, "note_document": _note_document, "countersign_result": _countersign_result,
    "review_document": _review_document, "reply_document": _reply_document, "complete_document": _complete_document,
    "read_document": _read_document, "archive_document": _archive_document,
}  # fmt: skip
