"""Reads the text of attachments, as an errand: outside of every request and transaction, in a program of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.case.media import DOCX, PDF
from app.case.models import Attachment, Case
from app.case.texts import TOPIC, keep_text
from app.db import db, now, tenant, transaction
from app.dossier.files import folder
from app.errands import Errand, Topic
from app.files import extraction
from app.i18n import N_

PROGRAM = Path(extraction.__file__)
KINDS = {PDF: "pdf", DOCX: "docx"}
SECONDS = 120
FAILURES = {extraction.LOCKED: "locked", extraction.UNREADABLE: "unreadable"}


def topics() -> dict[str, Topic]:
    """Return how the errands of attachments are done."""
    return {TOPIC: Topic(N_("Reading the text of a file for the search"), read_one, is_alone=True)}


def read_one(errand: Errand) -> None:
    """Read the text of one attachment; of a case that takes no files any more, nothing."""
    wanted = db.session.get(Attachment, errand.detail["attachment"])
    if wanted is None or wanted.tenant != tenant() or _takes_no_files(wanted):
        return
    path, kind = folder().whole(wanted), KINDS[wanted.media_type]
    db.session.rollback()  # nobody is to wait while this is read
    text, failure = extracted(path, kind)
    with transaction():
        if not _takes_no_files(wanted):
            keep_text(db.session(), wanted, text, at=now(), failure=failure)


def extracted(path: Path, kind: str, *, seconds: float = SECONDS) -> tuple[str, str]:
    """Return the text of a file, and the code of what kept it from being read (or "")."""
    command = [sys.executable, "-P", str(PROGRAM), kind]
    with path.open("rb") as file:
        try:
            ended = subprocess.run(command, stdin=file, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return "", "too_slow"
    if ended.returncode != 0:
        return "", FAILURES.get(ended.returncode, "ended")
    return ended.stdout.decode("utf-8", "replace"), ""


def _takes_no_files(wanted: Attachment) -> bool:
    case = db.session.get(Case, (wanted.tenant, wanted.instance_id), populate_existing=True)
    return case is None or case.takes_no_files
