"""What files are read, and what is refused with a reason and a next step."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest

from employees.transfer.reading import MOST_UNPACKED_BYTES, FileRefused, Unusable, read_table
from tests.employees.transfer.files import csv_file, xlsx_file

LINES = [["Employment ID", "Family name"], ["1", "Öberg"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_swedish_letters_are_read_from_every_usual_csv(encoding: str, delimiter: str) -> None:
    content = csv_file(LINES, delimiter=delimiter, encoding=encoding)
    assert read_table(content=content, file_name="a.csv").rows[0].cells == {
        "employment_id": "1",
        "family_name": "Öberg",
    }


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_an_encoding_that_would_be_a_guess_is_refused_with_what_to_do(encoding: str) -> None:
    with pytest.raises(FileRefused, match="CSV UTF-8"):
        read_table(content=csv_file(LINES, encoding=encoding), file_name="a.csv")
    assert read_table(content=csv_file(LINES), file_name="a.csv").rows


def test_headers_are_known_by_label_and_by_name_in_any_case() -> None:
    content = csv_file([["EMPLOYMENT id", "family_name"], ["1", "Ek"]])
    assert read_table(content=content, file_name="a.csv").columns == ("employment_id", "family_name")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([["Employment ID", "Shoe size"], ["1", "43"]], "Shoe size"),
        ([["Employment ID", "employment_id"], ["1", "1"]], "twice"),
        ([["Given name"], ["Anna"]], "Employment ID, Work e-mail"),
        ([["Employment ID"]], "nothing below it"),
        ([], "empty"),
    ],
)
def test_a_header_that_cannot_be_understood_is_refused(lines: list[list[str]], said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        read_table(content=csv_file(lines), file_name="a.csv")


def test_a_row_with_missing_cells_is_not_taken_for_blank_cells() -> None:
    table = read_table(content=b"Employment ID,City\n1\n2,Lund\n", file_name="a.csv")
    assert [isinstance(row.cells.get(""), Unusable) for row in table.rows] == [True, False]


def test_blank_lines_are_passed_over_and_rows_numbered_as_a_spreadsheet_does() -> None:
    table = read_table(content=b"Employment ID,City\n\n1,Lund\n,\n2,Lund\n", file_name="a.csv")
    assert [row.number for row in table.rows] == [3, 5]


def test_broken_quotation_marks_are_refused_with_the_row() -> None:
    with pytest.raises(FileRefused, match="Row 2"):
        read_table(content=b'Employment ID,City\n"1"x,Lund\n', file_name="a.csv")


def test_date_number_and_blank_cells_of_a_spreadsheet_are_read() -> None:
    lines: list[list[Any]] = [
        ["Employment ID", "First workday", "Last workday", "City"],
        [1001.0, datetime(2024, 1, 31, 0, 0), date(2024, 2, 1), None],  # noqa: DTZ001 -- as the spreadsheet has it
    ]
    row = read_table(content=xlsx_file(lines), file_name="a.XLSX").rows[0]
    assert row.cells == {
        "employment_id": "1001",
        "first_workday": date(2024, 1, 31),
        "last_workday": date(2024, 2, 1),
        "city": "",
    }


@pytest.mark.parametrize("make", [csv_file, xlsx_file])
def test_a_formula_is_not_a_value(make: object) -> None:
    assert callable(make)
    content = make([["Employment ID", "City"], ["1", "=1+1"]])
    cell = read_table(content=content, file_name="a.csv" if make is csv_file else "a.xlsx").rows[0].cells["city"]
    assert isinstance(cell, Unusable)


def test_an_error_of_the_spreadsheet_is_not_a_value() -> None:
    content = xlsx_file([["Employment ID", "City"], ["1", "#N/A"]])
    assert isinstance(read_table(content=content, file_name="a.xlsx").rows[0].cells["city"], Unusable)


def test_what_is_no_spreadsheet_is_refused() -> None:
    with pytest.raises(FileRefused, match="save it again"):
        read_table(content=b"not a spreadsheet", file_name="a.xlsx")


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/a.xml", "w") as part:
        for _ in range(MOST_UNPACKED_BYTES // 10_000_000 + 1):
            part.write(bytes(10_000_000))
    with pytest.raises(FileRefused, match="too large"):
        read_table(content=stream.getvalue(), file_name="a.xlsx")
