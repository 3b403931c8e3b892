"""Whatever a file is, it is read or refused with a sentence."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from absences.transfer.columns import ABSENCES
from employees.models import Company, Employee
from employees.transfer import reading
from employees.transfer.forms import UploadForm
from employees.transfer.reading import MOST_BYTES, FileRefused, Unusable, read_table
from tests.employees.transfer.files import Lines, confirm, csv_file, preview, reasons, xlsx_file
from tests.employees.transfer.packages import (
    SHEET,
    chart_only,
    saved,
    sheet_file,
    strict,
    with_cells,
    with_part,
    with_shared_strings,
    workbook_file,
)
from tests.factories import CompanyFactory, EmployeeFactory

pytestmark = pytest.mark.behaviour("D-04")
LINES: Lines = [["Employment ID", "City"], ["1", "Lund"], ["2", "Umeå"]]
UNREADABLE = "cannot be read as XLSX. Open it in a spreadsheet and save it again"


def refusal(content: bytes, file_name: str = "a.xlsx", **options: Any) -> str:
    with pytest.raises(FileRefused) as refused:
        read_table(content=content, file_name=file_name, **options)
    return str(refused.value)


def _overwritten(content: bytes, name: bytes) -> bytes:
    place = content.index(name) + len(name) + 20
    return content[:place] + bytes(50) + content[place + 50 :]


def cities(content: bytes, file_name: str = "a.xlsx") -> list[object]:
    return [row.cells["city"] for row in read_table(content=content, file_name=file_name).rows]


# --- CSV --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_every_line_end_is_read(delimiter: str, line_end: str) -> None:
    text = line_end.join(delimiter.join(line) for line in LINES)
    assert cities(text.encode(), "a.csv") == ["Lund", "Umeå"]
    assert cities((text + line_end).encode("utf-16"), "a.csv") == ["Lund", "Umeå"]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_absences_of_a_csv_for_macintosh_are_read(delimiter: str) -> None:
    text = "\r".join(delimiter.join(line) for line in [["Number", "Start"], ["1", "2026-07-06"]])
    table = read_table(content=text.encode(), file_name="a.csv", known=ABSENCES)
    assert table.rows[0].cells == {"number": "1", "start": "2026-07-06"}


def test_mixed_line_ends_and_those_inside_a_cell_are_read() -> None:
    content = 'Employment ID;City\r1;Lund\n2;"Ume\rå"\r\n3;Kiruna'.encode()
    assert cities(content, "a.csv") == ["Lund", "Ume\rå", "Kiruna"]


def test_a_header_with_a_line_break_in_quotes_does_not_hide_the_delimiter() -> None:
    assert cities(b'"Employment\nID";City\n1;Lund\n', "a.csv") == ["Lund"]


@pytest.mark.parametrize("beginning", ["x" * 200_000, '"' + "x" * 200_000 + '"', "Employment ID," + "x" * 200_000])
def test_a_header_row_with_an_endless_field_is_refused(beginning: str) -> None:
    assert len(refusal(f"{beginning}\n1\n".encode(), "a.csv")) < 500


@pytest.mark.parametrize("title", ["a", "City", ""])
def test_a_csv_of_200_000_columns_is_refused(title: str) -> None:
    header = ",".join(["Employment ID", *[title] * 200_000, "x"])
    assert "more than 200 columns" in refusal(f"{header}\n1\n".encode(), "a.csv")


def test_a_row_of_200_000_cells_is_a_bad_row() -> None:
    rows = read_table(content=b"Employment ID,City\n1" + b",x" * 200_000 + b"\n2,Lund\n", file_name="a.csv").rows
    assert [type(row.cells.get("")) for row in rows] == [Unusable, type(None)]


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "utf-16-le", "utf-16-be"])
def test_a_csv_in_another_encoding_is_refused_with_what_to_do(encoding: str) -> None:
    assert "CSV UTF-8" in refusal(csv_file(LINES, encoding=encoding), "a.csv")


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
def test_marks_of_the_encoding_are_passed_over(mark: str) -> None:
    assert cities(mark.encode() + csv_file(LINES), "a.csv") == ["Lund", "Umeå"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"sep=;\nEmployment ID;City\n1;Lund\n", "not known: sep=;. Delete this first line"),
        (b"Anst\xc3\xa4llningsnummer,Ort\n1,Lund\n", "Ort"),
        (b"Employment ID|City\n1|Lund\n", "Employment ID|City"),
        (b'Employment ID,City\n1,"Lu"nd\n', "Row 2"),
        (b'Employment ID,City\n1,"Lund\n', "Row 2"),
        (b"", "empty"),
        (b"\n\r\n  \n", "empty"),
        (b"PK\x03\x04rest", "no CSV"),
        (b"City\x00\x1b,Employment ID\n1,2\n3,4\n", ""),
    ],
)
def test_a_csv_that_is_none_is_refused_clearly(content: bytes, said: str) -> None:
    if said:
        assert said in refusal(content, "a.csv")
    else:
        assert read_table(content=content, file_name="a.csv").columns == ("city", "employment_id")


def test_signs_of_csv_inside_cells_blank_lines_and_a_closing_mark_are_read_or_refused_by_row() -> None:
    content = b'Employment ID;City\n1;"a;b"\n2;1"\n3;"a ""b"""\n;\n4;Lund;\n5\n6;"a\nb"\n\x1a'
    rows = read_table(content=content, file_name="a.csv").rows
    assert [row.cells.get("city") for row in rows] == ["a;b", '1"', 'a "b"', "Lund", None, "a\nb", None]


