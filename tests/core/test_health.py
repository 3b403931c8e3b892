"""Whether the background service runs, for pages and for machines."""

import resource
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, transaction
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from integrations.core import health
from integrations.core.health import Service, background_service
from integrations.core.models import Canary, Connection, Mark

pytestmark = pytest.mark.django_db


def prove(**ages: timedelta) -> dict[str, datetime]:
    """Write down that the queues were served so long ago; return when."""
    now = timezone.now()
    times = {queue: now - age for queue, age in ages.items()}
    for queue, moment in times.items():
        Canary.objects.update_or_create(queue=queue, defaults={"asked_at": now, "answered_at": moment})
    return times


def ask(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/healthz")
    return answer.status_code, answer.json()


@pytest.mark.behaviour("G-15")
def test_the_service_runs_while_every_queue_is_served() -> None:
    times = prove(push=timedelta(0), bulk=timedelta(seconds=1))
    assert background_service() == Service(running=True, since=times["bulk"])


@pytest.mark.behaviour("G-15")
def test_a_service_that_stopped_is_told_with_the_time_since_when_and_runs_again_once_served() -> None:
    times = prove(push=timedelta(0), bulk=timedelta(hours=2))
    assert background_service() == Service(running=False, since=times["bulk"])
    prove(bulk=timedelta(0))
    assert background_service().running


@pytest.mark.behaviour("G-15")
def test_a_service_that_was_never_started_is_told_without_a_time() -> None:
    prove(push=timedelta(0))
    assert background_service() == Service(running=False, since=None)


def marks_waiting(ages: dict[str, int]) -> None:
    """Marks of an active connection, by left id the seconds since the change."""
    now = timezone.now()
    active = Connection.objects.create(integration="fortnox", label="Fortnox", state=Connection.State.ACTIVE)
    for left_id, age in ages.items():
        changed_at = now - timedelta(seconds=age)
        Mark.objects.create(connection=active, resource="employees", left_id=left_id, due=now, changed_at=changed_at)


def test_pages_pay_one_query_to_know(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        background_service()


def test_a_healthy_product_answers_200_without_a_login(client: Client) -> None:
    prove(push=timedelta(0), bulk=timedelta(0))
    status, found = ask(client)
    assert (status, found["healthy"], found["database"], found["broker"]) == (200, True, True, True)


def test_a_queue_that_nobody_serves_answers_503_and_is_named(client: Client) -> None:
    prove(push=timedelta(0), bulk=timedelta(hours=1))
    status, found = ask(client)
    assert (status, found["queues"]["push"]["running"], found["queues"]["bulk"]["running"]) == (503, True, False)


def test_a_patience_of_its_own_decides_when_a_queue_counts_as_left(client: Client, settings: Settings) -> None:
    prove(push=timedelta(minutes=2), bulk=timedelta(minutes=2))
    settings.CANARY_PATIENCE_SECONDS = 300
    assert ask(client)[0] == 200


def test_a_database_that_does_not_answer_is_503_and_healthy_again_once_it_does(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away() -> dict[str, Any]:
        raise DatabaseError("away")

    prove(push=timedelta(0), bulk=timedelta(0))
    with monkeypatch.context() as away:
        away.setattr(health, "_look", be_away)
        status, found = ask(client)
        assert (status, found["healthy"], found["database"]) == (503, False, False)
    assert ask(client)[0] == 200


def test_the_oldest_mark_is_told_in_seconds(client: Client) -> None:
    marks_waiting({"1": 30, "2": 90})
    assert ask(client)[1]["oldest_mark_seconds"] >= 90


def test_a_mark_that_waits_for_a_person_is_not_the_oldest(client: Client) -> None:
    marks_waiting({"1": 30, "2": 90})
    Mark.objects.filter(left_id="2").update(held_by=Mark.Hold.PROBLEM)
    assert 30 <= ask(client)[1]["oldest_mark_seconds"] < 90
    Mark.objects.update(held_by="mass:1")
    assert ask(client)[1]["oldest_mark_seconds"] is None


@pytest.mark.parametrize("state", [state for state in Connection.State if state != Connection.State.ACTIVE])
def test_marks_of_a_connection_that_is_not_active_are_nobodys_delay(client: Client, state: str) -> None:
    marks_waiting({"1": 30})
    Connection.objects.update(state=state)
    assert ask(client)[1]["oldest_mark_seconds"] is None


def test_only_looking_is_allowed(client: Client) -> None:
    assert client.post("/healthz").status_code == 405


def deny_writing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.startswith(("INSERT", "UPDATE", "DELETE")):
        raise OperationalError("attempt to write a readonly database")
    return execute(sql, params, many, context)


@pytest.mark.behaviour("G-15")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_only_reads_is_503_at_once_and_healthy_again_once_it_writes(client: Client) -> None:
    prove(push=timedelta(0), bulk=timedelta(0))
    assert ask(client)[1]["writable"] is True
    with database.execute_wrapper(deny_writing):
        status, found = ask(client)
    assert (status, found["healthy"], found["database"], found["writable"]) == (503, False, True, False)
    assert ask(client)[0] == 200


@pytest.mark.behaviour("G-15")
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(database.vendor != "sqlite", reason="The disk of another database is another machine's.")
def test_a_full_disk_is_503_at_once(client: Client) -> None:
    prove(push=timedelta(0), bulk=timedelta(0))
    assert ask(client)[0] == 200
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A file may not grow any more; Python ignores the signal.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        status, found = ask(client)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (status, found.get("writable", found["database"])) == (503, False)
    assert ask(client)[0] == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(database.vendor != "sqlite", reason="PostgreSQL locks rows.")
def test_somebody_else_who_writes_is_no_failure(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    prove(push=timedelta(0), bulk=timedelta(0))
    monkeypatch.setattr(health, "BUSY_MILLISECONDS", 50)
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            begun.set()
            done.wait(20)
        database.close()

    writing = threading.Thread(target=write)
    writing.start()
    begun.wait(20)
    status, found = ask(client)
    done.set()
    writing.join()
    assert (status, found["writable"]) == (200, True)


@pytest.mark.behaviour("G-15")
def test_whoever_is_signed_in_gets_the_answer_while_the_database_is_away(admin_client: Client) -> None:
    def be_away(*_: Any) -> None:
        raise OperationalError("away")

    prove(push=timedelta(0), bulk=timedelta(0))
    admin_client.raise_request_exception = False
    with database.execute_wrapper(be_away):
        status, found = ask(admin_client)
    assert (status, found["database"], "writable" in found) == (503, False, False)
    assert ask(admin_client)[0] == 200


# --- Who waits for whom -------------------------------------------------------------------------------------


def away(ages: dict[str, int], *, seconds: int) -> Connection:
    """A connection whose vendor has not answered for so many seconds, with marks as old as that."""
    marks_waiting(ages)
    connection = Connection.objects.latest("pk")
    connection.failing_since = timezone.now() - timedelta(seconds=seconds)
    connection.save()
    return connection


@pytest.mark.behaviour("G-33")
def test_what_waits_for_a_vendor_that_is_away_is_told_with_its_connection_and_is_nobody_elses(client: Client) -> None:
    prove(push=timedelta(0), bulk=timedelta(0))
    marks_waiting({"1": 30})
    away_one = away({"2": 5_000, "3": 4_000}, seconds=5_100)

    status, found = ask(client)

    assert status == 200
    assert 30 <= found["oldest_mark_seconds"] < 4_000
    (told,) = found["vendors_away"]
    assert (told["connection"], told["integration"], told["changes"]) == (away_one.pk, "fortnox", 2)
    assert told["since_seconds"] >= 5_100
    assert told["oldest_mark_seconds"] >= 5_000

    Connection.objects.filter(pk=away_one.pk).update(failing_since=None)
    _status, found = ask(client)
    assert found["vendors_away"] == []
    assert found["oldest_mark_seconds"] >= 5_000


@pytest.mark.behaviour("G-33")
def test_a_vendor_that_is_away_is_told_though_nothing_waits_for_it_and_names_nobody(client: Client) -> None:
    one = away({"1": 10}, seconds=60)
    Mark.objects.update(held_by=Mark.Hold.PROBLEM)
    (told,) = ask(client)[1]["vendors_away"]
    assert (told["changes"], told["oldest_mark_seconds"]) == (0, None)
    assert one.label not in str(ask(client)[1])


@pytest.mark.behaviour("G-33")
def test_the_queue_of_short_work_counts_once_a_service_knows_it(client: Client) -> None:
    prove(push=timedelta(0), bulk=timedelta(0))
    assert ask(client)[0] == 200
    prove(short=timedelta(hours=1))
    status, found = ask(client)
    assert (status, found["queues"]["short"]["running"]) == (503, False)
    prove(short=timedelta(0))
    assert ask(client)[0] == 200


@pytest.mark.behaviour("G-33")
def test_health_asks_a_fixed_number_of_questions(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    prove(push=timedelta(0), bulk=timedelta(0), short=timedelta(0))
    away({"1": 10}, seconds=60)
    ask(client)
    with CaptureQueriesContext(database) as one:
        ask(client)
    for _number in range(5):
        away({"1": 10, "2": 20}, seconds=60)
    with django_assert_num_queries(len(one)):
        ask(client)
