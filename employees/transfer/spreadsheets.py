"""Writes XLSX: every cell is formatted as text, so that leading zeros survive whoever edits the file."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

AS_TEXT = "@"
COLUMN_WIDTH = 22


def write_xlsx(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[str]]]]) -> bytes:
    """Write sheets of (title, headers, rows); what begins like a formula must have been escaped before."""
    workbook = Workbook(write_only=True)
    for title, headers, rows in sheets:
        sheet = workbook.create_sheet(title[:31])
        for position in range(1, len(headers) + 1):
            dimension = sheet.column_dimensions[get_column_letter(position)]
            dimension.width, dimension.number_format = COLUMN_WIDTH, AS_TEXT
        sheet.freeze_panes = "A2"
        sheet.append(_cells(sheet, headers, bold=True))
        for row in rows:
            sheet.append(_cells(sheet, row))
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _cells(sheet: WriteOnlyWorksheet, texts: Iterable[str], *, bold: bool = False) -> Iterator[Any]:
    # One style for all cells of a row: setting it cell by cell takes most of the time of an export.
    style = WriteOnlyCell(sheet)
    style.number_format = AS_TEXT
    if bold:
        style.font = Font(bold=True)
    for text in texts:
        yield Cell(
            sheet,
            row=1,
            column=1,
            value=ILLEGAL_CHARACTERS_RE.sub("", text) or None,
            style_array=style._style,  # type: ignore[attr-defined]
        )
