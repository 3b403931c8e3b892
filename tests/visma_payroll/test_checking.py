"""A company's authorisation is tried once a day: what was withdrawn at Visma is told though nothing is sent."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from integrations.core import checking, connecting, telling, tokens
from integrations.core.models import Connection, Lease, Notification
from integrations.core.registry import Limit
from integrations.core.sweep import sweep
from integrations.visma_payroll.connector import READ, WRITE
from tests.core.connected import connect
from tests.sandbox.visma_caller import FIRST_TENANT
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VENDOR, connected_sides

State = Connection.State


@pytest.fixture
def connection(db: None, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """An active connection, connected just now."""
    monkeypatch.setattr(Limit, "interval", 0.002)
    connection = connected_sides(sandbox).connection
    Connection.objects.update(state=State.ACTIVE, recipients=["hanna@example.no"])
    connection.refresh_from_db()
    sandbox.clear_calls()
    return connection


def a_day_later() -> None:
    Lease.objects.filter(name__startswith="check:").update(until=timezone.now() - timedelta(seconds=1))


def check(connection: Connection) -> Connection:
    a_day_later()
    checking.check(connection_id=connection.pk)
    connection.refresh_from_db()
    return connection


def told_of_loss() -> int:
    return Notification.objects.filter(key__contains=telling.AUTHORISATION_LOST).count()


def test_it_is_tried_once_a_day(connection: Connection, sandbox: SandboxClient) -> None:
    assert sweep().checks == 0
    checking.check(connection_id=connection.pk)
    assert sandbox.calls(path="/employees") == []

    a_day_later()
    assert sweep().checks == 1
    checking.check(connection_id=connection.pk)
    checking.check(connection_id=connection.pk)
    assert len(sandbox.calls(path="/employees")) == 1
    assert sweep().checks == 0


def test_the_sweep_rings_for_the_task(
    connection: Connection, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    a_day_later()
    with django_capture_on_commit_callbacks() as rings:
        assert checking.ring_due() == 1
    assert len(rings) == 1


def test_a_company_that_withdrew_the_app_is_told_once_and_connected_again(
    connection: Connection, sandbox: SandboxClient
) -> None:
    sandbox.tokens(VENDOR, action="withdraw_consent", tenant=FIRST_TENANT)

    assert check(connection).state == State.NEEDS_REAUTHORISATION
    assert "has not authorised the app" in connection.error
    check(connection)
    assert told_of_loss() == 1

    sandbox.change(VENDOR, "companies", FIRST_TENANT, {"authorised": True})
    connected = connecting.authorise_by_form(connection_id=connection.pk, tenant=FIRST_TENANT, by=None)
    assert connected.state in Connection.WORKING
    assert check(connection).error == ""
    assert told_of_loss() == 1


def test_a_token_that_outlives_the_authorisation_does_not_hide_its_end(
    connection: Connection, sandbox: SandboxClient
) -> None:
    sandbox.change(VENDOR, "companies", FIRST_TENANT, {"authorised": False})

    assert check(connection).state == State.NEEDS_REAUTHORISATION
    assert told_of_loss() == 1


@pytest.mark.behaviour("VP-02")
@pytest.mark.parametrize(("left", "named"), [(READ, "“Write employees”"), (WRITE, "“Read employees”")])
def test_a_right_that_was_taken_away_is_named_on_the_connection_until_it_is_back(
    connection: Connection, sandbox: SandboxClient, left: str, named: str
) -> None:
    sandbox.change(VENDOR, "companies", FIRST_TENANT, {"scopes": [left]})
    sandbox.tokens(VENDOR, action="expire_access", tenant=FIRST_TENANT)

    assert f"The company has not approved {named}." in check(connection).error
    assert connection.state == State.ACTIVE

    sandbox.change(VENDOR, "companies", FIRST_TENANT, {"scopes": [READ, WRITE]})
    sandbox.tokens(VENDOR, action="expire_access", tenant=FIRST_TENANT)
    assert check(connection).error == ""


def test_an_outage_ends_no_authorisation(connection: Connection, sandbox: SandboxClient) -> None:
    sandbox.down(vendor=VENDOR)
    assert check(connection).state == State.ACTIVE
    assert connection.failing_since is not None

    sandbox.down(vendor=VENDOR, down=False)
    Connection.objects.update(paused_until=None, next_slot=0)
    assert check(connection).failing_since is None


def test_what_is_not_working_is_left_alone(connection: Connection, sandbox: SandboxClient) -> None:
    Connection.objects.update(state=State.DISCONNECTED)
    check(connection)
    assert sweep().checks == 0
    assert sandbox.calls(path="/employees") == []


def test_whoever_signs_in_at_the_vendor_is_renewed_instead(db: None, sandbox: SandboxClient) -> None:
    connect()
    Connection.objects.update(state=State.ACTIVE)
    assert sweep().checks == 0


def test_connecting_puts_the_first_try_off(connection: Connection) -> None:
    assert not checking.postpone(connection_id=connection.pk)
    assert tokens.access_token(connection_id=connection.pk)
