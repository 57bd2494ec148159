"""Documents in the shipped diagram: what comes in, and how far it is brought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.bpmn.hotline import Case, Township

DOCUMENT: Mapping[str, Any] = {
    "received_at": "2026-10-12T08:30:00+08:00", "organ": "政收", "sender": "县水利局",
    "document_number": "水〔2026〕3号", "kind": "通知", "title": "关于开展水利工程检查的通知",
    "copies": 2, "urgency": "无", "secrecy": "无",
}  # fmt: skip
SECRET: Mapping[str, Any] = {**DOCUMENT, "secrecy": "秘密", "title": "(涉密文件)"}
FIT: Mapping[str, Any] = {"check_ours": "yes", "check_rules": "yes", "check_format": "yes", "check_consulted": "yes"}
ACTION: Mapping[str, Any] = {"handling_kind": "办件", "due": "2026-11-20T17:30:00+08:00", "reply_needed": False}
READERS = ["person:leader1", "unit:finance_office", "person:civil1"]
READING: Mapping[str, Any] = {"handling_kind": "阅件", "readers": READERS, "circulation_mode": "together"}
PROPOSED: Mapping[str, Any] = {
    "proposal": "请水利站牵头,农业站、财政所配合。", "lead_unit": "water_station",
    "co_units": ["agriculture_station", "finance_office"], "leaders": ["leader1"],
}
FOR_INFORMATION: Mapping[str, Any] = {
    **PROPOSED, "informed_readers": ["person:discipline1", "unit:government_service_hall"],
}
AGREED: Mapping[str, Any] = {"instruction_result": "agree", "instruction": "同意拟办意见。"}
FILED: Mapping[str, Any] = {"archiving": "yes", "retention": "30年"}


def received(town: Township, **changed: Any) -> Case:
    """Receive a document."""
    return town.open("document_routing", {**DOCUMENT, **changed}, by="dispatch1")


def at_step(town: Township, step: str, **changed: Any) -> Case:
    """Bring a document to its first check or its registration, in the order that the settings ask for."""
    case = received(town, **changed).do("sign_document", copies_received=2)
    if step not in case.steps:
        case.do("register_document", **ACTION) if step == "check_document" else case.do("check_document", **FIT)
    return case


def registered(town: Township, register: Mapping[str, Any] = ACTION, **changed: Any) -> Case:
    """Bring a document to where it is passed on, in the order that the settings ask for."""
    case = received(town, **changed).do("sign_document", copies_received=2)
    while case.steps in (["check_document"], ["register_document"]):
        (step,) = case.steps
        case.do(step, **(FIT if step == "check_document" else register))
    return case


def instructed(
    town: Township, register: Mapping[str, Any] = ACTION, proposed: Mapping[str, Any] = PROPOSED, **changed: Any
) -> Case:
    """Bring a document to its handling."""
    case = registered(town, register, **changed).do("propose_handling", **proposed)
    return case.do("instruct_document", **AGREED)


def handled(
    town: Township, register: Mapping[str, Any] = ACTION, proposed: Mapping[str, Any] = PROPOSED, **changed: Any
) -> Case:
    """Bring a document to the report of what was done."""
    case = instructed(town, register, proposed, **changed)
    while "assist_document" in case.steps:
        case.do("assist_document", assist_note="已配合。")
    return case.do("handle_document", handling_note="已检查。")


def reported(town: Township, register: Mapping[str, Any] = ACTION, **changed: Any) -> Case:
    """Bring a document to the review of what was done."""
    return handled(town, register, **changed).do("report_result", handling_result="检查完毕,无隐患。")


def completed(town: Township, register: Mapping[str, Any] = ACTION, **changed: Any) -> Case:
    """Bring a document to its filing."""
    case = reported(town, register, **changed).do("review_document", review="pass")
    return case.do("complete_document", completion_opinion="同意办结。")


def order(first: str) -> Township:
    """Return a township whose settings say what comes first: 初审, as the article has it, or 登记, as the rules."""
    return Township(tables={"document_settings.dmn": ('<text>"初审"</text>', f'<text>"{first}"</text>')})


def rows(case: Case) -> list[str]:
    """Return where each reader of a circulation is."""
    return [row["state"] for row in case["circulation"]]
