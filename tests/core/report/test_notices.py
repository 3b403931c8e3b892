"""Mails about problems and connections: one for each, a digest for many, nothing personal but the name (G-09)."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from integrations.core import leases
from integrations.core.models import Connection, Lease, MassChange, Notification, Problem
from integrations.core.problems import report_problem
from integrations.core.report import problem_mails, send_due
from integrations.core.report.problem_mails import ONE_BY_ONE, make_due

pytestmark = pytest.mark.django_db
SECRET = "Phone +46701740605 is not allowed"


@pytest.fixture
def connection(db: None, settings: Settings) -> Connection:
    settings.PROBLEM_MAIL_SECONDS = 0
    settings.PUBLIC_URL = "https://hub.example.com"
    return Connection.objects.create(
        integration="fortnox",
        label="Fortnox Demo",
        state=Connection.State.ACTIVE,
        recipients=["payroll@demo.example"],
    )


def refuse(connection: Connection, number: int = 1, **values: Any) -> Problem:
    plain: dict[str, Any] = {
        "connection": connection,
        "resource": "employees",
        "left_id": str(number),
        "right_id": "",
        "label": f"Person {number}",
        "action": "update",
        "message": SECRET,
        "cause": "Refused:2000106",
    }
    report_problem(**{**plain, **values})
    found: Problem = Problem.objects.order_by("-pk")[0]
    return found


def notify(connection: Connection, kind: str, **data: Any) -> Notification:
    return Notification.objects.create(
        key=f"{kind}:{connection.pk}:1", connection=connection, recipients=["payroll@demo.example"], data=data
    )


def whole(message: EmailMessage) -> str:
    alternatives: Any = getattr(message, "alternatives", [])
    return f"{message.subject}\n{message.body}\n{alternatives[0][0] if alternatives else ''}"


@pytest.mark.behaviour("G-09")
def test_a_problem_is_mailed_once_with_the_name_and_the_link_alone(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    problem = refuse(connection)

    assert send_due() == 1
    assert send_due() == 0

    (message,) = mailoutbox
    assert message.to == ["payroll@demo.example"]
    assert message.subject == "Fortnox Demo: Person 1 could not be sent"
    assert "Person 1 – change" in message.body
    assert f"https://hub.example.com/core/problem/{problem.pk}/change/" in message.body
    assert "46701740605" not in whole(message)


def test_a_few_problems_are_mailed_one_by_one(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    for number in range(ONE_BY_ONE):
        refuse(connection, number)
    send_due()
    assert len(mailoutbox) == ONE_BY_ONE


@pytest.mark.behaviour("G-09")
def test_many_problems_at_once_are_one_mail(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    for number in range(40):
        refuse(connection, number)

    send_due()

    (message,) = mailoutbox
    assert message.subject == "Fortnox Demo: 40 changes could not be sent"
    assert str(message.body).count("– change") == 25
    assert "… and 15 more" in message.body
    assert f"/core/problem/?connection={connection.pk}" in message.body


def test_a_burst_is_waited_for(connection: Connection, mailoutbox: list[EmailMessage], settings: Settings) -> None:
    settings.PROBLEM_MAIL_SECONDS = 60
    refuse(connection)
    assert send_due() == 0

    Problem.objects.update(first_at=timezone.now() - timedelta(seconds=61))
    refuse(connection, 2)
    send_due()
    assert len(mailoutbox) == 2


def test_the_same_problem_again_is_not_mailed_again(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    refuse(connection)
    send_due()
    refuse(connection)
    send_due()
    assert len(mailoutbox) == 1


def test_a_problem_that_was_solved_meanwhile_is_not_mailed(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    problem = refuse(connection)
    make_due()
    Problem.objects.filter(pk=problem.pk).update(state=Problem.State.SOLVED)
    send_due()
    assert mailoutbox == []
    assert Notification.objects.get().error == "The problem was solved before it was mailed."

    refuse(connection, 2)
    send_due()
    assert len(mailoutbox) == 1


def test_a_process_that_dies_between_marking_and_mailing_forgets_nothing(
    connection: Connection, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(connection)
    with monkeypatch.context() as patched:
        patched.setattr(Notification.objects, "create", _die)
        with pytest.raises(SystemExit):
            make_due()
    assert Problem.objects.get().notified_at is None
    Lease.objects.all().delete()

    make_due()
    # Died after the mail was made due: it is sent by whoever comes next, once.
    send_due()
    send_due()
    assert len(mailoutbox) == 1


def _die(**_values: Any) -> None:
    raise SystemExit


def test_two_processes_at_once_make_one_mail(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    refuse(connection)
    held = leases.claim(name=problem_mails.LEASE)
    assert held is not None
    assert make_due() == 0
    held.release()
    assert make_due() == 1
    assert make_due() == 0


def test_with_nobody_to_mail_it_is_said(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    Connection.objects.update(recipients=[])
    refuse(connection)
    send_due()
    assert mailoutbox == []
    assert "Add recipients" in Notification.objects.get().error


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
    notify(connection, kind, until=now.isoformat(), since=now.isoformat(), waiting=12, mass_change=mass.pk)

    assert send_due() == 1

    (message,) = mailoutbox
    assert message.subject.startswith(subjects[kind])
    assert "What to do:" in message.body
    assert "https://hub.example.com/" in message.body
    assert "What to do:" in whole(message).split("<body", 1)[1]


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
