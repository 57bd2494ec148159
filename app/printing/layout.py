"""What stands on the paper: headings, tables of facts, tables of rows, paragraphs, in the sizes of official paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import Any, Literal

from flask_babel import format_datetime
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer, Table, TableStyle

from app.printing.lines import broken, widest
from app.printing.paper import UPRIGHT, Sheet
from app.printing.typeface import BODY, HEADING, characters, is_plain, markup, width

TITLE, TEXT, CELL, SMALL = 22, 15.75, 12, 10.5  # 二号, 三号, 小四, 五号, in points
_LINE = 28.95 / TEXT  # 22 lines on 225 mm
_WRITTEN = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: (\d\d:\d\d))?")
MOST_LINES = 20
"""How many lines a row of a table has at most; what is longer goes on in the next row."""
_DIGITS = "〇一二三四五六七八九"

LABEL = 6.5
"""How many characters wide the column of labels is."""
SHORT, MOST_ASKED = 5.5, 24
"""How many characters a column has that is not broken, and the most that one asks for on a line."""
Alignment = Literal[0, 1, 2, 4]
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


def heading(text: str, sheet: Sheet = UPRIGHT) -> Flowable:
    """Return the title, centred; long ones are broken."""
    return _set(text, HEADING, TITLE, sheet.width, TA_CENTER, after=10)


def line(text: str, *, size: float = CELL, side: str = "center", sheet: Sheet = UPRIGHT) -> Flowable:
    """Return what stands below the title, such as number and date, or above a table."""
    alignment: dict[str, Alignment] = {"center": TA_CENTER, "left": TA_LEFT}
    return _set(text, BODY, size, sheet.width, alignment[side], after=6)


def section(text: str) -> Flowable:
    """Return a heading within the text (first level: 黑体 in the standard, here the heavier face)."""
    return _set(text, HEADING, TEXT, UPRIGHT.width, TA_LEFT, indent=2)


def paragraphs(text: str) -> list[Flowable]:
    """Return a text's lines as paragraphs, two characters in."""
    return [_set(each, BODY, TEXT, UPRIGHT.width, TA_LEFT, indent=2) for each in text.splitlines() if each]


def signed(text: str) -> Flowable:
    """Return who signs, or the day, on the right, four characters in."""
    return Paragraph(markup(text), _style(BODY, TEXT, TA_RIGHT, right=4))


def gap(points: float = 8) -> Flowable:
    """Return some room."""
    return Spacer(1, points)


def together(points: float = 90) -> Flowable:
    """Return what begins a new page unless so much room is left: a heading does not stand alone."""
    return CondPageBreak(points)


def facts_table(pairs: Iterable[Pair], sheet: Sheet, *, size: float = CELL) -> Flowable:
    """Return labels and texts in a ruled table, two pairs a row; those of over two lines have a row of their own."""
    label_width = LABEL * size
    widths = [label_width, sheet.width / 2 - label_width] * 2
    room = 2 * (widths[1] - 2 * size)
    rows: list[list[Flowable | str]] = []
    spans: list[Rule] = []
    half: list[tuple[str, str]] = []

    def label_of(name: str) -> Flowable | str:
        return _cell(name, size, label_width, HEADING, TA_CENTER)

    def whole(name: str, text: str) -> None:
        across = sheet.width - label_width
        for part, (piece,) in enumerate(_parts([text], [across], size)):
            spans.append(("SPAN", (1, len(rows)), (3, len(rows))))
            rows.append([label_of("" if part else name), _cell(piece, size, across), "", ""])

    for label, text, is_long in pairs:
        if is_long or "\n" in text or width(text, size) > room:
            while half:
                whole(*half.pop())
            whole(label, text)
        elif half:
            name, beside = half.pop()
            rows.append([label_of(name), _cell(beside, size, widths[1]), label_of(label), _cell(text, size, widths[1])])
        else:
            half.append((label, text))
    while half:
        whole(*half.pop())
    return _table(rows or [["", "", "", ""]], widths, spans, size)


def rows_table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], sheet: Sheet, *, shares: Sequence[float] = (),
    size: float = CELL, empty: str = "",
) -> Flowable:
    """Return a ruled table whose head is repeated on each page.

    `shares` are the columns' parts of the width; without them, a column is as wide as what stands in it asks for.
    """
    widths = [sheet.width * share / sum(shares) for share in shares] or _asked(headers, rows, sheet.width, size)
    named = zip(headers, widths, strict=True)
    cells: list[list[Flowable | str]] = [[_cell(text, size, wide, HEADING, TA_CENTER) for text, wide in named]]
    cells += [
        [_cell(text, size, wide) for text, wide in zip(part, widths, strict=True)]
        for row in rows for part in _parts(row, widths, size)
    ]  # fmt: skip
    spans: list[Rule] = []
    if len(cells) == 1:
        spans += [("SPAN", (0, 1), (-1, 1)), ("ALIGN", (0, 1), (0, 1), "CENTER")]
        cells.append([empty, *("" for _each in headers[1:])])
    return _table(cells, widths, spans, size, head=1)


