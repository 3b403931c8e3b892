"""From a file's bytes to rows of cells. Knows formats and encodings, nothing of people."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from employees.transfer.column_sets import ColumnSet
from employees.transfer.columns import PEOPLE
from employees.transfer.formulae import unescape

MOST_ROWS: Final = 50_000
MOST_BYTES: Final = 20 * 1024 * 1024
# A small file may unpack to more than a machine's memory.
MOST_UNPACKED_BYTES: Final = 300 * 1024 * 1024
DELIMITERS: Final = (",", ";", "\t")
Cells = list[Any]


class FileRefused(Exception):
    """The file as a whole cannot be used; the message says why and what to do, for the person who uploaded it."""


@dataclass(frozen=True)
class SourceRow:
    """``number`` as the spreadsheet counts, the header being row 1; ``cells`` by column name.

    A cell is text (an escape taken off, blanks around it removed), a date, or Unusable.
    """

    number: int
    cells: dict[str, Any]


@dataclass(frozen=True)
class Unusable:
    """A cell or row whose value cannot be known."""

    reason: str


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: list[SourceRow]


def read_table(*, content: bytes, file_name: str, known: ColumnSet[Any] = PEOPLE) -> Table:
    """Raises FileRefused."""
    lines = _read_xlsx(content) if file_name.lower().endswith(".xlsx") else _read_csv(content, known)
    header = next(lines, None)
    if header is None:
        raise FileRefused(_("The file is empty. Download the template to see what it should look like."))
    columns = _columns(header[1], known)
    rows: list[SourceRow] = []
    for number, cells in lines:
        if len(rows) == MOST_ROWS:
            raise FileRefused(
                _("The file has more than %(most)d rows. Divide it into several files.") % {"most": MOST_ROWS}
            )
        rows.append(_row(number, cells, columns))
    if not rows:
        raise FileRefused(_("The file has a header row and nothing below it."))
    return Table(columns=tuple(columns), rows=rows)


def _columns(header: Cells, known: ColumnSet[Any]) -> list[str]:
    titles = [str(cell).strip() if cell is not None else "" for cell in header]
    while titles and not titles[-1]:
        titles.pop()
    found = [known.find(unescape(title)) for title in titles]
    unknown = [title or _("(no header)") for title, column in zip(titles, found, strict=True) if column is None]
    if unknown:
        raise FileRefused(
            _(
                "These columns are not known: %(columns)s. The first row must hold the headers of the template; "
                "remove or rename the columns."
            )
            % {"columns": ", ".join(unknown[:10])}
        )
    names = [column.name for column in found if column is not None]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise FileRefused(
            _("These columns stand in the file twice: %(columns)s.") % {"columns": known.headers_of(doubled)}
        )
    if not set(names) & set(known.keys):
        raise FileRefused(
            _("The file needs one of these columns to recognise its rows by: %(columns)s.")
            % {"columns": known.headers_of(known.keys)}
        )
    return names


def _row(number: int, cells: Cells, columns: list[str]) -> SourceRow:
    beyond = [cell for cell in cells[len(columns) :] if cell not in (None, "")]
    if beyond or len(cells) < len(columns):
        # Cells that are missing must not be taken for blank ones, which clear.
        reason = _("The row has another number of cells than the header row.")
        return SourceRow(number, {"": Unusable(reason)})
    return SourceRow(number, {name: _cell(cell) for name, cell in zip(columns, cells, strict=False)})


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (Unusable, date)):
        return value.date() if isinstance(value, datetime) else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    if text.startswith("="):
        return Unusable(_("The cell holds a formula. Replace it by its value."))
    return unescape(text).strip()


# --- CSV ------------------------------------------------------------------------------------------------


def _read_csv(content: bytes, known: ColumnSet[Any]) -> Iterator[tuple[int, Cells]]:
    text = _decode(content)
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=lambda sign: _known_headers(first_line, sign, known))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        # Numbered as a spreadsheet shows the rows, where a line break inside a cell begins no new one.
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error:
        raise FileRefused(
            _("Row %(row)d cannot be read as CSV: check the quotation marks. Saving the file as XLSX avoids this.")
            % {"row": number + 1}
        ) from None


def _decode(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        # Guessing (Latin-1? Windows-1252?) would turn names into others without a word.
        raise FileRefused(
            _(
                "The file is not written in UTF-8, so letters such as å, ä and ö cannot be told. "
                "In Excel, save it as “CSV UTF-8” or as XLSX, and upload it again."
            )
        )
    return text


def _known_headers(line: str, delimiter: str, known: ColumnSet[Any]) -> int:
    titles = next(csv.reader([line], delimiter=delimiter), [])
    return sum(1 for title in titles if known.find(title) is not None)


# --- XLSX -----------------------------------------------------------------------------------------------


def _read_xlsx(content: bytes) -> Iterator[tuple[int, Cells]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            raise FileRefused(_("The file is too large. Divide it into several files."))
        # Formulas as they stand: their last results may be missing, and would then look like blank cells.
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise FileRefused(_("The file cannot be read as XLSX. Open it in a spreadsheet and save it again.")) from None
    try:
        sheet = workbook.worksheets[0]
        # What the file claims about its size may be wrong.
        sheet.reset_dimensions()
        yield from _filled(sheet.iter_rows())
    finally:
        workbook.close()


def _filled(lines: Iterable[Iterable[Any]]) -> Iterator[tuple[int, Cells]]:
    width = 0
    for number, line in enumerate(lines, start=1):
        cells = [_xlsx_value(cell) for cell in line]
        if all(cell in (None, "") for cell in cells):
            continue
        width = width or len(cells)
        # A spreadsheet leaves out blank cells at the end of a row.
        yield number, cells + [None] * (width - len(cells))


def _xlsx_value(cell: Any) -> Any:
    if cell.data_type == "f":
        return Unusable(_("The cell holds a formula. Replace it by its value."))
    if cell.data_type == "e":
        return Unusable(_("The cell holds an error of the spreadsheet. Replace it by a value."))
    return cell.value
