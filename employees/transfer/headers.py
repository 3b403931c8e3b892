"""The header row: which columns a file has, and where the headers are when they are not where they should be."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _

from employees.transfer.column_sets import ColumnSet, FileColumn
from employees.transfer.contents import Cell
from employees.transfer.formulae import unescape
from employees.transfer.sources import MOST_COLUMNS, FileRefused, Line, Source

# So many rows and sheets are looked at for headers that are not in the first row of the first sheet.
LOOKED_AT: Final = 20
LONGEST_TITLE: Final = 60


def find_columns(header: list[Cell], known: ColumnSet[Any]) -> list[Any]:
    """Return the columns of a header row. Raises FileRefused."""
    titles = [_title(cell) for cell in header]
    while titles and not titles[-1]:
        titles.pop()
    if len(titles) > MOST_COLUMNS:
        raise FileRefused(
            _("The file has more than %(most)d columns. Remove those that are not in the template.")
            % {"most": MOST_COLUMNS}
        )
    found = [known.find(unescape(title)) for title in titles]
    columns = [column for column in found if column is not None]
    if len(columns) < len(found):
        unknown = [_shown(title) for title, column in zip(titles, found, strict=True) if column is None]
        raise FileRefused(
            _(
                "These columns are not known: %(columns)s. The first row must hold the headers of the template; "
                "remove or rename the columns."
            )
            % {"columns": ", ".join(unknown[:10])}
        )
    _refuse_unfit({column.name for column in columns}, columns, known)
    return columns


def _refuse_unfit(names: set[str], columns: list[FileColumn], known: ColumnSet[Any]) -> None:
    listed = [column.name for column in columns]
    doubled = {name for name in names if listed.count(name) > 1}
    if doubled:
        raise FileRefused(
            _("These columns stand in the file twice: %(columns)s.") % {"columns": known.headers_of(doubled)}
        )
    if not names & set(known.keys):
        raise FileRefused(
            _("The file needs one of these columns to recognise its rows by: %(columns)s.")
            % {"columns": known.headers_of(known.keys)}
        )


def repeats_headers(cells: list[Cell], known: ColumnSet[Any]) -> bool:
    """Tell whether a row below the header row holds headers again, in any of their writings."""
    for cell in cells:
        blank = cell is None or isinstance(cell, str) and not cell.strip()
        if not blank and (not isinstance(cell, str) or known.find(cell) is None):
            return False
    return True


def place_of_table(source: Source, known: ColumnSet[Any]) -> str:
    """Return a sentence that says where the headers are, if they are in a later row or in another sheet; else ""."""
    if (number := _header_row(source.lines, known)) is not None:
        return _("The headers stand in row %(row)d: delete the rows above it.") % {"row": number}
    for title, lines in islice(source.others(), LOOKED_AT):
        if _header_row(lines, known) is not None:
            return _(
                "A table stands in the sheet “%(sheet)s”, and only the first sheet is read: "
                "make that one the first, or delete the sheets before it."
            ) % {"sheet": _shown(title)}
    return ""


def _header_row(lines: Iterator[Line], known: ColumnSet[Any]) -> int | None:
    for number, cells in islice(lines, LOOKED_AT):
        try:
            find_columns(cells, known)
        except FileRefused:
            continue
        return number
    return None


def _title(cell: Cell) -> str:
    if cell is None:
        return ""
    return cell.strip() if isinstance(cell, str) else _("(no text)")


def _shown(title: str) -> str:
    """As it may stand in a sentence, whatever it holds."""
    text = "".join(character if character.isprintable() else " " for character in title[:LONGEST_TITLE])
    return text.strip() or _("(no header)")
