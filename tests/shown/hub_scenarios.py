"""Changes of many people, an import, absences and deletions, before they are made."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from absences.models import Absence
from employees.models import BankAccount, Department, Employee, ImportJob
from integrations.core.models import Link
from tests.core.review.filling import review_of
from tests.employees.transfer.files import preview
from tests.factories import AbsenceFactory, BankAccountFactory, DepartmentFactory, EmployeeFactory
from tests.pages import press
from tests.shown.asked import Asked, asks, edit, edit_absence, kind, page, save_settings

# --- Changes of many people -----------------------------------------------------------------------------


def change_together(hanna: Client, people: list[Employee]) -> Any:
    ticked = {"action": "change_together", "_selected_action": [person.pk for person in people]}
    chosen = press(hanna, hanna.get(page("employees_employee_changelist")), "Run", ticked, follow=True)
    values = {"last_workday_becomes": "set", "last_workday": "2031-06-30"}
    return press(hanna, chosen, "Show what it would do", values, follow=True)


def last_workdays() -> set[date | None]:
    return set(Employee.objects.values_list("last_workday", flat=True))


@asks("employees/together_confirm.html", "somebody was edited")
def together_edited(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    people = [reviewed.employee(name, last_workday=None) for name in ("Eva Ek", "Bo Berg")]
    return Asked(
        open=lambda: change_together(hanna, people),
        change=lambda: edit(henrik, people[0], city="Lund"),
        button="confirm",
        state=last_workdays,
    )


@asks("employees/together_confirm.html", "what goes elsewhere is held now")
def together_held(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    people = [reviewed.employee(name, last_workday=None) for name in ("Eva Ek", "Bo Berg")]
    for number, person in enumerate(people):
        Link.objects.create(
            connection=reviewed.run.connection,
            resource="employees",
            left_id=str(person.pk),
            right_id=str(number),
            pairs={"last_workday": [None, None, "settled"]},
            state=Link.State.ACTIVE,
        )
    return Asked(
        open=lambda: change_together(hanna, people),
        change=lambda: save_settings(henrik, reviewed.run.connection, push_limit=1),
        button="confirm",
        state=last_workdays,
    )


@asks("employees/import_confirm.html")
def importing(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    reviewed = review_of()
    person, other = reviewed.employee("Eva Ek"), reviewed.employee("Bo Berg")
    lines = [["Work e-mail", "City"], [person.work_email, "Malmö"], [other.work_email, "Malmö"]]
    job = preview(reviewed.company, lines)
    return Asked(
        open=lambda: hanna.get(page("employees_importjob_change", job.pk)),
        change=lambda: edit(henrik, person, city="Lund"),
        button="Import",
        state=lambda: ImportJob.objects.get(pk=job.pk).state,
    )


# --- Absences -------------------------------------------------------------------------------------------


def choose_absences(hanna: Client, *absences: Absence) -> Any:
    ticked = {"action": "approve_chosen", "_selected_action": [absence.pk for absence in absences]}
    return press(hanna, hanna.get(page("absences_absence_changelist")), "Run", ticked, follow=True)


def statuses() -> list[str]:
    return list(Absence.objects.order_by("pk").values_list("status", flat=True))


@asks("absences/decide.html", "one was edited")
def approving(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = AbsenceFactory.create_batch(2, type=kind("vacation"))
    return Asked(
        open=lambda: choose_absences(hanna, first, second),
        change=lambda: edit_absence(henrik, first, end="2026-03-20"),
        button="Approve",
        state=statuses,
    )


@asks("absences/decide.html", "days outside the employment came")
def approving_outside(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = AbsenceFactory.create_batch(2, type=kind("vacation"))
    return Asked(
        open=lambda: choose_absences(hanna, first, second),
        change=lambda: edit(henrik, first.employee, last_workday="2026-03-03"),
        button="Approve",
        state=statuses,
    )


@asks("absences/decide_one.html")
def approving_one(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    absence = AbsenceFactory.create(type=kind("vacation"))
    return Asked(
        open=lambda: hanna.get(page("absences_absence_change", absence.pk)),
        change=lambda: edit_absence(henrik, absence, end="2026-03-20"),
        button="Approve",
        holding={"status": "approved"},
        state=statuses,
    )


# --- Deleting -------------------------------------------------------------------------------------------


def delete_chosen(hanna: Client, name: str, *records: Any) -> Any:
    ticked = {"action": "delete_selected", "_selected_action": [record.pk for record in records]}
    return press(hanna, hanna.get(page(f"{name}_changelist")), "Run", ticked, follow=True)


@asks("employees/delete_form.html", "chosen absences")
def deleted_absences(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = AbsenceFactory.create_batch(2)
    return Asked(
        open=lambda: delete_chosen(hanna, "absences_absence", first, second),
        change=lambda: edit_absence(henrik, first, grade="50"),
        button="Yes, I’m sure",
        state=Absence.objects.count,
    )


@asks("employees/delete_form.html", "one absence")
def deleted_absence(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    absence = AbsenceFactory.create()
    return Asked(
        open=lambda: hanna.get(page("absences_absence_delete", absence.pk)),
        change=lambda: edit_absence(henrik, absence, grade="50"),
        button="Yes, I’m sure",
        state=Absence.objects.count,
    )


@asks("employees/delete_form.html", "chosen people")
def deleted_people(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = EmployeeFactory.create_batch(2)
    return Asked(
        open=lambda: delete_chosen(hanna, "employees_employee", first, second),
        change=lambda: edit(henrik, first, city="Lund"),
        button="Yes, I’m sure",
        state=Employee.objects.count,
    )


@asks("employees/delete_form.html", "a bank account")
def deleted_account(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    account = BankAccountFactory.create()
    return Asked(
        open=lambda: hanna.get(page("employees_bankaccount_delete", account.pk)),
        change=lambda: edit(henrik, account.employee, city="Lund"),
        button="Yes, I’m sure",
        state=BankAccount.objects.count,
    )


def rename(client: Client, department: Department, name: str) -> None:
    opened = client.get(page("employees_department_change", department.pk))
    answer = press(client, opened, "Save", {"name": name})
    assert answer.status_code == 302, "The department could not be saved."


@asks("employees/delete_form.html", "a department")
def deleted_department(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    department = DepartmentFactory.create()
    return Asked(
        open=lambda: hanna.get(page("employees_department_delete", department.pk)),
        change=lambda: rename(henrik, department, "Warehouse North"),
        button="Yes, I’m sure",
        state=Department.objects.count,
    )


@asks("employees/delete_form.html", "chosen departments")
def deleted_departments(request: pytest.FixtureRequest, hanna: Client, henrik: Client) -> Asked:
    first, second = DepartmentFactory.create_batch(2)
    return Asked(
        open=lambda: delete_chosen(hanna, "employees_department", first, second),
        change=lambda: rename(henrik, second, "Warehouse North"),
        button="Yes, I’m sure",
        state=Department.objects.count,
    )
