"""Whoever must act is told once: of an authorisation that is withdrawn, and of one that will end."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from integrations.core import errors, keeping, oauth, telling, tokens
from integrations.core.models import Connection, Link, Mark
from integrations.core.sweep import sweep
from integrations.core.work import ringing
from integrations.fortnox.unconfirmed import IDLE_DAYS, RENEW_DAYS, WARN_DAYS
from tests.core.connected import connect_again
from tests.core.keeping.ageing import State, many, reread, token_calls, told, unused_for
from tests.sandbox_client import SandboxClient

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
        connect_again(connection)

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
