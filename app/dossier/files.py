"""Where a township's files are."""

from __future__ import annotations

from flask import current_app

from app.case.attachments import AttachmentFolder
from app.db import tenant


def folder() -> AttachmentFolder:
    """Return the folder of this request's township."""
    return AttachmentFolder(current_app.config["ATTACHMENTS"], tenant())
