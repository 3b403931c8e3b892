"""Authorisation and outages over time, with the push and with real workers: nobody has to do anything but sign in."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.core.models import Connection, Mark, Notification
from integrations.fortnox.unconfirmed import IDLE_DAYS, RENEW_DAYS
from tests.core.connected import connect_again
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE, change
from tests.waiting import wait_until
from tests.workers import Worker

pytestmark = pytest.mark.django_db(transaction=True)
State = Connection.State


def let_token_end(connection: Connection) -> None:
    found = Connection.objects.get(pk=connection.pk)
    ended = json.dumps({**found.secrets, "expires_at": 0})
    Connection.objects.filter(pk=connection.pk).update(credentials=ended)


def not_renewed_for_a_week(connection: Connection) -> None:
    until = timezone.now() + timedelta(days=IDLE_DAYS - RENEW_DAYS)
    Connection.objects.filter(pk=connection.pk).update(authorised_until=until)


def told(kind: str) -> Notification:
    return Notification.objects.get(key__startswith=f"{kind}:")


@pytest.mark.behaviour("G-07")
def test_a_sign_in_service_that_is_out_of_order_keeps_a_change_waiting_and_is_not_stormed(both: Pushed) -> None:
    employee = both.pair_active()
    let_token_end(both.connection)
    both.sandbox.faults([{"action": "refuse", "status": 503, "path": "/token", "headers": {"Retry-After": "30"}}])
    change(employee, work_phone=PHONE)
    for _ring in range(5):
        both.push()

    failing = Connection.objects.get(pk=both.connection.pk)
    assert (failing.state, failing.error) == (State.ACTIVE, "")
    assert failing.failing_since is not None
    assert both.marks() == [(str(employee.pk), "")]
    assert len(both.sandbox.calls(path="/token")) == 1

    Connection.objects.update(next_slot=0, paused_until=timezone.now())
    both.push()
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert Connection.objects.get(pk=both.connection.pk).failing_since is None


@pytest.mark.queue
def test_a_connection_that_nobody_uses_is_renewed_by_itself(both: Pushed, worker: Worker) -> None:
    both.activate()
    not_renewed_for_a_week(both.connection)
    before = both.connection.secrets["refresh_token"]

    worker.start()

    worker.wait_until(
        lambda: Connection.objects.get(pk=both.connection.pk).secrets["refresh_token"] != before, what="it is renewed"
    )
    renewed = Connection.objects.get(pk=both.connection.pk).authorised_until
    assert renewed is not None
    assert renewed > timezone.now() + timedelta(days=IDLE_DAYS - 1)


@pytest.mark.queue
@pytest.mark.behaviour("G-07")
@pytest.mark.behaviour("G-11")
def test_a_withdrawal_over_the_summer_is_mailed_once_and_what_waited_goes_after_signing_in(
    both: Pushed, worker: Worker
) -> None:
    employee = both.pair_active()
    both.sandbox.tokens("fortnox", action="withdraw_consent")
    not_renewed_for_a_week(both.connection)
    worker.start()
    worker.wait_until(
        lambda: Notification.objects.filter(key__startswith="authorisation_lost:", sent_at__isnull=False).exists(),
        what="the recipients are told",
    )
    assert Connection.objects.get(pk=both.connection.pk).state == State.NEEDS_REAUTHORISATION
    change(employee, work_phone=PHONE)
    worker.wait_until_answered()
    assert both.marks() == [(str(employee.pk), "")]

    connect_again(both.connection)

    worker.wait_until(lambda: both.at_vendor("101")["Phone1"] == PHONE, what="the vendor has it")
    wait_until(lambda: not Mark.objects.exists(), what="the mark is taken off")
    assert told("authorisation_lost").error == ""


@pytest.mark.queue
@pytest.mark.behaviour("G-07")
def test_an_outage_is_mailed_once_and_the_change_goes_when_the_vendor_answers_again(
    both: Pushed, worker: Worker
) -> None:
    employee = both.pair_active()
    both.sandbox.down()
    worker.start(OUTAGE_SECONDS="2")
    change(employee, work_phone=PHONE)
    worker.wait_until(
        lambda: Notification.objects.filter(key__startswith="outage:", sent_at__isnull=False).exists(),
        what="the recipients are told",
    )
    assert told("outage").data["people"] == 1
    assert both.marks() == [(str(employee.pk), "")]

    both.sandbox.down(down=False)

    worker.wait_until(lambda: not Mark.objects.exists(), what="the change is sent")
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert Connection.objects.get(pk=both.connection.pk).failing_since is None
    assert Notification.objects.filter(key__startswith="outage:").count() == 1
