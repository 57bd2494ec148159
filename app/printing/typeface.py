"""The typefaces that come along, and what stands for a character that they lack: nothing is lost in silence."""

from __future__ import annotations

import zlib
from functools import cache
from html import escape
from io import BytesIO
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

BODY, HEADING = "NotoSerifSC-Regular", "NotoSerifSC-SemiBold"
_FONTS = Path(__file__).parent / "fonts"
_INVISIBLE = {"\u200b", "\u200c", "\u200d", "\u2060", "\ufe0e", "\ufe0f", "\ufeff"}


@cache
def characters(face: str) -> frozenset[int]:
    """Return the characters that a face has; the first who asks has it loaded, in 0.1 s."""
    content = zlib.decompress((_FONTS / f"{face}.ttf.zlib").read_bytes())
    font = TTFont(face, BytesIO(content))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def runs(text: str, face: str = BODY) -> list[tuple[str, str]]:
    """Return a text as (face, part); what one face lacks is set in the other, what both lack is named: 〔U+20BB7〕."""
    if is_plain(text, face):
        return [(face, text)] if text else []
    placed = [_placed(character, face) for character in text if character not in _INVISIBLE]
    return [(font, "".join(part for _font, part in same)) for font, same in groupby(placed, key=lambda one: one[0])]


def is_plain(text: str, face: str = BODY) -> bool:
    """Tell whether a text can be set as it stands, in one face and one line: most can."""
    return characters(face).issuperset(map(ord, text)) and _INVISIBLE.isdisjoint(text)


def markup(text: str, face: str = BODY) -> str:
    """Return a text as a paragraph takes it; its lines stay lines."""
    lines = ("".join(_tagged(font, part, face) for font, part in runs(line, face)) for line in text.splitlines())
    return "<br/>".join(lines)


def width(text: str, size: float, face: str = BODY) -> float:
    """Return how wide a text is, in points."""
    return sum(sum(map(_widths(font).__getitem__, map(ord, part))) for font, part in runs(text, face)) * size / 1000


@cache
def _widths(face: str) -> dict[int, float]:
    """Return how wide a face's characters are, in thousandths of their size."""
    characters(face)  # have it loaded
    font = pdfmetrics.getFont(face)
    assert isinstance(font, TTFont)
    drawn = font.face
    return {code: drawn.charWidths.get(code, drawn.defaultWidth) for code in characters(face)}


def _placed(character: str, face: str) -> tuple[str, str]:
    if character == "\t":
        return face, "  "
    other = HEADING if face == BODY else BODY
    for font in (face, other):
        if ord(character) in characters(font):
            return font, character
    return BODY, f"〔U+{ord(character):04X}〕"


def _tagged(font: str, part: str, face: str) -> str:
    text = escape(part, quote=False)
    return text if font == face else f'<font name="{font}">{text}</font>'
