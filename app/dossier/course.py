"""The course of cases: what their histories tell, what was said, and what was attached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import select

from app.case.models import Attachment, Case, Comment, Database
from app.dossier.timeline import Entry, entries_of
from engine import Engine, Event, ProcessDefinition


def course_of(
    engine: Engine, events: Sequence[Event], definition: ProcessDefinition, comments: Iterable[Comment],
    attachments: Iterable[Attachment],
) -> list[Entry]:
    """Return the course of one case."""
    return [*entries_of(events, definition, called_in(engine, events)), *_spoken(comments), *_attached(attachments)]


def courses_of(engine: Engine, session: Database, cases: Sequence[Case]) -> list[Entry]:
    """Return the courses of several cases, each entry with its case's number; three statements however many."""
    if not cases:
        return []
    tenant, ids = engine.store.tenant, [case.instance_id for case in cases]
    histories = engine.events_of(ids)
    said: dict[str, list[Comment]] = {instance_id: [] for instance_id in ids}
    for comment in session.scalars(select(Comment).where(Comment.tenant == tenant, Comment.instance_id.in_(ids))):
        said[comment.instance_id].append(comment)
    files: dict[str, list[Attachment]] = {instance_id: [] for instance_id in ids}
    for file in session.scalars(select(Attachment).where(Attachment.tenant == tenant, Attachment.instance_id.in_(ids))):
        files[file.instance_id].append(file)
    return [
        replace(entry, number=case.number)
        for case in cases
        for entry in course_of(
            engine, histories[case.instance_id], engine.definition(case.definition_id), said[case.instance_id],
            files[case.instance_id],
        )
    ]  # fmt: skip


def called_in(engine: Engine, events: Iterable[Event]) -> dict[int, ProcessDefinition]:
    """Return the definitions that an instance's call activities have called, by the number of the call."""
    return {
        event.token: engine.definition(event.data["definition"])
        for event in events if event.kind == "process_called" and event.token is not None
    }  # fmt: skip


def _spoken(comments: Iterable[Comment]) -> Iterator[Entry]:
    for comment in comments:
        yield Entry(comment.at, "comment", "message", _("commented"), comment.by, None, comment.text)


def _attached(attachments: Iterable[Attachment]) -> Iterator[Entry]:
    for file in attachments:
        yield Entry(file.at, "act", "paperclip", _("attached a file"), file.by, None, file.name)
