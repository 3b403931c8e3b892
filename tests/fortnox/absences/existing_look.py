"""Looking at absences from before the transfer, as somebody presses it and the background service does it."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from absences.models import Absence
from employees.models import Employee
from integrations.fortnox import tasks
from integrations.fortnox.models import ExistingAbsence, ExistingLook
from tests.fortnox.absences.test_pages import page
from tests.fortnox.absences.transferred import Transferred
from tests.pages import press

NAME = "existing_absences"
State = ExistingLook.State


def begin(both: Transferred, client: Client, since: str = "2026-01-01") -> ExistingLook:
    press(client, client.get(page(both, NAME)), changes={"from": since}, holding={"look": "1"})
    return ExistingLook.objects.get()


def work(look: ExistingLook) -> ExistingLook:
    tasks.look_at_existing(look.pk)
    look.refresh_from_db()
    return look


def looked(both: Transferred, client: Client, since: str = "2026-01-01") -> ExistingLook:
    look = work(begin(both, client, since))
    assert (look.state, look.error) == (State.READY, "")
    return look


def shown(both: Transferred, client: Client, **asked: str) -> Any:
    return client.get(page(both, NAME), asked)


def send_all(both: Transferred, client: Client) -> Any:
    return press(client, shown(both, client), "all=1", follow=True)


def send_ticked(client: Client, found: Any, *absences: Absence) -> Any:
    ticked = {"absence": [absence.pk for absence in absences]}
    return press(client, found, "Send the ticked ones", ticked, follow=True)


def people_before(both: Transferred, count: int) -> list[Absence]:
    """Give so many linked people an absence from before the transfer."""
    for number in range(2, count + 1):
        both.pair(number, vendor={"ScheduleId": "HEL"})
    both.begin(1)
    old = timezone.now() - timedelta(days=3)
    return [both.absence(person, decided_at=old) for person in Employee.objects.order_by("employment_id")]


def outcomes() -> dict[str, int]:
    return {
        outcome: ExistingAbsence.objects.filter(outcome=outcome).count()
        for outcome in ExistingAbsence.Outcome.values
        if ExistingAbsence.objects.filter(outcome=outcome).exists()
    }
