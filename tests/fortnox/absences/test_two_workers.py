"""Two workers that write two absences of one person at the same moment: one of them sees the other (FX-22)."""

import threading
from typing import Any

import pytest
from django.db import connection as database

from integrations.core.calls import VendorCalls, connector_of
from integrations.core.hub.absences import left_id_of
from integrations.core.hub.endpoint import hub_people
from integrations.core.leases import claim
from integrations.core.models import Connection, Delivery, Mark
from integrations.core.push.session import PushSession
from integrations.fortnox.absence_endpoint import ABSENCES
from integrations.fortnox.absence_rules import WantedRow
from integrations.fortnox.absence_sending import AbsenceSender
from integrations.fortnox.absence_steps import RowStep, UnderWay
from tests.fortnox.absences.transferred import MONDAY, VACATION, Transferred


def sender_of(connection: Connection, name: str) -> AbsenceSender:
    held = claim(name=name)
    assert held is not None
    calls = VendorCalls(connection=connection, connector=connector_of(connection), resource=ABSENCES, held=held)
    left = hub_people(connection=connection, resource="employees")
    return AbsenceSender(
        PushSession(
            connection=connection, resource=ABSENCES, left=left, calls=calls, held=held, deadline=1e12, bulk=True
        )
    )


@pytest.mark.behaviour("FX-22")
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(database.vendor != "postgresql", reason="SQLite has one writer at a time.")
def test_of_two_workers_at_the_same_moment_one_writes_and_the_other_looks_again(both: Transferred) -> None:
    employee = both.begin()
    absences = [both.absence(employee, code=VACATION), both.absence(employee)]
    barrier = threading.Barrier(2)
    written: list[Any] = []

    def work(number: int) -> None:
        sender = sender_of(both.connection, f"worker {number}")
        found = Mark.objects.get(connection=both.connection, left_id=left_id_of(absences[number].pk))
        subject = sender.planner.subject(found)
        assert subject is not None
        under_way = UnderWay(mark=found, person=subject.person, subject=subject, start=MONDAY)
        step = RowStep(action=Delivery.Action.CREATE, row=WantedRow(MONDAY, subject.mapped.cause, 100))
        barrier.wait()
        written.append(sender.settler.write(under_way, step))
        database.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([each for each in written if each is not None]) == 1
    assert Delivery.objects.filter(connection=both.connection, resource="absences").count() == 1
