"""What a page says that goes to Fortnox is what goes: the planner's own plan on the absences as they will be (G-27)."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from absences.deciding import reach_of_decision
from absences.models import Absence
from employees.outgoing import forecast
from employees.transfer.reaching import reach_of
from tests.absences.deciding import decide_as_shown
from tests.absences.test_admin import kind
from tests.factories import AbsenceFactory
from tests.fortnox.absences.test_mass_changes import confirm, imported
from tests.fortnox.absences.transferred import FRIDAY, MONDAY, VACATION, Transferred
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-27"), pytest.mark.django_db(transaction=True)]
Status = Absence.Status
NEXT_WEEK = MONDAY + timedelta(days=7)


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_superuser("decider", "decider@example.se")


def of_all_kinds(both: Transferred) -> list[Absence]:
    """Return what is asked for: two that go, and whatever does not."""
    employee = both.begin(1)
    alone = both.hub(9, employment_id="109")
    ask: dict[str, Any] = {"status": Status.REQUESTED}
    return [
        both.absence(employee, code=VACATION, **ask),
        both.absence(employee, start=NEXT_WEEK, end=NEXT_WEEK, grade=50, **ask),
        both.absence(employee, start=FRIDAY, end=NEXT_WEEK, **ask),
        both.absence(employee, start=date(2026, 6, 1), end=date(2026, 7, 21), **ask),
        both.absence(employee, start=date(2026, 8, 3), end=date(2026, 8, 4), code="education", **ask),
        both.absence(employee, start=date(2026, 8, 5), end=date(2026, 8, 6), code="remote_work", **ask),
        both.absence(employee, start=date(2026, 9, 1), end=None, **ask),
        both.absence(alone, **ask),
    ]


def going(both: Transferred) -> int:
    """Return how many absences have rows in Fortnox."""
    return sum(both.line(absence).startswith("in Fortnox") for absence in Absence.objects.order_by("pk"))


def test_an_approval_says_how_many_go_and_names_those_that_do_not(both: Transferred, admin_client: Client) -> None:
    absences = of_all_kinds(both)
    chosen = {"action": "approve_chosen", "_selected_action": [each.pk for each in absences]}
    page = press(admin_client, admin_client.get(reverse("admin:absences_absence_changelist")), "Run", chosen)
    shown = " ".join(page.text.split())

    assert "2 absences go to Fortnox, of 1 person." in shown
    for reason in (
        "On 2026-03-06, 2026-03-09 the person would be absent more than 100 % in all",
        "not transferred: longer than 50 days",
        "waiting: the absence type has no answer yet",
        "not transferred: the type does not count as work days",
        "waiting: no last day yet",
        "waiting: the person is not in step with Fortnox yet",
    ):
        assert reason in shown

    press(admin_client, page, "Approve")
    both.push_until_sent()
    assert going(both) == 2


def test_an_import_says_how_many_go_and_what_is_there_already_is_not_counted(both: Transferred, by: User) -> None:
    employee = both.begin(1)
    stored = both.transferred(employee, code=VACATION)
    lines = [
        # Overlaps what stands; overlaps nothing; the same day as the row before, for too long together; too long.
        ["101", "sick_leave", "2026-03-06", "2026-03-09", "100", "", "approved"],
        ["101", "sick_leave", "2026-04-06", "2026-04-07", "60", "", "approved"],
        ["101", "vacation", "2026-04-07", "2026-04-08", "60", "", "approved"],
        ["101", "vacation", "2026-06-01", "2026-07-21", "100", "", "approved"],
    ]
    job = imported(both, lines, by)
    (outgoing,) = forecast(reach=reach_of(job))
    assert (outgoing.absences, len(outgoing.staying)) == (1, 3)

    confirm(job, by)
    both.push_until_sent()
    assert going(both) == 2
    assert both.line(stored).startswith("in Fortnox: 5 days")


def test_nothing_goes_where_fortnox_holds_the_days_already_and_payroll_is_closed(both: Transferred) -> None:
    absence = both.transferred(both.begin(1))
    (outgoing,) = forecast(reach=reach_of_decision(absences=[absence], status=Status.APPROVED), naming=True)
    assert (outgoing.absences, outgoing.staying) == (0, [(str(absence), "Fortnox holds these days already")])

    both.configure(payroll_closed_to="2026-03-31")
    asked = both.absence(absence.employee, start=NEXT_WEEK, end=NEXT_WEEK, status=Status.REQUESTED)
    (outgoing,) = forecast(reach=reach_of_decision(absences=[asked], status=Status.APPROVED), naming=True)
    assert (outgoing.absences, outgoing.staying[0][1]) == (0, "payroll is closed for these days")


def test_a_decline_says_what_is_taken_back(both: Transferred, by: User) -> None:
    employee = both.begin(1)
    sent = both.transferred(employee)
    asked = both.absence(employee, code=VACATION, status=Status.REQUESTED)
    (outgoing,) = forecast(reach=reach_of_decision(absences=[sent, asked], status=Status.DECLINED))
    assert (outgoing.absences, outgoing.staying) == (1, [])

    decide_as_shown([sent], status=Status.DECLINED, by=by, key=uuid.uuid4().hex)
    both.push_until_sent()
    assert both.rows() == []


def test_the_queries_do_not_grow_with_the_absences(both: Transferred) -> None:
    employee = both.begin(1)

    def count(absences: list[Absence]) -> int:
        with CaptureQueriesContext(
            database,
        ) as captured:
            forecast(reach=reach_of_decision(absences=absences, status=Status.APPROVED))
        return len(captured)

    def asked(number: int) -> Absence:
        day = date(2026, 1, 1) + timedelta(days=number)
        made: Absence = AbsenceFactory.create(employee=employee, type=kind("vacation"), start=day, end=day)
        return made

    few = [asked(number) for number in range(2)]
    first = count(few)
    assert count([*few, *(asked(number) for number in range(2, 60))]) == first
