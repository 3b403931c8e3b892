"""What a row may hold rightly and should be looked at all the same: told as a note that leaves the row as it is."""

from datetime import date

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from employees.models import Company, Employee
from tests.employees.transfer.doubted import BJORN, IDS, NUMBERS, notes, page_of
from tests.employees.transfer.files import preview, reasons
from tests.factories import EmployeeFactory
from tests.pages import buttons_of

pytestmark = pytest.mark.django_db


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize("column", ["Given name", "Family name", "City", "Street", "Street, second line"])
def test_a_text_that_looks_read_in_the_wrong_encoding_is_told_with_the_likely_one(
    company: Company, ada: Employee, column: str
) -> None:
    job = preview(company, [["Employment ID", column], ["ABC-1", BJORN]])

    [[_column, text]] = notes(job)[2]
    assert "“Björn”" in text
    assert (job.counts["noted"], job.counts["asked"]) == (1, 0)


@pytest.mark.behaviour("D-11")
@pytest.mark.parametrize(
    ("column", "written", "likely"),
    [
        ("Employment ID", "Ã…-7", "Å-7"),
        ("Employment ID", "&Aring;-7", "Å-7"),
        ("Given name", "Bj&ouml;rn", "Björn"),
        ("Street", "Gatan 1_x000D_Lgh 2", "Gatan 1 Lgh 2"),
        ("Department", "R&amp;D", "R&D"),
    ],
)
def test_a_cell_in_a_programs_own_writing_is_told_with_the_likely_text(
    company: Company, ada: Employee, column: str, written: str, likely: str
) -> None:
    row = {"Employment ID": "ABC-1", "Given name": "Ada", "Family name": "Berg", column: written}
    job = preview(company, [[*row], [*row.values()]], create_departments=True)

    [[_column, text]] = notes(job)[2]
    assert f"“{likely}”" in text


@pytest.mark.behaviour("D-11")
def test_a_new_department_that_looks_read_in_the_wrong_encoding_is_told(company: Company, ada: Employee) -> None:
    job = preview(company, [["Employment ID", "Department"], ["ABC-1", BJORN]], create_departments=True)

    assert notes(job)[2][0][0] == "department"


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize(
    ("written", "left_out"),
    [
        ("08-123 456 78 vx", "vx"),
        ("Växel 08-123 456 78", "Växel"),
        ("070-174 06 05 m", "m"),
        ("📞 070-174 06 05", "📞"),
        ("070-174 06 05 §", "§"),
    ],
)
def test_what_is_left_out_of_a_phone_cell_is_told(company: Company, ada: Employee, written: str, left_out: str) -> None:
    job = preview(company, [["Employment ID", "Work phone"], ["ABC-1", written]])

    assert notes(job) == {2: [["work_phone", f"“{left_out}” stands beside the number and was left out."]]}


@pytest.mark.behaviour("D-07")
@pytest.mark.parametrize("written", ["070-174 Lars", "08-1234 Anna", "08-123 mobil"])
def test_a_word_is_never_dialled(company: Company, ada: Employee, written: str) -> None:
    job = preview(company, [["Employment ID", "Work phone"], ["ABC-1", written]])

    assert reasons(job)[2][0][0] == "work_phone"


@pytest.mark.behaviour("D-02")
def test_dates_that_do_not_fit_together_are_told(company: Company, ada: Employee) -> None:
    lines = [["Employment ID", "Birth date", "First workday"], ["ABC-1", "2021-05-05", "2020-01-01"]]
    assert [column for column, _text in notes(preview(company, lines))[2]] == ["birth_date"]

    lines = [["Employment ID", "Birth date", "National ID", "Country of the national ID"]]
    lines += [["ABC-1", "1985-07-07", "550101-9805", "SE"]]
    assert [column for column, _text in notes(preview(company, lines))[2]] == ["national_id"]


@pytest.mark.behaviour("D-02")
def test_dates_that_stand_there_already_are_not_told_again(company: Company, ada: Employee) -> None:
    Employee._base_manager.update(birth_date=date(2021, 5, 5), first_workday=date(2020, 1, 1))

    assert notes(preview(company, [["Employment ID", "City"], ["ABC-1", "Umeå"]])) == {}


