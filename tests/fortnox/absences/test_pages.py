"""What people see of the transfer, and what they can do about it (FX-18, G-09)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from absences.models import Absence
from integrations.core.models import Notification, Problem
from integrations.core.report import problem_mails
from integrations.core.report.notices import compose
from tests.factories import EmployeeFactory
from tests.fortnox.absences.test_failures import refusal
from tests.fortnox.absences.transferred import WEEK, Transferred
from tests.pages import press

pytestmark = pytest.mark.django_db(transaction=True)
Counted = Callable[[int], Any]


def page(both: Transferred, name: str) -> str:
    return reverse(f"admin:fortnox_fortnoxconnection_{name}", args=[both.connection.pk])


def before_the_transfer(both: Transferred, **values: Any) -> Absence:
    """An absence that was approved before it was turned on; the person is linked already."""
    employee = both.begin()
    return both.absence(employee, decided_at=timezone.now() - timedelta(days=3), **values)


# --- The line -----------------------------------------------------------------------------------------


def test_the_list_and_the_absence_say_what_became_of_it(both: Transferred, hr_admin: Client) -> None:
    absence = both.transferred(both.begin())
    line = "in Fortnox: 5 days, 5 with hours, Sjukfrånvaro (SJK)"

    assert line in hr_admin.get(reverse("admin:absences_absence_changelist")).text
    assert line in hr_admin.get(reverse("admin:absences_absence_change", args=[absence.pk])).text


def test_the_list_is_filtered_by_what_became_of_it(both: Transferred, hr_admin: Client) -> None:
    employee = both.begin()
    both.transferred(employee)
    both.absence(employee, grade=50, status=Absence.Status.REQUESTED)
    both.sandbox.faults([refusal("POST")])
    both.absence(employee, code="vacation")
    both.push_until_sent()

    def found(state: str) -> int:
        answer = hr_admin.get(reverse("admin:absences_absence_changelist"), {"transfer": state})
        return len(answer.context["cl"].result_list)

    assert {state: found(state) for state in ("there", "waiting", "refused", "not")} == {
        "there": 1,
        "waiting": 0,
        "refused": 1,
        "not": 2,
    }


def test_the_lists_queries_do_not_grow_with_its_absences(
    both: Transferred, hr_admin: Client, django_assert_max_num_queries: Counted
) -> None:
    employee = both.begin()
    address = reverse("admin:absences_absence_changelist")
    both.transferred(employee)
    hr_admin.get(address)

    with CaptureQueriesContext(
        connection,
    ) as few:
        hr_admin.get(address)
    for number in range(1, 8):
        both.absence(employee, grade=100 - number)

    with django_assert_max_num_queries(len(few)):
        response = hr_admin.get(address)
    # A redirect would take few queries, too.
    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == 8


# --- The error log ------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-09")
def test_a_refused_absence_is_one_problem_that_leads_to_it(both: Transferred, hr_admin: Client) -> None:
    employee = both.begin()
    both.sandbox.faults([refusal("POST", k=2)])
    absence = both.absence(employee)
    both.push_until_sent()

    log = hr_admin.get(reverse("admin:core_problem_changelist")).text

    assert "Löneperioden är låst." in log
    assert reverse("admin:absences_absence_change", args=[absence.pk]) in log
    assert Problem.objects.count() == 1


@pytest.mark.behaviour("FX-16")
def test_people_without_hours_are_one_group_and_named_on_their_pages(both: Transferred, hr_admin: Client) -> None:
    first = both.begin(1, schedule="0")
    second = both.pair_active(2, vendor={"ScheduleId": "0"})
    both.absence(first)
    both.absence(second)
    both.push_until_sent()

    log = hr_admin.get(reverse("admin:core_problem_changelist")).text
    assert log.count("No working-time schedule") >= 1
    assert set(Problem.objects.values_list("cause", flat=True)) == {"absence:no_hours"}
    person = hr_admin.get(reverse("admin:employees_employee_change", args=[first.pk])).text
    assert "No working-time schedule" in person


@pytest.mark.behaviour("G-09")
def test_the_mail_goes_to_the_manager_and_whoever_registered_it(both: Transferred, settings: Settings) -> None:
    settings.PROBLEM_MAIL_SECONDS = 0
    employee = both.begin()
    employee.manager = EmployeeFactory.create(company=employee.company, work_email="boss@example.se")
    employee.save()
    clerk = User.objects.create_user("clerk", "clerk@example.se")
    both.sandbox.faults([refusal("POST")])
    absence = both.absence(employee, created_by=clerk)
    both.push_until_sent()

    problem_mails.make_due()

    mails = {mail.recipients[0]: mail for mail in Notification.objects.filter(key__startswith="problems:")}
    assert set(mails) == {"hanna@example.se", "boss@example.se", "clerk@example.se"}
    text = compose(mails["boss@example.se"]).text()
    assert reverse("admin:absences_absence_change", args=[absence.pk]) in text
    assert employee.full_name in text
    # What the absence is stands in no mail.
    assert "Sick" not in text


@pytest.mark.behaviour("G-09")
def test_a_manager_without_an_address_is_named_to_the_others(both: Transferred, settings: Settings) -> None:
    settings.PROBLEM_MAIL_SECONDS = 0
    employee = both.begin()
    employee.manager = EmployeeFactory.create(company=employee.company, work_email="", given_name="Maja")
    employee.save()
    both.sandbox.faults([refusal("POST")])
    both.absence(employee)
    both.push_until_sent()

    problem_mails.make_due()

    assert employee.manager.full_name in compose(Notification.objects.get(key__startswith="problems:")).text()


# --- FX-18 --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-18")
def test_an_absence_from_before_does_not_go_by_itself(both: Transferred) -> None:
    absence = before_the_transfer(both)
    both.push()

    assert both.rows() == []
    assert both.line(absence).startswith("not transferred: approved before absences were transferred")


@pytest.mark.parametrize("name", ["existing_absences", "compare_absences"])
def test_the_pages_are_closed_to_whoever_may_not_synchronise(both: Transferred, name: str) -> None:
    client = Client()
    client.force_login(User.objects.create_user("stranger", is_staff=True))

    assert client.get(page(both, name)).status_code == 403
    assert client.post(page(both, name)).status_code == 403


def test_comparing_is_started_by_a_button(both: Transferred, hr_admin: Client) -> None:
    absence = both.transferred(both.begin())
    both.sandbox.remove("fortnox", "absences", both.row_ids()[WEEK[0]])

    assert hr_admin.get(page(both, "compare_absences")).status_code == 405
    press(hr_admin, hr_admin.get(page(both, "connection")), "Compare absences")
    both.push()

    assert "2026-03-02 is gone" in both.line(absence)
