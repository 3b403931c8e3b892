"""Authorisations stay alive though nothing is sent; an outage ends nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from integrations.core import errors, keeping, leases, tokens
from integrations.core.models import Connection
from integrations.core.sweep import sweep
from integrations.fortnox.unconfirmed import IDLE_DAYS, RENEW_DAYS
from tests.core.connected import connect
from tests.core.keeping.ageing import State, another_try, many, reread, token_calls, told, unused_for
from tests.sandbox_client import SandboxClient

TENANT = "1204711"
OUTAGES: list[Any] = [
    pytest.param({"action": "refuse", "status": 503}, id="503"),
    pytest.param({"action": "refuse", "status": 500}, id="500"),
    pytest.param({"action": "refuse", "status": 429, "headers": {"Retry-After": "7200"}}, id="429"),
    pytest.param({"action": "refuse", "status": 200, "body": "<html>maintenance</html>"}, id="no JSON"),
    pytest.param({"action": "refuse", "status": 200, "body": '{"access_token": "ab'}, id="half a JSON"),
    pytest.param({"action": "refuse", "status": 400, "body": {"error": "server_error"}}, id="an error of its own"),
    pytest.param({"action": "delay", "seconds": 2}, id="time-out"),
    pytest.param({"action": "drop"}, id="dropped"),
]


def test_an_authorisation_is_due_for_renewal_within_a_week(connection: Connection) -> None:
    unused_for(connection, RENEW_DAYS - 1.1)
    assert keeping.ring_due() == 0
    unused_for(connection, RENEW_DAYS - 0.9)
    assert keeping.ring_due() == 1


def test_the_sweep_rings_for_it_and_calls_nobody_itself(
    connection: Connection, sandbox: SandboxClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    unused_for(connection, RENEW_DAYS)
    with django_capture_on_commit_callbacks() as rings:
        assert sweep().renewals == 1
    # It is active: it is rung for to be looked over, too.
    assert len(rings) == 2
    assert sandbox.calls() == []


def test_a_renewal_that_is_due_moves_the_date_and_stores_the_new_tokens(
    connection: Connection, sandbox: SandboxClient
) -> None:
    unused_for(connection, RENEW_DAYS)
    keeping.renew(connection_id=connection.pk)
    renewed = reread(connection)
    assert renewed.authorised_until is not None
    assert timedelta(days=IDLE_DAYS - 1) < renewed.authorised_until - timezone.now() <= timedelta(days=IDLE_DAYS)
    assert renewed.secrets["refresh_token"] != connection.secrets["refresh_token"]
    assert token_calls(sandbox) == 1
    assert keeping.ring_due() == 0


def test_a_summer_without_a_change_does_not_end_it(connection: Connection, sandbox: SandboxClient) -> None:
    for _week in range(12):
        sandbox.advance_clock(seconds=7 * 86_400)
        unused_for(connection, RENEW_DAYS)
        keeping.renew(connection_id=connection.pk)
    assert token_calls(sandbox) == 12
    assert reread(connection).state == State.ACTIVE


def test_doubled_rings_renew_once(connection: Connection, sandbox: SandboxClient) -> None:
    unused_for(connection, RENEW_DAYS)
    for _ring in range(3):
        keeping.renew(connection_id=connection.pk)
    assert token_calls(sandbox) == 1


def test_a_process_that_renews_the_same_tokens_at_that_moment_is_left_alone(
    connection: Connection, sandbox: SandboxClient
) -> None:
    unused_for(connection, RENEW_DAYS)
    with leases.holding(name=f"refresh:{connection.pk}"):
        keeping.renew(connection_id=connection.pk)
        assert token_calls(sandbox) == 0
    keeping.renew(connection_id=connection.pk)
    assert token_calls(sandbox) == 1


def test_what_was_renewed_between_the_look_and_the_lease_is_not_renewed_again(
    connection: Connection, sandbox: SandboxClient
) -> None:
    ending = unused_for(connection, RENEW_DAYS)
    tokens.renew(connection_id=connection.pk, ending_by=ending)
    tokens.renew(connection_id=connection.pk, ending_by=ending)
    assert token_calls(sandbox) == 1


def test_a_service_account_is_never_due_and_its_date_stays_empty(db: None, sandbox: SandboxClient) -> None:
    connection = connect(service_account=True)
    assert reread(connection).authorised_until is None
    assert keeping.ring_due() == 0
    tokens.force_refresh(connection_id=connection.pk, rejected_token=connection.secrets["access_token"])
    assert reread(connection).authorised_until is None
    assert keeping.tell_endings() == 0


@pytest.mark.parametrize("state", [State.DRAFT, State.NEEDS_REAUTHORISATION, State.DISCONNECTED])
@pytest.mark.behaviour("G-11")
def test_what_is_not_connected_is_not_renewed(connection: Connection, sandbox: SandboxClient, state: str) -> None:
    unused_for(connection, RENEW_DAYS)
    Connection.objects.update(state=state)
    assert keeping.ring_due() == 0
    keeping.renew(connection_id=connection.pk)
    assert token_calls(sandbox) == 0


@pytest.mark.django_db
def test_many_connections_are_not_renewed_in_the_same_minute() -> None:
    many(100, days=RENEW_DAYS)
    assert keeping.ring_due() == keeping.RENEWALS_AT_ONCE


@pytest.mark.django_db
def test_those_that_cannot_be_renewed_do_not_keep_the_others_waiting() -> None:
    many(keeping.RENEWALS_AT_ONCE + 1, days=RENEW_DAYS)
    for pk in Connection.objects.values_list("pk", flat=True)[: keeping.RENEWALS_AT_ONCE]:
        leases.claim(name=f"renew:{pk}", seconds=600)
    assert keeping.ring_due() == 1


@pytest.mark.django_db
def test_looking_for_what_is_due_costs_no_more_for_thousands(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    many(2_000, days=0)
    with django_assert_max_num_queries(3):
        assert (keeping.ring_due(), keeping.tell_endings()) == (0, 0)


@pytest.mark.behaviour("G-29")
def test_an_authorisation_that_a_clock_ahead_once_dated_is_renewed_and_dated_anew(
    connection: Connection, sandbox: SandboxClient
) -> None:
    Connection.objects.update(authorised_until=timezone.now() + timedelta(days=4000))
    assert keeping.ring_due() == 1
    keeping.renew(connection_id=connection.pk)
    until = reread(connection).authorised_until
    assert until is not None
    assert until <= timezone.now() + timedelta(days=IDLE_DAYS)
    assert (token_calls(sandbox), keeping.ring_due()) == (1, 0)


# --- An outage is not a withdrawal ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", OUTAGES)
def test_an_outage_leaves_the_authorisation_as_it_is_and_is_tried_again_later(
    connection: Connection, sandbox: SandboxClient, settings: Settings, fault: dict[str, Any]
) -> None:
    settings.HTTP_READ_TIMEOUT = 1
    until = unused_for(connection, RENEW_DAYS)
    sandbox.faults([{**fault, "path": "/token"}])
    keeping.renew(connection_id=connection.pk)

    after = reread(connection)
    assert (after.state, after.error, after.authorised_until) == (State.ACTIVE, "", until)
    assert after.secrets == connection.secrets
    assert told("authorisation_lost") == []
    # Not at the very next sweep.
    assert keeping.ring_due() == 0
    keeping.renew(connection_id=connection.pk)
    assert reread(connection).authorised_until == until

    another_try()
    assert keeping.ring_due() == 1
    keeping.renew(connection_id=connection.pk)
    assert reread(connection).authorised_until != until
    assert keeping.ring_due() == 0


def test_a_refused_connection_is_an_outage_too(
    connection: Connection, sandbox: SandboxClient, settings: Settings
) -> None:
    until = unused_for(connection, RENEW_DAYS)
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    keeping.renew(connection_id=connection.pk)
    assert (reread(connection).state, reread(connection).authorised_until) == (State.ACTIVE, until)

    settings.SANDBOX_URL = sandbox.url
    another_try()
    keeping.renew(connection_id=connection.pk)
    assert reread(connection).authorised_until != until


def test_a_broken_sign_in_service_pauses_the_connection_and_counts_as_no_answer(
    connection: Connection, sandbox: SandboxClient
) -> None:
    sandbox.faults([{"action": "refuse", "status": 503, "path": "/token"}])
    with pytest.raises(errors.TemporarilyUnavailable):
        tokens.force_refresh(connection_id=connection.pk, rejected_token=connection.secrets["access_token"])
    failing = reread(connection)
    assert (failing.state, failing.failures) == (State.ACTIVE, 1)
    assert failing.failing_since is not None
    assert failing.paused_until is not None


def test_a_missing_licence_stands_on_the_connection_until_it_can_be_renewed(
    connection: Connection, sandbox: SandboxClient
) -> None:
    unused_for(connection, RENEW_DAYS)
    sandbox.change("fortnox", "companies", TENANT, {"integration_licence": False})
    keeping.renew(connection_id=connection.pk)
    assert reread(connection).state == State.ACTIVE
    assert "licence" in reread(connection).error

    sandbox.change("fortnox", "companies", TENANT, {"integration_licence": True})
    another_try()
    keeping.renew(connection_id=connection.pk)
    assert reread(connection).error == ""
    assert keeping.ring_due() == 0
