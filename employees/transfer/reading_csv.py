"""CSV: its encoding, its delimiter, its line ends."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext as _

from employees.transfer.column_sets import ColumnSet
from employees.transfer.sources import MOST_COLUMNS, FileRefused, Line, Source

DELIMITERS: Final = (",", ";", "\t")
# Among so much of the beginning the header row is looked for.
BEGINNING: Final = 100_000


def read_csv(content: bytes, known: ColumnSet[Any]) -> Source:
    """Raises FileRefused."""
    text = _decode(content)
    delimiter = max(DELIMITERS, key=lambda sign: _known_headers(text[:BEGINNING], sign, known))
    return Source(lines=_lines(text, delimiter))


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    # Without translation a line ends at \n, \r\n or \r ("CSV (Macintosh)"), also mixed.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        # Numbered as a spreadsheet shows the rows, where a line break inside a cell begins no new one.
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                yield number, [*cells]
    except csv.Error:
        raise FileRefused(
            _("Row %(row)d cannot be read as CSV: check the quotation marks. Saving the file as XLSX avoids this.")
            % {"row": number + 1}
        ) from None


def _decode(content: bytes) -> str:
    if content.startswith(b"PK\x03\x04"):
        raise FileRefused(
            _("The file is no CSV. If it is a spreadsheet, save it as XLSX or CSV under that ending, and upload it.")
        )
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    # Every other sign is one in UTF-16; a single one is a cell's own trouble.
    if text.count("\0") * 4 > len(text):
        # Guessing (Latin-1? Windows-1252?) would turn names into others without a word.
        raise FileRefused(
            _(
                "The file is not written in UTF-8, so letters such as å, ä and ö cannot be told. "
                "In Excel, save it as “CSV UTF-8” or as XLSX, and upload it again."
            )
        )
    return text.removeprefix("\ufeff")


def _known_headers(beginning: str, delimiter: str, known: ColumnSet[Any]) -> int:
    reader = csv.reader(io.StringIO(beginning, newline=""), delimiter=delimiter)
    try:
        titles = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
    except csv.Error:
        return 0
    return sum(1 for title in titles[:MOST_COLUMNS] if known.find(title) is not None)
