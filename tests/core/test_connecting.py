"""Connecting and disconnecting, clicked through the sandbox's pages."""

from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from employees.models import Company
from integrations.core import accounts, connecting, oauth, tokens
from integrations.core.accounts import AuthorisationFailed
from integrations.core.connecting import Started
from integrations.core.models import Connection, Link, SyncRun
from tests.core.approving import approve
from tests.sandbox.fortnox_caller import FIRST_COMPANY, SECOND_COMPANY, FortnoxCaller
from tests.sandbox_client import SandboxClient

CALLBACK = "http://localhost:8000/oauth/fortnox/callback"
STATE = Connection.State


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada", email="ada@example.se")


@pytest.fixture
def company(db: None) -> Company:
    return Company.objects.create(name="Nordhamn", country="SE", time_zone="Europe/Helsinki")


@pytest.fixture
def draft(company: Company, ada: User, sandbox: SandboxClient) -> Connection:
    return accepted(company, ada)


def accepted(company: Company, by: User, *, label: str = "Fortnox of Nordhamn") -> Connection:
    connection = connecting.create_draft(integration="fortnox", company=company, label=label, by=by)
    connecting.accept_terms(connection_id=connection.pk, by=by)
    return connection


def start(connection: Connection, *, service_account: bool = False) -> Started:
    return connecting.start_authorisation(
        connection_id=connection.pk, service_account=service_account, redirect_uri=CALLBACK
    )


def finish(connection: Connection, started: Started, callback: dict[str, str], by: User | None = None) -> Connection:
    return connecting.finish_authorisation(
        connection_id=connection.pk, callback=callback, started=started, redirect_uri=CALLBACK, by=by
    )


def connect(sandbox: SandboxClient, connection: Connection, *, service: bool = False, **login: str) -> Connection:
    started = start(connection, service_account=service)
    return finish(connection, started, approve(started.url, **login))


def failure(connection: Connection, started: Started, callback: dict[str, str]) -> str:
    """Return the message; the connection is what it was."""
    before = Connection.objects.filter(pk=connection.pk).defer("credentials").values().get()
    with pytest.raises(AuthorisationFailed) as caught:
        finish(connection, started, callback)
    after = Connection.objects.filter(pk=connection.pk).defer("credentials").values().get()
    assert after == before
    return caught.value.message


def works_now(sandbox: SandboxClient, connection: Connection) -> None:
    assert connect(sandbox, connection).state == STATE.AUTHORISED


@pytest.mark.behaviour("G-03")
def test_who_accepted_the_terms_is_kept(draft: Connection, ada: User) -> None:
    draft.refresh_from_db()
    assert draft.consent_by == ada
    assert draft.consent_at is not None
    assert draft.consent_at <= timezone.now()


@pytest.mark.behaviour("G-03")
def test_without_accepted_terms_nothing_starts(company: Company, ada: User, sandbox: SandboxClient) -> None:
    connection = connecting.create_draft(integration="fortnox", company=company, label="Fortnox", by=ada)
    with pytest.raises(AuthorisationFailed, match="Accept the terms"):
        start(connection)
    connecting.accept_terms(connection_id=connection.pk, by=ada)
    works_now(sandbox, connection)


def test_after_the_approval_the_vendor_company_is_known(draft: Connection, sandbox: SandboxClient) -> None:
    connected = connect(sandbox, draft)
    assert (connected.state, connected.account_id, connected.account_name) == (
        STATE.AUTHORISED,
        FIRST_COMPANY,
        "Nordhamn Handel AB",
    )
    assert connected.secrets["mode"] == "user"
    assert connected.authorised_until is not None
    assert connected.time_zone == "Europe/Helsinki"


def test_whoever_connects_gets_the_reports_at_first(draft: Connection, sandbox: SandboxClient, ada: User) -> None:
    Connection.objects.update(recipients=[])
    started = start(draft)
    assert finish(draft, started, approve(started.url), by=ada).recipients == ["ada@example.se"]


def test_chosen_recipients_stay(draft: Connection, sandbox: SandboxClient, ada: User) -> None:
    Connection.objects.update(recipients=["payroll@example.se"])
    started = start(draft)
    assert finish(draft, started, approve(started.url), by=ada).recipients == ["payroll@example.se"]


def test_the_token_opens_the_vendor(draft: Connection, sandbox: SandboxClient) -> None:
    connect(sandbox, draft)
    answer = requests.get(
        f"{sandbox.url}/fortnox/3/companyinformation",
        headers={"Authorization": f"Bearer {tokens.access_token(connection_id=draft.pk)}"},
        timeout=10,
    )
    assert answer.json()["CompanyInformation"]["CompanyName"] == "Nordhamn Handel AB"


def test_a_service_account_needs_no_refresh_token(draft: Connection, sandbox: SandboxClient) -> None:
    connected = connect(sandbox, draft, service=True)
    assert (connected.secrets["mode"], connected.secrets["tenant"]) == ("service", FIRST_COMPANY)
    assert connected.authorised_until is None
    sandbox.tokens("fortnox", action="revoke_refresh")
    assert tokens.force_refresh(connection_id=draft.pk, rejected_token=connected.secrets["access_token"])


