"""Terms, the way to Fortnox's login and back: what works, and what each failure says."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from employees.models import Company
from integrations.core import connecting
from integrations.core.models import Connection
from tests.core.approving import address_after
from tests.core.connected import connect
from tests.core.wizard.addresses import CALLBACK, OVERVIEW, page
from tests.core.wizard.conftest import SignIn, told
from tests.factories import CompanyFactory
from tests.pages import press
from tests.sandbox.fortnox_caller import FIRST_COMPANY, SECOND_COMPANY
from tests.sandbox_client import SandboxClient

State = Connection.State
LICENCES = {"integration_licence": "integration licence", "payroll_licence": "payroll licence (Lön)"}


def leave(client: Client, connection: Connection, *, account: str = "user") -> str:
    """Press the button; return the address at Fortnox."""
    answer = press(client, client.get(page(connection, "authorise")), "Go to Fortnox", {"account": account})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def come_back(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}", follow=True)


def go_through(client: Client, connection: Connection, *, account: str = "user", **at_fortnox: str) -> Any:
    return come_back(client, address_after(leave(client, connection, account=account), **at_fortnox))


def works_now(client: Client, connection: Connection) -> None:
    assert "Connected to Nordhamn Handel AB (1204711)." in told(go_through(client, connection))
    connection.refresh_from_db()
    assert connection.state in Connection.WORKING


def unchanged(connection: Connection) -> bool:
    return Connection.objects.get(pk=connection.pk).state == connection.state


# --- Terms ----------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-03")
def test_without_the_tick_nobody_goes_on(client: Client, draft: Connection) -> None:
    answer = press(client, client.get(page(draft, "consent")), "Accept and go on")

    assert "Tick the box to go on" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.consent_at is None
    assert client.get(page(draft, "authorise")).headers["Location"] == page(draft, "consent")


@pytest.mark.behaviour("G-03")
def test_the_tick_is_kept_with_who_and_when_and_leads_on(client: Client, draft: Connection) -> None:
    answer = press(client, client.get(page(draft, "consent")), "Accept and go on", {"accepted": "on"})

    draft.refresh_from_db()
    assert draft.consent_by == User.objects.get(username="integration_admin")
    assert draft.consent_at is not None
    assert draft.consent_at <= timezone.now()
    assert answer.headers["Location"] == page(draft, "authorise")


@pytest.mark.behaviour("G-03")
def test_the_tick_names_the_company_and_the_vendor(client: Client, draft: Connection) -> None:
    assert (
        "I have the authority to connect Demo AB with Fortnox." in client.get(page(draft, "consent")).content.decode()
    )


# --- There and back -------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-01")
def test_after_the_approval_it_names_the_company_and_goes_on_to_the_settings(
    client: Client, accepted: Connection, sandbox: SandboxClient
) -> None:
    answer = go_through(client, accepted)

    assert "Connected to Nordhamn Handel AB (1204711)." in told(answer)
    assert answer.redirect_chain[-1][0] == page(accepted, "settings")
    accepted.refresh_from_db()
    assert (accepted.state, accepted.account_id) == (State.AUTHORISED, FIRST_COMPANY)


def test_a_service_account_can_be_chosen(client: Client, accepted: Connection, sandbox: SandboxClient) -> None:
    go_through(client, accepted, account="service")

    assert Connection.objects.get().secrets["mode"] == "service"
    assert Connection.objects.get().authorised_until is None


def test_what_checks_the_answer_stands_in_the_session_without_the_address(
    client: Client, accepted: Connection, sandbox: SandboxClient
) -> None:
    leave(client, accepted)
    kept = client.session["authorisations"][str(accepted.pk)]

    assert kept["state"]
    assert kept["url"] == ""


def test_two_connections_at_once_keep_their_answers_apart(
    client: Client, accepted: Connection, sandbox: SandboxClient, admin_user: User
) -> None:
    other = connecting.create_draft(integration="fortnox", company=CompanyFactory.create(), label="Other", by=None)
    connecting.accept_terms(connection_id=other.pk, by=admin_user)
    first, second = leave(client, accepted), leave(client, other)

    come_back(client, address_after(first))
    come_back(client, address_after(second, tenant=SECOND_COMPANY))

    found = dict(Connection.objects.values_list("pk", "account_id"))
    assert found == {accepted.pk: FIRST_COMPANY, other.pk: SECOND_COMPANY}


@pytest.mark.behaviour("G-11")
def test_a_disconnected_connection_is_connected_again(
    client: Client, connected: Connection, sandbox: SandboxClient
) -> None:
    connecting.disconnect(connection_id=connected.pk, by=None)

    works_now(client, connected)


# --- What can go wrong ----------------------------------------------------------------------------------


def test_refusing_at_fortnox_says_so(client: Client, accepted: Connection, sandbox: SandboxClient) -> None:
    answer = go_through(client, accepted, decision="refuse")

    assert "The access was refused at Fortnox" in told(answer)
    assert answer.redirect_chain[-1][0] == page(accepted, "authorise")
    assert unchanged(accepted)
    works_now(client, accepted)


@pytest.mark.behaviour("FX-02")
@pytest.mark.parametrize("licence", LICENCES)
def test_a_missing_licence_says_which_one_to_order_and_where(
    client: Client, accepted: Connection, sandbox: SandboxClient, licence: str
) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {licence: False})
    message = told(go_through(client, accepted))

    assert f"no active {LICENCES[licence]}" in message
    assert "Administrate users > Add licences >" in message
    assert unchanged(accepted)
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {licence: True})
    works_now(client, accepted)


def test_a_scope_that_the_app_lacks_is_the_operators_job(
    client: Client, accepted: Connection, sandbox: SandboxClient
) -> None:
    sandbox.settings("fortnox", app_scopes=["profile"])

    assert "Ask whoever runs this system to give the app these scopes" in told(go_through(client, accepted))
    sandbox.settings("fortnox", app_scopes=["salary", "companyinformation"])
    works_now(client, accepted)


def test_a_service_account_needs_a_system_administrator(
    client: Client, accepted: Connection, sandbox: SandboxClient
) -> None:
    answer = go_through(client, accepted, account="service", email="user@nordhamn.example")

    assert "must be a system administrator there" in told(answer)
    works_now(client, accepted)


def test_an_expired_code_says_to_start_again(client: Client, accepted: Connection, sandbox: SandboxClient) -> None:
    address = address_after(leave(client, accepted))
    sandbox.advance_clock(seconds=3600)

    assert "has expired or was used already" in told(come_back(client, address))
    assert unchanged(accepted)
    works_now(client, accepted)


def test_a_locked_account_comes_back_with_nothing(client: Client, accepted: Connection, sandbox: SandboxClient) -> None:
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"locked": True})
    answer = go_through(client, accepted)

    assert "the account there may be locked" in told(answer)
    assert answer.redirect_chain[-1][0] == page(accepted, "authorise")
    sandbox.change("fortnox", "companies", FIRST_COMPANY, {"locked": False})
    works_now(client, accepted)


@pytest.mark.parametrize("changes", [{"state": "forged"}, {"state": "förfalskad"}])
def test_a_forged_answer_connects_nothing(
    client: Client, accepted: Connection, sandbox: SandboxClient, changes: Mapping[str, str]
) -> None:
    leave(client, accepted)
    answer = client.get(CALLBACK, {"code": "stolen", **changes}, follow=True)

    assert "does not belong to a connection that was started in this browser" in told(answer)
    assert answer.redirect_chain[-1][0] == OVERVIEW
    assert unchanged(accepted)
    works_now(client, accepted)


def test_a_code_without_a_state_connects_nothing(client: Client, accepted: Connection, sandbox: SandboxClient) -> None:
    leave(client, accepted)

    assert "does not belong to the connection" in told(client.get(CALLBACK, {"code": "stolen"}, follow=True))
    assert unchanged(accepted)
    works_now(client, accepted)


def test_an_answer_is_good_once(client: Client, accepted: Connection, sandbox: SandboxClient) -> None:
    address = address_after(leave(client, accepted))
    come_back(client, address)

    assert "was used already" in told(come_back(client, address))
    works_now(client, accepted)


def test_an_answer_in_another_browser_connects_nothing(
    client: Client, accepted: Connection, sandbox: SandboxClient, sign_in: SignIn
) -> None:
    address = address_after(leave(client, accepted))

    assert "started in this browser" in told(come_back(sign_in("superuser"), address))
    assert unchanged(accepted)
    assert "Connected to Nordhamn Handel AB (1204711)." in told(come_back(client, address))


@pytest.mark.behaviour("G-01")
def test_whoever_may_not_manage_integrations_finishes_nothing(
    client: Client, accepted: Connection, sandbox: SandboxClient, sign_in: SignIn
) -> None:
    address = urlsplit(address_after(leave(client, accepted)))

    assert sign_in("hr_admin").get(f"{address.path}?{address.query}").status_code == 403
    assert unchanged(accepted)


def test_whoever_was_signed_out_meanwhile_signs_in_comes_back_and_can_try_again(
    client: Client, accepted: Connection, sandbox: SandboxClient
) -> None:
    address = urlsplit(address_after(leave(client, accepted)))
    client.logout()
    answer = client.get(f"{address.path}?{address.query}")
    assert answer.headers["Location"].startswith(f"{reverse('admin:login')}?next={CALLBACK}")

    client.force_login(User.objects.get(username="integration_admin"))
    assert "start connecting again" in told(come_back(client, address.geturl()))
    works_now(client, accepted)


def test_another_company_than_before_is_refused(client: Client, connected: Connection, sandbox: SandboxClient) -> None:
    message = told(go_through(client, connected, tenant=SECOND_COMPANY))

    assert "belongs to “Nordhamn Handel AB (1204711)”, but “Sörhamn Service AB (1204712)” was chosen" in message
    assert Connection.objects.get().account_id == FIRST_COMPANY
    works_now(client, connected)


def test_an_account_that_is_connected_already_is_refused(
    client: Client, accepted: Connection, sandbox: SandboxClient
) -> None:
    other: Company = CompanyFactory.create(name="Other AB")
    taken = connect(company=other)
    message = told(go_through(client, accepted))

    assert "“Nordhamn Handel AB (1204711)” is already connected, as “Fortnox”" in message
    assert unchanged(accepted)
    connecting.disconnect(connection_id=taken.pk, by=None)
    works_now(client, accepted)


def test_a_system_without_the_vendors_app_says_what_the_operator_has_to_set(
    client: Client, accepted: Connection, sandbox: SandboxClient, settings: Settings
) -> None:
    opened = client.get(page(accepted, "authorise"))
    settings.SANDBOX_VENDORS = False
    answer = press(client, opened, "Go to Fortnox", {"account": "user"})

    assert "set FORTNOX_CLIENT_ID, FORTNOX_CLIENT_SECRET" in told(answer)
    settings.SANDBOX_VENDORS = True
    works_now(client, accepted)


def test_a_vendor_out_of_reach_says_to_try_again(client: Client, accepted: Connection, sandbox: SandboxClient) -> None:
    address = address_after(leave(client, accepted))
    sandbox.down()
    message = told(come_back(client, address))

    assert "Fortnox could not be connected" in message
    assert "try again in a few minutes" in message
    sandbox.down(down=False)
    works_now(client, accepted)
