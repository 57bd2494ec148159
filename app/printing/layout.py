"""What stands on the paper: headings, tables of facts, tables of rows, paragraphs, in the sizes of official paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import Any, Literal

from flask_babel import format_datetime
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from app.printing.paper import Sheet
from app.printing.typeface import BODY, HEADING, characters, is_plain, markup, width

TITLE, TEXT, CELL, SMALL = 22, 15.75, 12, 10.5  # 二号, 三号, 小四, 五号, in points
_LINE = 28.95 / TEXT  # 22 lines on 225 mm
_WRITTEN = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: (\d\d:\d\d))?")
MOST_LINES = 20
"""How many lines a row of a table has at most; what is longer goes on in the next row."""
_DIGITS = "〇一二三四五六七八九"

Rule = tuple[Any, ...]
Pair = tuple[str, str, bool]
"""A label, its text, and whether it takes the whole width."""


def day(at: datetime) -> str:
    """Return the township's day as official paper has it: 2026年11月22日."""
    return str(format_datetime(at, "yyyy年M月d日"))


def moment(at: datetime) -> str:
    """Return day and time: 2026年11月22日 14:05."""
    return str(format_datetime(at, "yyyy年M月d日 HH:mm"))


def dated(text: str) -> str:
    """Return a text; where it is a date of the pages, 2026-11-22 14:05, as official paper has it."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return text
    return f"{found[1]}年{int(found[2])}月{int(found[3])}日" + (f" {found[4]}" if found[4] else "")


def ordinal(number: int) -> str:
    """Return 一, 十二, 二十 … for 1 to 99, above it the figures."""
    tens, ones = divmod(number, 10)
    if not 0 < number < 100:
        return str(number)
    return ("" if tens < 2 else _DIGITS[tens]) + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def heading(text: str) -> Flowable:
    """Return the title, centred; long ones are broken."""
    return Paragraph(markup(text, HEADING), _style(HEADING, TITLE, TA_CENTER, after=10))


def line(text: str, *, size: float = CELL, side: str = "center") -> Flowable:
    """Return one line below the title, such as number and date."""
    alignment = {"center": TA_CENTER, "left": TA_LEFT, "right": TA_RIGHT}[side]
    return Paragraph(markup(text), _style(BODY, size, alignment, after=6))


def section(text: str) -> Flowable:
    """Return a heading within the text (first level: 黑体 in the standard, here the heavier face)."""
    return Paragraph(markup(text, HEADING), _style(HEADING, TEXT, TA_LEFT, indent=2, keep=True))


def paragraphs(text: str) -> list[Flowable]:
    """Return a text's lines as paragraphs, two characters in."""
    return [Paragraph(markup(each), _style(BODY, TEXT, TA_JUSTIFY, indent=2)) for each in text.splitlines() if each]


def signed(text: str) -> Flowable:
    """Return who signs, or the day, on the right, four characters in."""
    return Paragraph(markup(text), _style(BODY, TEXT, TA_RIGHT, right=4))


def gap(points: float = 8) -> Flowable:
    """Return some room."""
    return Spacer(1, points)


def facts_table(pairs: Iterable[Pair], sheet: Sheet, *, size: float = CELL) -> Flowable:
    """Return labels and texts in a ruled table, two pairs a row; those of over two lines have a row of their own."""
    label_width = size * 6.5
    widths = [label_width, sheet.width / 2 - label_width] * 2
    room = 2 * (widths[1] - 2 * size)
    rows: list[list[Flowable | str]] = []
    spans: list[Rule] = []
    half: list[Flowable | str] = []

    def close_half() -> None:
        if half:
            spans.append(("SPAN", (1, len(rows)), (3, len(rows))))
            rows.append([*half, "", ""])
            half.clear()

    for label, text, is_long in pairs:
        cells = [_cell(label, size, HEADING, TA_CENTER), _cell(text, size)]
        if is_long or "\n" in text or width(text, size) > room:
            close_half()
            for part, (piece,) in enumerate(_parts([text], [sheet.width - label_width], size)):
                spans.append(("SPAN", (1, len(rows)), (3, len(rows))))
                rows.append([_cell("" if part else label, size, HEADING, TA_CENTER), _cell(piece, size), "", ""])
        elif half:
            rows.append([*half, *cells])
            half.clear()
        else:
            half.extend(cells)
    close_half()
    return _table(rows or [["", "", "", ""]], widths, spans, size)


