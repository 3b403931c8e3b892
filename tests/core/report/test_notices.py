"""Mails about problems: one for each, a digest for many, nothing personal but the name (G-09)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from integrations.core import leases
from integrations.core.explaining import Reader
from integrations.core.models import Connection, Lease, Notification, Problem
from integrations.core.problems import Became
from integrations.core.report import problem_mails, send_due
from integrations.core.report.problem_mails import make_due
from integrations.core.report.sending import mail_trouble
from tests.core.report.mailing import notify, refuse, whole
from tests.factories import EmployeeFactory

pytestmark = pytest.mark.django_db


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


NOT_SENT_WORDS = ("could not be sent", "holds what it held before", "stays", "Not sent")


@pytest.mark.behaviour("G-09", "G-19")
@pytest.mark.parametrize(
    ("cause", "subject", "sentence"),
    [
        ("not_kept:last_workday", "Person 1 was sent, but not kept as sent", "it holds something else than was sent"),
        ("remains:address", "something of Person 1 remains at Fortnox", "Something remains at Fortnox"),
        ("warned", "Person 1 was sent, and there is something to look at", "Sent to Fortnox."),
        ("job_late", "not known yet whether Person 1 was sent", "It is not known whether Fortnox did"),
        ("Forgotten:0", "not known yet whether Person 1 was sent", "It is not known whether Fortnox did"),
        ("OutcomeUnknown:403", "not known yet whether Person 1 was sent", "It is not known whether Fortnox did"),
        ("AboutAnother:0", "not known yet whether Person 1 was sent", "It is not known whether Fortnox did"),
        ("field:work_phone", "a value of Person 1 could not be sent", "Kept back: a value that Fortnox would not take"),
    ],
)
def test_of_what_may_have_changed_there_no_mail_says_that_nothing_was_sent(
    connection: Connection, mailoutbox: list[EmailMessage], cause: str, subject: str, sentence: str
) -> None:
    refuse(connection, cause=cause)
    send_due()

    (message,) = mailoutbox
    assert message.subject == f"Fortnox Demo: {subject}"
    assert sentence in message.body
    assert "holds what it held before" not in whole(message)
    assert "Not sent" not in whole(message)
    if not cause.startswith("field:"):
        assert "could not be sent" not in whole(message)


@pytest.mark.behaviour("G-09")
@pytest.mark.parametrize("cause", ["Refused:2000106", "gone", "exists", "CannotBeRead", "given_up", "cannot_create"])
def test_of_what_was_not_sent_the_mail_says_so_and_why(
    connection: Connection, mailoutbox: list[EmailMessage], cause: str
) -> None:
    problem = refuse(connection, cause=cause)
    send_due()

    (message,) = mailoutbox
    assert message.subject == "Fortnox Demo: Person 1 could not be sent"
    assert "Not sent: Fortnox holds what it held before. The hub keeps what was entered." in message.body
    assert f"Person 1 – change: {Reader().explain(problem).title}" in message.body


@pytest.mark.behaviour("G-09")
def test_whoever_reports_a_problem_knows_better_than_its_cause_what_became_of_it(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    refuse(connection, became=Became.IN_PART)
    send_due()
    assert mailoutbox[0].subject == "Fortnox Demo: Person 1 was sent in part"
    assert "A part stands at Fortnox, and a part does not" in mailoutbox[0].body


@pytest.mark.behaviour("G-09")
def test_a_mail_about_several_kinds_says_of_each_what_became_of_it(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    for number, cause in enumerate(["warned", "Refused:2000106", "job_late", "Refused:2000106"], start=1):
        refuse(connection, number, cause=cause)
    send_due()

    (message,) = mailoutbox
    assert message.subject == "Fortnox Demo: 4 to look at: 2 not sent, 1 sent, to be looked at, 1 not known yet"
    refused, warned, late = (
        str(message.body).index(sentence) for sentence in ("Not sent:", "Sent to Fortnox.", "It is not known whether")
    )
    places = [str(message.body).index(f"Person {number} –") for number in (2, 4, 1, 3)]
    assert [refused, *places[:2], warned, places[2], late, places[3]] == sorted(
        [refused, *places[:2], warned, places[2], late, places[3]]
    )


@pytest.mark.behaviour("G-09")
def test_the_mail_names_people_as_they_are_called_now(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    person = EmployeeFactory.create(given_name="Anna", family_name="Berg")
    refuse(connection, person.pk, label="Anna Alm")
    send_due()
    assert "Anna Berg (record " in mailoutbox[0].body
    assert "Alm" not in whole(mailoutbox[0])


@pytest.mark.behaviour("G-09")
def test_problems_that_come_within_minutes_are_one_mail(
    connection: Connection, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.PROBLEM_MAIL_SECONDS, settings.PROBLEM_MAIL_LONGEST_SECONDS = 60, 300
    # Six in 21 seconds, and the queue rings at each.
    for number in range(1, 7):
        problem = refuse(connection, number)
        Problem.objects.filter(pk=problem.pk).update(first_at=timezone.now() - timedelta(seconds=21 - 3 * number))
        assert send_due() == 0

    _age(timedelta(seconds=60))
    assert (send_due(), send_due()) == (1, 0)
    assert [message.subject for message in mailoutbox] == ["Fortnox Demo: 6 changes could not be sent"]


@pytest.mark.behaviour("G-09")
def test_while_new_ones_come_the_first_waits_for_minutes_and_not_longer(
    connection: Connection, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.PROBLEM_MAIL_SECONDS, settings.PROBLEM_MAIL_LONGEST_SECONDS = 60, 300
    refuse(connection)
    _age(timedelta(seconds=299))
    refuse(connection, 2)
    assert send_due() == 0

    _age(timedelta(seconds=1))
    assert send_due() == 1
    assert mailoutbox[0].subject == "Fortnox Demo: 2 changes could not be sent"


def test_a_clock_that_went_back_keeps_no_mail(
    connection: Connection, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.PROBLEM_MAIL_SECONDS = 60
    refuse(connection)
    _age(timedelta(days=-1))
    assert send_due() == 1


def _age(by: timedelta) -> None:
    Problem.objects.update(first_at=F("first_at") - by)


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


def _die(*_arguments: Any, **_values: Any) -> None:
    raise SystemExit


def _unreachable(*_arguments: Any) -> None:
    raise ConnectionRefusedError


def test_two_processes_at_once_make_one_mail(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    refuse(connection)
    held = leases.claim(name=problem_mails.LEASE)
    assert held is not None
    assert make_due() == 0
    held.release()
    assert make_due() == 1
    assert make_due() == 0


def test_a_process_that_dies_while_mailing_is_followed_by_one_that_mails(
    connection: Connection, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(connection)
    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", _die)
        with pytest.raises(SystemExit):
            send_due()
    # Whoever died holds the mail until the lease is over, and no longer.
    assert (send_due(), mailoutbox) == (0, [])
    Lease.objects.update(until=timezone.now() - timedelta(seconds=1))

    assert (send_due(), send_due()) == (1, 0)
    assert len(mailoutbox) == 1


@pytest.mark.behaviour("G-09")
def test_problems_that_come_while_one_is_mailed_are_not_forgotten(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    refuse(connection)
    make_due()
    refuse(connection, 2)
    # The second has a mail of its own: the first one's was due already.
    assert send_due() == 2
    assert sorted(message.subject for message in mailoutbox) == [
        "Fortnox Demo: Person 1 could not be sent",
        "Fortnox Demo: Person 2 could not be sent",
    ]


def test_each_connection_has_its_own_digest(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    other = Connection.objects.create(
        integration="fortnox", label="Other", account_id="2", state="active", recipients=["other@demo.example"]
    )
    for number in range(4):
        refuse(connection, number)
        refuse(other, number)

    send_due()

    assert sorted((message.subject, message.to) for message in mailoutbox) == [
        ("Fortnox Demo: 4 changes could not be sent", ["payroll@demo.example"]),
        ("Other: 4 changes could not be sent", ["other@demo.example"]),
    ]


def test_what_a_digest_holds_of_solved_problems_is_left_out(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    for number in range(5):
        refuse(connection, number)
    make_due()
    Problem.objects.exclude(left_id="3").update(state=Problem.State.SOLVED)
    send_due()
    assert [message.subject for message in mailoutbox] == ["Fortnox Demo: Person 3 could not be sent"]


def test_a_mail_server_that_is_away_delays_the_mail_and_the_log_says_so(
    connection: Connection, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(connection)
    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", _unreachable)
        assert send_due() == 0
    assert mail_trouble(User(is_superuser=True)) == (
        "1 e-mail about a problem could not be sent: the mail server could not be reached. It is tried again."
    )

    Lease.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert send_due() == 1
    assert mail_trouble(User(is_superuser=True)) == ""


@pytest.mark.behaviour("G-18")
def test_a_mail_about_somebody_with_a_protected_identity_tells_no_address_and_no_phone(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    person = EmployeeFactory.create(protected_identity=True, street="Hemliga vägen 7", work_phone="+46701740605")
    refuse(connection, person.pk, label=person.full_name, message=f"Hemliga vägen 7 och {person.work_phone}")
    send_due()
    told = whole(mailoutbox[0])
    assert person.full_name in told
    assert "Hemliga" not in told
    assert "46701740605" not in told


def test_a_problem_of_the_whole_connection_is_told_as_such(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    refuse(connection, left_id="", label=connection.label, cause="LicenceMissing:2001101")
    send_due()
    (message,) = mailoutbox
    assert message.subject == "Fortnox Demo: no change can be sent"
    assert "They wait in the hub; nothing is lost." in message.body


def test_whom_a_mail_names_besides_gets_it_and_who_has_no_address_is_named(
    connection: Connection, mailoutbox: list[EmailMessage]
) -> None:
    problem = refuse(connection)
    notify(
        connection,
        "problems",
        problems=[problem.pk],
        also=["boss@demo.example", "Payroll@demo.example"],
        without_address=["Maja Manager"],
    )
    Problem.objects.update(notified_at=timezone.now())

    assert send_due() == 1

    (message,) = mailoutbox
    assert [address.casefold() for address in message.to] == ["payroll@demo.example", "boss@demo.example"]
    assert "Please tell Maja Manager" in message.body


@pytest.mark.parametrize("wrong", [{"key": "of_a_newer_version:1:1"}, {"key": "outage:1:1", "data": {"since": "soon"}}])
def test_a_mail_that_cannot_be_written_does_not_keep_the_others_waiting(
    connection: Connection, mailoutbox: list[EmailMessage], wrong: dict[str, Any]
) -> None:
    Notification.objects.create(**wrong, connection=connection, recipients=["payroll@demo.example"])
    refuse(connection)

    assert send_due() == 1

    assert len(mailoutbox) == 1
    assert "could not be written" in Notification.objects.get(key=wrong["key"]).error


def test_with_nobody_to_mail_it_is_said(connection: Connection, mailoutbox: list[EmailMessage]) -> None:
    Connection.objects.update(recipients=[])
    refuse(connection)
    send_due()
    assert mailoutbox == []
    assert "Add recipients" in Notification.objects.get().error
