"""Authorisations stay alive though nothing is sent; whoever must act is told once; an outage ends nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from integrations.core import connecting, errors, keeping, leases, oauth, telling, tokens
from integrations.core.models import Connection, Lease, Link, Mark, Notification
from integrations.core.sweep import sweep
from integrations.core.work import ringing
from integrations.fortnox.unconfirmed import IDLE_DAYS, RENEW_DAYS, WARN_DAYS
from tests.core.approving import approve
from tests.core.connected import connect
from tests.sandbox.fortnox_caller import CALLBACK
from tests.sandbox_client import SandboxClient

State = Connection.State
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


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    """An active connection, authorised just now."""
    connection = connect()
    Connection.objects.update(state=State.ACTIVE, recipients=["hanna@example.se", "payroll@example.se"])
    connection.refresh_from_db()
    sandbox.clear_calls()
    return connection


def unused_for(connection: Connection, days: float) -> datetime:
    """Let the last renewal be so many days ago; returns until when the authorisation then holds."""
    until = timezone.now() + timedelta(days=IDLE_DAYS - days)
    Connection.objects.filter(pk=connection.pk).update(authorised_until=until)
    return until


def another_try() -> None:
    """The pause after a failed renewal is over."""
    Lease.objects.filter(name__startswith="renew:").update(until=timezone.now())


def token_calls(sandbox: SandboxClient) -> int:
    return len(sandbox.calls(path="/oauth-v1/token"))


def reread(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def told(kind: str) -> list[Notification]:
    return list(Notification.objects.filter(key__startswith=f"{kind}:").order_by("pk"))


# --- Renewed by schedule ------------------------------------------------------------------------------------------


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


def many(count: int, *, days: float) -> None:
    """Connections that all were renewed in the same minute, so many days ago."""
    until = timezone.now() + timedelta(days=IDLE_DAYS - days)
    Connection.objects.bulk_create(
        Connection(
            integration="fortnox",
            label=f"Fortnox {number}",
            state=State.ACTIVE,
            account_id=str(number),
            authorised_until=until,
            recipients=["hanna@example.se"],
        )
        for number in range(count)
    )


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


# --- A withdrawal -----------------------------------------------------------------------------------------------------


def withdraw(connection: Connection, sandbox: SandboxClient) -> None:
    unused_for(connection, RENEW_DAYS)
    sandbox.tokens("fortnox", action="withdraw_consent")
    keeping.renew(connection_id=connection.pk)


def test_a_withdrawn_authorisation_is_found_though_nothing_is_sent_and_told_once(
    connection: Connection, sandbox: SandboxClient
) -> None:
    withdraw(connection, sandbox)
    lost = reread(connection)
    assert (lost.state, lost.authorised_until) == (State.NEEDS_REAUTHORISATION, None)
    (notification,) = told("authorisation_lost")
    assert notification.key.startswith(f"authorisation_lost:{connection.pk}:")
    assert notification.connection == connection
    assert notification.recipients == ["hanna@example.se", "payroll@example.se"]

    for _again in range(2):
        keeping.renew(connection_id=connection.pk)
        tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.")
        with pytest.raises(errors.ReauthorisationRequired):
            tokens.access_token(connection_id=connection.pk)
    assert len(told("authorisation_lost")) == 1
    assert token_calls(sandbox) == 1


def test_losing_it_a_second_time_is_told_a_second_time(connection: Connection) -> None:
    tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.")
    Connection.objects.update(state=State.ACTIVE)
    tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.")
    assert len(told("authorisation_lost")) == 2


def test_the_mail_and_the_loss_are_one_transaction(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as broken:
        broken.setattr(telling, "tell", fail)
        with pytest.raises(RuntimeError):
            tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.")
    assert reread(connection).state == State.ACTIVE
    tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.")
    assert (reread(connection).state, len(told("authorisation_lost"))) == (State.NEEDS_REAUTHORISATION, 1)


def test_a_late_refusal_of_an_old_token_does_not_stop_a_connection_that_was_connected_again(
    connection: Connection,
) -> None:
    tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.", rejected_token="an older one")
    assert (reread(connection).state, told("authorisation_lost")) == (State.ACTIVE, [])
    current = connection.secrets["access_token"]
    tokens.lose_authorisation(connection_id=connection.pk, reason="Gone.", rejected_token=current)
    assert reread(connection).state == State.NEEDS_REAUTHORISATION


def test_what_waited_is_kept_and_rung_for_after_connecting_again(
    connection: Connection, sandbox: SandboxClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    now = timezone.now()
    Mark.objects.create(connection=connection, resource="employees", left_id="1", due=now, changed_at=now)
    Link.objects.create(connection=connection, resource="employees", left_id="1", right_id="1", state="active")
    connection.runs.create(resource="employees", trigger="person", state="done", approved_at=now)
    withdraw(connection, sandbox)
    Connection.objects.update(failing_since=now)
    assert (Mark.objects.count(), Link.objects.count()) == (1, 1)

    rung: list[str] = []
    with pytest.MonkeyPatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(ringing, "async_task", lambda task, *_ids, **_options: rung.append(task))
        started = connecting.start_authorisation(
            connection_id=connection.pk, service_account=False, redirect_uri=CALLBACK
        )
        connecting.finish_authorisation(
            connection_id=connection.pk,
            callback=approve(started.url),
            started=started,
            redirect_uri=CALLBACK,
            by=connection.consent_by,
        )

    again = reread(connection)
    assert (again.state, again.error, again.failing_since) == (State.ACTIVE, "", None)
    assert again.authorised_until is not None
    assert rung == ["integrations.core.tasks.push"]


# --- Told before it ends ----------------------------------------------------------------------------------------------


def test_recipients_are_told_once_before_the_authorisation_ends(connection: Connection) -> None:
    unused_for(connection, IDLE_DAYS - WARN_DAYS - 0.1)
    assert keeping.tell_endings() == 0
    until = unused_for(connection, IDLE_DAYS - WARN_DAYS + 0.1)
    assert (keeping.tell_endings(), keeping.tell_endings()) == (1, 0)

    (notification,) = told("authorisation_ending")
    assert notification.key == f"authorisation_ending:{connection.pk}:{timezone.localdate(until).isoformat()}"
    assert notification.connection == connection
    assert notification.recipients == ["hanna@example.se", "payroll@example.se"]
    assert notification.data == {"until": until.isoformat()}


def test_a_renewal_ends_the_worry_and_another_ending_is_told_anew(
    connection: Connection, sandbox: SandboxClient
) -> None:
    unused_for(connection, IDLE_DAYS - WARN_DAYS + 1)
    assert sweep().endings == 1
    keeping.renew(connection_id=connection.pk)
    assert sweep().endings == 0
    unused_for(connection, IDLE_DAYS - WARN_DAYS + 2)
    assert sweep().endings == 1
    assert len(told("authorisation_ending")) == 2


@pytest.mark.django_db
def test_endings_of_many_are_all_told_once(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    many(30, days=IDLE_DAYS - 1)
    assert keeping.tell_endings() == 30
    with django_assert_max_num_queries(2):
        assert keeping.tell_endings() == 0


def test_every_vendor_renews_well_before_it_warns_and_warns_before_the_end() -> None:
    for provider in keeping._providers().values():
        assert isinstance(provider, oauth.Provider)
        assert 0 < provider.renew_days < provider.idle_days - provider.warn_days
        assert provider.warn_days > 0


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
