"""The cells of one sheet of an XLSX package, in one pass."""

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from employees.transfer.contents import Cell, Number, TimeOnly, Unusable, formula, spreadsheet_error
from employees.transfer.number_formats import shows_day, shows_time
from employees.transfer.sources import Line, MergedRange, Source
from employees.transfer.xlsx_parts import (
    TRUE,
    Attributes,
    Damaged,
    Sheet,
    TextCollector,
    Workbook,
    chunks,
    decoded,
    local,
)

LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384
# Merged ranges of sheets that people make; more of them are a file that was made to stop us.
MOST_MERGED: Final = 100_000
# Day 1 is 1900-01-01, or 1904-01-02. The former calendar has a 29 February 1900, day 60.
_DAY_0: Final = date(1899, 12, 31)
_DAY_0_OF_1904: Final = date(1904, 1, 1)
_ISO_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*|Z)?", re.ASCII)
_ISO_TIME: Final = re.compile(r"T?\d\d:\d\d.*|PT.*", re.ASCII)
_RANGE: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?", re.ASCII)
_SERIAL: Final = re.compile(r"\d{1,7}(?:\.\d*)?(?:[eE][+-]?\d{1,3})?", re.ASCII)


def read_sheet(package: zipfile.ZipFile, sheet: Sheet, workbook: Workbook) -> Source:
    """Raises, while the lines are read, Damaged and whatever its libraries raise."""
    source = Source(lines=iter(()))
    source.lines = _Pass(workbook, source).lines(package, sheet)
    return source


class _Pass:
    def __init__(self, workbook: Workbook, source: Source) -> None:
        self._workbook = workbook
        self._source = source
        self._read: list[Line] = []
        self._width = 0
        self._number = 0
        self._row: dict[int, Cell] | None = None
        self._column = 0
        self._cell: Attributes | None = None
        self._has_formula = False
        self._text = TextCollector()

    def lines(self, package: zipfile.ZipFile, sheet: Sheet) -> Iterator[Line]:
        with package.open(sheet.part) as stream:
            for _piece in chunks(stream, start=self._start, end=self._end, data=self._text.data):
                yield from self._read
                self._read.clear()

    # --- What the parser meets ----------------------------------------------------------------------------

    def _start(self, element: str, attributes: Attributes) -> None:
        name = local(element)
        if self._cell is not None:
            self._start_in_cell(name)
        elif self._row is not None:
            if name == "c":
                self._cell, self._has_formula = attributes, False
        elif name == "row":
            self._start_row(attributes)
        elif name == "mergeCell":
            self._take_merged(attributes["ref"])
        elif name == "col" and attributes.get("hidden") in TRUE:
            first, last = max(int(attributes["min"]), 1), min(int(attributes["max"]), LAST_COLUMN)
            self._source.hidden_columns.update(range(first, last + 1))

    def _start_in_cell(self, name: str) -> None:
        if name == "v":
            self._text.collecting = True
        elif name == "f":
            self._has_formula = True
        else:
            self._text.start(name)

    def _start_row(self, attributes: Attributes) -> None:
        number = int(attributes["r"]) if "r" in attributes else self._number + 1
        if not self._number < number <= LAST_ROW:
            raise Damaged("rows out of order")
        self._number, self._row, self._column = number, {}, 0
        if attributes.get("hidden") in TRUE:
            self._source.hidden_rows.add(number)

    def _end(self, element: str) -> None:
        name = local(element)
        if self._row is None:
            return
        if self._cell is not None:
            self._text.end(name)
            if name == "c":
                self._end_cell(self._row, self._cell)
        elif name == "row":
            self._end_row(self._row)

    def _end_cell(self, row: dict[int, Cell], attributes: Attributes) -> None:
        self._column = _column_of(attributes["r"]) if "r" in attributes else self._column + 1
        if self._column > LAST_COLUMN or self._column in row:
            raise Damaged("a cell twice")
        text, self._cell = self._text.take(), None
        cell = Unusable(formula()) if self._has_formula else self._value(attributes, text)
        if cell is not None and cell != "":
            row[self._column] = cell

    def _end_row(self, row: dict[int, Cell]) -> None:
        self._row = None
        if not row or all(isinstance(cell, str) and not cell.strip() for cell in row.values()):
            return
        last = max(row)
        # The header row, the first, says how many columns there are; of what stands beyond, one cell is enough.
        self._width = self._width or last
        cells = [row.get(column) for column in range(1, self._width + 1)]
        if last > self._width:
            cells.append(next(cell for column, cell in row.items() if column > self._width))
        self._read.append((self._number, cells))

    def _take_merged(self, text: str) -> None:
        found = _RANGE.fullmatch(text)
        if found is None or len(self._source.merged) == MOST_MERGED:
            raise Damaged("merged cells")
        if found[3] and (found[1], found[2]) != (found[3], found[4]):
            begin, until = _column_of(found[1]), _column_of(found[3])
            self._source.merged.append(MergedRange(int(found[2]), begin, int(found[4]), until))

    # --- From XML to a cell (18.18.11, ST_CellType) -------------------------------------------------------

    def _value(self, attributes: Attributes, text: str) -> Cell:
        kind = attributes.get("t", "n")
        if kind not in _KINDS:
            raise Damaged("an unknown type of cell")
        if kind not in _TEXTS:
            text = text.strip()
        return _KINDS[kind](self, attributes, text) if text or kind == "e" else None

    def _number_cell(self, attributes: Attributes, text: str) -> Cell:
        style = int(attributes.get("s", "0"))
        if style < 0:
            raise Damaged("style")
        number_format = self._workbook.formats[style]
        if shows_time(number_format):
            return self._moment(text, number_format or "")
        return Number(text, number_format)

    def _moment(self, text: str, number_format: str) -> Cell:
        """The day of a serial number: the time is cut off, never rounded up to the next day."""
        if not shows_day(number_format):
            return TimeOnly()
        if not _SERIAL.fullmatch(text):
            return Unusable(spreadsheet_error())
        days = int(float(text))
        try:
            if self._workbook.starts_1904:
                return _DAY_0_OF_1904 + timedelta(days=days)
            # 29 February 1900 never was: the day before is meant.
            return _DAY_0 + timedelta(days=days - (days > 59)) if days else Unusable(spreadsheet_error())
        except OverflowError:
            return Unusable(spreadsheet_error())

    def _shared_cell(self, attributes: Attributes, text: str) -> Cell:
        index = int(text)
        if index < 0:
            raise Damaged("shared string")
        return self._workbook.strings[index]

    def _text_cell(self, attributes: Attributes, text: str) -> Cell:
        return decoded(text)

    def _boolean_cell(self, attributes: Attributes, text: str) -> Cell:
        if text not in ("0", "1", "true", "false"):
            raise Damaged("boolean")
        return text in TRUE

    def _error_cell(self, attributes: Attributes, text: str) -> Cell:
        return Unusable(spreadsheet_error())

    def _iso_cell(self, attributes: Attributes, text: str) -> Cell:
        if found := _ISO_DAY.fullmatch(text):
            return date.fromisoformat(found[1])
        if _ISO_TIME.fullmatch(text):
            return TimeOnly()
        raise Damaged("date")


@lru_cache(maxsize=50_000)
def _column_of(reference: str) -> int:
    letters = reference.rstrip("0123456789")
    if not 1 <= len(letters) <= 3 or not letters.isascii() or not letters.isalpha() or not letters.isupper():
        raise Damaged("reference")
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


_TEXTS: Final = ("str", "inlineStr")
_KINDS: Final[dict[str, Callable[[_Pass, Attributes, str], Cell]]] = {
    "n": _Pass._number_cell,
    "s": _Pass._shared_cell,
    "str": _Pass._text_cell,
    "inlineStr": _Pass._text_cell,
    "b": _Pass._boolean_cell,
    "e": _Pass._error_cell,
    "d": _Pass._iso_cell,
}
