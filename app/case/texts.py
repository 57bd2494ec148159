"""The text of attachments, for the search: asked for with the upload, read by an errand, forgotten when it must be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from app.case.fulltext import follow_more
from app.case.media import DOCX, PDF
from app.case.models import Attachment, AttachmentText, Database
from app.errands import ask

TOPIC = "attachment_text"
READABLE = (PDF, DOCX)
LONGEST = 200_000


def ask_for_text(session: Database, attachment: Attachment, *, at: datetime) -> None:
    """Have the text of an attachment read by and by, if it has one."""
    if attachment.media_type in READABLE:
        _ask(session, attachment.tenant, [attachment.id], at)


def keep_text(session: Database, attachment: Attachment, text: str, *, at: datetime, failure: str = "") -> None:
    """Keep what was read, at most 200,000 characters, or the code of what kept it from being read.

    The one place where texts come in: an index of them is kept in step from here and from `follow_case`.
    """
    session.merge(AttachmentText(
        attachment_id=attachment.id, tenant=attachment.tenant, instance_id=attachment.instance_id,
        text=text.replace("\0", "")[:LONGEST], read_at=at, failure=failure,
    ))  # fmt: skip
    session.flush()
    follow_more(session, {"tenant": attachment.tenant, "instance_id": attachment.instance_id})


def follow_case(session: Database, tenant: str, instance_id: str, *, takes_no_files: bool, at: datetime) -> None:
    """Forget the texts of a case whose matter nothing may be searched of; read them again once it may be."""
    mine = (AttachmentText.tenant == tenant, AttachmentText.instance_id == instance_id)
    if takes_no_files:
        session.execute(delete(AttachmentText).where(*mine))
    follow_more(session, {"tenant": tenant, "instance_id": instance_id})
    if takes_no_files:
        return
    known = select(AttachmentText.attachment_id).where(*mine)
    lacking = select(Attachment.id).where(
        Attachment.tenant == tenant, Attachment.instance_id == instance_id, Attachment.media_type.in_(READABLE),
        Attachment.id.not_in(known),
    )  # fmt: skip
    _ask(session, tenant, session.scalars(lacking).all(), at)


def _ask(session: Database, tenant: str, attachment_ids: Sequence[int], at: datetime) -> None:
    errands = {f"{each}@{at.isoformat()}": {"attachment": each} for each in attachment_ids}
    ask(session, tenant, TOPIC, errands, due=at)
