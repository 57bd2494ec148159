"""Prints the text of a PDF or DOCX: a program of its own, so that a file made to harm its reader harms nobody else.

Run as `python extraction.py KIND < file`. It imports nothing of the application. Exit codes: 0, the text is on the
output; 3, the file is locked with a password; 4, it cannot be read.
"""

from __future__ import annotations

import logging
import re
import sys
import zipfile
from collections.abc import Iterator
from typing import IO, Any

LONGEST = 200_000  # characters
MOST_PAGES = 2000
MOST_BYTES = 50 * 1024 * 1024  # of one part, unpacked
MEMORY, SECONDS = 1024 * 1024 * 1024, 60
LOCKED, UNREADABLE = 3, 4
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PARTS = re.compile(r"word/(document|footnotes|endnotes|header\d*|footer\d*)\.xml")


class Locked(Exception):
    """The file is locked with a password."""


def pdf_text(content: IO[bytes]) -> Iterator[str]:
    """Yield the text of a PDF, a page at a time; a scanned page has none. Raises Locked."""
    from pypdf import PdfReader

    logging.disable()  # of what is odd in the file
    reader = PdfReader(content)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Locked
    for page in reader.pages[:MOST_PAGES]:
        yield page.extract_text()


def docx_text(content: IO[bytes]) -> Iterator[str]:
    """Yield the text of a DOCX, a paragraph at a time, that of notes, headers and footers last."""
    from lxml import etree

    with zipfile.ZipFile(content) as package:
        parts = [name for name in package.namelist() if PARTS.fullmatch(name)]
        parts.sort(key=lambda name: name != "word/document.xml")
        for name in parts:
            with package.open(name) as part:
                markup = part.read(MOST_BYTES + 1)
            if len(markup) > MOST_BYTES:
                raise ValueError(f"{name} is too large unpacked")
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
            root = etree.fromstring(markup, parser)
            if root.getroottree().docinfo.internalDTD is not None:
                raise ValueError(f"{name} has a document type")
            for paragraph in root.iter(f"{WORD}p"):
                yield "".join(_said(paragraph))


def _said(paragraph: Any) -> Iterator[str]:
    for node in paragraph.iter(f"{WORD}t", f"{WORD}tab", f"{WORD}br"):
        yield node.text or "" if node.tag == f"{WORD}t" else " "


READERS = {"pdf": pdf_text, "docx": docx_text}


def main(kind: str, content: IO[bytes], output: IO[bytes]) -> int:
    """Print at most 200,000 characters; return the exit code."""
    left = LONGEST
    try:
        for piece in READERS[kind](content):
            said = piece.replace("\0", "")[:left]
            output.write(f"{said}\n".encode("utf-8", "replace"))
            left -= len(said)
            if left <= 0:
                break
    except Locked:
        return LOCKED
    except Exception:  # whatever a broken file makes of its reader
        return UNREADABLE
    return 0


def _bound() -> None:
    """Let the system end this program when it takes too much; not all systems can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


if __name__ == "__main__":
    _bound()
    sys.exit(main(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer))
