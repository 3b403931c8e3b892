"""What a spreadsheet made of a cell is never taken for what somebody typed."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from employees.models import Company, Employee
from employees.transfer.reading import Unusable, read_table
from tests.employees.transfer.files import Lines, csv_file, preview, reasons
from tests.employees.transfer.packages import SHEET, sheet_file, with_cells, with_part
from tests.factories import CompanyFactory, EmployeeFactory

pytestmark = pytest.mark.behaviour("D-03")
TEXT = "Format the column as text"


def cell_of(column: str, value: Any, number_format: str = "General", **options: Any) -> Any:
    """Return what is read from a cell of an XLSX."""
    lines = [["Work e-mail", column], ["a@example.se", value]]
    content = sheet_file(lines, formats={"B2": number_format}, **options)
    row = read_table(content=content, file_name="a.xlsx").rows[0]
    return next(cell for name, cell in row.cells.items() if name != "work_email")


def reason_of(cell: Any) -> str:
    assert isinstance(cell, Unusable), cell
    return cell.reason


@pytest.mark.parametrize("column", ["Family name", "Street", "Employment ID", "Department", "Country", "Postal code"])
@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_no_texts(column: str, value: bool) -> None:
    reason = reason_of(cell_of(column, value))
    assert "TRUE or FALSE" in reason
    assert TEXT in reason


@pytest.mark.parametrize(
    "column", ["Employment ID", "Family name", "Street", "Work phone", "Manager", "Clearing number"]
)
@pytest.mark.parametrize("value", [date(2026, 3, 12), datetime(2026, 3, 1, 8, 30), datetime(2026, 4, 3)])  # noqa: DTZ001 -- a cell has no zone
def test_a_date_is_no_text(column: str, value: date) -> None:
    reason = reason_of(cell_of(column, value, "yyyy-mm-dd"))
    assert "made a date" in reason
    assert TEXT in reason


@pytest.mark.parametrize("number_format", ["d-mmm", "mmm-yy", "[$-41D]d mmmm yyyy", "m/d/yy h:mm", "yyyy"])
def test_a_date_is_known_by_any_of_its_formats(number_format: str) -> None:
    assert "made a date" in reason_of(cell_of("Employment ID", 46093, number_format))
    assert cell_of("First workday", 46093, number_format) == date(2026, 3, 12)


@pytest.mark.parametrize(
    ("value", "number_format"),
    [(time(12, 30), "h:mm"), (timedelta(hours=30), "[h]:mm:ss"), (0.5, "mm:ss"), (46093.5, "hh:mm")],
)
def test_a_time_is_neither_a_text_nor_a_day(value: Any, number_format: str) -> None:
    assert "made a time" in reason_of(cell_of("Street", value, number_format))
    assert "no day" in reason_of(cell_of("First workday", value, number_format))


@pytest.mark.parametrize("column", ["Employment ID", "Account number", "National ID", "Family name"])
@pytest.mark.parametrize("value", [12345678901234567, 1234567890123457024, 1e300, 1234567890123456])
def test_a_number_of_more_than_15_digits_has_lost_some(column: str, value: float) -> None:
    reason = reason_of(cell_of(column, value))
    assert "15 digits" in reason
    assert str(value)[:8] not in reason


def test_a_number_of_15_digits_has_lost_none() -> None:
    assert cell_of("Employment ID", 123456789012345) == "123456789012345"
    assert cell_of("Employment ID", 1001.0) == "1001"


@pytest.mark.parametrize("value", [0.5, 1001.25, 1e-9, -3.5])
def test_a_decimal_number_is_no_text(value: float) -> None:
    assert "decimal number" in reason_of(cell_of("Employment ID", value))


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (42, "0000", "0042"),
        (12345, "0000", "12345"),
        (0, "0000", "0000"),
        (11122, r"000\ 00", "111 22"),
        (154, "0000", "0154"),
        (101019805, "0000000000", "0101019805"),
        (101019805, r"000000\-0000", "010101-9805"),
        (101019805, "000000-0000", "010101-9805"),
        (701740605, '0000"-"000000', "0701-740605"),
        (46701740605, r"\+0", "+46701740605"),
        (42, "[Red]0000", "0042"),
        (42, "0000;-0000", "0042"),
        (42, "#0000", "0042"),
        (42, "0 0", "4 2"),
        (42, "@", "42"),
        (1001, "#,##0", "1001"),
        (1001, "0.00", "1001"),
        (1001, "#,##0_);(#,##0)", "1001"),
    ],
)
def test_a_number_is_taken_as_it_is_shown(value: int, number_format: str, shown: str) -> None:
    assert cell_of("Employment ID", value, number_format) == shown
    assert cell_of("Street", value, number_format) == shown


@pytest.mark.parametrize(
    "number_format",
    [
        '"A"0',
        '"0"0',
        r"\00",
        '"No. "0000',
        "0%",
        "0.00E+00",
        "0,",
        "# ?/?",
        "##-##",
        "[>999]000-0000;0000",
        '#,##0 "kr"',
        "[$kr-41D] #,##0",
        ";;;",
        "00.00",
    ],
)
def test_a_number_that_is_shown_as_something_else_is_refused(number_format: str) -> None:
    assert "number format" in reason_of(cell_of("Employment ID", 42, number_format))


def test_a_negative_number_with_zeros_in_front_is_refused() -> None:
    assert "number format" in reason_of(cell_of("Employment ID", -42, "0000"))


@pytest.mark.parametrize(
    "text",
    [
        *("1.23457E+16", "1,23457E+16", "4.67017E+10", "4,67017E+10", "1E+16", "1.2e+16", "-1.5E+20"),
        *("1.2E+4", "1,2E+4", "1.2E4", "1.5E16", "1E+5", "12E+16", "1E-05", "1.2E-3"),
    ],
)
@pytest.mark.parametrize("column", ["Employment ID", "Work phone", "IBAN", "Manager"])
def test_a_shortened_number_in_a_csv_has_lost_its_digits(column: str, text: str) -> None:
    table = read_table(content=csv_file([["Work e-mail", column], ["a@example.se", text]]), file_name="a.csv")
    reason = reason_of([*table.rows[0].cells.values()][1])
    assert "shortened" in reason
    assert text not in reason


@pytest.mark.parametrize("text", ["12E4", "1E5", "A1E+16", "E+16", "12E-3", "1E4E+5", "12E", "1.2E"])
def test_an_employment_id_with_an_e_is_none(text: str) -> None:
    table = read_table(content=csv_file([["Employment ID"], [text]]), file_name="a.csv")
    assert table.rows[0].cells["employment_id"] == text


@pytest.mark.parametrize(("value", "read"), [(True, "yes"), (False, "no"), (1, "1"), (0, "0")])
def test_protected_identity_may_be_a_boolean(value: Any, read: str) -> None:
    assert cell_of("Protected identity", value) == read


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        ("45657", date(2024, 12, 31)),
        ("45657.99999999999", date(2024, 12, 31)),
        ("45657.9999999", date(2024, 12, 31)),
        ("45657.5", date(2024, 12, 31)),
        ("60", date(1900, 2, 28)),
        ("61", date(1900, 3, 1)),
        ("1", date(1900, 1, 1)),
        ("2958465", date(9999, 12, 31)),
    ],
)
@pytest.mark.behaviour("D-02")
def test_a_date_with_a_time_is_its_day_and_never_the_next(serial: str, day: date) -> None:
    content = sheet_file([["Work e-mail", "First workday"], ["a@example.se", 1]], formats={"B2": "yyyy-mm-dd"})
    row = read_table(content=_with_serial(content, serial), file_name="a.xlsx").rows[0]
    assert row.cells["first_workday"] == day


@pytest.mark.parametrize("serial", ["0", "0.5", "-1", "2958466", "99999999", "1E+12", "NaN", "INF"])
def test_a_date_that_the_spreadsheet_cannot_show_is_refused(serial: str) -> None:
    content = sheet_file([["Work e-mail", "First workday"], ["a@example.se", 1]], formats={"B2": "yyyy-mm-dd"})
    row = read_table(content=_with_serial(content, serial), file_name="a.xlsx").rows[0]
    assert isinstance(row.cells["first_workday"], Unusable)


def _with_serial(content: bytes, serial: str) -> bytes:
    return with_part(
        content,
        SHEET,
        lambda xml: xml.replace("<v>1</v></c></row></sheetData>", f"<v>{serial}</v></c></row></sheetData>"),
    )


def test_a_workbook_that_counts_from_1904_has_the_same_days() -> None:
    day = date(2024, 2, 29)
    assert cell_of("First workday", day, "yyyy-mm-dd", starts_1904=True) == day
    assert cell_of("First workday", datetime(2024, 2, 29, 23, 59, 59), "yyyy-mm-dd", starts_1904=True) == day  # noqa: DTZ001 -- a cell has no zone


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('<c r="B2" t="d"><v>2024-12-31</v></c>', date(2024, 12, 31)),
        ('<c r="B2" t="d"><v>2024-12-31T23:59:59.999999</v></c>', date(2024, 12, 31)),
        ('<c r="B2" t="inlineStr"><is><t>2024-12-31</t></is></c>', "2024-12-31"),
    ],
)
def test_dates_in_other_kinds_of_cells_are_read(cell: str, read: object) -> None:
    content = with_cells(f'<c r="A2"><v>1</v></c>{cell}', header=("Employment ID", "First workday"))
    assert read_table(content=content, file_name="a.xlsx").rows[0].cells["first_workday"] == read


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('<c r="B2" t="inlineStr"><is><r><t>Lu</t></r><r><rPr><b/></rPr><t>nd</t></r></is></c>', "Lund"),
        ('<c r="B2" t="inlineStr"><is><t>Lund</t><rPh sb="0" eb="1"><t>reading</t></rPh></is></c>', "Lund"),
        ('<c r="B2" t="str"><v>Lund</v></c>', "Lund"),
        ('<c t="str"><v>Lund</v></c>', "Lund"),
        ('<c r="B2" t="inlineStr"><is><t>_x005F_x0041_</t></is></c>', "_x0041_"),
        ('<c r="B2"/>', ""),
        ('<c r="B2" t="s"/>', ""),
    ],
)
def test_texts_in_every_kind_of_cell_are_read(cell: str, read: str) -> None:
    content = with_cells(f'<c r="A2"><v>1</v></c>{cell}')
    assert read_table(content=content, file_name="a.xlsx").rows[0].cells["city"] == read


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('<c r="B2" t="e"><v>#N/A</v></c>', "error"),
        ('<c r="B2" t="e"/>', "error"),
        ('<c r="B2"><f>1+1</f><v>2</v></c>', "formula"),
        ('<c r="B2" t="str"><f t="shared" si="0"/><v>x</v></c>', "formula"),
        ('<c r="B2"><v>NaN</v></c>', "cannot be read"),
        ('<c r="B2"><v>INF</v></c>', "cannot be read"),
        ('<c r="B2"><v>1_000</v></c>', "cannot be read"),
        ('<c r="B2" t="inlineStr"><is><t>a_x0000_b</t></is></c>', "no character"),
        ('<c r="B2" t="inlineStr"><is><t>a_xD800_b</t></is></c>', "no character"),
    ],
)
def test_a_cell_without_a_value_is_refused_by_itself(cell: str, said: str) -> None:
    content = with_cells(f'<c r="A2"><v>1</v></c>{cell}')
    row = read_table(content=content, file_name="a.xlsx").rows[0]
    assert said in reason_of(row.cells["city"])
    assert row.cells["employment_id"] == "1"


def test_a_nul_in_a_csv_is_a_bad_cell() -> None:
    row = read_table(content=b"Employment ID,City\n1,Lu\0nd\n2,Lund\n", file_name="a.csv").rows[0]
    assert "no character" in reason_of(row.cells["city"])


# --- Merged and hidden ------------------------------------------------------------------------------------

PEOPLE: Lines = [["Employment ID", "City", "Street"], ["1", "Lund", "A 1"], ["2", None, "A 2"], ["3", "Umeå", "A 3"]]


@pytest.mark.parametrize(
    ("merged", "refused"),
    [
        (["B2:B3"], {("1", "city"), ("2", "city")}),
        (["B2:C2"], {("1", "city"), ("1", "street")}),
        (["B2:C3", "C4:D9"], {("1", "city"), ("1", "street"), ("2", "city"), ("2", "street"), ("3", "street")}),
        (["F2:G3"], set()),
    ],
)
def test_every_cell_of_a_merged_one_is_refused(merged: list[str], refused: set[tuple[str, str]]) -> None:
    rows = read_table(content=sheet_file(PEOPLE, merged=merged), file_name="a.xlsx").rows
    found = {
        (row.cells["employment_id"], name)
        for row in rows
        for name, cell in row.cells.items()
        if isinstance(cell, Unusable) and "part of a merged one" in cell.reason
    }
    assert found == refused


def test_hidden_rows_and_columns_are_read_and_counted() -> None:
    content = sheet_file(PEOPLE, hidden_rows=[1, 3, 9], hidden_columns=["C", "F"])
    table = read_table(content=content, file_name="a.xlsx")
    assert (len(table.rows), table.hidden_rows, table.hidden_columns) == (3, 1, ("street",))
    assert read_table(content=csv_file(PEOPLE), file_name="a.csv").hidden_rows == 0


# --- In the preview ---------------------------------------------------------------------------------------


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create()


def test_a_person_shown_with_leading_zeros_is_that_person(company: Company) -> None:
    person = EmployeeFactory.create(company=company, employment_id="0042", city="Lund")
    content = sheet_file([["Employment ID", "City"], [42, "Umeå"]], formats={"A2": "0000"})
    job = preview(company, content=content, file_name="a.xlsx")
    assert (job.counts["new"], job.rows.get().record_id) == (0, person.pk)


@pytest.mark.parametrize("value", [date(2026, 3, 12), True, 12345678901234567])
def test_an_employment_id_that_a_spreadsheet_made_adds_nobody(company: Company, value: Any) -> None:
    lines = [["Employment ID", "Work e-mail", "Given name", "Family name"], [value, "a@example.se", "Anna", "Ek"]]
    job = preview(company, content=sheet_file(lines, formats={}), file_name="a.xlsx")
    assert (job.counts["new"], job.counts["bad"]) == (0, 1)
    [[column, reason]] = reasons(job)[2]
    assert (column, TEXT in reason) == ("employment_id", True)


def test_a_merged_cell_clears_nobodys_city(company: Company) -> None:
    EmployeeFactory.create(company=company, employment_id="2", city="Kiruna")
    job = preview(
        company, content=sheet_file([PEOPLE[0][:2], ["1", "Lund"], ["2", None]], merged=["B2:B3"]), file_name="a.xlsx"
    )
    assert reasons(job)[3][0][0] == "city"
    assert Employee.objects.get().city == "Kiruna"


def test_a_blank_cell_that_is_not_merged_clears(company: Company) -> None:
    EmployeeFactory.create(company=company, employment_id="2", city="Kiruna")
    job = preview(company, content=sheet_file([["Employment ID", "City"], ["2", None]]), file_name="a.xlsx")
    assert job.rows.get().changes == {"city": ["Kiruna", ""]}


@pytest.mark.parametrize(
    ("column", "value"), [("National ID", 101019805), ("Postal code", 154), ("Account number", 5391234567)]
)
def test_numbers_that_lost_their_zero_are_refused_with_their_column(company: Company, column: str, value: int) -> None:
    header = ["Employment ID", "Given name", "Family name", "Country", "national_id_country", "bank_country", column]
    row = ["1", "Kari", "Ek", "NO", "NO" if column == "National ID" else "", "NO", value]
    job = preview(company, content=sheet_file([header, row]), file_name="a.xlsx")
    assert job.counts["bad"] == 1
    assert column.lower().replace(" ", "_") in [name for name, _reason in reasons(job)[2]]
