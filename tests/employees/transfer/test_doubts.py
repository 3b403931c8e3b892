"""What a row may hold rightly and should be looked at all the same: asked about before it is written, and answered."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from employees.models import Company, Employee, ImportJob, ImportRow
from employees.transfer.jobs import confirm_import
from tests.employees.transfer.doubted import BJORN, NAMES, NUMBERS, page_of, questions
from tests.employees.transfer.files import confirm, preview, reasons, work
from tests.factories import BankAccountFactory
from tests.pages import press

pytestmark = pytest.mark.django_db


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