@pytest.mark.behaviour("D-05")
def test_the_bic_of_another_bank_is_told(company: Company, ada: Employee) -> None:
    job = preview(company, [NUMBERS, ["ABC-1", "NL", "", "", "NL91ABNA0417164300", "INGBNL2A"]])

    assert [column for column, _text in notes(job)[2]] == ["bic"]


@pytest.mark.behaviour("D-08")
def test_the_national_id_of_somebody_who_is_there_is_told_by_name(company: Company, ada: Employee) -> None:
    Employee._base_manager.update(national_id="5501019805", national_id_country="SE")
    EmployeeFactory.create(national_id="5501019805", national_id_country="SE")

    job = preview(company, [IDS, ["2", "Eva", "Ek", "19550101-9805", "SE"], ["3", "Bo", "Ek", "550101-9805", "US"]])

    assert list(notes(job)) == [2]
    assert "Ada Berg (ABC-1)" in notes(job)[2][0][1]
    assert "9805" not in notes(job)[2][0][1]


@pytest.mark.behaviour("D-08")
def test_two_rows_with_one_national_id_are_told_of_each_other(company: Company) -> None:
    lines = [IDS, ["1", "Eva", "Ek", "550101-9805", "SE"], ["2", "Bo", "Ek", "19550101-9805", "SE"]]

    job = preview(company, lines)

    assert ["Bo Ek (2) in row 3" in notes(job)[2][0][1], "Eva Ek (1) in row 2" in notes(job)[3][0][1]] == [True, True]


@pytest.mark.behaviour("D-08")
def test_a_number_that_goes_over_in_the_same_file_is_not_told(company: Company, ada: Employee) -> None:
    Employee._base_manager.update(national_id="5501019805", national_id_country="SE")
    lines = [["Employment ID", "Given name", "Family name", "National ID", "Country of the national ID"]]
    lines += [["ABC-1", "Ada", "Berg", "", ""], ["2", "Eva", "Ek", "550101-9805", "SE"]]

    assert notes(preview(company, lines)) == {}


@pytest.mark.behaviour("D-08")
def test_a_bad_row_has_no_notes_of_its_own(company: Company, ada: Employee) -> None:
    job = preview(company, [["Employment ID", "City", "Work e-mail"], ["ABC-1", BJORN, "nobody"]])

    assert (job.counts["bad"], job.counts["noted"], notes(job)) == (1, 0, {})


# --- Who is told, and what it costs --------------------------------------------------------------------------


@pytest.mark.behaviour("D-08")
def test_notes_about_national_ids_are_hidden_from_whoever_may_not_see_them(company: Company, ada: Employee) -> None:
    Employee._base_manager.update(national_id="5501019805", national_id_country="SE")
    job = preview(company, [IDS, ["2", "Eva", "Ek", "19550101-9805", "SE"]])
    user = User.objects.create_user("importer", is_staff=True)
    rights = ("add_employee", "change_employee", "view_employee")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)

    page = client.get(page_of(job))

    assert "has to look at this" in page.content.decode()
    assert "Ada Berg" not in page.content.decode()
    assert "Import" not in buttons_of(page)


@pytest.mark.behaviour("D-08")
@pytest.mark.parametrize("day", ["1955-01-01", "1955-01-02"])
def test_who_may_not_see_national_ids_is_not_told_whether_a_birth_date_fits_one(company: Company, day: str) -> None:
    eva = EmployeeFactory.create(company=company, employment_id="7", birth_date=None, first_workday=None)
    Employee._base_manager.filter(pk=eva.pk).update(national_id="5501019805", national_id_country="SE")
    lines = [["Employment ID", "Birth date"], ["7", day]]

    assert preview(company, lines, sensitive_allowed=False).counts["noted"] == 0
    assert preview(company, lines).counts["noted"] == (day != "1955-01-01")


@pytest.mark.behaviour("D-08")
def test_many_rows_alike_take_as_many_queries_as_two(company: Company, ada: Employee) -> None:
    Employee._base_manager.update(national_id="5501019805", national_id_country="SE")

    def queries(count: int) -> int:
        lines = [IDS, *([f"abC-{number}", "Eva", "Ek", "550101-9805", "SE"] for number in range(count))]
        lines += [[f"ABC-{number}", "Eva", "Ek", "550101-9805", "SE"] for number in range(2, count)]
        with CaptureQueriesContext(connection) as captured:
            job = preview(company, lines)
        assert job.counts["noted"] == len(lines) - 1
        return len(captured)

    assert queries(120) == queries(3)
