"""CSV: its encoding, its delimiter, its line ends."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _

from employees.transfer.column_sets import ColumnSet
from employees.transfer.sources import MOST_COLUMNS, FileRefused, Line, Source

DELIMITERS: Final = (",", ";", "\t")
# Among so much of the beginning the headers are looked for: they may not stand in the first row.
BEGINNING: Final = 100_000
BEGINNING_ROWS: Final = 20
_DIVIDED_BY: Final = re.compile("sep=.?", re.IGNORECASE)


def read_csv(content: bytes, known: ColumnSet[Any]) -> Source:
    """Raises FileRefused."""
    text = _decode(content)
    if found := _DIVIDED_BY.match(text):
        raise FileRefused(
            _(
                "These columns are not known: %(line)s. "
                "Delete this first line: it only tells spreadsheets the delimiter."
            )
            % {"line": found[0]}
        )
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
    """Return how many headers are found in the row that has most of them."""
    reader = csv.reader(io.StringIO(beginning, newline=""), delimiter=delimiter)
    most = 0
    try:
        for cells in islice(reader, BEGINNING_ROWS):
            most = max(most, sum(known.find(cell) is not None for cell in cells[:MOST_COLUMNS]))
    except csv.Error:
        return most
    return most
