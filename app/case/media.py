"""What kind of file this is: told by the content, never by the name alone, and without holding it in memory."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Iterable
from typing import IO

PDF = "application/pdf"
OFD = "application/ofd"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {
    PDF: ("pdf",),
    OFD: ("ofd",),
    DOCX: ("docx",),
    XLSX: ("xlsx",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "text/plain": ("txt",),
}
"""The accepted media types, and the endings that a file of each may have."""
SHOWN = frozenset({PDF, "image/png", "image/jpeg", "image/gif", "image/webp"})
"""Those that a browser shows by itself, and in which no script of a page runs."""

_STARTS = (
    (b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
)
_MACROS = "vbaProject.bin"
MOST_ENTRIES = 10_000
CHUNK = 1024 * 1024


def media_type(content: IO[bytes]) -> str | None:
    """Return the accepted media type that this is, None if it is none. Most are told by their first bytes."""
    content.seek(0)
    begin = content.read(16)
    for start, kind in _STARTS:
        if begin.startswith(start):
            return kind
    if begin.startswith(b"RIFF") and begin[8:12] == b"WEBP":
        return "image/webp"
    if begin.startswith(b"PK\x03\x04"):
        return _packed(content)
    return "text/plain" if _is_text(content) else None


def _packed(content: IO[bytes]) -> str | None:
    """Tell OFD, DOCX and XLSX by the names inside; nothing is unpacked, and macros are not taken."""
    try:
        with zipfile.ZipFile(content) as package:
            names = [entry.filename for entry in package.infolist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return None
    if len(names) > MOST_ENTRIES or _has(names, _MACROS):
        return None
    if "OFD.xml" in names:
        return OFD
    if "[Content_Types].xml" in names:
        return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None
    return None


def _has(names: Iterable[str], ending: str) -> bool:
    return any(name.lower().endswith(ending.lower()) for name in names)


def _is_text(content: IO[bytes]) -> bool:
    """Tell whether this is text in UTF-8, a piece at a time: the first that is none decides."""
    content.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        piece = content.read(CHUNK)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            return False
        if any(character < " " and character not in "\t\r\n\f" for character in text):
            return False
        if not piece:
            return True
