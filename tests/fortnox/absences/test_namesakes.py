"""Namesakes are told apart where their absences are decided on, deleted, refused and mailed (G-26)."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from employees.models import Employee
from employees.outgoing import forecast
from employees.tracking import Reach
from integrations.core.hub.happenings import _answer as happened_of
from integrations.core.hub.labels import label_problems
from integrations.core.models import Problem
from tests.core.runs.both_sides import change
from tests.factories import CompanyFactory, EmployeeFactory
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.transferred import VACATION, Transferred, edit
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-26"), pytest.mark.django_db(transaction=True)]


def text_of(page: Any) -> str:
    return " ".join(strip_tags(page.content.decode()).split())


def approve(client: Client, *pks: int) -> Any:
    chosen = {"action": "approve_chosen", "_selected_action": list(pks)}
    return press(client, client.get(reverse("admin:absences_absence_changelist")), "Run", chosen)


def test_an_approval_tells_apart_what_stays_and_what_is_ticked(both: Transferred, admin_client: Client) -> None:
    employee = both.begin()
    change(employee, last_workday=date(2026, 3, 4))
    other = EmployeeFactory.create(
        company=CompanyFactory.create(name="Zeta AB"),
        given_name=employee.given_name,
        family_name=employee.family_name,
        employment_id=employee.employment_id,
        last_workday=date(2026, 3, 4),
    )
    mine = both.absence(employee, status="requested")
    theirs = both.absence(other, status="requested")
    half = both.absence(employee, code=VACATION, grade=50, status="requested")

    shown = text_of(approve(admin_client, mine.pk, theirs.pk, half.pk))

    name = employee.full_name
    for company in ("Demo AB", "Zeta AB"):
        told = f"{name} (101, {company}, left on 2026-03-04): Sick leave, 2026-03-02 – 2026-03-06: the days outside"
        assert shown.count(told) == 1
    assert f"{name} (101, Demo AB, left on 2026-03-04): Vacation 50 %, 2026-03-02 – 2026-03-06: waiting" in shown
    # The page of one, and the question before it is deleted, name the company, too.
    for page in ("change", "delete"):
        address = reverse(f"admin:absences_absence_{page}", args=[theirs.pk])
        assert f"{name} (101, Zeta AB" in text_of(admin_client.get(address))


def test_a_change_of_many_names_each_by_what_tells_them_apart(both: Transferred) -> None:
    both.pair(2)
    both.begin()
    for person in Employee.objects.all():
        change(person, given_name="Anna", family_name="Berg")
    people = {pk: ["last_workday"] for pk in Employee.objects.values_list("pk", flat=True)}
    after = {pk: {"last_workday": date(2030, 1, 1)} for pk in people}

    (outgoing,) = forecast(reach=Reach(changed=people, after=lambda ids: {pk: after[pk] for pk in ids}))

    assert outgoing.names == ("Anna Berg (101)", "Anna Berg (102)")


def test_the_problem_page_and_its_buttons_say_the_name_of_now(both: Transferred, admin_client: Client) -> None:
    employee = both.begin()
    both.transferred(employee, code=VACATION)
    both.transferred(employee)
    problem = Problem.objects.get()
    before = problem.label
    change(employee, family_name="Newname")

    shown = text_of(admin_client.get(reverse("admin:core_problem_change", args=[problem.pk])))

    now = f"{employee.given_name} Newname, 2026-03-02 – 2026-03-06 (101)"
    assert before not in shown
    assert f"Try again: {now}" in shown
    assert f"Dismiss …: {now}" in shown


def test_a_problem_about_a_deleted_absence_says_whose_it_was(both: Transferred) -> None:
    absence = both.transferred(both.begin())
    both.sandbox.faults([refusal("DELETE")])
    absence.delete()
    both.push_until_sent()

    problem = Problem.objects.get()
    assert label_problems([problem], mailed=True)[problem.pk].endswith("2026-03-02 – 2026-03-06 (101)")


def test_a_refusal_says_whose_absence_it_is_and_what_became_of_it(both: Transferred) -> None:
    employee = both.begin()
    absence = both.absence(employee)
    edit(absence, end=date(2026, 3, 5))
    absence.delete()

    told = {each.what for each in happened_of([employee.pk], absence.created_at)}

    whose = f"{employee.full_name} (101)"
    assert {f"absence, last day of {whose}", f"absence, deleted of {whose}"} <= told
