"""Connecting by a Tenant ID: the wizard's page, the command, and what each failure says beside the field (VP-02)."""

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from integrations.core import connecting, tokens
from integrations.core.errors import ReauthorisationRequired
from integrations.core.models import Connection
from integrations.visma_payroll.connector import READ, WRITE
from tests.factories import CompanyFactory
from tests.pages import press
from tests.sandbox.visma_caller import FIRST_TENANT, NOT_AUTHORISED, READ_ONLY, SECOND_TENANT
from tests.sandbox_client import SandboxClient

VENDOR = "visma_payroll"
# As a step, a link or in a sentence; to sign in to the App Store is something else.
# The menu of whoever looks after users speaks of the users' own.
SIGN_IN = re.compile(r"(?<!Changes of )(?<!Links to the )sign-in|Sign in again|Sign in\s*<")
YES = "Yes, connect it"
UNKNOWN = "9f8a1c52-3b1d-4e6a-9c70-1d2e3f405161"


@pytest.fixture
def draft(db: None, sandbox: SandboxClient) -> Connection:
    company = CompanyFactory.create(name="Fjordheim Handel AS", country="NO", time_zone="Europe/Oslo")
    by = User.objects.create_superuser("hanna", "hanna@example.no")
    connection = connecting.create_draft(integration=VENDOR, company=company, label="Visma", by=by)
    connecting.accept_terms(connection_id=connection.pk, by=by)
    return connection


@pytest.fixture
def hanna(draft: Connection) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="hanna"))
    return client


def page(connection: Connection, name: str = "authorise") -> str:
    return reverse(f"admin:visma_payroll_vismapayrollconnection_{name}", args=[connection.pk])


def submit(client: Client, connection: Connection, tenant: str, *, tick: bool = True) -> Any:
    """Paste, look at what is found, and say yes to it, where anything is found."""
    answer = paste(client, connection, tenant, tick=tick)
    return press(client, answer, YES, follow=True) if YES in answer.text else answer


def paste(client: Client, connection: Connection, tenant: str, *, tick: bool = True) -> Any:
    ticked = {"authority": "on"} if tick else {}
    return press(client, client.get(page(connection)), "Connect", {"tenant": tenant, **ticked}, follow=True)


def said(answer: Any) -> str:
    """Return what stands beside the Tenant ID."""
    return " ".join(answer.context["form"].errors.get("tenant", []))


def state(connection: Connection) -> str:
    connection.refresh_from_db()
    return connection.state


@pytest.mark.behaviour("VP-01")
def test_the_page_says_what_to_do_in_the_app_store(hanna: Client, draft: Connection) -> None:
    shown = hanna.get(page(draft)).content.decode()
    for sentence in ("Authorize app", "Read employees", "Write employees", "copy the Tenant ID"):
        assert sentence in shown


@pytest.mark.behaviour("VP-02")
@pytest.mark.parametrize(
    "written",
    [
        FIRST_TENANT,
        f"  {{{FIRST_TENANT.upper()}}} ",
        f"\u200b{FIRST_TENANT}\u00a0",
        FIRST_TENANT.replace("-", "\u2011"),
        FIRST_TENANT.replace("-", "\u2013"),
    ],
)
def test_a_tenant_id_and_the_tick_connect(hanna: Client, draft: Connection, written: str) -> None:
    answer = submit(hanna, draft, written)
    assert f"Connected to Tenant ID {FIRST_TENANT}." in answer.text
    assert state(draft) == Connection.State.AUTHORISED
    assert (draft.account_id, draft.authorised_until) == (FIRST_TENANT, None)
    assert tokens.access_token(connection_id=draft.pk)


@pytest.mark.behaviour("VP-02")
@pytest.mark.parametrize(
    ("tenant", "reason"),
    [
        ("", "Paste the Tenant ID"),
        ("0f8a1c52", "This is not a Tenant ID"),
        (UNKNOWN, "Visma does not know this Tenant ID. Copy it anew"),
        (NOT_AUTHORISED, "The company has not authorised the app. Open it in Visma App Store, press “Authorize app”"),
        (READ_ONLY, "The company has not approved “Write employees”. Open the app in Visma App Store"),
    ],
)
def test_each_failure_says_beside_the_field_what_to_do_and_changes_nothing(
    hanna: Client, draft: Connection, tenant: str, reason: str
) -> None:
    assert reason in said(submit(hanna, draft, tenant))
    assert (state(draft), draft.credentials, draft.account_id) == (Connection.State.DRAFT, "", "")
    submit(hanna, draft, FIRST_TENANT)
    assert state(draft) == Connection.State.AUTHORISED


@pytest.mark.behaviour("VP-02")
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("approved", "named"),
    [([READ], "“Write employees”"), ([WRITE], "“Read employees”"), ([], "“Read employees” and “Write employees”")],
)
def test_a_missing_right_is_named_however_visma_refuses_it(
    hanna: Client, draft: Connection, sandbox: SandboxClient, approved: list[str], named: str, strict: bool
) -> None:
    sandbox.settings(VENDOR, strict_scopes=strict)
    sandbox.change(VENDOR, "companies", FIRST_TENANT, {"scopes": approved})
    assert f"The company has not approved {named}. Open" in said(submit(hanna, draft, FIRST_TENANT))
    assert state(draft) == Connection.State.DRAFT

    sandbox.change(VENDOR, "companies", FIRST_TENANT, {"scopes": [READ, WRITE]})
    submit(hanna, draft, FIRST_TENANT)
    assert state(draft) == Connection.State.AUTHORISED