def test_started_can_be_kept_in_a_session(draft: Connection) -> None:
    started = start(draft)
    assert Started(**started._asdict()) == started


def test_refusing_at_the_vendor_says_so(draft: Connection, sandbox: SandboxClient) -> None:
    started = start(draft)
    assert "refused at Fortnox" in failure(draft, started, approve(started.url, decision="refuse"))
    works_now(sandbox, draft)


def test_scopes_that_the_app_may_not_ask_for_are_the_operators_job(draft: Connection, sandbox: SandboxClient) -> None:
    sandbox.settings("fortnox", app_scopes=["profile"])
    started = start(draft)
    assert "Ask whoever runs this system" in failure(draft, started, approve(started.url))
    sandbox.settings("fortnox", app_scopes=["salary", "companyinformation"])
    works_now(sandbox, draft)


def test_a_missing_integration_licence_says_to_order_it(draft: Connection, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"integration_licence": False})
    started = start(draft)
    assert "integration licence" in failure(draft, started, approve(started.url))
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"integration_licence": True})
    works_now(sandbox, draft)


def test_a_missing_payroll_licence_is_found_before_connecting(draft: Connection, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": False})
    started = start(draft)
    message = failure(draft, started, approve(started.url))
    assert "could not be connected" in message
    assert "payroll licence" in message
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_licence": True})
    works_now(sandbox, draft)


def test_a_service_account_needs_a_system_administrator(draft: Connection, sandbox: SandboxClient) -> None:
    started = start(draft, service_account=True)
    message = failure(draft, started, approve(started.url, email="user@nordhamn.example"))
    assert "system administrator" in message
    assert connect(sandbox, draft, service=True).state == STATE.AUTHORISED


def test_a_locked_account_comes_back_with_nothing(draft: Connection, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"locked": True})
    started = start(draft)
    assert "may be locked" in failure(draft, started, approve(started.url))
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"locked": False})
    works_now(sandbox, draft)


@pytest.mark.parametrize("changes", [{"state": "forged"}, {"state": ""}, {"state": "förfalskad"}])
def test_an_answer_to_another_question_is_refused(
    draft: Connection, sandbox: SandboxClient, changes: dict[str, str]
) -> None:
    started = start(draft)
    callback = approve(started.url)
    assert "does not belong" in failure(draft, started, {**callback, **changes})
    assert finish(draft, started, callback).state == STATE.AUTHORISED


def test_an_answer_without_a_code_is_refused(draft: Connection, sandbox: SandboxClient) -> None:
    started = start(draft)
    assert "no code" in failure(draft, started, {"state": started.state})
    works_now(sandbox, draft)


def test_an_answer_is_good_once(draft: Connection, sandbox: SandboxClient) -> None:
    started = start(draft)
    callback = approve(started.url)
    finish(draft, started, callback)
    assert "used already" in failure(draft, started, callback)


def test_an_approval_that_took_too_long_is_started_again(draft: Connection, sandbox: SandboxClient) -> None:
    started = start(draft)
    callback = approve(started.url)
    sandbox.advance_clock(seconds=601)
    assert "has expired" in failure(draft, started, callback)
    works_now(sandbox, draft)


