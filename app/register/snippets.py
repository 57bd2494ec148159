"""Where a search's words stand in what is shown: marked, and cut out of long texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

AROUND = 24
"""Characters on either side of the first word that is found in a long text."""
Part = tuple[str, bool]
"""A piece of a text, and whether it is marked."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The piece of a text in which a word stands, and where the text is from."""

    source: str
    parts: Sequence[Part]


def marked(text: str, words: Iterable[str]) -> list[Part]:
    """Return a text in pieces, those that are one of the words (made alike) marked."""
    parts: list[Part] = []
    end = 0
    for start, stop in _spans(text, words):
        if start > end:
            parts.append((text[end:start], False))
        parts.append((text[start:stop], True))
        end = stop
    return [*parts, (text[end:], False)] if end < len(text) or not parts else parts


def snippet(source: str, text: str, words: Sequence[str]) -> Snippet | None:
    """Return the piece around the first word that stands in a text, or None when none does."""
    spans = _spans(text, words)
    if not spans:
        return None
    first, last = max(0, spans[0][0] - AROUND), min(len(text), spans[0][1] + AROUND)
    cut = f"{'…' if first else ''}{' '.join(text[first:last].split())}{'…' if last < len(text) else ''}"
    return Snippet(source, marked(cut, words))


def _spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Return where words stand, in order and without overlaps; width and case do not matter."""
    whole: str = unicodedata.normalize("NFKC", text).casefold()
    places: Sequence[int] = range(len(text))
    if len(whole) != len(text):  # what is one character here may be several there
        single = [unicodedata.normalize("NFKC", character).casefold() for character in text]
        whole, places = "".join(single), [place for place, alike in enumerate(single) for _ in alike]
    found = []
    for word in filter(None, words):
        start = whole.find(word)
        while start >= 0:
            found.append((places[start], places[start + len(word) - 1] + 1))
            start = whole.find(word, start + len(word))
    spans: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if spans and first < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans
