"""XLSX files with what a spreadsheet makes of cells, and damaged ones."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from tests.employees.transfer.files import Lines

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


def workbook_file(
    sheets: Mapping[str, Lines],
    *,
    formats: Mapping[str, str] | None = None,
    merged: Iterable[str] = (),
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[str] = (),
    hidden_sheets: Iterable[str] = (),
    starts_1904: bool = False,
) -> bytes:
    """Sheets by title; the options are those of the first sheet: number formats by cell, ranges, rows, letters."""
    workbook = Workbook()
    if starts_1904:
        workbook.epoch = CALENDAR_MAC_1904
    workbook.remove(workbook.worksheets[0])
    for title, lines in sheets.items():
        sheet = workbook.create_sheet(title)
        sheet.sheet_state = "hidden" if title in hidden_sheets else "visible"
        for line in lines:
            sheet.append(list(line))
    first = workbook.worksheets[0]
    for reference, number_format in (formats or {}).items():
        first[reference].number_format = number_format
    for merged_range in merged:
        first.merge_cells(merged_range)
    _hide(first, hidden_rows, hidden_columns)
    return saved(workbook)


def _hide(sheet: Worksheet, rows: Iterable[int], columns: Iterable[str]) -> None:
    for number in rows:
        sheet.row_dimensions[number].hidden = True
    for letter in columns:
        sheet.column_dimensions[letter].hidden = True


def sheet_file(lines: Lines, **options: Any) -> bytes:
    return workbook_file({"People": lines}, **options)


def saved(workbook: Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def with_part(content: bytes, part: str, change: Callable[[str], str] | None) -> bytes:
    """Return the package with one part changed, or without it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        assert part in old.namelist()
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
            elif change is not None:
                new.writestr(name, change(old.read(name).decode()))
    return stream.getvalue()


def with_cells(cells: str, *, header: tuple[str, ...] = ("Employment ID", "City")) -> bytes:
    """A package whose second row is written as XML: ``<c r="A2"><v>1</v></c>``."""
    content = sheet_file([header])
    return with_part(content, SHEET, lambda xml: xml.replace("</sheetData>", f'<row r="2">{cells}</row></sheetData>'))


def with_shared_strings(content: bytes) -> bytes:
    """The package as spreadsheets write it: the texts of its sheets stand in a part of their own."""
    texts: list[str] = []

    def shared(found: re.Match[str]) -> str:
        texts.append(found[2])
        return f'<c r="{found[1]}" t="s"><v>{len(texts) - 1}</v></c>'

    content = with_part(
        content, SHEET, lambda xml: re.sub(r'<c r="(\w+)" t="inlineStr"><is>(.*?)</is></c>', shared, xml)
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Type="{kind}" Target="sharedStrings.xml" Id="strings"/></Relationships>'
    content = with_part(content, RELATIONS, lambda xml: xml.replace("</Relationships>", relation))
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as package:
        strings = "".join(f"<si>{text}</si>" for text in texts)
        package.writestr("xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="{MAIN}">{strings}</sst>')
    return stream.getvalue()


def strict(content: bytes) -> bytes:
    """The package as "Strict Open XML" names its parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode().replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
            text = text.replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                "http://purl.oclc.org/ooxml/officeDocument/relationships",
            )
            new.writestr(name, text)
    return stream.getvalue()


def chart_only() -> bytes:
    workbook = Workbook()
    workbook.create_chartsheet("Chart")
    workbook.remove(workbook.worksheets[0])
    return saved(workbook)