def rows_table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], shares: Sequence[float], sheet: Sheet, *,
    size: float = CELL, empty: str = "",
) -> Flowable:
    """Return a ruled table whose head is repeated on each page; `shares` are the columns' parts of the width."""
    widths = [sheet.width * share / sum(shares) for share in shares]
    cells: list[list[Flowable | str]] = [[_cell(text, size, HEADING, TA_CENTER) for text in headers]]
    cells += [
        [_fitting(text, size, wide) for text, wide in zip(part, widths, strict=True)]
        for row in rows for part in _parts(row, widths, size)
    ]  # fmt: skip
    spans: list[Rule] = []
    if len(cells) == 1:
        spans.append(("SPAN", (0, 1), (-1, 1)))
        cells.append([_cell(empty, size, BODY, TA_CENTER), *(_cell("", size) for _each in headers[1:])])
    return _table(cells, widths, spans, size, head=1)


def _table(
    rows: Sequence[list[Flowable | str]], widths: Sequence[float], spans: Sequence[Rule], size: float, *,
    head: int = 0,
) -> Table:  # fmt: skip
    rules: list[Rule] = [
        ("GRID", (0, 0), (-1, -1), 0.5, "#000000"), ("BOX", (0, 0), (-1, -1), 1.2, "#000000"),
        ("FONT", (0, 0), (-1, -1), BODY, size, size * 1.4), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), size * 0.35),
        ("RIGHTPADDING", (0, 0), (-1, -1), size * 0.35), ("TOPPADDING", (0, 0), (-1, -1), size * 0.25),
        ("BOTTOMPADDING", (0, 0), (-1, -1), size * 0.4),
    ]  # fmt: skip
    return Table(rows, colWidths=list(widths), repeatRows=head, style=TableStyle([*rules, *spans]))


def _parts(row: Sequence[str], widths: Sequence[float], size: float) -> list[tuple[str, ...]]:
    """Return a row in parts none of which is higher than a page: a table is broken between rows only."""
    cut = [_pieces(text, max(1, int(wide / size) - 1)) for text, wide in zip(row, widths, strict=True)]
    return list(zip_longest(*cut, fillvalue=""))


def _pieces(text: str, across: int) -> list[str]:
    pieces, lines = [""], 0
    for each in text.splitlines():
        for begins in range(0, max(1, len(each)), across):
            if lines == MOST_LINES:
                pieces.append("")
                lines = 0
            pieces[-1] += ("\n" if begins == 0 and pieces[-1] else "") + each[begins:begins + across]
            lines += 1
    return pieces


def _fitting(text: str, size: float, wide: float) -> Flowable | str:
    """Return a cell: what fits on one line needs no paragraph, which is slow to set."""
    fits = is_plain(text) and width(text, size) < wide - size * 0.75
    return text if fits else _cell(text, size)


def _cell(text: str, size: float, face: str = BODY, alignment: Literal[0, 1, 2, 4] = TA_LEFT) -> Flowable:
    return Paragraph(markup(text, face) or " ", _style(face, size, alignment, leading=1.4))


@cache
def _style(
    face: str, size: float, alignment: Literal[0, 1, 2, 4], *, indent: int = 0, right: int = 0, after: float = 0,
    leading: float = _LINE, keep: bool = False,
) -> ParagraphStyle:  # fmt: skip
    characters(face)  # have it loaded
    return ParagraphStyle(
        f"{face} {size}", fontName=face, fontSize=size, leading=size * leading, alignment=alignment,
        firstLineIndent=indent * size, rightIndent=right * size, spaceAfter=after, wordWrap="CJK", keepWithNext=keep,
    )
