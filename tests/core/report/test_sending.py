"""Each report is mailed once; while the mail server is away the run says so."""

from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import timezone
from pytest_django import Settings

from integrations.core.models import Notification, SyncRun
from integrations.core.report import send_due, sending
from tests.core.report import mail_servers
from tests.core.report.runs import Kind, State, add_row, count_rows, make_due, make_run

pytestmark = pytest.mark.django_db

# A port on which nothing ever listens.
NOBODY_LISTENS = 1


@pytest.fixture
def run() -> SyncRun:
    run = make_run()
    add_row(run, kind=Kind.ONLY_LEFT, state=State.WRITTEN)
    return count_rows(run)


@pytest.fixture
def due(run: SyncRun) -> Notification:
    return make_due(run, "hanna@example.se", "payroll@example.se")


def take_mail_server_away(settings: Settings) -> None:
    settings.EMAIL_BACKEND = mail_servers.SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", NOBODY_LISTENS


def report_error(run: SyncRun) -> str:
    run.refresh_from_db()
    return run.report_error


@pytest.mark.behaviour("G-06")
def test_a_report_goes_to_everybody_who_gets_it(due: Notification, mailoutbox: list[EmailMessage]) -> None:
    assert send_due() == 1
    (message,) = mailoutbox
    assert message.to == ["hanna@example.se", "payroll@example.se"]
    assert message.subject == "Fortnox: 1 created – Demo AB"


def test_a_report_is_text_and_html(due: Notification, mailoutbox: list[EmailMessage]) -> None:
    send_due()
    (message,) = mailoutbox
    assert isinstance(message, EmailMultiAlternatives)
    assert [part.get_content_type() for part in message.message().walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_a_report_that_was_sent_is_not_sent_again(due: Notification, mailoutbox: list[EmailMessage]) -> None:
    assert [send_due(), send_due()] == [1, 0]
    assert len(mailoutbox) == 1


def test_a_report_that_somebody_is_sending_is_not_sent_by_another(
    due: Notification, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    settings.EMAIL_BACKEND = mail_servers.SLOW
    assert send_due() == 1
    assert mail_servers.Slow.sent_by_the_other == 0
    assert len(mailoutbox) == 1


@pytest.mark.behaviour("G-06")
def test_the_run_says_that_the_mail_server_is_away_until_the_report_is_sent(
    run: SyncRun, due: Notification, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    take_mail_server_away(settings)
    assert send_due() == 0
    assert report_error(run) == (
        "The report could not be e-mailed: the mail server could not be reached. It is tried again."
    )
    settings.EMAIL_BACKEND = mail_servers.WORKING
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert send_due() == 1
    assert report_error(run) == ""
    assert len(mailoutbox) == 1
    due.refresh_from_db()
    assert (due.attempts, due.error, due.sent_at is not None) == (2, "", True)


def test_a_mail_server_that_is_away_is_left_alone_for_a_while_and_then_longer(
    due: Notification, settings: Settings
) -> None:
    take_mail_server_away(settings)
    start = timezone.now()
    tries = []
    for seconds in range(0, 300, 20):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            send_due()
        due.refresh_from_db()
        tries.append(due.attempts)
    assert tries == [1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4]


def test_the_pause_never_grows_longer_than_an_hour(due: Notification, settings: Settings) -> None:
    take_mail_server_away(settings)
    Notification.objects.filter(pk=due.pk).update(attempts=5000)
    send_due()
    settings.EMAIL_BACKEND = mail_servers.WORKING
    with time_machine.travel(timezone.now() + timedelta(seconds=sending.LONGEST_PAUSE_SECONDS + 1)):
        assert send_due() == 1


def test_nothing_that_the_mail_server_says_is_kept_or_logged(
    run: SyncRun, due: Notification, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = mail_servers.REFUSING_SIGN_IN
    send_due()
    due.refresh_from_db()
    kept = report_error(run) + due.error + caplog.text
    assert "the mail server refused the sign-in." in kept
    assert "SMTPAuthenticationError" in caplog.text
    assert "swordfish" not in kept
    settings.EMAIL_BACKEND = mail_servers.WORKING
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert send_due() == 1


def test_one_report_that_cannot_be_sent_does_not_keep_the_others_waiting(
    run: SyncRun, due: Notification, mailoutbox: list[EmailMessage]
) -> None:
    Notification.objects.filter(pk=due.pk).update(recipients=["no address\n"])
    other = SyncRun.objects.create(connection=run.connection, resource="employees", trigger="person", state="done")
    make_due(other, "vera@example.se")
    assert send_due() == 1
    assert [message.to for message in mailoutbox] == [["vera@example.se"]]
    assert "an address is not valid." in report_error(run)


@pytest.mark.behaviour("G-06")
def test_a_report_that_nobody_gets_is_closed_and_the_run_says_so(run: SyncRun, mailoutbox: list[EmailMessage]) -> None:
    closed = make_due(run)
    assert send_due() == 0
    assert "there is nobody to mail" in report_error(run)
    closed.refresh_from_db()
    assert closed.sent_at is not None
    assert mailoutbox == []


def test_the_report_of_a_run_that_is_gone_is_closed(run: SyncRun, due: Notification) -> None:
    run.rows.all().delete()
    run.delete()
    assert send_due() == 0
    assert not Notification.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.behaviour("G-06")
@pytest.mark.parametrize(
    ("state", "said"), [(SyncRun.State.FAILED, "State: Failed"), (SyncRun.State.CANCELLED, "State: Cancelled")]
)
def test_a_run_that_ended_early_is_reported_too(
    run: SyncRun, due: Notification, mailoutbox: list[EmailMessage], state: str, said: str
) -> None:
    SyncRun.objects.filter(pk=run.pk).update(state=state)
    assert send_due() == 1
    assert said in mailoutbox[0].body


def test_a_message_keeps_its_identity_when_it_is_sent_again(due: Notification, mailoutbox: list[EmailMessage]) -> None:
    send_due()
    # As after a crash between the mail server's answer and our note of it.
    Notification.objects.filter(pk=due.pk).update(sent_at=None)
    send_due()
    first, second = (message.extra_headers["Message-ID"] for message in mailoutbox)
    assert first == second
