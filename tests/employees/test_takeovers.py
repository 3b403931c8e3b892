"""The work e-mail of somebody who has left goes over to somebody else, after a question (D-10)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from employees.models import Company, Employee, ImportJob
from employees.transfer.jobs import confirm_import
from employees.transfer.people_reach import reach_of_people
from integrations.core.models import FieldChange
from tests.employees.transfer.files import preview, reasons, work
from tests.factories import CompanyFactory, EmployeeFactory
from tests.pages import form_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("D-10")]
ADDRESS = "lager@example.se"
LEFT_ON = date(2021, 1, 31)
HEADER = ["Employment ID", "Given name", "Family name", "Work e-mail"]
ANNA = ["2001", "Anna", "Alm", ADDRESS]
ADD = reverse("admin:employees_employee_add")


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def leaver(company: Company) -> Employee:
    return leaver_of(company)


def leaver_of(company: Company, **values: Any) -> Employee:
    plain = {"given_name": "Eva", "family_name": "Ek", "employment_id": "1001", "work_email": ADDRESS}
    employee: Employee = EmployeeFactory.create(company=company, **{**plain, "last_workday": LEFT_ON, **values})
    return employee


def email_of(employee: Employee) -> str:
    employee.refresh_from_db()
    return employee.work_email


def questions(job: ImportJob) -> list[str]:
    return [text for row in job.rows.order_by("number") for _column, text in row.questions]


def confirm(job: ImportJob, *, take_questions: bool = True, by_id: int | None = None) -> ImportJob:
    assert confirm_import(job=job, by_id=by_id, skip_bad=True, take_questions=take_questions)
    return work(job)


# --- The import ---------------------------------------------------------------------------------------------------


def test_a_new_persons_row_with_a_leavers_address_is_a_question_that_names_who_left_and_when(
    company: Company, leaver: Employee
) -> None:
    job = preview(company, [HEADER, ANNA])

    (question,) = questions(job)
    assert question.startswith("This address belonged to Eva Ek (1001), who left on 2021-01-31.")
    assert (job.counts["new"], job.counts["bad"]) == (1, 0)


def test_a_yes_empties_the_leavers_address_and_the_history_names_who_said_it(
    company: Company, leaver: Employee
) -> None:
    hanna = User.objects.create_user("hanna")
    version = leaver.version

    confirm(preview(company, [HEADER, ANNA]), by_id=hanna.pk)

    assert email_of(leaver) == ""
    assert Employee.objects.get(employment_id="2001").work_email == ADDRESS
    change = FieldChange.objects.get(subject_id=str(leaver.pk), field="work_email", before=ADDRESS)
    assert (change.before, change.user_id) == (ADDRESS, hanna.pk)
    assert leaver.version == version + 1
    assert preview(company, [HEADER, ANNA]).counts["unchanged"] == 1


def test_without_a_yes_neither_record_changes_and_the_other_rows_are_imported(
    company: Company, leaver: Employee
) -> None:
    job = preview(company, [HEADER, ANNA, ["2002", "Bo", "Berg", "bo@example.se"]])

    confirm(job, take_questions=False)

    assert email_of(leaver) == ADDRESS
    assert list(Employee.objects.exclude(pk=leaver.pk).values_list("employment_id", flat=True)) == ["2002"]


@pytest.mark.parametrize("address", ["LAGER@Example.SE", " lager@example.se\u200b"])
def test_the_writing_of_the_address_makes_no_difference(company: Company, leaver: Employee, address: str) -> None:
    confirm(preview(company, [HEADER, [*ANNA[:3], address]]))

    assert email_of(leaver) == ""
    assert Employee.objects.filter(employment_id="2001").exists()


def test_without_an_employment_id_another_name_says_that_it_is_somebody_new(company: Company, leaver: Employee) -> None:
    lines = [["Given name", "Family name", "Work e-mail"], ["Anna", "Alm", ADDRESS]]
    assert len(questions(preview(company, lines))) == 1

    confirm(preview(company, lines))

    leaver.refresh_from_db()
    assert (leaver.full_name, leaver.work_email) == ("Eva Ek", "")
    assert Employee.objects.get(work_email=ADDRESS).full_name == "Anna Alm"


@pytest.mark.parametrize(
    "line",
    [["1001", "Eva", "Ek-Alm", ADDRESS], ["", "EVA", "Ek", ADDRESS], ["", "", "", ADDRESS]],
    ids=["same ID", "same name", "no name"],
)
def test_the_leavers_own_row_asks_nothing(company: Company, leaver: Employee, line: list[str]) -> None:
    header, line = (HEADER, line) if line[1] else (["Work e-mail", "City"], [ADDRESS, "Umeå"])

    job = preview(company, [header, line])

    assert (questions(job), job.counts["new"], job.counts["bad"]) == ([], 0, 0)


def test_somebody_who_is_there_already_may_take_it_over_too(company: Company, leaver: Employee) -> None:
    anna = EmployeeFactory.create(company=company, employment_id="2001", work_email="anna@example.se")
    lines = [["Employment ID", "Work e-mail"], ["2001", ADDRESS]]
    assert len(questions(preview(company, lines))) == 1

    confirm(preview(company, lines))

    assert (email_of(leaver), email_of(anna)) == ("", ADDRESS)


@pytest.mark.parametrize("last_workday", [None, "today", "tomorrow"])
def test_of_somebody_who_has_not_left_it_is_refused_as_before(company: Company, last_workday: str | None) -> None:
    days = {"today": 0, "tomorrow": 1}
    until = timezone.localdate() + timedelta(days=days[last_workday]) if last_workday else None
    stays = leaver_of(company, last_workday=until)

    job = preview(company, [HEADER, ANNA])

    ((_column, reason),) = reasons(job)[2]
    assert "has another employment ID" in reason
    stays.last_workday = LEFT_ON
    stays.save()
    confirm(preview(company, [HEADER, ANNA]))
    assert email_of(stays) == ""


def test_two_rows_with_the_leavers_address_are_refused(company: Company, leaver: Employee) -> None:
    job = preview(company, [HEADER, ANNA, ["2002", "Bo", "Berg", ADDRESS]])
    assert sorted(reasons(job)) == [2, 3]


def test_whoever_comes_back_after_the_preview_keeps_the_address(company: Company, leaver: Employee) -> None:
    job = preview(company, [HEADER, ANNA])
    leaver.last_workday = None
    leaver.save()

    job = confirm(job)

    assert email_of(leaver) == ADDRESS
    assert not Employee.objects.filter(employment_id="2001").exists()
    ((_column, reason),) = reasons(job)[2]
    assert "has not left any more" in reason
    leaver.last_workday = LEFT_ON
    leaver.save()
    confirm(preview(company, [HEADER, ANNA]))
    assert email_of(leaver) == ""


def test_an_address_that_somebody_else_has_got_after_the_preview_stays_theirs(
    company: Company, leaver: Employee
) -> None:
    job = preview(company, [HEADER, ANNA])
    leaver.work_email = ""
    leaver.save()
    bo = EmployeeFactory.create(company=company, work_email=ADDRESS)

    confirm(job)

    assert email_of(bo) == ADDRESS
    assert not Employee.objects.filter(employment_id="2001").exists()


def test_the_leaver_may_stand_in_the_same_file(company: Company, leaver: Employee) -> None:
    lines = [[*HEADER, "City"], [*ANNA, "Lund"], ["1001", "Eva", "Ek", "", "Umeå"]]

    confirm(preview(company, lines))

    leaver.refresh_from_db()
    assert (leaver.work_email, leaver.city) == ("", "Umeå")
    assert Employee.objects.get(employment_id="2001").work_email == ADDRESS


def test_the_leavers_are_told_among_those_whom_the_file_changes(company: Company, leaver: Employee) -> None:
    job = preview(company, [HEADER, ANNA])
    job.take_questions = True
    reach = reach_of_people(job)
    assert (reach.changed, reach.new) == ({leaver.pk: frozenset({"work_email"})}, {company.pk: 1})


# --- The person's page ----------------------------------------------------------------------------------------------


def new_person(client: Client, company: Company) -> Any:
    values = {"company": company.pk, "given_name": "Anna", "family_name": "Alm", "work_email": ADDRESS}
    return press(client, client.get(ADD), changes=values)


def say_yes(client: Client, asked: Any) -> Any:
    (answer,) = [each for each in form_of(asked).controls if each.name == "answer.work_email.of_leaver"]
    return press(client, asked, changes={answer.name: answer.attributes["value"]})


def test_the_page_asks_before_a_new_person_gets_it_and_then_empties_it(
    hr_admin: Client, company: Company, leaver: Employee
) -> None:
    asked = new_person(hr_admin, company)
    assert "This address belonged to Eva Ek (1001), who left on" in asked.content.decode()
    assert (Employee.objects.count(), email_of(leaver)) == (1, ADDRESS)

    saved = say_yes(hr_admin, asked)

    assert (saved.status_code, email_of(leaver)) == (302, "")
    told = [str(message) for message in get_messages(saved.wsgi_request)]
    assert any(text.startswith("The work e-mail was emptied on the record of Eva Ek") for text in told)
    assert not any("have the same" in text for text in told)
    change = FieldChange.objects.get(subject_id=str(leaver.pk), field="work_email", before=ADDRESS)
    assert change.user_id == User.objects.get(username="hr").pk


def test_the_page_asks_as_well_where_somebody_who_is_there_gets_it(
    hr_admin: Client, company: Company, leaver: Employee
) -> None:
    anna = EmployeeFactory.create(company=company, work_email="anna@example.se")
    page = reverse("admin:employees_employee_change", args=[anna.pk])

    say_yes(hr_admin, press(hr_admin, hr_admin.get(page), changes={"work_email": ADDRESS}))

    assert (email_of(leaver), email_of(anna)) == ("", ADDRESS)


def test_whoever_comes_back_before_the_answer_keeps_the_address(
    hr_admin: Client, company: Company, leaver: Employee
) -> None:
    asked = new_person(hr_admin, company)
    leaver.last_workday = None
    leaver.save()

    saved = say_yes(hr_admin, asked)

    assert email_of(leaver) == ADDRESS
    assert any("have the same work e-mail" in str(message) for message in get_messages(saved.wsgi_request))


def test_a_page_of_the_leaver_that_was_open_writes_the_address_not_back(
    hr_admin: Client, company: Company, leaver: Employee
) -> None:
    page = reverse("admin:employees_employee_change", args=[leaver.pk])
    opened = hr_admin.get(page)
    say_yes(hr_admin, new_person(hr_admin, company))

    refused = press(hr_admin, opened, changes={"city": "Umeå"})

    assert "was changed by somebody else" in refused.content.decode()
    assert email_of(leaver) == ""
    press(hr_admin, hr_admin.get(page), changes={"city": "Umeå"})
    leaver.refresh_from_db()
    assert (leaver.city, leaver.work_email) == ("Umeå", "")


def test_another_companys_leaver_is_not_asked_about(hr_admin: Client, company: Company) -> None:
    other = leaver_of(CompanyFactory.create())

    assert new_person(hr_admin, company).status_code == 302
    assert email_of(other) == ADDRESS
