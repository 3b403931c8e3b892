"""What a file's reader hands on, whatever the form of the file: rows of cells, and what is told about them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from employees.transfer.contents import Cell

MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 200
MOST_BYTES: Final = 20 * 1024 * 1024
# A small file may unpack to more than a machine's memory.
MOST_UNPACKED_BYTES: Final = 300 * 1024 * 1024


class FileRefused(Exception):
    """The file as a whole cannot be used; the message says why and what to do, for the person who uploaded it."""


# A row's number as the spreadsheet counts, and its cells from the first column on.
Line = tuple[int, list[Cell]]


@dataclass(frozen=True)
class MergedRange:
    """Counted from 1, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass
class Source:
    """``lines``: the rows that are not blank, read once. The rest is known once they have all been read."""

    lines: Iterator[Line]
    merged: list[MergedRange] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    # Titles of the other sheets with their rows, to say where the table is when it is not in the first.
    others: Callable[[], Iterable[tuple[str, Iterator[Line]]]] = tuple
