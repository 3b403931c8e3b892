"""Workdays that leave standing absences outside the employment: told where the workdays are changed."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from absences.models import Absence
from employees.labels import label_of
from employees.models import Company, Employee
from employees.together import plan_change
from tests.employees.transfer.files import preview
from tests.factories import AbsenceFactory, CompanyFactory, EmployeeFactory
from tests.pages import press

PERIOD = "2026-03-02 – 2026-03-06"
WORKDAYS = {"first_workday": date(2020, 1, 1), "last_workday": None}


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create()


@pytest.fixture
def anna(company: Company) -> Employee:
    return EmployeeFactory.create(company=company, employment_id="1001", birth_date=None, **WORKDAYS)


def change(client: Client, person: Employee, changes: dict[str, str]) -> list[str]:
    page = client.get(reverse("admin:employees_employee_change", args=[person.pk]))
    saved = press(client, page, changes=changes)
    assert saved.status_code == 302
    return [str(message) for message in get_messages(saved.wsgi_request) if message.level_tag == "warning"]


def notes(company: Company, lines: list[list[str]]) -> dict[int, Any]:
    return dict(preview(company, lines).rows.exclude(notes=[]).values_list("number", "notes"))


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize(
    ("field", "day", "text"),
    [
        ("last_workday", "2026-03-05", f"After the last workday (2026-03-05) lie days of absences: {PERIOD}"),
        ("first_workday", "2026-03-03", f"Before the first workday (2026-03-03) lie days of absences: {PERIOD}"),
    ],
)
def test_a_workday_with_absences_beyond_it_is_kept_and_told(
    hr_admin: Client, anna: Employee, field: str, day: str, text: str
) -> None:
    AbsenceFactory.create(employee=anna)

    told = change(hr_admin, anna, {field: day})

    assert any(text in each for each in told)
    # Nothing new is told when something else is changed.
    assert not any("lie days" in each for each in change(hr_admin, anna, {"city": "Kiruna"}))


@pytest.mark.behaviour("D-12")
def test_an_absence_without_end_goes_beyond_every_last_workday(hr_admin: Client, anna: Employee) -> None:
    AbsenceFactory.create(employee=anna, end=None)

    assert any("from 2026-03-02, no end yet" in each for each in change(hr_admin, anna, {"last_workday": "2028-01-31"}))


@pytest.mark.behaviour("D-12")
def test_absences_that_lie_within_or_do_not_stand_are_not_told(hr_admin: Client, anna: Employee) -> None:
    AbsenceFactory.create(employee=anna)
    AbsenceFactory.create(employee=anna, start=date(2026, 5, 4), end=date(2026, 5, 5), status=Absence.Status.DECLINED)

    told = change(hr_admin, anna, {"last_workday": "2026-03-06", "first_workday": "2026-03-02"})

    assert not any("lie days" in each for each in told)


@pytest.mark.behaviour("D-12")
def test_an_import_notes_it_before_anything_is_written(company: Company, anna: Employee) -> None:
    AbsenceFactory.create(employee=anna)
    other = EmployeeFactory.create(company=company, employment_id="1002", **WORKDAYS)
    AbsenceFactory.create(employee=other, start=date(2026, 1, 5), end=date(2026, 1, 5))

    found = notes(company, [["Employment ID", "Last workday"], ["1001", "2026-02-28"], ["1002", "2026-02-28"]])

    [[column, text]] = found[2]
    assert (column, PERIOD in text, list(found)) == ("last_workday", True, [2])


@pytest.mark.behaviour("D-12")
def test_more_rows_ask_no_more_queries(company: Company) -> None:
    people = EmployeeFactory.create_batch(12, company=company, **WORKDAYS)
    for number, person in enumerate(people):
        Employee._base_manager.filter(pk=person.pk).update(employment_id=f"N{number}")
        AbsenceFactory.create(employee=person)
    counts = []
    for rows in (2, 12):
        lines = [[f"N{number}", "2026-02-28"] for number in range(rows)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(notes(company, [["Employment ID", "Last workday"], *lines])) == rows
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.behaviour("D-12")
def test_people_who_are_changed_together_are_shown_with_it(hr_admin: Client, anna: Employee, company: Company) -> None:
    AbsenceFactory.create(employee=anna)
    EmployeeFactory.create(company=company, **WORKDAYS)
    ids = list(Employee.objects.values_list("pk", flat=True))

    with CaptureQueriesContext(connection) as queries:
        plan = plan_change(employee_ids=ids, values={"last_workday": date(2026, 3, 1)})
    assert [each.employee for each in plan.changing if each.doubts] == [anna]
    assert sum("absences_absence" in query["sql"] for query in queries) == 1

    posted = {"employees": ",".join(map(str, ids)), "department": "keep", "manager_becomes": "keep"}
    posted |= {"last_workday_becomes": "set", "last_workday": "2026-03-01"}
    page = hr_admin.post(reverse("admin:employees_employee_together"), posted).content.decode()
    assert f"{label_of(anna)}: After the last workday (2026-03-01)" in page
