"""A connection's own page: what it says, *Synchronise users*, and disconnecting."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from employees.models import Company
from employees.zones import moment_text
from integrations.core import keeping, tokens
from integrations.core.models import Connection, Link, SyncRun
from integrations.core.runs.comparing import compare_run
from integrations.fortnox.unconfirmed import IDLE_DAYS, RENEW_DAYS
from tests.core.admin.filling import service_runs
from tests.core.connected import connect
from tests.core.wizard.addresses import OVERVIEW, page
from tests.core.wizard.conftest import SignIn, told
from tests.factories import EmployeeFactory
from tests.pages import press
from tests.sandbox_client import SandboxClient

State = Connection.State


def html(client: Client, connection: Connection, name: str = "connection") -> str:
    return str(client.get(page(connection, name)).content.decode())


def text(client: Client, connection: Connection, name: str = "connection") -> str:
    return " ".join(unescape(strip_tags(html(client, connection, name))).split())


def offers(client: Client, connection: Connection, name: str) -> bool:
    return f'"{page(connection, name)}"' in html(client, connection)


def test_it_says_how_the_connection_stands(client: Client, connected: Connection) -> None:
    shown = text(client, connected)

    for part in (
        "Connected, to be synchronised",
        "Nordhamn Handel AB",
        "Access lasts until",
        "Never",
        "Everybody in the company",
    ):
        assert part in shown
    assert "Synchronise for the first time" in shown
    assert "Accepted by hanna" in shown


def test_it_says_until_when_the_access_lasts_also_after_a_renewal(client: Client, connected: Connection) -> None:
    soon = timezone.now() + timedelta(days=IDLE_DAYS - RENEW_DAYS)
    Connection.objects.update(authorised_until=soon)
    assert f"Access lasts until {moment_text(soon, connected)}" in text(client, connected)
    keeping.renew(connection_id=connected.pk)
    connected.refresh_from_db()
    assert f"Access lasts until {moment_text(connected.authorised_until, connected)}" in text(client, connected)
    assert moment_text(connected.authorised_until) != moment_text(soon)


def test_a_service_accounts_access_has_no_date(client: Client, company: Company, sandbox: SandboxClient) -> None:
    connected = connect(company=company, service_account=True)
    assert "Access lasts until Until somebody withdraws it" in text(client, connected)


def test_an_access_that_was_withdrawn_has_ended(client: Client, connected: Connection) -> None:
    tokens.lose_authorisation(connection_id=connected.pk, reason="Gone.")
    assert "Access lasts until It has ended: connect again" in text(client, connected)


@pytest.mark.behaviour("G-08")
def test_synchronise_users_compares_and_writes_nothing(
    client: Client, connected: Connection, sandbox: SandboxClient
) -> None:
    sandbox.seed(people=3)
    EmployeeFactory.create_batch(2, company=connected.company)
    sandbox.clear_calls()
    answer = press(client, client.get(page(connected)), "Synchronise users", follow=True)
    run = SyncRun.objects.get()
    compare_run(run_id=run.pk)

    assert "Nothing is written before you decide" in told(answer)
    assert (run.trigger, run.by.username if run.by else "") == ("person", "integration_admin")
    assert {call["method"] for call in sandbox.calls()} == {"GET"}


@pytest.mark.behaviour("G-08")
@pytest.mark.parametrize("state", [State.AUTHORISED, State.REVIEWING, State.ACTIVE])
def test_synchronise_users_can_be_pressed_at_any_time(client: Client, connected: Connection, state: str) -> None:
    Connection.objects.update(state=state)
    assert offers(client, connected, "synchronise")
    press(client, client.get(page(connected)), "Synchronise users")
    SyncRun.objects.update(state=SyncRun.State.DONE)

    assert offers(client, connected, "synchronise")
    press(client, client.get(page(connected)), "Synchronise users")
    assert SyncRun.objects.count() == 2


@pytest.mark.behaviour("G-08")
def test_while_one_is_at_work_another_is_not_started(client: Client, connected: Connection) -> None:
    opened = client.get(page(connected))
    press(client, opened, "Synchronise users")

    assert not offers(client, connected, "synchronise")
    assert "is at work already" in told(press(client, opened, "Synchronise users", follow=True))
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize("state", [State.DRAFT, State.NEEDS_REAUTHORISATION, State.DISCONNECTED])
def test_what_is_not_connected_is_not_synchronised_but_connected(
    client: Client, connected: Connection, state: str
) -> None:
    Connection.objects.update(state=state)

    assert not offers(client, connected, "synchronise")
    assert offers(client, connected, "authorise")
    assert "is not connected" in told(client.post(page(connected, "synchronise"), follow=True))
    assert not SyncRun.objects.exists()


@pytest.mark.behaviour("G-11")
def test_disconnecting_says_first_what_stops_and_what_stays(client: Client, connected: Connection) -> None:
    shown = text(client, connected, "disconnect")

    assert "What stops" in shown
    assert "nothing is deleted" in shown
    connected.refresh_from_db()
    assert connected.state == State.AUTHORISED


@pytest.mark.behaviour("G-11")
def test_disconnecting_forgets_the_credentials_and_keeps_the_links(
    client: Client, connected: Connection, sandbox: SandboxClient
) -> None:
    link = Link.objects.create(connection=connected, resource="employees", left_id="1", right_id="1", state="active")
    answer = press(client, client.get(page(connected, "disconnect")), "Disconnect", follow=True)
    connected.refresh_from_db()
    link.refresh_from_db()

    assert "is disconnected" in told(answer)
    assert (connected.state, connected.credentials, link.state) == (State.DISCONNECTED, "", Link.State.ACTIVE)
    assert [call["path"] for call in sandbox.calls(path="revoke")]
    assert "Connect again" in text(client, connected)


def test_what_is_disconnected_cannot_be_disconnected_twice(client: Client, connected: Connection) -> None:
    opened = client.get(page(connected, "disconnect"))
    press(client, opened, "Disconnect")

    assert "is not connected" in told(press(client, opened, "Disconnect", follow=True))


def test_an_hr_admin_is_offered_what_an_hr_admin_may_do(sign_in: SignIn, connected: Connection) -> None:
    client = sign_in("hr_admin")

    assert offers(client, connected, "synchronise")
    assert not offers(client, connected, "settings")
    assert not offers(client, connected, "disconnect")


@pytest.mark.behaviour("G-15")
@pytest.mark.parametrize("address", ["overview", "connection"])
def test_when_the_background_service_does_not_run_it_says_so(
    client: Client, connected: Connection, address: str
) -> None:
    service_runs(running=False)
    shown = client.get(OVERVIEW if address == "overview" else page(connected)).content.decode()

    assert "The background service is not running." in shown


def test_the_start_page_leads_to_the_connections_own_page(client: Client, connected: Connection) -> None:
    assert f'href="{page(connected)}"' in client.get(reverse("admin:index")).content.decode()


def test_no_secret_stands_on_any_page(client: Client, connected: Connection) -> None:
    token = connected.secrets["access_token"]

    assert not [
        name for name in ("connection", "settings", "consent", "authorise") if token in html(client, connected, name)
    ]
