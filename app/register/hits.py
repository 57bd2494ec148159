"""Why a case was found: where the words stand that are not to be seen in its row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.case.models import Attachment, AttachmentText, Case, Comment, Database
from app.register.snippets import Snippet, snippet

Texts = Sequence[tuple[str, str]]
"""What a case says elsewhere, each with what it stands in."""


def find_hits(
    session: Database, seen: Mapping[str, str], cases: Sequence[Case], words: Sequence[str], labels: Mapping[str, str],
    content: str,
) -> dict[str, Snippet]:
    """Return, by instance, where words stand that `seen` (the row's own text, made alike) has not.

    `labels` are what declared variables are called, `content` is the name of the one that holds what a case is about.
    """
    lacking = {
        case.instance_id: [word for word in words if word not in seen[case.instance_id]] for case in cases
    }  # fmt: skip
    wanted = [case for case in cases if lacking[case.instance_id]]
    found: dict[str, Snippet] = {}
    for case in wanted:
        if not case.takes_no_files:
            _look(found, case.instance_id, [(content, case.content), *_shown(case, labels)], lacking)
    more = [case.instance_id for case in wanted if case.instance_id not in found]
    if more:
        tenant = wanted[0].tenant
        said = select(Comment.instance_id, Comment.text).where(Comment.tenant == tenant, Comment.instance_id.in_(more))
        for instance_id, text in session.execute(said):
            _look(found, instance_id, [(_("Comments"), text)], lacking)
        read = (
            select(AttachmentText.instance_id, Attachment.name, AttachmentText.text)
            .join(Attachment, Attachment.id == AttachmentText.attachment_id)
            .where(AttachmentText.tenant == tenant, AttachmentText.instance_id.in_(more))
        )
        for instance_id, name, text in session.execute(read):
            _look(found, instance_id, [(name, text)], lacking)
    return found


def _shown(case: Case, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in case.shown.items():
        items = value if isinstance(value, list) else [value]
        for item in items:
            if isinstance(item, str):
                yield labels.get(name, name), item


def _look(
    found: dict[str, Snippet], instance_id: str, texts: Texts, lacking: Mapping[str, Sequence[str]]
) -> None:
    for source, text in texts:
        if instance_id not in found and (hit := snippet(source, text, lacking[instance_id])):
            found[instance_id] = hit
