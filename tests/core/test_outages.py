"""A vendor that does not answer: asked again though nothing waits, shown on the pages, told once when it lasts."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from integrations.core import budget, outages
from integrations.core.models import Connection, Lease, Mark, Notification
from integrations.core.registry import Limit
from integrations.core.sweep import sweep
from tests.core.admin.filling import service_runs
from tests.core.admin.pages import text_of
from tests.core.connected import connect
from tests.sandbox_client import SandboxClient

State = Connection.State


@pytest.fixture
def connection(db: None, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setattr(Limit, "interval", 0.002)
    connection = connect()
    Connection.objects.update(state=State.ACTIVE, recipients=["hanna@example.se"])
    connection.refresh_from_db()
    sandbox.clear_calls()
    return connection


def failing_for(connection: Connection, **age: float) -> datetime:
    since = timezone.now() - timedelta(**age)
    Connection.objects.filter(pk=connection.pk).update(failing_since=since, failures=3)
    return since


def mark(connection: Connection, *left_ids: str, held_by: str = "") -> None:
    now = timezone.now()
    for left_id in left_ids:
        Mark.objects.create(
            connection=connection,
            resource="absences" if left_id.startswith(("absence:", "person:")) else "employees",
            left_id=left_id,
            due=now,
            changed_at=now,
            held_by=held_by,
        )


def look(connection: Connection) -> None:
    """Look as the next ring does, when the pause since the last one is over."""
    Lease.objects.filter(name__startswith="outage:").update(until=timezone.now())
    outages.look_for_answer(connection_id=connection.pk)


def pause_is_over(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(next_slot=0, paused_until=timezone.now())


def failing_since(connection: Connection) -> datetime | None:
    return Connection.objects.values_list("failing_since", flat=True).get(pk=connection.pk)


def told() -> list[Notification]:
    return list(Notification.objects.filter(key__startswith="outage:"))


def test_an_outage_of_an_hour_is_told_once_with_its_beginning_and_what_waits(
    connection: Connection, sandbox: SandboxClient
) -> None:
    mark(connection, "1", "2", "absence:1", "person:1")
    mark(connection, "3", "absence:2", held_by="mass:1")
    since = failing_for(connection, minutes=61)
    sandbox.down()
    for _minutes in range(3):
        look(connection)
        pause_is_over(connection)

    (notification,) = told()
    assert notification.key == f"outage:{connection.pk}:{since.isoformat()}"
    assert notification.connection == connection
    assert notification.recipients == ["hanna@example.se"]
    assert notification.data == {"since": since.isoformat(), "people": 2, "absences": 1}
    assert Connection.objects.get(pk=connection.pk).state == State.ACTIVE


def test_a_shorter_one_is_not_told(connection: Connection, sandbox: SandboxClient) -> None:
    failing_for(connection, minutes=59)
    sandbox.down()
    look(connection)
    assert told() == []
    failing_for(connection, minutes=61)
    look(connection)
    assert len(told()) == 1


def test_how_long_is_a_setting(connection: Connection, sandbox: SandboxClient, settings: Settings) -> None:
    settings.OUTAGE_SECONDS = 10
    failing_for(connection, seconds=11)
    sandbox.down()
    assert sweep().outages == 1
    look(connection)
    assert len(told()) == 1


@pytest.mark.parametrize("how", ["refuse", "drop"])
def test_a_vendor_that_answers_again_is_found_though_nothing_waits_for_it(
    connection: Connection, sandbox: SandboxClient, how: str
) -> None:
    failing_for(connection, minutes=30)
    sandbox.down(how=how)
    look(connection)
    assert failing_since(connection) is not None

    sandbox.down(down=False)
    pause_is_over(connection)
    look(connection)
    assert failing_since(connection) is None
    assert sweep().outages == 0
    assert told() == []


def test_the_next_outage_is_told_anew(connection: Connection, sandbox: SandboxClient) -> None:
    for _outage in range(2):
        failing_for(connection, minutes=61)
        sandbox.down()
        look(connection)
        sandbox.down(down=False)
        pause_is_over(connection)
        look(connection)
    assert len(told()) == 2


def test_a_connection_that_pauses_is_not_asked_and_counts_as_without_an_answer(
    connection: Connection, sandbox: SandboxClient
) -> None:
    failing_for(connection, minutes=61)
    budget.pause(connection_id=connection.pk, seconds=120)
    look(connection)
    assert (sandbox.calls(), len(told())) == ([], 1)


def test_a_vendor_that_refuses_does_answer(connection: Connection, sandbox: SandboxClient) -> None:
    failing_for(connection, minutes=61)
    sandbox.change("fortnox", "companies", "1204711", {"payroll_licence": False})
    look(connection)
    assert (failing_since(connection), told()) == (None, [])
    assert Connection.objects.get(pk=connection.pk).state == State.ACTIVE


def test_a_broken_sign_in_service_is_an_outage_and_no_withdrawal(
    connection: Connection, sandbox: SandboxClient
) -> None:
    secrets = {**connection.secrets, "expires_at": 0}
    Connection.objects.filter(pk=connection.pk).update(credentials=json.dumps(secrets))
    failing_for(connection, minutes=61)
    sandbox.faults([{"action": "refuse", "status": 502, "path": "/token", "every": True}])
    look(connection)
    assert (len(told()), Connection.objects.get(pk=connection.pk).state) == (1, State.ACTIVE)

    sandbox.clear_faults()
    pause_is_over(connection)
    look(connection)
    assert failing_since(connection) is None


def test_doubled_rings_ask_once(connection: Connection, sandbox: SandboxClient) -> None:
    failing_for(connection, minutes=30)
    sandbox.down()
    look(connection)
    asked = len(sandbox.calls())
    outages.look_for_answer(connection_id=connection.pk)
    assert (asked, len(sandbox.calls())) == (1, 1)


def test_the_sweep_rings_only_for_failures_that_last(connection: Connection, sandbox: SandboxClient) -> None:
    failing_for(connection, minutes=4)
    assert sweep().outages == 0
    failing_for(connection, minutes=6)
    assert sweep().outages == 1
    assert sandbox.calls() == []


@pytest.mark.behaviour("G-11")
@pytest.mark.parametrize("state", [State.DRAFT, State.PAUSED, State.NEEDS_REAUTHORISATION, State.DISCONNECTED])
def test_the_vendor_of_a_connection_that_does_not_work_is_not_asked(
    connection: Connection, sandbox: SandboxClient, state: str
) -> None:
    failing_for(connection, hours=3)
    Connection.objects.update(state=state)
    assert sweep().outages == 0
    look(connection)
    assert (sandbox.calls(), told()) == ([], [])


# --- The pages --------------------------------------------------------------------------------------------------------


def pages(client: Client, connection: Connection) -> list[str]:
    section = reverse("admin:fortnox_fortnoxconnection_connection", args=[connection.pk])
    overview = reverse("admin:fortnox_fortnoxconnection_changelist")
    return [text_of(client.get(address)) for address in (reverse("admin:index"), section, overview)]


def waiting_in(page: str) -> str:
    """Return what a page says that waits to be sent."""
    fact = page.split("Changes waiting to be sent</dt>", 1)[1]
    return fact.split("<dd>", 1)[1].split("</dd>", 1)[0].strip()


def test_every_page_of_the_connection_says_since_when_and_how_many_wait(
    connection: Connection, admin_client: Client
) -> None:
    service_runs()
    mark(connection, "1", "2")
    mark(connection, "3", held_by="problem")
    failing_for(connection, minutes=20)
    for page in pages(admin_client, connection):
        assert "Fortnox has not answered since" in page
        assert "The changes of 2 people wait and go by themselves once it answers." in page

    budget.succeeded(connection_id=connection.pk)
    assert not any("has not answered" in page for page in pages(admin_client, connection))


def test_people_and_absences_that_wait_are_counted_apart(connection: Connection, admin_client: Client) -> None:
    service_runs()
    mark(connection, "1", "2", *(f"absence:{number}" for number in range(1, 6)))
    mark(connection, "person:1")
    failing_for(connection, minutes=20)
    for page in pages(admin_client, connection):
        assert "The changes of 2 people and 5 absences wait and go by themselves once it answers." in page
    for page in pages(admin_client, connection)[:2]:
        assert waiting_in(page) == "2 people and 5 absences"


def test_an_absence_alone_waits_without_a_word_of_people(connection: Connection, admin_client: Client) -> None:
    service_runs()
    assert waiting_in(pages(admin_client, connection)[0]) == "None"
    mark(connection, "absence:1")
    assert waiting_in(pages(admin_client, connection)[0]) == "1 absence"


def test_an_outage_in_which_nothing_waits_is_shown_without_a_count(
    connection: Connection, admin_client: Client
) -> None:
    service_runs()
    failing_for(connection, minutes=20)
    for page in pages(admin_client, connection):
        assert "Fortnox has not answered since" in page
        assert "by itself once it answers" not in page
        assert "by themselves once it answers" not in page


def test_a_failure_of_seconds_is_not_shown(connection: Connection, admin_client: Client) -> None:
    service_runs()
    failing_for(connection, seconds=20)
    assert not any("has not answered" in page for page in pages(admin_client, connection))
