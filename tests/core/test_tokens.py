"""Renewing tokens, against the sandbox's rotating ones."""

import json
import subprocess
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from integrations.core import errors, leases, oauth, tokens
from integrations.core.models import Connection, Link
from tests.core.racing import PROGRAM, race
from tests.sandbox.fortnox_caller import FortnoxCaller
from tests.sandbox_client import SandboxClient

TENANT = "1204711"
STATE = Connection.State


def connect(sandbox: SandboxClient, **changes: Any) -> Connection:
    """A connection whose access token has run out."""
    given = FortnoxCaller(url=sandbox.url).connect(**changes.pop("asked", {}))
    secrets = {
        "mode": "user",
        "access_token": given["access_token"],
        "refresh_token": given["refresh_token"],
        "expires_at": time.time() - 1,
        "tenant": TENANT,
        "scopes": given["scope"].split(),
        **changes,
    }
    sandbox.clear_calls()
    return Connection.objects.create(
        integration="fortnox", label="Fortnox", state=STATE.ACTIVE, account_id=TENANT, credentials=json.dumps(secrets)
    )


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    return connect(sandbox)


def token_calls(sandbox: SandboxClient) -> int:
    return len(sandbox.calls(path="/oauth-v1/token"))


def reread(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def test_a_token_that_is_good_for_two_minutes_is_given_out_as_it_is(db: None, sandbox: SandboxClient) -> None:
    connection = connect(sandbox, expires_at=time.time() + 130)
    assert tokens.access_token(connection_id=connection.pk) == connection.secrets["access_token"]
    assert token_calls(sandbox) == 0


def test_a_token_that_ends_within_two_minutes_is_renewed(db: None, sandbox: SandboxClient) -> None:
    connection = connect(sandbox, expires_at=time.time() + 110)
    assert tokens.access_token(connection_id=connection.pk) != connection.secrets["access_token"]
    assert token_calls(sandbox) == 1


def test_both_new_tokens_are_stored(connection: Connection) -> None:
    before = connection.secrets
    token = tokens.access_token(connection_id=connection.pk)
    stored = reread(connection)
    assert stored.secrets["access_token"] == token
    assert stored.secrets["refresh_token"] != before["refresh_token"]
    assert stored.secrets["expires_at"] > time.time() + 3000
    assert stored.authorised_until is not None
    assert timedelta(days=44) < stored.authorised_until - timezone.now() < timedelta(days=46)


def test_it_can_be_renewed_again_and_again(connection: Connection, sandbox: SandboxClient) -> None:
    given = [tokens.access_token(connection_id=connection.pk)]
    for _ in range(3):
        given.append(tokens.force_refresh(connection_id=connection.pk, rejected_token=given[-1]))
    assert len(set(given)) == 4
    assert token_calls(sandbox) == 4


def test_a_rejected_token_that_somebody_renewed_already_is_not_renewed_again(
    connection: Connection, sandbox: SandboxClient
) -> None:
    rejected = connection.secrets["access_token"]
    renewed = tokens.access_token(connection_id=connection.pk)
    assert tokens.force_refresh(connection_id=connection.pk, rejected_token=rejected) == renewed
    assert token_calls(sandbox) == 1


def test_six_processes_renew_a_rotating_token_once(worker_environment: dict[str, str], sandbox: SandboxClient) -> None:
    connection = connect(sandbox)
    given = race(6, "access_token", connection.pk, environment=worker_environment)
    assert set(given) == {reread(connection).secrets["access_token"]}
    assert [call["status"] for call in sandbox.calls(path="/oauth-v1/token")] == [200]


def test_a_process_that_dies_while_renewing_holds_up_the_others_only_for_its_lease(
    worker_environment: dict[str, str], sandbox: SandboxClient
) -> None:
    connection = connect(sandbox)
    with subprocess.Popen(
        [*PROGRAM, "hold_the_renewal", str(connection.pk)],
        env={**worker_environment, "LEASE_SECONDS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write("go\n")
        holder.stdin.flush()
        assert [holder.stdout.readline().strip() for _ in range(2)] == ["ready", "held"]
        holder.kill()
    assert tokens.access_token(connection_id=connection.pk) == reread(connection).secrets["access_token"]


def test_waiting_for_another_process_ends(connection: Connection, settings: Any) -> None:
    settings.HTTP_CONNECT_TIMEOUT = settings.HTTP_READ_TIMEOUT = 0.1
    with leases.holding(name=f"refresh:{connection.pk}"), pytest.raises(errors.TemporarilyUnavailable):
        tokens.access_token(connection_id=connection.pk)
    settings.HTTP_CONNECT_TIMEOUT = settings.HTTP_READ_TIMEOUT = 30
    assert tokens.access_token(connection_id=connection.pk)


@pytest.mark.parametrize(
    "fault", [{"action": "refuse", "status": 503}, {"action": "refuse", "status": 500}, {"action": "drop"}]
)
def test_an_outage_leaves_the_connection_as_it_was(
    connection: Connection, sandbox: SandboxClient, fault: dict[str, Any]
) -> None:
    sandbox.faults([{**fault, "path": "/token"}])
    with pytest.raises(errors.TemporarilyUnavailable):
        tokens.access_token(connection_id=connection.pk)
    assert reread(connection).state == STATE.ACTIVE
    assert reread(connection).secrets == connection.secrets
    assert tokens.access_token(connection_id=connection.pk) == reread(connection).secrets["access_token"]


def test_a_renewal_whose_answer_was_lost_is_decided_by_the_next_attempt(
    connection: Connection, sandbox: SandboxClient
) -> None:
    sandbox.faults([{"action": "drop_after", "path": "/token"}])
    with pytest.raises(errors.TemporarilyUnavailable):
        tokens.access_token(connection_id=connection.pk)
    assert reread(connection).state == STATE.ACTIVE
    with pytest.raises(errors.ReauthorisationRequired):
        tokens.access_token(connection_id=connection.pk)
    assert reread(connection).state == STATE.NEEDS_REAUTHORISATION


def test_a_withdrawn_authorisation_stops_the_connection_and_keeps_its_links(
    connection: Connection, sandbox: SandboxClient
) -> None:
    Link.objects.create(connection=connection, resource="employees", left_id="1", right_id="1")
    sandbox.tokens("fortnox", action="withdraw_consent")
    with pytest.raises(errors.ReauthorisationRequired):
        tokens.access_token(connection_id=connection.pk)
    stopped = reread(connection)
    assert stopped.state == STATE.NEEDS_REAUTHORISATION
    assert "Connect again" in stopped.error
    assert stopped.links.count() == 1
    # The vendor is not asked again and again.
    with pytest.raises(errors.ReauthorisationRequired):
        tokens.access_token(connection_id=connection.pk)
    assert token_calls(sandbox) == 1


def test_a_missing_licence_is_not_a_lost_authorisation(connection: Connection, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", TENANT, {"integration_licence": False})
    with pytest.raises(errors.LicenceMissing):
        tokens.access_token(connection_id=connection.pk)
    assert reread(connection).state == STATE.ACTIVE
    sandbox.change("fortnox", "companies", TENANT, {"integration_licence": True})
    assert tokens.access_token(connection_id=connection.pk)


def test_a_disconnected_connection_gives_no_token(connection: Connection, sandbox: SandboxClient) -> None:
    Connection.objects.update(state=STATE.DISCONNECTED, credentials="")
    with pytest.raises(errors.ReauthorisationRequired):
        tokens.access_token(connection_id=connection.pk)
    assert token_calls(sandbox) == 0


def test_a_service_account_is_renewed_with_its_tenant(db: None, sandbox: SandboxClient) -> None:
    connection = connect(sandbox, mode="service", asked={"account_type": "service"})
    refresh_token = connection.secrets["refresh_token"]
    for _ in range(2):
        assert tokens.force_refresh(
            connection_id=connection.pk, rejected_token=reread(connection).secrets["access_token"]
        )
    assert reread(connection).authorised_until is None
    assert reread(connection).secrets["refresh_token"] == refresh_token


def test_a_withdrawn_consent_stops_a_service_account(db: None, sandbox: SandboxClient) -> None:
    connection = connect(sandbox, mode="service", asked={"account_type": "service"})
    sandbox.tokens("fortnox", action="withdraw_consent")
    with pytest.raises(errors.ReauthorisationRequired):
        tokens.access_token(connection_id=connection.pk)
    assert reread(connection).state == STATE.NEEDS_REAUTHORISATION


def test_a_renewal_does_not_write_over_a_newer_authorisation(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = json.dumps({**connection.secrets, "refresh_token": "newer"})
    refresh = oauth.refresh

    def connected_again_meanwhile(provider: oauth.Provider, *, refresh_token: str) -> oauth.Tokens:
        given = refresh(provider, refresh_token=refresh_token)
        Connection.objects.update(credentials=newer)
        return given

    monkeypatch.setattr(oauth, "refresh", connected_again_meanwhile)
    tokens.access_token(connection_id=connection.pk)
    assert reread(connection).secrets["refresh_token"] == "newer"


def test_a_refusal_does_not_stop_a_connection_that_was_connected_again_meanwhile(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = json.dumps({**connection.secrets, "refresh_token": "newer"})

    def refused(provider: oauth.Provider, *, refresh_token: str) -> oauth.Tokens:
        Connection.objects.update(credentials=newer)
        raise errors.ReauthorisationRequired("Connect again.")

    monkeypatch.setattr(oauth, "refresh", refused)
    with pytest.raises(errors.ReauthorisationRequired):
        tokens.access_token(connection_id=connection.pk)
    assert reread(connection).state == STATE.ACTIVE


@pytest.mark.django_db(transaction=True)
def test_a_locked_database_does_not_lose_a_rotated_token(
    sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(sandbox)
    store = tokens._store
    failures = iter([OperationalError("database is locked")])

    def locked_once(*args: Any, **kwargs: Any) -> None:
        for failure in failures:
            raise failure
        store(*args, **kwargs)

    monkeypatch.setattr(tokens, "_store", locked_once)
    token = tokens.access_token(connection_id=connection.pk)
    assert reread(connection).secrets["access_token"] == token


@pytest.mark.parametrize("state", [STATE.DRAFT, STATE.PAUSED, STATE.DISCONNECTED])
def test_a_connection_that_does_not_work_does_not_lose_its_authorisation(
    connection: Connection, state: Connection.State
) -> None:
    Connection.objects.update(state=state)
    tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.")
    assert reread(connection).state == state


@pytest.mark.behaviour("G-29")
def test_a_token_that_a_clock_ahead_once_dated_is_renewed(connection: Connection, sandbox: SandboxClient) -> None:
    dated = {**connection.secrets, "expires_at": time.time() + 86_400 * 400}
    Connection.objects.filter(pk=connection.pk).update(credentials=json.dumps(dated))
    token = tokens.access_token(connection_id=connection.pk)
    assert token != connection.secrets["access_token"]
    assert reread(connection).secrets["expires_at"] < time.time() + 86_400