def test_scopes_that_were_not_granted_are_named(
    draft: Connection, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = oauth.exchange_code

    def without_salary(*args: Any, **kwargs: Any) -> oauth.Tokens:
        given = exchange(*args, **kwargs)
        return oauth.Tokens(
            access_token=given.access_token,
            refresh_token=given.refresh_token,
            expires_at=given.expires_at,
            scopes=("companyinformation",),
        )

    with monkeypatch.context() as patch:
        patch.setattr(oauth, "exchange_code", without_salary)
        started = start(draft)
        assert "salary is missing" in failure(draft, started, approve(started.url))
    works_now(sandbox, draft)


@pytest.mark.parametrize("path", ["/oauth-v1/token", "/3/companyinformation"])
def test_an_outage_while_connecting_can_be_tried_again(draft: Connection, sandbox: SandboxClient, path: str) -> None:
    started = start(draft)
    callback = approve(started.url)
    sandbox.faults([{"action": "refuse", "status": 503, "path": path}])
    assert "could not be connected" in failure(draft, started, callback)
    works_now(sandbox, draft)


def test_another_vendor_company_than_before_is_refused(draft: Connection, sandbox: SandboxClient) -> None:
    connect(sandbox, draft)
    tokens.lose_authorisation(connection_id=draft.pk, reason="Gone.")
    started = start(draft)
    message = failure(draft, started, approve(started.url, tenant=SECOND_COMPANY))
    assert "Nordhamn Handel AB" in message
    assert "Sörhamn Service AB" in message
    works_now(sandbox, draft)


def test_an_account_that_is_connected_elsewhere_is_named(draft: Connection, sandbox: SandboxClient, ada: User) -> None:
    connect(sandbox, draft)
    second = accepted(Company.objects.create(name="Second", country="SE"), ada, label="Second connection")
    started = start(second)
    message = failure(second, started, approve(started.url))
    assert "“Nordhamn Handel AB (1204711)” is already connected, as “Fortnox of Nordhamn”" in message
    connecting.disconnect(connection_id=draft.pk, by=ada)
    works_now(sandbox, second)


def test_a_hub_company_that_is_connected_already_is_named(
    draft: Connection, company: Company, sandbox: SandboxClient, ada: User
) -> None:
    connect(sandbox, draft)
    second = accepted(company, ada, label="Second connection")
    started = start(second)
    message = failure(second, started, approve(started.url, tenant=SECOND_COMPANY))
    assert "“Nordhamn” is already connected" in message


def test_connected_elsewhere_at_the_same_moment_is_refused(
    draft: Connection, company: Company, sandbox: SandboxClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = accepted(company, ada, label="Second connection")
    started, other = start(draft), start(second)
    callback, others = approve(started.url), approve(other.url)
    look = accounts.refuse_taken
    looks = iter([second])

    def connected_after_the_look(*args: Any, **kwargs: Any) -> None:
        look(*args, **kwargs)
        for connection in looks:
            finish(connection, other, others)

    monkeypatch.setattr(connecting, "refuse_taken", connected_after_the_look)
    assert "already connected, as “Second connection”" in failure(draft, started, callback)


@pytest.mark.parametrize(("approved", "state"), [(False, STATE.AUTHORISED), (True, STATE.ACTIVE)])
def test_connecting_again_takes_up_where_it_stopped(
    draft: Connection, sandbox: SandboxClient, approved: bool, state: Connection.State
) -> None:
    connect(sandbox, draft)
    Link.objects.create(connection=draft, resource="employees", left_id="1", right_id="1")
    SyncRun.objects.create(
        connection=draft,
        resource="employees",
        trigger=SyncRun.Trigger.PERSON,
        state=SyncRun.State.DONE,
        approved_at=timezone.now() if approved else None,
    )
    tokens.lose_authorisation(connection_id=draft.pk, reason="Gone.")
    again = connect(sandbox, draft)
    assert (again.state, again.error, again.links.count()) == (state, "", 1)


def test_a_connection_that_works_can_be_connected_again(draft: Connection, sandbox: SandboxClient) -> None:
    before = connect(sandbox, draft).secrets["access_token"]
    Connection.objects.update(state=STATE.REVIEWING)
    again = connect(sandbox, draft)
    assert again.state == STATE.REVIEWING
    assert again.secrets["access_token"] != before


def test_a_connection_changed_meanwhile_stays_what_it_became(
    draft: Connection, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = start(draft)
    callback = approve(started.url)
    look = accounts.refuse_taken

    def disconnected_meanwhile(*args: Any, **kwargs: Any) -> None:
        look(*args, **kwargs)
        Connection.objects.update(state=STATE.DISCONNECTED)

    with monkeypatch.context() as patch:
        patch.setattr(connecting, "refuse_taken", disconnected_meanwhile)
        with pytest.raises(AuthorisationFailed, match="changed at the same time"):
            finish(draft, started, callback)
    assert Connection.objects.get().state == STATE.DISCONNECTED
    works_now(sandbox, draft)


@pytest.mark.behaviour("G-11")
@pytest.mark.parametrize("service", [False, True])
def test_disconnecting_revokes_and_forgets_the_credentials_and_keeps_the_links(
    draft: Connection, sandbox: SandboxClient, ada: User, service: bool
) -> None:
    before = connect(sandbox, draft, service=service).secrets
    Link.objects.create(connection=draft, resource="employees", left_id="1", right_id="1")
    connecting.disconnect(connection_id=draft.pk, by=ada)
    after = Connection.objects.get()
    assert (after.state, after.secrets, after.links.count()) == (STATE.DISCONNECTED, {}, 1)
    refused = FortnoxCaller(url=sandbox.url).token(grant_type="refresh_token", refresh_token=before["refresh_token"])
    assert refused.status_code == 400
    works_now(sandbox, draft)


def test_disconnecting_works_while_the_vendor_is_down(draft: Connection, sandbox: SandboxClient, ada: User) -> None:
    connect(sandbox, draft)
    sandbox.down()
    connecting.disconnect(connection_id=draft.pk, by=ada)
    assert Connection.objects.get().secrets == {}
    sandbox.down(down=False)
    works_now(sandbox, draft)


def test_disconnecting_works_without_the_key(
    draft: Connection, sandbox: SandboxClient, ada: User, settings: Settings
) -> None:
    connect(sandbox, draft)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    connecting.disconnect(connection_id=draft.pk, by=ada)
    assert Connection.objects.get().state == STATE.DISCONNECTED
    works_now(sandbox, draft)


def test_disconnecting_twice_revokes_once(draft: Connection, sandbox: SandboxClient, ada: User) -> None:
    connect(sandbox, draft)
    for _ in range(2):
        connecting.disconnect(connection_id=draft.pk, by=ada)
    assert len(sandbox.calls(path="/revoke")) == 1
