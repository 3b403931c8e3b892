"""Mails about a connection: what happened, when, whom it concerns, and what to do (G-09)."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from integrations.core import telling
from integrations.core.models import Connection, MassChange, Notification
from integrations.core.report import send_due
from tests.core.report.mailing import notify, whole

pytestmark = pytest.mark.django_db


def test_moments_are_told_as_they_are_where_the_company_is(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    Connection.objects.update(time_zone="Europe/Helsinki", failing_since=timezone.now())
    notify(connection, "outage", since="2026-03-02T08:30:00+00:00", people=1)
    send_due()
    assert "2 Mar 2026, 10:30" in mailoutbox[0].body
    assert "The change of 1 person waits. Nothing is lost." in mailoutbox[0].body


def test_an_outages_mail_counts_people_and_absences_apart(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    now = timezone.now()
    Connection.objects.update(failing_since=now)
    notify(connection, "outage", since=now.isoformat(), people=2, absences=5)
    send_due()
    assert "The changes of 2 people and 5 absences wait. Nothing is lost." in mailoutbox[0].body


@pytest.mark.parametrize("kind", ["authorisation_lost", "authorisation_ending", "outage", "mass_change"])
def test_each_notice_says_what_happened_and_what_to_do(
    connection: Connection, mailoutbox: list[EmailMessage], kind: str
) -> None:
    now = timezone.now()
    subjects = {
        "authorisation_lost": "Fortnox Demo must be connected again",
        "authorisation_ending": "Fortnox Demo: the access ends on",
        "outage": "Fortnox Demo: Fortnox does not answer",
        "mass_change": "Fortnox Demo: changes of 312 people wait for you",
    }
    if kind == "authorisation_lost":
        Connection.objects.update(state=Connection.State.NEEDS_REAUTHORISATION)
    Connection.objects.update(failing_since=now)
    mass = MassChange.objects.create(connection=connection, key="import:1", label="Import people.xlsx", people=312)
    notify(connection, kind, until=now.isoformat(), since=now.isoformat(), people=12, mass_change=mass.pk)

    assert send_due() == 1

    (message,) = mailoutbox
    assert message.subject.startswith(subjects[kind])
    assert "What to do:" in message.body
    assert "https://hub.example.com/" in message.body
    assert "What to do:" in whole(message).split("<body", 1)[1]


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        (telling.AUTHORISATION_LOST, "Fortnox Demo must be connected again"),
        (telling.AUTHORISATION_ENDING, "Fortnox Demo: the access ends on"),
        (telling.OUTAGE, "Fortnox Demo: Fortnox does not answer"),
    ],
)
def test_what_is_told_of_a_connection_is_mailed_once(
    connection: Connection, mailoutbox: list[EmailMessage], kind: str, begins: str
) -> None:
    now = timezone.now()
    state = "needs_reauthorisation" if kind == telling.AUTHORISATION_LOST else "active"
    Connection.objects.update(state=state, failing_since=now, authorised_until=now)
    for _time in range(2):
        telling.tell(
            kind=kind,
            connection_id=connection.pk,
            moment=now.isoformat(),
            data={"until": now.isoformat(), "since": now.isoformat(), "people": 3},
        )
        send_due()

    (message,) = mailoutbox
    assert message.subject.startswith(begins)
    assert message.to == ["payroll@demo.example"]


@pytest.mark.parametrize("kind", ["authorisation_lost", "authorisation_ending", "outage", "mass_change"])
def test_a_notice_of_what_is_over_is_not_sent(
    connection: Connection, mailoutbox: list[EmailMessage], kind: str
) -> None:
    now = timezone.now()
    Connection.objects.update(authorised_until=now + timedelta(days=45))
    notify(connection, kind, until=now.isoformat(), since=now.isoformat(), mass_change=0)
    assert send_due() == 0
    assert mailoutbox == []
    assert Notification.objects.get().sent_at is not None
