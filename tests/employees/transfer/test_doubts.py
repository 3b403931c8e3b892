"""What a row may hold rightly and should be looked at all the same: told as a note, or asked before it is written."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from employees.models import Company, Employee, ImportJob, ImportRow
from employees.transfer.jobs import confirm_import
from tests.employees.transfer.files import confirm, preview, reasons, work
from tests.factories import BankAccountFactory, CompanyFactory, EmployeeFactory
from tests.pages import buttons_of, press

pytestmark = pytest.mark.django_db
NAMES = ["Employment ID", "Given name", "Family name"]
BJORN = "Bj\u00c3\u00b6rn"
IDS = [*NAMES, "National ID", "Country of the national ID"]
NUMBERS = ["Employment ID", "Country of the bank account", "Clearing number", "Account number", "IBAN", "BIC"]


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(country="SE")


@pytest.fixture
def ada(company: Company) -> Employee:
    return EmployeeFactory.create(
        company=company,
        employment_id="ABC-1",
        given_name="Ada",
        family_name="Berg",
        work_email="ada@example.se",
        birth_date=None,
        first_workday=None,
        national_id="",
        national_id_country="",
    )


def notes(job: ImportJob) -> dict[int, list[list[str]]]:
    return dict(job.rows.exclude(notes=[]).values_list("number", "notes"))


def questions(job: ImportJob) -> dict[int, list[list[str]]]:
    return dict(job.rows.exclude(questions=[]).values_list("number", "questions"))


# --- Told -------------------------------------------------------------------------------------------------


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

    assert ["Bo Ek in row 3" in notes(job)[2][0][1], "Eva Ek in row 2" in notes(job)[3][0][1]] == [True, True]


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


# --- Asked ------------------------------------------------------------------------------------------------


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(("stored", "written"), [("ABC-1", "abc-1"), ("abc-1", "ABC-1"), ("Å-1", "å-1")])
def test_an_employment_id_that_differs_in_capitals_alone_is_asked_about(
    company: Company, ada: Employee, stored: str, written: str
) -> None:
    Employee._base_manager.update(employment_id=stored)

    job = preview(company, [NAMES, [written, "Ada", "Berg"]])

    [[column, text]] = questions(job)[2]
    assert (column, f"Ada Berg ({stored})" in text) == ("employment_id", True)
    assert (job.counts["new"], job.counts["asked"]) == (1, 1)


@pytest.mark.behaviour("D-10")
def test_rows_of_one_file_whose_ids_differ_in_capitals_alone_are_asked_about(company: Company) -> None:
    job = preview(company, [NAMES, ["x-1", "Ada", "Berg"], ["X-1", "Eva", "Ek"], ["X-2", "Bo", "Ek"]])

    assert {row: "in row" in texts[0][1] for row, texts in questions(job).items()} == {2: True, 3: True}


@pytest.mark.behaviour("D-10")
@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("0042", "42"),
        ("42", "0042"),
        ("42", "'0042"),
        ("1001", "1001.0"),
        ("1001", "1001,0"),
        ("1001", "1 001"),
        ("1001", '"1001"'),
        ("\u00c5-1", "\u00c3\u2026-1"),
    ],
)
def test_an_employment_id_as_a_spreadsheet_writes_it_is_asked_about(
    company: Company, ada: Employee, stored: str, written: str
) -> None:
    Employee._base_manager.filter(pk=ada.pk).update(employment_id=stored)

    job = preview(company, [NAMES, [written, "Ada", "Berg"], ["7", "Eva", "Ek"]])

    [[column, text]] = questions(job)[2]
    assert (column, f"Ada Berg ({stored})" in text, list(questions(job))) == ("employment_id", True, [2])
    confirm(job)
    assert set(Employee.objects.values_list("employment_id", flat=True)) == {stored, "7"}


@pytest.mark.behaviour("D-10")
def test_two_rows_with_and_without_zeros_in_front_are_both_asked_about(company: Company) -> None:
    job = preview(company, [NAMES, ["0042", "Ada", "Berg"], ["42", "Ada", "Berg"], ["420", "Bo", "Ek"]])

    assert {row: "in row" in texts[0][1] for row, texts in questions(job).items()} == {2: True, 3: True}


@pytest.mark.behaviour("D-10")
def test_the_address_of_somebody_who_left_is_asked_about(company: Company, ada: Employee) -> None:
    Employee._base_manager.update(last_workday=timezone.localdate() - timedelta(days=1))
    header = [*NAMES, "Work e-mail"]

    job = preview(company, [header, ["77", "Eva", "Ek", "ADA@example.se"]])

    assert "Ada Berg (ABC-1), who left on" in questions(job)[2][0][1]
    confirm_import(job=job, by_id=None, skip_bad=False, take_questions=True)
    work(job)
    assert Employee.objects.get(employment_id="77").work_email == "ADA@example.se"


@pytest.mark.behaviour("D-10")
def test_the_address_of_somebody_who_is_there_is_refused_as_before(company: Company, ada: Employee) -> None:
    job = preview(company, [[*NAMES, "Work e-mail"], ["77", "Eva", "Ek", "ada@example.se"]])

    assert "has another employment ID" in reasons(job)[2][0][1]


@pytest.mark.behaviour("D-06")
def test_a_swedbank_account_without_check_digit_is_asked_about(company: Company, ada: Employee) -> None:
    BankAccountFactory.create(employee=ada)

    job = preview(company, [NUMBERS, ["ABC-1", "SE", "8327-9", "33.957.246-6", "", ""]])

    assert [column for column, _text in questions(job)[2]] == ["account_number"]


# --- The answer -------------------------------------------------------------------------------------------


@pytest.fixture
def asking(company: Company, ada: Employee) -> ImportJob:
    return preview(company, [NAMES, ["abc-1", "Ada", "Berg"], ["2", "Eva", "Ek"]])


def page_of(job: ImportJob) -> str:
    return reverse("admin:employees_importjob_change", args=[job.pk])


def confirm_on_the_page(client: Client, job: ImportJob, changes: dict[str, Any]) -> str:
    press(client, client.get(page_of(job)), "Import", changes=changes)
    work(job)
    return " ".join(client.get(page_of(job)).content.decode().split())


@pytest.mark.behaviour("D-10")
def test_without_an_answer_the_rows_with_a_question_are_left_out_and_the_result_says_so(
    hr_admin: Client, asking: ImportJob
) -> None:
    result = confirm_on_the_page(hr_admin, asking, {})

    assert (asking.state, set(Employee.objects.values_list("employment_id", flat=True))) == ("done", {"ABC-1", "2"})
    assert "1 row has a question that nobody answered, and was left out." in result
    assert "Left out" in result
    assert "differs from that of Ada Berg (ABC-1) only in capitals" in result


@pytest.mark.behaviour("D-10")
def test_with_the_answer_they_are_imported_as_they_stand(hr_admin: Client, asking: ImportJob) -> None:
    result = confirm_on_the_page(hr_admin, asking, {"take_questions": "on"})

    assert set(Employee.objects.values_list("employment_id", flat=True)) == {"ABC-1", "abc-1", "2"}
    assert "left out" not in result


def test_the_preview_counts_the_rows_and_shows_those_with_a_question_first(hr_admin: Client, asking: ImportJob) -> None:
    page = hr_admin.get(page_of(asking))
    text = " ".join(page.content.decode().split())

    assert "I have looked at the 1 row with a question: import it as it stands" in text
    assert page.context["shown"] == "asked"
    assert "Employment ID:" in text
    assert "Ada Berg (ABC-1)" in text


def test_rows_with_notes_and_questions_can_be_filtered(hr_admin: Client, company: Company, ada: Employee) -> None:
    job = preview(company, [NAMES, ["abc-1", "Ada", "Berg"], ["2", BJORN, "Ek"], ["3", "Bo", "Ek"]])

    shown = {name: hr_admin.get(f"{page_of(job)}?show={name}").context["rows"] for name in ("asked", "noted", "new")}

    assert {name: [each.row.number for each in rows] for name, rows in shown.items()} == {
        "asked": [2],
        "noted": [3],
        "new": [2, 3, 4],
    }


def test_a_file_of_questions_alone_is_not_confirmed_without_the_answer(
    hr_admin: Client, company: Company, ada: Employee
) -> None:
    job = preview(company, [NAMES, ["abc-1", "Ada", "Berg"]])

    page = press(hr_admin, hr_admin.get(page_of(job)), "Import", follow=True)

    assert "you did not answer" in page.content.decode()
    assert ImportRow.objects.get().state == ImportRow.State.WAITING
    confirm_on_the_page(hr_admin, job, {"take_questions": "on"})
    assert Employee.objects.count() == 2


def test_somebody_whose_managers_row_was_left_out_is_not_written_without_a_word(
    company: Company, ada: Employee
) -> None:
    lines = [[*NAMES, "Manager"], ["abc-1", "Ada", "Berg", ""], ["2", "Eva", "Ek", "abc-1"], ["3", "Bo", "Ek", ""]]

    job = confirm(preview(company, lines))

    assert list(job.rows.order_by("number").values_list("state", flat=True)) == ["left_out", "moved", "written"]


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


@pytest.mark.behaviour("D-03")
@pytest.mark.parametrize("made", ["12-mar", "3-Okt", "Mar-12", "12. mrz", "05-maj"])
def test_a_day_that_a_spreadsheet_saved_as_csv_made_of_an_id_is_asked_about(company: Company, made: str) -> None:
    job = preview(company, [["Employment ID", "Given name", "Family name"], [made, "Eva", "Ek"]])
    assert [column for column, _text in job.rows.get().questions] == ["employment_id"]

    assert confirm_import(job=job, by_id=None, skip_bad=False, take_questions=True)
    work(job)

    assert Employee.objects.get().employment_id == made


@pytest.mark.behaviour("D-03")
def test_a_day_that_a_spreadsheet_saved_as_csv_made_of_a_name_or_a_street_is_refused(company: Company) -> None:
    header = ["Employment ID", "Given name", "Family name", "Street"]
    job = preview(company, [header, ["1", "Eva", "Mar-01", "03-apr"], ["2", "Mai", "Maj", "Juli 5"]])

    assert [column for column, _reason in reasons(job)[2]] == ["family_name", "street"]
    assert list(reasons(job)) == [2]


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
