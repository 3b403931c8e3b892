"""From a file's bytes to rows of cells. Knows formats and encodings, nothing of people."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from employees.transfer.column_sets import ColumnSet
from employees.transfer.columns import PEOPLE
from employees.transfer.contents import Cell, Content, Unusable, meaning, merged
from employees.transfer.headers import find_columns, place_of_table, repeats_headers
from employees.transfer.reading_csv import read_csv
from employees.transfer.reading_xlsx import read_xlsx
from employees.transfer.sources import (
    MOST_BYTES,
    MOST_ROWS,
    MOST_UNPACKED_BYTES,
    FileRefused,
    Line,
    MergedRange,
    Source,
)

__all__ = [
    "MOST_BYTES",
    "MOST_ROWS",
    "MOST_UNPACKED_BYTES",
    "FileRefused",
    "SourceRow",
    "Table",
    "Unusable",
    "read_table",
]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SourceRow:
    """``number`` as the spreadsheet counts, the header being row 1; ``cells`` by column name.

    A cell is text (an escape taken off, blanks around it removed), a date, or Unusable; a row that cannot be read as
    a whole has one cell, of the column "".
    """

    number: int
    cells: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """``hidden_rows``: how many of the rows the spreadsheet hides; ``hidden_columns``: names."""

    columns: tuple[str, ...]
    rows: list[SourceRow]
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()


def read_table(*, content: bytes, file_name: str, known: ColumnSet[Any] = PEOPLE) -> Table:
    """Raises FileRefused, and nothing else, whatever the file holds."""
    is_xlsx = file_name.lower().endswith(".xlsx")
    if len(content) > MOST_BYTES:
        raise FileRefused(
            _("The file has more than %(most)d megabytes. Divide it into several files.")
            % {"most": MOST_BYTES // 1024 // 1024}
        )
    try:
        return _read(read_xlsx(content) if is_xlsx else read_csv(content, known), known)
    except FileRefused:
        raise
    except Exception as error:  # noqa: BLE001 -- strangers' files: no list of what the libraries raise is complete
        logger.warning("A file could not be read (%s)", type(error).__name__)
        raise FileRefused(
            _("The file cannot be read as XLSX. Open it in a spreadsheet and save it again.")
            if is_xlsx
            else _("The file cannot be read as CSV. Open it in a spreadsheet and save it as “CSV UTF-8” or as XLSX.")
        ) from None


def _read(source: Source, known: ColumnSet[Any]) -> Table:
    header = next(source.lines, None)
    if header is None:
        raise FileRefused(
            place_of_table(source, known)
            or _("The file is empty. Download the template to see what it should look like.")
        )
    try:
        columns = find_columns(header[1], known)
    except FileRefused as refused:
        # The reason stays; where the table is may be the better half of it.
        raise FileRefused(" ".join(filter(None, (str(refused), place_of_table(source, known))))) from None
    rows = list(_rows(source.lines, columns, known))
    if not rows:
        raise FileRefused(
            " ".join(
                filter(None, (_("The file has a header row and nothing below it."), place_of_table(source, known)))
            )
        )
    names = [column.name for column in columns]
    _refuse_merged(rows, names, source.merged)
    return Table(
        columns=tuple(names),
        rows=rows,
        hidden_rows=sum(row.number in source.hidden_rows for row in rows) if source.hidden_rows else 0,
        hidden_columns=tuple(name for place, name in enumerate(names, 1) if place in source.hidden_columns),
    )


def _rows(lines: Iterator[Line], columns: list[Any], known: ColumnSet[Any]) -> Iterator[SourceRow]:
    wanted = [(column.name, column.content) for column in columns]
    for count, (number, cells) in enumerate(lines):
        if count == MOST_ROWS:
            raise FileRefused(
                _("The file has more than %(most)d rows. Divide it into several files.") % {"most": MOST_ROWS}
            )
        if repeats_headers(cells, known):
            yield SourceRow(number, {"": Unusable(_("The row repeats the headers. Delete it."))})
        else:
            yield _row(number, cells, wanted)


def _row(number: int, cells: list[Cell], wanted: list[tuple[str, Content]]) -> SourceRow:
    beyond = len(cells) - len(wanted)
    if beyond < 0 or beyond and any(cells[len(wanted) :]):
        # Cells that are missing must not be taken for blank ones, which clear.
        reason = _("The row has another number of cells than the header row.")
        return SourceRow(number, {"": Unusable(reason)})
    return SourceRow(
        number, {name: meaning(content, cell) for (name, content), cell in zip(wanted, cells, strict=False)}
    )


def _refuse_merged(rows: list[SourceRow], names: list[str], ranges: list[MergedRange]) -> None:
    """Only the first cell of a merged range has a value; the others would read as blank, and clear."""
    numbers = [row.number for row in rows]
    spans: dict[str, list[tuple[int, int]]] = {}
    for merged_range in ranges:
        span = bisect_left(numbers, merged_range.first_row), bisect_right(numbers, merged_range.last_row)
        for name in names[merged_range.first_column - 1 : merged_range.last_column]:
            spans.setdefault(name, []).append(span)
    for name, found in spans.items():
        # However many ranges lie over each other, a cell is looked at once.
        done = 0
        for first, last in sorted(found):
            for row in rows[max(first, done) : last]:
                if "" not in row.cells:
                    row.cells[name] = Unusable(merged())
            done = max(done, last)
