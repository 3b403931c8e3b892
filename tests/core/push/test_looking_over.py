"""What changed in the hub without a save is found in the night (invariants 12 and 13)."""

from datetime import date

import pytest
import time_machine
from django.core.mail import EmailMessage

from employees.models import Employee
from integrations.core.models import Connection, Mark, MassChange, Notification
from integrations.core.push.looking_over import look_over, ring_due
from integrations.core.report import send_due
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE

pytestmark = pytest.mark.django_db(transaction=True)


def slip(employee: Employee, **values: object) -> None:
    """Change a person as somebody does by hand in the database."""
    Employee._base_manager.filter(pk=employee.pk).update(**values)


@pytest.mark.behaviour("G-07")
def test_a_change_that_slipped_through_is_sent_after_the_night(both: Pushed) -> None:
    employee, _other = both.pair(1), both.pair(2)
    both.activate()
    slip(employee, work_phone=PHONE)
    both.push()
    assert both.writes() == []

    assert look_over(connection_id=both.connection.pk) == 1
    both.push()

    assert both.sent() == [{"Phone1": PHONE}]


def test_whoever_is_in_step_or_waits_already_is_not_marked(both: Pushed) -> None:
    both.pair(1)
    refused, undecided = both.pair(2), both.pair(3, vendor={"Phone1": "0709999999"})
    both.activate()
    slip(refused, work_phone=PHONE)
    Mark.objects.create(
        connection=both.connection,
        resource="employees",
        left_id=str(refused.pk),
        held_by=Mark.Hold.PROBLEM,
        due="2026-01-01T00:00:00Z",
        changed_at="2026-01-01T00:00:00Z",
    )

    assert look_over(connection_id=both.connection.pk) == 0
    assert both.marks() == [(str(refused.pk), "problem")]
    assert undecided.pk


@pytest.mark.behaviour("G-17")
def test_many_changes_of_a_night_wait_for_a_person(both: Pushed) -> None:
    people = [both.pair(number) for number in range(1, 4)]
    both.activate()
    Connection.objects.update(push_limit=2)
    for person in people:
        slip(person, family_name="Ek")

    look_over(connection_id=both.connection.pk)
    both.push()

    mass = MassChange.objects.get()
    assert (mass.people, mass.state) == (3, MassChange.State.HELD)
    assert {held_by for _left_id, held_by in both.marks()} == {f"mass:{mass.pk}"}
    assert both.writes() == []


@pytest.mark.behaviour("G-17")
def test_recipients_are_mailed_once_of_changes_that_wait_for_a_person(
    both: Pushed, mailoutbox: list[EmailMessage]
) -> None:
    people = [both.pair(number) for number in range(1, 4)]
    both.activate()
    Connection.objects.update(push_limit=2, label="Fortnox Demo", recipients=["payroll@demo.example"])
    Notification.objects.all().delete()
    for person in people:
        slip(person, family_name="Ek")

    look_over(connection_id=both.connection.pk)
    assert (send_due(), send_due()) == (1, 0)

    (message,) = mailoutbox
    assert message.to == ["payroll@demo.example"]
    assert message.subject == "Fortnox Demo: changes of 3 people wait for you"
    assert "release it or drop it" in message.body


def test_a_connection_is_looked_over_once_a_day_in_its_own_zone(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(time_zone="Europe/Stockholm")
    with time_machine.travel("2026-11-24T22:30:00Z", tick=False):
        assert ring_due() == 1
        look_over(connection_id=both.connection.pk)
        assert ring_due() == 0
    with time_machine.travel("2026-11-24T23:30:00Z", tick=False):
        # It is past midnight in Stockholm.
        assert ring_due() == 1
        look_over(connection_id=both.connection.pk)
        assert Connection.objects.get().looked_over_on == date(2026, 11, 25)


def test_a_connection_that_does_not_work_is_left_alone(both: Pushed) -> None:
    employee = both.pair_active()
    slip(employee, work_phone=PHONE)
    Connection.objects.update(state=Connection.State.PAUSED)
    assert (ring_due(), look_over(connection_id=both.connection.pk)) == (0, 0)

    Connection.objects.update(state=Connection.State.ACTIVE)
    assert look_over(connection_id=both.connection.pk) == 1
