"""Cells of absences' files that a spreadsheet, or somebody, made of something else."""

from datetime import date
from typing import Any

import pytest

from absences.models import Absence
from employees.models import Company, Employee, ImportJob
from employees.transfer.jobs import start_import
from tests.employees.transfer.files import Lines, confirm, csv_file, reasons, work
from tests.employees.transfer.packages import SHEET, sheet_file, with_part
from tests.factories import AbsenceFactory, CompanyFactory, EmployeeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def anna(company: Company) -> Employee:
    return EmployeeFactory.create(company=company, employment_id="1001")


def preview(company: Company, content: bytes, name: str = "a.xlsx") -> ImportJob:
    return work(start_import(company=company, by_id=None, file_name=name, content=content, kind="absences"))


@pytest.mark.behaviour("D-04")
@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 5_000, "9223372036854775808", "-1", "0", "٣", "1.0"])
def test_a_number_that_no_absence_can_have_is_a_bad_row(company: Company, anna: Employee, number: str) -> None:
    job = preview(company, csv_file([["Number", "Employment ID"], [number, "1001"], ["", "1001"]]), "a.csv")
    assert (job.state, job.counts["bad"]) == ("ready", 2)
    assert reasons(job)[2] == [["", "The company has no absence of this number."]]


@pytest.mark.behaviour("D-04")
@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 5_000, "1E+20", "1E+9999"])
def test_a_number_cell_that_no_absence_can_have_is_a_bad_row(company: Company, anna: Employee, number: str) -> None:
    content = sheet_file([["Employment ID", "Number"], ["1001", 12321]])
    job = preview(company, with_part(content, SHEET, lambda xml: xml.replace("12321", number)))
    assert (job.state, [column for column, _reason in reasons(job)[2]]) == ("ready", ["number"])


@pytest.mark.behaviour("D-03")
@pytest.mark.parametrize("cell", ["=1+1", True, date(2026, 7, 6)])
def test_a_number_that_cannot_be_read_makes_no_new_absence(company: Company, anna: Employee, cell: Any) -> None:
    lines: Lines = [["Number", "Employment ID", "Type", "First day"], [cell, "1001", "vacation", "2026-07-06"]]
    job = preview(company, sheet_file(lines))
    assert (job.counts["new"], [column for column, _reason in reasons(job)[2]]) == (0, ["number"])


@pytest.mark.behaviour("D-03")
@pytest.mark.parametrize(
    ("grade", "number_format", "said"),
    [
        (0.5, "0%", "whole number"),
        (1, "0%", "percentage"),
        (0.5, "General", "whole number"),
        (150, "General", "100"),
        ("9" * 5_000, "General", "whole number"),
        (date(2026, 7, 6), "yyyy-mm-dd", "made a date"),
        (True, "General", "TRUE or FALSE"),
    ],
)
def test_a_grade_is_a_whole_number(company: Company, anna: Employee, grade: Any, number_format: str, said: str) -> None:
    lines: Lines = [["Employment ID", "Type", "First day", "Grade, %"], ["1001", "vacation", "2026-07-06", grade]]
    [[column, reason]] = reasons(preview(company, sheet_file(lines, formats={"D2": number_format})))[2]
    assert (column, said in reason) == ("grade", True)


@pytest.mark.behaviour("D-03")
def test_the_end_of_a_day_is_no_day_more(company: Company, anna: Employee) -> None:
    absence = AbsenceFactory.create(employee=anna, start=date(2026, 7, 6), end=None)
    content = sheet_file([["Number", "Last day"], [absence.pk, 45657]], formats={"B2": "yyyy-mm-dd h:mm"})
    # 2026-07-31, 23:59:59.999999
    content = with_part(content, SHEET, lambda xml: xml.replace("45657", "46234.99999999999"))
    confirm(preview(company, content))
    assert Absence.objects.get().end == date(2026, 7, 31)


@pytest.mark.behaviour("D-03")
@pytest.mark.parametrize(("column", "value"), [("Type", True), ("Status", date(2026, 7, 6)), ("Note", 0.25)])
def test_a_text_of_an_absence_is_none_of_what_a_spreadsheet_made(
    company: Company, anna: Employee, column: str, value: Any
) -> None:
    absence = AbsenceFactory.create(employee=anna)
    [[found, reason]] = reasons(preview(company, sheet_file([["Number", column], [absence.pk, value]])))[2]
    assert (found, "Format the column as text" in reason) == (column.lower(), True)
