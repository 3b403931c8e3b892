"""The minute's round asks as much of a thousand connections as of ten, and rings once for what nobody waits for."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from integrations.core.models import Connection, Lease, Link, Mark
from integrations.core.push import looking_over
from integrations.core.push.draining import ring_waiting
from integrations.core.push.looking_over import look_over
from tests.factories import AbsenceFactory, CompanyFactory, EmployeeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("G-33")]
SETTINGS = {"create_absences": True}


def connections(count: int, **values: Any) -> list[Connection]:
    found = [
        Connection(
            integration="fortnox",
            label=f"Fortnox {number}",
            account_id=f"account {Connection.objects.count()} {number}",
            company=CompanyFactory.create(),
            state=Connection.State.ACTIVE,
            settings=SETTINGS,
            **values,
        )
        for number in range(count)
    ]
    return Connection.objects.bulk_create(found)


def absence_held(connection: Connection, *, linked: bool) -> Mark:
    """An absence that waits for its person's link, which stands there by now or not."""
    absence = AbsenceFactory.create(employee=EmployeeFactory.create(company=connection.company))
    now = timezone.now()
    if linked:
        left_id = str(absence.employee_id)
        Link.objects.create(
            connection=connection, resource="employees", left_id=left_id, right_id=left_id, state=Link.State.ACTIVE
        )
    # What its own making marked is of no matter here.
    Mark.objects.filter(held_by="").delete()
    return Mark.objects.create(
        connection=connection,
        resource="absences",
        left_id=f"absence:{absence.pk}",
        due=now,
        changed_at=now,
        held_by=Mark.Hold.PERSON,
    )


def queries_of_a_round() -> int:
    with CaptureQueriesContext(database) as captured:
        ring_waiting()
    return len(captured)


def test_the_round_asks_no_connection_by_itself() -> None:
    for connection in connections(2):
        absence_held(connection, linked=False)
    few = queries_of_a_round()
    for connection in connections(20):
        absence_held(connection, linked=False)
        absence_held(connection, linked=False)
    assert queries_of_a_round() == few


def test_an_absence_whose_person_is_linked_by_now_goes_and_no_other_does() -> None:
    one, other = connections(2)
    waits, goes = absence_held(one, linked=False), absence_held(one, linked=True)
    # The person is linked in another connection only.
    elsewhere = absence_held(other, linked=False)
    left_id = str(AbsenceFactory._meta.model.objects.get(pk=elsewhere.left_id.split(":")[1]).employee_id)
    Link.objects.create(connection=one, resource="employees", left_id=left_id, right_id="9", state=Link.State.ACTIVE)

    ring_waiting()

    held = dict(Mark.objects.values_list("pk", "held_by"))
    assert held == {waits.pk: Mark.Hold.PERSON, goes.pk: "", elsewhere.pk: Mark.Hold.PERSON}


def test_what_was_to_be_looked_at_later_is_released_when_its_time_has_come() -> None:
    (one,) = connections(1)
    mark = absence_held(one, linked=False)
    later = timezone.now() + timedelta(hours=1)
    Mark.objects.update(held_by=Mark.Hold.LATER, due=later)
    ring_waiting()
    mark.refresh_from_db()
    assert mark.held_by == Mark.Hold.LATER
    Mark.objects.update(due=timezone.now())
    ring_waiting()
    mark.refresh_from_db()
    assert mark.held_by == ""


def test_settings_that_cannot_be_read_keep_nobody_elses_absence() -> None:
    broken, one = connections(2)
    Connection.objects.filter(pk=broken.pk).update(settings={"phone_source": 7})
    absence_held(broken, linked=True)
    goes = absence_held(one, linked=True)
    ring_waiting()
    goes.refresh_from_db()
    assert goes.held_by == ""


# --- Midnight -----------------------------------------------------------------------------------------------


def test_at_midnight_each_connection_is_rung_for_once_and_not_all_at_the_same_moment(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    monkeypatch.setattr(looking_over, "LOOKS_AT_ONCE", 3)
    found = connections(5)
    rung = []
    for _minute in range(4):
        with django_capture_on_commit_callbacks() as rings:
            looking_over.ring_due()
        rung.append(len(rings))
    assert rung == [3, 2, 0, 0]
    look_over(connection_id=found[0].pk)

    # One whose ring was lost is rung for again, and one that was looked over is not.
    Lease.objects.update(until=timezone.now())
    assert looking_over.ring_due() == 3
    assert not Lease.objects.filter(name=f"look-over:{found[0].pk}", until__gt=timezone.now()).exists()