# --- XLSX -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: with_part(content, SHEET, None),
        lambda content: with_part(content, SHEET, lambda xml: xml[: len(xml) // 2]),
        lambda content: with_part(content, SHEET, lambda _xml: "<a/><b/>"),
        lambda content: with_part(content, "xl/workbook.xml", lambda _xml: "no XML"),
        lambda content: with_part(content, "xl/workbook.xml", None),
        lambda content: with_part(content, "xl/workbook.xml", lambda _xml: "<workbook/>"),
        lambda content: with_part(content, "xl/_rels/workbook.xml.rels", None),
        lambda content: with_part(content, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace("Target=", "T=")),
        lambda content: with_part(content, "_rels/.rels", None),
        lambda content: with_part(content, "xl/sharedStrings.xml", None),
        lambda content: with_part(content, "xl/sharedStrings.xml", lambda _xml: "<sst/>"),
        lambda content: with_part(content, "xl/styles.xml", None),
        lambda content: with_part(content, "xl/styles.xml", lambda xml: xml.replace('numFmtId="0"', 'numFmtId="x"')),
        lambda content: with_part(
            content, SHEET, lambda xml: xml.replace('r="B2"', 'r="B2" s="99"').replace('t="s"', "")
        ),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace('r="2"', 'r="1"')),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace('r="2"', 'r="99999999"')),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace('r="B2"', 'r="A2"')),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace('r="B2"', 'r="AAAA2"')),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace('r="B2"', 'r="b2"')),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace("<v>3<", "<v>99<")),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace("<v>3<", "<v>-1<")),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace("<v>3<", f"<v>{'9' * 5000}<")),
        lambda content: with_part(content, SHEET, lambda xml: xml.replace('t="s"', 't="unheard"')),
        lambda content: content[: len(content) // 2],
        lambda content: content[:-10],
        lambda content: content.replace(b"xl/worksheets/sheet1.xml", b"xl/worksheets/sheet1.xmx", 1),
        lambda content: _overwritten(content, SHEET.encode()),
        lambda _content: b"",
        lambda _content: b"PK\x03\x04",
        lambda _content: b"<html><table><tr><td>Employment ID</td></tr></table></html>",
        lambda _content: csv_file(LINES),
        lambda _content: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    ],
)
def test_a_damaged_xlsx_and_what_is_none_is_refused(damage: Callable[[bytes], bytes]) -> None:
    assert UNREADABLE in refusal(damage(with_shared_strings(sheet_file(LINES))))


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2" t="d"><v>2024-13-45</v></c>',
        '<c r="A2" t="d"><v>soon</v></c>',
        '<c r="A2" t="b"><v>2</v></c>',
        '<c r="A2" s="-1"><v>1</v></c>',
        '<c r="A2" t="s"><v>x</v></c>',
    ],
)
def test_a_cell_that_the_standard_does_not_know_is_refused(cell: str) -> None:
    assert UNREADABLE in refusal(with_cells(cell))


