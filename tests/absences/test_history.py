"""The history of absences: who changed what, when and from where; never what a note said (G-12)."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from absences.deciding import decide, made_from
from absences.models import Absence
from absences.tracking import tracked_bulk
from employees.models import Company, Employee
from integrations.core.models import FieldChange
from tests.absences.conftest import SignIn, make_user
from tests.absences.test_admin import change, page_of, register
from tests.absences.test_admin import decide as decide_on_page
from tests.absences.transfer.test_import import HEADER, preview
from tests.core.hub.history import last_change, new_changes
from tests.employees.transfer.files import confirm
from tests.factories import AbsenceFactory, EmployeeFactory
from tests.pages import press

pytestmark = pytest.mark.django_db
SECRET = "a torn meniscus"


def history(client: Client, absence: Absence) -> list[tuple[str, str, str, str, str]]:
    changes = client.get(page_of(absence)).context["changes"]
    return [(each.who, each.where, str(each.field), each.before, each.after) for each in changes]


def fields(absence: Absence, *, since: int) -> dict[str, Any]:
    """Return field → (before, after) of an absence's changes."""
    found = new_changes(absence.employee_id, since=since)
    prefix = f"absence.{absence.pk}."
    return {name.removeprefix(prefix): values for name, values in found.items() if name.startswith(prefix)}


@pytest.mark.behaviour("G-12")
def test_a_registered_absence_is_found_with_who_registered_it(hr_admin: Client, report: Employee) -> None:
    register(hr_admin, report, "sick_leave")

    absence = Absence.objects.get()
    found = history(hr_admin, absence)
    assert ("hr", "Hub", "First day", "", "2026-03-02") in found
    assert ("hr", "Hub", "Type", "", str(absence.type)) in found
    assert ("hr", "Hub", "Status", "", "Approved") in found


@pytest.mark.behaviour("G-12")
def test_a_change_by_hand_is_found_with_the_value_before_and_after(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(grade=100)
    since = last_change()

    change(hr_admin, absence, grade=50)

    assert history(hr_admin, absence)[0] == ("hr", "Hub", "Grade, %", "100", "50")
    assert fields(absence, since=since) == {"grade": (100, 50)}


@pytest.mark.behaviour("G-12")
def test_a_notes_text_never_stands_in_the_history(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(note="")

    change(hr_admin, absence, note=SECRET)
    assert history(hr_admin, absence)[0][2:] == ("Note", "", "a note")
    change(hr_admin, absence, note=f"{SECRET}, operated")
    assert history(hr_admin, absence)[0][2:] == ("Note", "a note", "changed; notes are not kept here")
    change(hr_admin, absence, note="")
    assert history(hr_admin, absence)[0][2:] == ("Note", "a note", "")

    kept = FieldChange.objects.values_list("before", "after")
    assert SECRET not in str(list(kept))


@pytest.mark.behaviour("G-12")
def test_a_decision_is_found_with_who_decided(hr_admin: Client, boss: Client, report: Employee) -> None:
    absence = AbsenceFactory.create(employee=report, status="requested", decided_at=None)

    decide_on_page(boss, absence)

    assert history(hr_admin, absence)[0] == ("boss", "Hub", "Status", "Requested", "Approved")


@pytest.mark.behaviour("G-12")
def test_a_deleted_absence_is_found_from_the_employee(hr_admin: Client) -> None:
    absence = AbsenceFactory.create(start=date(2026, 3, 2))
    employee = absence.employee

    asked = hr_admin.get(reverse("admin:absences_absence_delete", args=[absence.pk]))
    press(hr_admin, asked, "Yes, I’m sure")

    page = hr_admin.get(reverse("admin:employees_employee_change", args=[employee.pk]))
    shown = [(each.who, str(each.field), each.before, each.after) for each in page.context["changes"]]
    assert ("hr", "Deleted absence: first day", "2026-03-02", "") in shown


@pytest.mark.behaviour("G-12")
def test_an_import_is_found_with_who_confirmed_it() -> None:
    hr, anna = make_user("hr"), EmployeeFactory.create(employment_id="1001")
    since = last_change()

    line = ["1001", "sick_leave", "2026-03-02", "2026-03-06", "", SECRET, ""]
    confirm(preview(anna.company, [HEADER, line], by=hr), by_id=hr.pk)

    absence = Absence.objects.get()
    assert fields(absence, since=since)["start"] == (None, "2026-03-02")
    assert set(FieldChange.objects.filter(pk__gt=since).values_list("user", flat=True)) == {hr.pk}


def test_a_bulk_decision_keeps_the_history_in_a_fixed_number_of_queries(hr_admin: Client) -> None:
    by, company = User.objects.get(username="hr"), EmployeeFactory.create().company

    def queries_of_history(count: int) -> int:
        absences = requested(company, count)
        since = last_change()
        shown = made_from(absences, status="approved", outgoing=False)
        with CaptureQueriesContext(connection) as made:
            decide(ids=[each.pk for each in absences], status="approved", by=by, shown=shown)
        assert FieldChange.objects.filter(pk__gt=since, field__endswith=".status").count() == count
        return len([query for query in made if "core_fieldchange" in query["sql"]])

    assert queries_of_history(2) == queries_of_history(20)


def requested(company: Company, count: int) -> list[Absence]:
    employee = EmployeeFactory.create(company=company)
    return [
        AbsenceFactory.create(employee=employee, status="requested", decided_at=None, start=day, end=day)
        for day in (date(2026, 1, number + 1) for number in range(count))
    ]


def test_changes_announced_as_a_bulk_are_kept() -> None:
    absence = AbsenceFactory.create(grade=100)
    since = last_change()

    with tracked_bulk([absence.pk]):
        Absence.objects.filter(pk=absence.pk).update(grade=40)

    assert fields(absence, since=since) == {"grade": (100, 40)}


@pytest.mark.parametrize("role", ["boss", "stranger"])
def test_whoever_may_not_see_everybodys_absences_reads_none_in_the_list_of_changes(sign_in: SignIn, role: str) -> None:
    AbsenceFactory.create()
    client = sign_in(role)
    give_rights(role, "view_fieldchange")

    page = client.get(reverse("admin:core_fieldchange_changelist"))

    assert page.status_code == 200
    assert not [each for each in page.context["cl"].result_list if each.field.startswith("absence")]


def give_rights(role: str, *codenames: str) -> None:
    User.objects.get(username=role).user_permissions.set(Permission.objects.filter(codename__in=codenames))


def links_of(client: Client, page: str) -> set[str]:
    """Return the addresses of our own site that a page links to."""
    shown = re.findall(r'<a\b[^>]*href="(/[^"#?]*)', client.get(page).content.decode())
    return {unescape(link) for link in shown if "logout" not in link and not link.startswith("/static")}


def test_managers_see_no_link_that_they_may_not_follow(boss: Client, report: Employee) -> None:
    by = make_user("hr")
    absence = AbsenceFactory.create(employee=report, status="requested", decided_at=None, created_by=by)
    pages = [reverse("admin:absences_absence_changelist"), page_of(absence)]

    links = {link for page in pages for link in links_of(boss, page)}

    assert page_of(absence) in links
    assert {link: boss.get(link).status_code for link in links if boss.get(link).status_code == 403} == {}
