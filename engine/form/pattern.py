"""Patterns of forms are written for the browser: JavaScript's regular expressions, read for Python's."""

from __future__ import annotations

import re

_SPACES = r" \f\n\r\t\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NOT_HERE = ("\\p", "\\P", "\\c", "\\k")


def compile_pattern(text: str) -> re.Pattern[str]:
    """Return the pattern, to be searched for as JavaScript's test() does. Raises re.error for what has no equal."""
    parts: list[str] = []
    in_class, position = False, 0
    while position < len(text):
        piece = text[position : position + (2 if text[position] == "\\" else 1)]
        position += len(piece)
        if piece in _NOT_HERE:
            raise re.error(f"{piece} is not supported")
        if piece == "\\s":
            piece = _SPACES if in_class else f"[{_SPACES}]"
        elif piece == "\\S" and not in_class:
            piece = f"[^{_SPACES}]"
        elif piece == "[" and not in_class:
            in_class = True
        elif piece == "[":
            piece = "\\["  # JavaScript knows no class within a class
        elif piece == "]":
            in_class = False
        elif piece == "$" and not in_class:
            piece = r"\Z"  # Python's $ also stands before a last line feed
        elif piece == "(" and re.match(r"\?<[A-Za-z_]", text[position:]):
            piece, position = "(?P<", position + 2
        parts.append(piece)
    return re.compile("".join(parts), re.ASCII)
