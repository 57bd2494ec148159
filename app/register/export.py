"""A register taken out as a file: just what is shown, every page of it, row after row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter
from flask_babel import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.case.access import Reader
from app.case.errors import ExportTooLarge
from app.case.models import Database
from app.case.queries import each_batch
from app.register.columns import Kind
from app.register.rows import Asked, in_words

MOST_EXCEL_ROWS = 1_048_575  # and one for the heading
MOST_EXCEL_CHARACTERS = 32_767
BLOCK = 1 << 16
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
Line = Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is taken out: its name, who takes it and when, more `about` it, the columns' labels and kinds, the lines.

    Who takes it and when stands in the file itself, wherever that goes: below the lines, and on a sheet of its own.
    """

    name: str
    taken: str
    about: Sequence[tuple[str, str]]
    labels: Line
    kinds: Sequence[Kind]
    lines: Iterable[Line]


def lines_of(session: Database, tenant: str, asked: Asked, reader: Reader, now: datetime) -> Iterator[Line]:
    """Yield the lines of all pages, masked as the reader sees them; no more than a batch is in memory."""
    for cases in each_batch(session, tenant, asked.register, reader, asked.criteria, order=asked.order):
        for row in in_words(session, asked, reader, cases, now):
            yield [row.case.number, *row.cells]


def heading(asked: Asked) -> tuple[Line, Sequence[Kind]]:
    """Return the labels and kinds of the columns, the number's first."""
    return [_("Number"), *(each.label for each in asked.columns)], ["text", *(each.kind for each in asked.columns)]


def as_csv(sheet: Sheet) -> Iterator[bytes]:
    """Yield a CSV file for spreadsheets: UTF-8 with its mark, and nothing in a cell that would be a formula."""
    yield b"\xef\xbb\xbf"
    buffer = StringIO()
    writer = csv.writer(buffer)
    for line in _and_heading(sheet):
        writer.writerow([_harmless(text) for text in line])
        if buffer.tell() > BLOCK:
            yield _taken(buffer)
    writer.writerow([f"# {sheet.name} · {sheet.taken}"])
    yield _taken(buffer)


def as_excel(sheet: Sheet) -> Iterator[bytes]:
    """Yield an Excel file; rows go to the disk as they come, numbers stay numbers and texts texts.

    Raises ExportTooLarge when Excel has not so many rows.
    """
    with TemporaryFile() as file:
        _write_excel(sheet, file)
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _and_heading(sheet: Sheet) -> Iterator[Line]:
    yield sheet.labels
    yield from sheet.lines


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever somebody wrote into a field."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _taken(buffer: StringIO) -> bytes:
    block = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return block


def _write_excel(sheet: Sheet, file: IO[bytes]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        page, bold = book.add_worksheet(), book.add_format({"bold": True})
        _write_about(sheet, book.add_worksheet(_("About this file")), bold)
        book.set_properties({"title": sheet.name, "comments": sheet.taken})
        page.freeze_panes(1, 1)
        page.set_landscape()
        page.repeat_rows(0)
        page.set_footer("&L{}&R&P / &N".format(f"{sheet.name} · {sheet.taken}".replace("&", "&&")[:200]))
        page.set_column(0, len(sheet.labels) - 1, 16)
        page.write_row(0, 0, sheet.labels, bold)
        for number, line in enumerate(sheet.lines, start=1):
            if number > MOST_EXCEL_ROWS:
                raise ExportTooLarge(f"a sheet has {MOST_EXCEL_ROWS} rows; narrow the register, or take CSV")
            for column, (text, kind) in enumerate(zip(line, sheet.kinds, strict=True)):
                if kind == "number" and _NUMBER.fullmatch(text):
                    page.write_number(number, column, float(text))
                elif text:
                    page.write_string(number, column, text[:MOST_EXCEL_CHARACTERS])


def _write_about(sheet: Sheet, page: Worksheet, bold: Format) -> None:
    page.set_column(0, 0, 20)
    page.set_column(1, 1, 80)
    page.write_string(0, 0, f"{sheet.name} · {sheet.taken}", bold)
    for number, (label, words) in enumerate(sheet.about, start=2):
        page.write_string(number, 0, label, bold)
        page.write_string(number, 1, words)
