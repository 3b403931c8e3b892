"""What else stands in a file that takes a work e-mail from whoever has left: managers, the leaver's own row."""

from datetime import date
from typing import Any

import pytest

from employees.models import Company, Employee, ImportJob
from employees.transfer.jobs import confirm_import
from tests.employees.transfer.files import preview, reasons, work
from tests.factories import CompanyFactory, EmployeeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("D-10")]
ADDRESS = "boss@example.se"
HEADER = ["Employment ID", "Given name", "Family name", "Work e-mail", "Manager", "City"]
NEW_BOSS = ["2", "Nina", "Ny", ADDRESS, "", "Lund"]


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def leaver(company: Company) -> Employee:
    return make(company, "1", given_name="Olle", family_name="Ek", work_email=ADDRESS, last_workday=date(2021, 1, 31))


def make(company: Company, employment_id: str, **values: Any) -> Employee:
    plain = {"employment_id": employment_id, "work_email": "", "department": None, "manager": None, "city": "Luleå"}
    employee: Employee = EmployeeFactory.create(company=company, **{**plain, **values})
    return employee


def line(employee: Employee, *, manager: str = "", city: str = "Luleå") -> list[str]:
    return [employee.employment_id, employee.given_name, employee.family_name, "", manager, city]


def confirm(job: ImportJob, *, yes: bool = True) -> ImportJob:
    assert confirm_import(job=job, by_id=None, skip_bad=False, take_questions=yes)
    return work(job)


@pytest.mark.parametrize("known_as", ["1", ""])
def test_a_manager_named_by_the_address_is_whoever_gets_it(company: Company, leaver: Employee, known_as: str) -> None:
    leaver.employment_id = known_as
    leaver.save()
    of_the_team = make(company, "5", manager=leaver)
    lines = [HEADER, NEW_BOSS, line(of_the_team, manager=ADDRESS), ["6", "Ulf", "Udd", "", ADDRESS, "Lund"]]

    job = preview(company, lines)

    shown = [row.changes["manager"][1] for row in job.rows.order_by("number") if row.number > 2]
    assert shown == [f"Nina Ny (2), {ADDRESS}"] * 2
    confirm(job)
    managers = Employee.objects.filter(employment_id__in="56").values_list("manager__given_name", flat=True)
    assert (list(managers), reasons(job)) == (["Nina", "Nina"], {})


def test_without_a_yes_nobody_gets_the_leaver_as_a_manager_instead(company: Company, leaver: Employee) -> None:
    job = confirm(preview(company, [HEADER, NEW_BOSS, ["6", "Ulf", "Udd", "", ADDRESS, "Lund"]]), yes=False)

    assert not Employee.objects.filter(employment_id="6").exists()
    assert "The manager was not imported" in str(reasons(job)[3])
    again = confirm(preview(company, [HEADER, NEW_BOSS, ["6", "Ulf", "Udd", "", ADDRESS, "Lund"]]))
    assert (Employee.objects.get(employment_id="6").manager, reasons(again)) == (
        Employee.objects.get(employment_id="2"),
        {},
    )


def test_where_nobody_takes_the_address_it_means_whoever_has_it(company: Company, leaver: Employee) -> None:
    confirm(preview(company, [HEADER, ["6", "Ulf", "Udd", "", ADDRESS, "Lund"]]))

    assert Employee.objects.get(employment_id="6").manager == leaver


def test_the_leavers_own_row_is_written_though_it_comes_after_the_new_ones(company: Company, leaver: Employee) -> None:
    """A row that names a new manager is written in a later part than the manager's."""
    lines = [HEADER, NEW_BOSS, line(leaver, manager="2", city="Umeå")]

    job = confirm(preview(company, lines))

    leaver.refresh_from_db()
    assert (reasons(job), leaver.city, leaver.work_email) == ({}, "Umeå", "")
    assert leaver.manager == Employee.objects.get(employment_id="2")


def test_whom_somebody_changed_meanwhile_is_still_not_overwritten(company: Company, leaver: Employee) -> None:
    job = preview(company, [HEADER, NEW_BOSS, line(leaver, manager="2", city="Umeå")])
    leaver.city = "Kiruna"
    leaver.save()

    confirm(job)

    leaver.refresh_from_db()
    assert (list(reasons(job)), leaver.city) == ([3], "Kiruna")
