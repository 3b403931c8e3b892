"""A vendor's company that is called otherwise by now: the name is kept, and told once (VP-16)."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone

from integrations.core import checking
from integrations.core.models import Connection, Lease
from integrations.core.registry import Limit
from integrations.core.report import send_due
from integrations.core.sweep import sweep
from tests.core.connected import connect
from tests.core.report.mailing import whole
from tests.sandbox.fortnox_caller import FIRST_COMPANY
from tests.sandbox_client import SandboxClient


@pytest.fixture
def connection(db: None, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr(Limit, "interval", 0.002)
    connection = connect()
    Connection.objects.update(state=Connection.State.ACTIVE)
    return connection


def a_day_later(connection: Connection) -> Connection:
    Lease.objects.filter(name__startswith="check:").update(until=timezone.now() - timedelta(seconds=1))
    assert sweep().checks == 1
    checking.check(connection_id=connection.pk)
    connection.refresh_from_db()
    return connection


@pytest.mark.behaviour("VP-16")
def test_a_changed_name_is_noticed_within_a_day_and_told_once(
    connection: Connection, sandbox: SandboxClient, mailoutbox: list[EmailMessage]
) -> None:
    assert sweep().checks == 0
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"name": "Nordhamn Gruppen AB"})

    assert a_day_later(connection).account_name == "Nordhamn Gruppen AB"
    a_day_later(connection)

    assert send_due() == 1
    (message,) = mailoutbox
    assert message.subject == "Fortnox: the company is called “Nordhamn Gruppen AB” at Fortnox by now"
    assert "was called “Nordhamn Handel AB”, and is called “Nordhamn Gruppen AB” by now" in whole(message)

    # A second change is told, too.
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"name": "Nordhamn Holding AB"})
    a_day_later(connection)
    assert send_due() == 1


@pytest.mark.behaviour("VP-16")
def test_a_name_that_was_never_known_is_kept_without_a_word(connection: Connection) -> None:
    Connection.objects.update(account_name="")
    assert a_day_later(connection).account_name == "Nordhamn Handel AB"
    assert send_due() == 0


@pytest.mark.behaviour("VP-16")
def test_an_outage_changes_no_name(connection: Connection, sandbox: SandboxClient) -> None:
    sandbox.down()
    assert a_day_later(connection).account_name == "Nordhamn Handel AB"
