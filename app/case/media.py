"""What kind of file some bytes are: told by the content, never by the name alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {
    PDF: ("pdf",),
    "application/ofd": ("ofd",),
    DOCX: ("docx",),
    _XLSX: ("xlsx",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "text/plain": ("txt",),
}
"""The accepted media types, and the endings that a file of each may have."""

_STARTS = (
    (b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
)
MOST_ENTRIES = 10_000


def media_type(content: bytes) -> str | None:
    """Return the accepted media type that these bytes are, None if they are none."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    return "text/plain" if _is_text(content) else None


def _packed(content: bytes) -> str | None:
    """Tell OFD, DOCX and XLSX by the names inside; nothing is unpacked, and macros are not taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = [entry.filename for entry in package.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    if len(names) > MOST_ENTRIES or _has(names, "vbaProject.bin"):
        return None
    if "OFD.xml" in names:
        return "application/ofd"
    if "[Content_Types].xml" in names:
        return DOCX if "word/document.xml" in names else _XLSX if "xl/workbook.xml" in names else None
    return None


def _has(names: Iterable[str], ending: str) -> bool:
    return any(name.lower().endswith(ending.lower()) for name in names)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(character) < 32 and character not in "\t\r\n\f\ufeff" for character in text)