def test_a_chart_alone_is_refused_and_beside_a_table_passed_over() -> None:
    assert UNREADABLE in refusal(chart_only())
    workbook = load_workbook(io.BytesIO(sheet_file(LINES)))
    workbook.create_chartsheet("Chart", 0)
    assert cities(saved(workbook)) == ["Lund", "Umeå"]


def test_a_workbook_of_more_columns_than_any_template_is_refused() -> None:
    assert "more than 200 columns" in refusal(sheet_file([["Employment ID", *["City"] * 300], ["1"]]))


def test_a_spreadsheet_in_another_zip_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<office/>")
    assert UNREADABLE in refusal(stream.getvalue())


def test_shared_strings_are_read_with_their_runs_and_without_their_readings() -> None:
    content = with_shared_strings(sheet_file([LINES[0], ["1", "Lund"]]))
    assert cities(content) == ["Lund"]
    runs = '<r><t>Lu</t></r><rPh sb="0" eb="1"><t>reading</t></rPh><r><t>nd_x000D_</t></r>'
    content = with_part(content, "xl/sharedStrings.xml", lambda xml: xml.replace("<t>Lund</t>", runs))
    assert cities(content) == ["Lund"]


def test_strict_open_xml_is_read() -> None:
    content = strict(sheet_file(LINES, merged=["B2:C2"]))
    assert [type(cell) for cell in cities(content)] == [Unusable, str]
    assert cities(strict(xlsx_file(LINES))) == ["Lund", "Umeå"]


def test_a_file_that_a_password_protects_says_so() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    assert "protected by a password" in refusal(ole)
    content = bytearray(sheet_file(LINES))
    for mark in (b"PK\x01\x02", b"PK\x03\x04"):
        place = content.find(mark)
        while place >= 0:
            content[place + (8 if mark[2] == 1 else 6)] |= 1
            place = content.find(mark, place + 4)
    assert "protected by a password" in refusal(bytes(content))


@pytest.mark.parametrize("name", ["xl/workbook.xml", SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "_rels/.rels"])
def test_entities_are_refused_wherever_they_are_declared(name: str) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]>'
    content = with_part(
        with_shared_strings(sheet_file(LINES)),
        name,
        lambda xml: xml.replace("?>", f"?>{bomb}", 1) if "?>" in xml else bomb + xml,
    )
    assert UNREADABLE in refusal(content)


def test_a_sheet_of_empty_elements_costs_no_memory() -> None:
    content = with_part(
        sheet_file(LINES), SHEET, lambda xml: xml.replace('<row r="2"', "<row/>" * 300_000 + '<row r="2"')
    )
    tracemalloc.start()
    try:
        assert UNREADABLE in refusal(content)
        assert tracemalloc.get_traced_memory()[1] < 15_000_000
    finally:
        tracemalloc.stop()


def test_a_merged_range_over_the_whole_sheet_a_thousand_times_is_read() -> None:
    ranges = "<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 1_000 + "</mergeCells>"
    content = with_part(sheet_file(LINES), SHEET, lambda xml: xml.replace("</sheetData>", f"</sheetData>{ranges}"))
    assert all(isinstance(cell, Unusable) for cell in cities(content))


# --- Where the table is -----------------------------------------------------------------------------------


def test_a_title_above_the_headers_is_refused_with_the_row_of_the_headers() -> None:
    lines: Lines = [["Staff of Demo AB, 2026"], ["as of May", None], *LINES]
    for content, name in ((sheet_file(lines), "a.xlsx"), (csv_file(lines), "a.csv")):
        said = refusal(content, name)
        assert "Staff of Demo AB, 2026" in said
        assert "headers stand in row 3" in said


