"""What an approval is told of may change while its page is open: it is then looked at again."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from absences.deciding import made_from
from absences.models import Absence
from tests.absences.test_admin import DECIDE, choose, kind, told
from tests.factories import AbsenceFactory
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("D-12")]


@pytest.fixture
def vacation() -> Absence:
    return AbsenceFactory.create(type=kind("vacation"))


def sick(vacation: Absence) -> Absence:
    days = {"start": date(2026, 3, 4), "end": date(2026, 3, 10)}
    return AbsenceFactory.create(employee=vacation.employee, type=kind("sick_leave"), **days)


def approve(client: Client, page: Any, absence: Absence) -> str:
    answer = press(client, page, "Approve", follow=True)
    absence.refresh_from_db()
    return told(answer)


def test_days_in_common_that_came_since_are_looked_at_before_it_is_approved(
    hr_admin: Client, vacation: Absence
) -> None:
    page = choose(hr_admin, vacation, action="approve_chosen")
    sick(vacation)

    answer = approve(hr_admin, page, vacation)

    assert "absence, new of" in answer
    assert vacation.status == Absence.Status.REQUESTED
    again = choose(hr_admin, vacation, action="approve_chosen")
    assert "Days in common with Sick leave" in again.content.decode()
    approve(hr_admin, again, vacation)
    assert vacation.status == Absence.Status.APPROVED


def test_a_last_workday_that_came_since_is_looked_at_before_it_is_approved(hr_admin: Client, vacation: Absence) -> None:
    page = choose(hr_admin, vacation, action="approve_chosen")
    vacation.employee.last_workday = date(2026, 3, 3)
    vacation.employee.save()

    assert "last workday of" in approve(hr_admin, page, vacation)
    assert vacation.status == Absence.Status.REQUESTED


def test_what_was_shown_is_approved_together(hr_admin: Client, vacation: Absence) -> None:
    other = sick(vacation)

    approve(hr_admin, choose(hr_admin, vacation, other, action="approve_chosen"), vacation)

    other.refresh_from_db()
    assert (vacation.status, other.status) == (Absence.Status.APPROVED, Absence.Status.APPROVED)


def test_a_number_that_no_database_takes_is_no_absences(hr_admin: Client, vacation: Absence) -> None:
    posted = [f"{vacation.pk}", "9" * 5_000, "9" * 25, "²", "-1"]
    shown = made_from([vacation], status="approved", outgoing=False)
    hr_admin.post(DECIDE, {"status": "approved", "absence": posted, "made_from": shown})

    vacation.refresh_from_db()
    assert vacation.status == Absence.Status.APPROVED
