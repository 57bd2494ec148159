"""How texts are cut into what a search looks up: two and three Chinese characters, whole words, their beginnings.

Width and case do not matter. The tokens are our own, so that both databases find the same: SQLite by FTS5, PostgreSQL
by an array of lexemes, either without an idea of the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 100
MOST_WORDS = 5
MOST_BYTES = 400_000
"""Of the tokens of a text: what lies beyond is not found. PostgreSQL takes a megabyte for all of a case."""
PRIVATE = "~"
"""Begins the tokens of values that are masked: only who may see them looks for these."""
_SIGN = "_"
_LENGTH = 64
_HAN = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[-./_:@][^\W_{_HAN}]+)*|\S")
_CHINESE = re.compile(rf"[{_HAN}]+")
_JOINT = re.compile(r"[-./_:@]")


@dataclass(frozen=True, slots=True)
class Word:
    """What is looked for: `text` as it stands, the tokens that must be there, and whether these tell it exactly.

    A token with `*` is the beginning of one.
    """

    text: str
    tokens: tuple[str, ...]
    is_exact: bool


def searchable(*texts: str) -> str:
    """Return the texts as one that is looked through."""
    return "\n".join(alike(text) for text in texts if text)


def words(query: str) -> list[Word]:
    """Return the words that must all be found; a query is cut to what people type."""
    return [_word(text) for text in alike(query[:LONGEST]).split()[:MOST_WORDS]]


def tokens(text: str, mark: str = "") -> str:
    """Return the tokens of a text made by `searchable`, each once, with blanks between."""
    found: dict[str, None] = {}
    size = 0
    for token in _tokens(text):
        if token not in found:
            size += len(token.encode()) + 2
            if size > MOST_BYTES:
                break
            found[token] = None
    return " ".join(f"{mark}{token}" for token in found)


def alike(text: str) -> str:
    """Return a text in one width, one case and single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _tokens(text: str) -> Iterator[str]:
    for piece in _PIECES.findall(text):
        if _CHINESE.fullmatch(piece):
            for start in range(len(piece) - 1):
                yield piece[start : start + 2]
                if start + 3 <= len(piece):
                    yield piece[start : start + 3]
            yield piece[-1]
        elif piece[0].isalnum():
            yield from _of_number(_JOINT.split(piece))
        else:
            yield _sign(piece)


def _of_number(parts: list[str]) -> Iterator[str]:
    """Yield a number or word from each of its parts on, joined: `hl2026000123`, `2026000123`, `000123`; and `123`."""
    for start in range(len(parts)):
        yield "".join(parts[start:])[:_LENGTH]
    last = parts[-1]
    if last.isdecimal():
        if last[0] == "0" and last.strip("0"):
            yield last.lstrip("0")[:_LENGTH]
        if len(last) >= 7:  # the end of a telephone number, as people tell it
            yield last[-4:]


def _word(text: str) -> Word:
    needed: list[str] = []
    pieces = _PIECES.findall(text)
    for piece in pieces:
        if _CHINESE.fullmatch(piece):
            needed += _of_chinese(piece)
        elif piece[0].isalnum():
            needed.append(f"{''.join(_JOINT.split(piece))[:_LENGTH]}*")
        else:
            needed.append(_sign(piece))
    whole = pieces[0] if len(pieces) == 1 else ""
    is_exact = len(whole) <= 3 if _CHINESE.fullmatch(whole) else whole.isalnum() and len(whole) <= _LENGTH
    return Word(text, tuple(dict.fromkeys(needed)), is_exact)


def _of_chinese(piece: str) -> list[str]:
    if len(piece) == 1:
        return [f"{piece}*"]
    size = min(len(piece), 3)
    return [piece[start : start + size] for start in range(len(piece) - size + 1)]


def _sign(character: str) -> str:
    return f"{_SIGN}{ord(character):x}"