@pytest.mark.parametrize("again", [["Employment ID", "City"], ["employment_id", "city"], ["EMPLOYMENT ID", None]])
def test_a_second_header_row_is_a_bad_row_that_says_so(again: list[Any]) -> None:
    lines: Lines = [LINES[0], again, *LINES[1:]]
    for content, name in ((sheet_file(lines), "a.xlsx"), (csv_file(lines), "a.csv")):
        rows = read_table(content=content, file_name=name).rows
        assert "repeats the headers" in rows[0].cells[""].reason
        assert [row.cells["city"] for row in rows[1:]] == ["Lund", "Umeå"]


def test_a_table_in_another_sheet_is_named() -> None:
    info: list[list[str]] = [["This file was made by"], ["the payroll office"]]
    for first in (info, [], [["Employment ID", "City"]]):
        assert "sheet “Staff”" in refusal(workbook_file({"Info": first, "Staff": LINES}))
    assert "sheet" not in refusal(workbook_file({"Info": info, "More": info}))


def test_a_hidden_sheet_is_not_the_first() -> None:
    content = workbook_file({"Lists": [["SE"], ["NO"]], "Staff": LINES}, hidden_sheets=["Lists"])
    assert cities(content) == ["Lund", "Umeå"]


def test_headers_with_signs_that_cannot_be_shown_are_named_without_them() -> None:
    said = refusal("Employment ID,Sh\0oe\u202e\n1,43\n".encode(), "a.csv")
    assert said.isprintable()


# --- Size, and what nobody foresaw ------------------------------------------------------------------------


def test_a_file_of_200_megabytes_is_refused_by_the_form_and_by_the_reader(db: None) -> None:
    content = bytes(MOST_BYTES + 1)
    for name in ("a.csv", "a.xlsx"):
        assert "more than 20 megabytes" in refusal(content, name)
    file = SimpleUploadedFile("a.csv", b"x")
    file.size = 200 * 1024 * 1024
    form = UploadForm(
        {"company": CompanyFactory.create().pk},
        {"file": file},
        user=User(is_superuser=True),
        may_create_departments=False,
    )
    assert "more than 20 megabytes" in form.errors["file"][0]


@pytest.mark.parametrize("error", [ZeroDivisionError, MemoryError, RecursionError, AttributeError])
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_what_a_library_raises_is_a_refused_file_and_only_its_class_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: type[Exception], name: str
) -> None:
    def broken(*_arguments: object) -> None:
        raise error("5501019805")

    monkeypatch.setattr(reading, "read_csv", broken)
    monkeypatch.setattr(reading, "read_xlsx", broken)
    assert "save it" in refusal(csv_file(LINES), name)
    assert error.__name__ in caplog.text
    assert "5501019805" not in caplog.text


# --- In the preview ---------------------------------------------------------------------------------------


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create()


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_csv_for_macintosh_is_imported(company: Company, delimiter: str) -> None:
    EmployeeFactory.create(company=company, employment_id="1")
    text = "\r".join(delimiter.join(line) for line in LINES[:2])
    job = confirm(preview(company, content=text.encode()))
    assert (job.state, Employee.objects.get().city) == ("done", "Lund")


def test_the_same_person_twice_is_refused_in_both_rows(company: Company) -> None:
    EmployeeFactory.create(company=company, employment_id="1", work_email="a@example.se")
    lines = [["Employment ID", "Work e-mail", "City"], ["1", "", "Lund"], ["", "a@example.se", "Umeå"]]
    assert set(reasons(preview(company, lines))) == {2, 3}


def test_hidden_rows_and_columns_are_told_before_the_import(company: Company, hr_admin: Any) -> None:
    EmployeeFactory.create(company=company, employment_id="1")
    content = sheet_file(LINES[:2], hidden_rows=[2], hidden_columns=["B"])
    job = preview(company, content=content, file_name="a.xlsx")
    page = " ".join(hr_admin.get(f"/employees/importjob/{job.pk}/change/").content.decode().split())
    assert "1 row of the file is hidden in the spreadsheet" in page
    assert "hidden in the spreadsheet, and imported like the others: City" in page
