"""The paper: A4 with the margins of GB/T 9704, page numbers, and who printed when, on every page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from app.printing.typeface import BODY, runs, width

_GREY, _MARK = Color(0.35, 0.35, 0.35), Color(0, 0, 0, alpha=0.075)
_NUMBER, _NOTE = 14, 8  # points: 四号, small
_STEP = (92 * mm, 62 * mm)
_ANGLE = 25


@dataclass(frozen=True, slots=True)
class Sheet:
    """A size of paper with its margins, in points."""

    size: tuple[float, float]
    top: float
    left: float
    bottom: float
    right: float

    @property
    def width(self) -> float:
        """Return how wide the part is that is written on: 156 mm upright."""
        return self.size[0] - self.left - self.right


# GB/T 9704-2012, 5.2.1: 天头 37 mm, 订口 28 mm, 版心 156 × 225 mm. Turned, the same margins turn with the sheet.
UPRIGHT = Sheet(A4, 37 * mm, 28 * mm, 35 * mm, 26 * mm)
TURNED = Sheet(landscape(A4), 28 * mm, 35 * mm, 26 * mm, 37 * mm)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every page says of its printing: the watermark's words, and a note at its foot."""

    mark: str
    note: str


def make_pdf(story: Sequence[Flowable], sheet: Sheet, stamp: Stamp, *, title: str) -> tuple[bytes, int]:
    """Return the pages as PDF, and how many they are."""
    written = BytesIO()
    frame = Frame(
        sheet.left, sheet.bottom, sheet.width, sheet.size[1] - sheet.top - sheet.bottom,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    document = BaseDocTemplate(
        written, pagesize=sheet.size, title=title, lang="zh-CN", invariant=1, allowSplitting=1,
        pageTemplates=[PageTemplate(frames=[frame], onPage=lambda canvas, _document: _watermark(canvas, sheet, stamp))],
    )  # fmt: skip
    pages: list[int] = []

    class Numbered(Canvas):
        """Writes the foot of each page when it is known how many there are."""

        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:
            """Keep the page for later."""
            self.kept.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            """Write all pages with their feet."""
            pages.append(len(self.kept))
            for number, page in enumerate(self.kept, start=1):
                self.__dict__.update(page)
                _foot(self, sheet, stamp, number, pages[0])
                super().showPage()
            super().save()

    document.build(list(story), canvasmaker=Numbered)
    return written.getvalue(), pages[0]


def _watermark(canvas: Canvas, sheet: Sheet, stamp: Stamp) -> None:
    """Lay the reader's name and the time below what is written, all over the sheet."""
    canvas.saveState()
    canvas.setFillColor(_MARK)
    across, up = sheet.size
    canvas.rotate(_ANGLE)
    # Turned by the angle, the sheet lies within these bounds.
    for row in range(-int(across * 0.5 / _STEP[1]) - 1, int(up / _STEP[1]) + 1):
        for column in range(int((across + up) / _STEP[0]) + 1):
            shift = (row % 2) * _STEP[0] / 2
            _write(canvas, stamp.mark, column * _STEP[0] + shift, row * _STEP[1], 13)
    canvas.restoreState()


def _foot(canvas: Canvas, sheet: Sheet, stamp: Stamp, number: int, pages: int) -> None:
    """Write the page's number, — 1 —, odd pages on the right and even ones on the left, one character in (7.5)."""
    canvas.saveState()
    canvas.setFillColor(Color(0, 0, 0))
    shown = f"— {number} —"
    right = sheet.size[0] - sheet.right
    x = right - _NUMBER - width(shown, _NUMBER) if number % 2 else sheet.left + _NUMBER
    y = sheet.bottom - 7 * mm - _NUMBER * 0.8
    _write(canvas, shown, x, y, _NUMBER)
    canvas.setFillColor(_GREY)
    note = f"第 {number} 页，共 {pages} 页　{stamp.note}"
    at = sheet.left if number % 2 else right - width(note, _NOTE)
    _write(canvas, note, at, y - 6 * mm, _NOTE)
    canvas.restoreState()


def _write(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    for font, part in runs(text, BODY):
        canvas.setFont(font, size)
        canvas.drawString(x, y, part)
        x += width(part, size, font)
