"""What the Chinese catalogue lacks, and what stands in it twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from babel.messages.extract import extract_from_dir

from app.i18n import CATALOGUE, ROOT, catalogue

_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "N_": None,
}  # fmt: skip

Message = tuple[str, ...]
"""A text, or one that counts: singular and plural."""


def texts() -> Iterator[tuple[str, Message]]:
    """Yield every text that templates and code show, and where."""
    for name, line, message, _, _ in extract_from_dir(str(ROOT), _METHODS, keywords=_KEYWORDS):
        yield f"{name}:{line}", _forms(message)


def missing() -> dict[Message, str]:
    """Return the texts without a Chinese translation, each with a place where it is used."""
    known = {_forms(message.id) for message in catalogue() if message.string and all(_forms(message.string))}
    return {text: where for where, text in texts() if text not in known}


def duplicates() -> list[str]:
    """Return the texts that stand in the catalogue more than once, where reading it would merge them silently."""
    counts = Counter(re.findall(r'^msgid "(.+)"$', CATALOGUE.read_text(encoding="utf-8"), re.MULTILINE))
    return sorted(text for text, times in counts.items() if times > 1)


def _forms(text: str | list[str] | Message) -> Message:
    return (text,) if isinstance(text, str) else tuple(text)
