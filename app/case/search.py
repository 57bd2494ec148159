"""How texts are made alike so that people find them: width and case do not matter, nor do spaces within numbers."""

from __future__ import annotations

import unicodedata

LONGEST = 100
MOST_WORDS = 5


def searchable(*texts: str) -> str:
    """Return the texts as one that is looked through."""
    return "\n".join(_alike(text) for text in texts if text)


def words(query: str) -> list[str]:
    """Return the words that must all be found; a query is cut to what people type."""
    return _alike(query[:LONGEST]).split()[:MOST_WORDS]


def _alike(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