def test_without_the_tick_nobody_connects(hanna: Client, draft: Connection) -> None:
    answer = submit(hanna, draft, FIRST_TENANT, tick=False)
    assert "Tick the box" in str(answer.context["form"].errors["authority"])
    assert state(draft) == Connection.State.DRAFT


def test_visma_out_of_reach_is_to_be_tried_again(hanna: Client, draft: Connection, sandbox: SandboxClient) -> None:
    sandbox.down(vendor=VENDOR)
    assert "Nothing has changed; try again in a few minutes." in said(submit(hanna, draft, FIRST_TENANT))
    sandbox.down(vendor=VENDOR, down=False)
    submit(hanna, draft, FIRST_TENANT)
    assert state(draft) == Connection.State.AUTHORISED


@pytest.mark.behaviour("VP-02")
def test_a_tenant_is_connected_once(hanna: Client, draft: Connection) -> None:
    submit(hanna, draft, FIRST_TENANT)
    by = User.objects.get(username="hanna")
    other = connecting.create_draft(
        integration=VENDOR, company=CompanyFactory.create(name="Another AS"), label="Another", by=by
    )
    connecting.accept_terms(connection_id=other.pk, by=by)
    assert "is already connected, as “Visma”" in said(submit(hanna, other, FIRST_TENANT))
    submit(hanna, other, SECOND_TENANT)
    assert state(other) == Connection.State.AUTHORISED


def test_connecting_again_is_for_the_same_company(hanna: Client, draft: Connection) -> None:
    submit(hanna, draft, FIRST_TENANT)
    assert "This connection belongs to" in said(submit(hanna, draft, SECOND_TENANT))
    draft.refresh_from_db()
    assert draft.account_id == FIRST_TENANT


def test_a_token_that_ended_is_fetched_anew_and_a_withdrawn_company_is_told(
    hanna: Client, draft: Connection, sandbox: SandboxClient
) -> None:
    submit(hanna, draft, FIRST_TENANT)
    Connection.objects.update(state=Connection.State.ACTIVE)
    first = tokens.access_token(connection_id=draft.pk)
    assert tokens.force_refresh(connection_id=draft.pk, rejected_token=first) != first
    sandbox.tokens(VENDOR, action="withdraw_consent", tenant=FIRST_TENANT)
    with pytest.raises(ReauthorisationRequired):
        tokens.force_refresh(connection_id=draft.pk, rejected_token=tokens.access_token(connection_id=draft.pk))
    assert state(draft) == Connection.State.NEEDS_REAUTHORISATION
    assert "has not authorised the app" in draft.error
    sandbox.change(VENDOR, "companies", FIRST_TENANT, {"authorised": True})
    submit(hanna, draft, FIRST_TENANT)
    assert tokens.access_token(connection_id=draft.pk)


def test_disconnecting_forgets_what_was_kept(hanna: Client, draft: Connection) -> None:
    submit(hanna, draft, FIRST_TENANT)
    connecting.disconnect(connection_id=draft.pk, by=None)
    assert (state(draft), draft.credentials) == (Connection.State.DISCONNECTED, "")


def test_the_command_connects_and_says_what_is_wrong(draft: Connection) -> None:
    out = StringIO()
    plain = ["connect", VENDOR, "--company", "Fjordheim Handel AS"]
    with pytest.raises(CommandError, match="--tenant ID"):
        call_command(*plain)
    with pytest.raises(CommandError, match="This is not a Tenant ID"):
        call_command(*plain, "--tenant", "123")
    with pytest.raises(CommandError, match="has not authorised the app"):
        call_command(*plain, "--tenant", NOT_AUTHORISED)
    call_command(*plain, "--tenant", FIRST_TENANT, "--yes", stdout=out)
    assert f"Connected to Tenant ID {FIRST_TENANT}" in out.getvalue()
    assert state(draft) == Connection.State.AUTHORISED


def shown(client: Client, connection: Connection, name: str) -> str:
    return client.get(page(connection, name)).content.decode()


def test_no_page_speaks_of_a_sign_in_where_nobody_signs_in(hanna: Client, draft: Connection) -> None:
    submit(hanna, draft, FIRST_TENANT)
    for name in ("consent", "authorise", "settings", "connection", "disconnect"):
        assert not SIGN_IN.search(shown(hanna, draft, name))
    set_up = hanna.get(reverse("admin:visma_payroll_vismapayrollconnection_set_up")).content.decode()
    assert not SIGN_IN.search(set_up)
    assert "Connect again" in shown(hanna, draft, "connection")


@pytest.mark.behaviour("G-11")
def test_disconnecting_promises_no_more_than_it_does(hanna: Client, draft: Connection) -> None:
    submit(hanna, draft, FIRST_TENANT)
    assert "approval stays at Visma.net Payroll until somebody withdraws it there" in shown(hanna, draft, "disconnect")