def opinions_table(
    kinds: Iterable[tuple[str, Sequence[tuple[str, str]]]], sheet: Sheet, *, size: float = CELL, empty: str = ""
) -> Flowable:
    """Return a box for each kind with what was said, and below it on the right who said it and when."""
    label_width = LABEL * size
    across = sheet.width - label_width
    rows: list[list[Flowable | str]] = []
    rules: list[Rule] = [("LINEAFTER", (0, 0), (0, -1), 0.5, "#000000"), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    for kind, said in kinds:
        rules.append(("LINEABOVE", (0, len(rows)), (-1, len(rows)), 0.5, "#000000"))
        name: Flowable | str = _cell(kind, size, label_width, HEADING, TA_CENTER)
        for words, signature in said:
            for (piece,) in _parts([words], [across], size) if words else ():
                rows.append([name, _cell(piece, size, across)])
                name = ""
            rows.append([name, Paragraph(markup(signature), _style(BODY, size, TA_RIGHT, leading=1.4))])
            name = ""
    return _table(rows or [["", empty]], [label_width, across], rules, size, grid=False)


def _asked(headers: Sequence[str], rows: Sequence[Sequence[str]], total: float, size: float) -> list[float]:
    """Return the columns' widths: each has what cannot be broken, and of the rest as much as it asks for.

    The first column, the number, and short ones are not broken at all.
    """
    asked, least = [], []
    for at, header in enumerate(headers):
        texts = [row[at] for row in rows]
        name = width(header, size, HEADING)
        asked.append(max([name, *(min(width(text, size), MOST_ASKED * size) for text in texts)]) + size)
        is_short = at == 0 or asked[at] <= SHORT * size
        least.append(asked[at] if is_short else max(size * 3, *(widest(text, size) for text in texts)) + size)
    if sum(least) > total or sum(asked) <= total:
        return [each * total / sum(asked) for each in asked]
    share = (total - sum(least)) / sum(max(0.0, more - few) for more, few in zip(asked, least, strict=True))
    return [few + share * max(0.0, more - few) for more, few in zip(asked, least, strict=True)]


def _table(
    rows: Sequence[list[Flowable | str]], widths: Sequence[float], spans: Sequence[Rule], size: float, *,
    head: int = 0, grid: bool = True,
) -> Table:  # fmt: skip
    rules: list[Rule] = [("GRID", (0, 0), (-1, -1), 0.5, "#000000")] if grid else []
    rules += [
        ("BOX", (0, 0), (-1, -1), 1.2, "#000000"),
        ("FONT", (0, 0), (-1, -1), BODY, size, size * 1.4), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), size * 0.35),
        ("RIGHTPADDING", (0, 0), (-1, -1), size * 0.35), ("TOPPADDING", (0, 0), (-1, -1), size * 0.25),
        ("BOTTOMPADDING", (0, 0), (-1, -1), size * 0.4),
    ]  # fmt: skip
    return Table(rows, colWidths=list(widths), repeatRows=head, style=TableStyle([*rules, *spans]))


def _parts(row: Sequence[str], widths: Sequence[float], size: float) -> list[tuple[str, ...]]:
    """Return a row in parts none of which is higher than a page: a table is broken between rows only."""
    cut = [list(_pieces(broken(text, size, wide - size))) for text, wide in zip(row, widths, strict=True)]
    return list(zip_longest(*cut, fillvalue=""))


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    for begins in range(0, max(1, len(lines)), MOST_LINES):
        yield "\n".join(lines[begins:begins + MOST_LINES])


def _cell(text: str, size: float, wide: float, face: str = BODY, alignment: Alignment = TA_LEFT) -> Flowable | str:
    """Return a cell; what can be set as it stands needs no paragraph, which is slow to set."""
    lines = broken(text, size, wide - size, face)
    if face == BODY and all(is_plain(each) for each in lines):
        return "\n".join(lines)
    return Paragraph(markup("\n".join(lines), face) or " ", _style(face, size, alignment, leading=1.4))


def _set(
    text: str, face: str, size: float, room: float, alignment: Alignment, *, indent: int = 0, after: float = 0,
) -> Flowable:  # fmt: skip
    lines = broken(text, size, room - 0.5, face, first=indent * size)
    return Paragraph(markup("\n".join(lines), face), _style(face, size, alignment, indent=indent, after=after))


@cache
def _style(
    face: str, size: float, alignment: Alignment, *, indent: int = 0, right: int = 0, after: float = 0,
    leading: float = _LINE,
) -> ParagraphStyle:  # fmt: skip
    characters(face)  # have it loaded
    return ParagraphStyle(
        f"{face} {size}", fontName=face, fontSize=size, leading=size * leading, alignment=alignment,
        firstLineIndent=indent * size, rightIndent=right * size, spaceAfter=after, wordWrap="CJK",
    )
