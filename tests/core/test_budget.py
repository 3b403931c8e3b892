import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from integrations.core import budget
from integrations.core.models import Connection
from tests.core.racing import race

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def connection(db: None) -> Connection:
    return Connection.objects.create(integration="fortnox", label="Fortnox")


def test_the_first_slot_is_now(connection: Connection, clock: time_machine.Traveller) -> None:
    assert budget.reserve(connection_id=connection.pk, interval=0.25) == NOON


def test_slots_follow_each_other_at_the_interval(connection: Connection, clock: time_machine.Traveller) -> None:
    slots = [budget.reserve(connection_id=connection.pk, interval=0.25) for _ in range(4)]
    assert slots == [NOON, NOON + 0.25, NOON + 0.5, NOON + 0.75]


def test_slots_that_nobody_took_are_not_saved_up(connection: Connection, clock: time_machine.Traveller) -> None:
    budget.reserve(connection_id=connection.pk, interval=0.25)
    clock.shift(60)
    assert budget.reserve(connection_id=connection.pk, interval=0.25) == NOON + 60
    assert budget.reserve(connection_id=connection.pk, interval=0.25) == NOON + 60.25


def test_connections_have_budgets_of_their_own(connection: Connection, clock: time_machine.Traveller) -> None:
    other = Connection.objects.create(integration="fortnox", label="Other")
    budget.reserve(connection_id=connection.pk, interval=5)
    assert budget.reserve(connection_id=other.pk, interval=5) == NOON


def test_no_slot_lies_within_a_pause(connection: Connection, clock: time_machine.Traveller) -> None:
    budget.pause(connection_id=connection.pk, seconds=30)
    assert budget.reserve(connection_id=connection.pk, interval=0.25) == NOON + 30
    connection.refresh_from_db()
    assert connection.paused_until is not None
    assert connection.paused_until.timestamp() == NOON + 30


def test_a_shorter_pause_does_not_shorten_a_longer_one(connection: Connection, clock: time_machine.Traveller) -> None:
    budget.pause(connection_id=connection.pk, seconds=30)
    budget.pause(connection_id=connection.pk, seconds=5)
    connection.refresh_from_db()
    assert connection.paused_until is not None
    assert connection.paused_until.timestamp() == NOON + 30
    assert connection.next_slot == NOON + 30


def test_pauses_double_up_to_five_minutes(connection: Connection, clock: time_machine.Traveller) -> None:
    for longest in (2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        seconds = budget.failed(connection_id=connection.pk, retry_after=None)
        assert longest * 0.75 <= seconds <= longest
        clock.shift(seconds + 1)


def test_calls_that_failed_together_are_one_failure(connection: Connection, clock: time_machine.Traveller) -> None:
    pauses = [budget.failed(connection_id=connection.pk, retry_after=None) for _ in range(4)]
    assert max(pauses) <= 2


def test_a_vendor_that_is_down_for_days_keeps_the_pause_at_five_minutes(connection: Connection) -> None:
    Connection.objects.update(failures=5000)
    assert 225 <= budget.failed(connection_id=connection.pk, retry_after=None) <= 300


def test_retry_after_is_the_least_pause(connection: Connection, clock: time_machine.Traveller) -> None:
    assert budget.failed(connection_id=connection.pk, retry_after=40) == 40
    assert budget.reserve(connection_id=connection.pk, interval=0.25) == NOON + 40


def test_a_short_retry_after_does_not_shorten_the_pause(connection: Connection) -> None:
    Connection.objects.update(failures=5)
    assert budget.failed(connection_id=connection.pk, retry_after=1) >= 48


def test_after_a_success_the_pauses_begin_again(connection: Connection, clock: time_machine.Traveller) -> None:
    for _ in range(5):
        budget.failed(connection_id=connection.pk, retry_after=None)
    budget.succeeded(connection_id=connection.pk)
    assert budget.failed(connection_id=connection.pk, retry_after=None) <= 2


def test_a_success_without_failures_before_writes_nothing(
    connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1) as captured:
        budget.succeeded(connection_id=connection.pk)
    assert captured.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.django_db(transaction=True)
def test_processes_never_share_a_slot_nor_lose_one(worker_environment: dict[str, str]) -> None:
    connection = Connection.objects.create(integration="fortnox", label="Fortnox")
    interval, each = 5 / 24, 60
    begin = time.time()
    slots = race(4, "reserve", connection.pk, interval, each, environment=worker_environment)
    taken = sorted(slot for mine in slots for slot in mine)
    assert taken[0] >= begin
    assert min(later - earlier for earlier, later in pairwise(taken)) >= interval - 1e-5
    # No window of five seconds holds more than 24.
    assert min(later - earlier for earlier, later in zip(taken, taken[24:], strict=False)) >= 5 - 1e-5
    connection.refresh_from_db()
    assert connection.next_slot == pytest.approx(taken[-1] + interval, abs=1e-5)
    assert len(taken) == 4 * each


@pytest.mark.parametrize("ahead", [budget.FURTHEST + 1, 3600, 86_400 * 400, 1e12])
def test_a_slot_that_a_clock_ahead_once_gave_out_is_not_waited_for(
    connection: Connection, clock: time_machine.Traveller, ahead: float
) -> None:
    Connection.objects.update(next_slot=NOON + ahead)
    connection.refresh_from_db()
    assert budget.seconds_until_free(connection) == 0
    assert budget.reserve(connection_id=connection.pk, interval=0.25) == NOON
    assert budget.reserve(connection_id=connection.pk, interval=0.25) == NOON + 0.25


def test_the_longest_pause_is_waited_for(connection: Connection, clock: time_machine.Traveller) -> None:
    Connection.objects.update(failures=50)
    seconds = budget.failed(connection_id=connection.pk, retry_after=budget.LONGEST_PAUSE)
    connection.refresh_from_db()
    assert budget.seconds_until_free(connection) == seconds == budget.LONGEST_PAUSE
    for number in range(40):
        assert budget.reserve(connection_id=connection.pk, interval=1) == NOON + seconds + number


def test_a_pause_that_a_clock_ahead_once_wrote_gives_way_to_the_next(
    connection: Connection, clock: time_machine.Traveller
) -> None:
    ahead = datetime.fromtimestamp(NOON, UTC) + timedelta(days=400)
    Connection.objects.update(paused_until=ahead, next_slot=ahead.timestamp(), failing_since=ahead)
    seconds = budget.failed(connection_id=connection.pk, retry_after=None)
    connection.refresh_from_db()
    assert connection.paused_until is not None
    assert connection.failing_since is not None
    assert connection.paused_until.timestamp() == connection.next_slot == pytest.approx(NOON + seconds, abs=1e-5)
    assert (connection.failing_since.timestamp(), connection.failures) == (NOON, 1)
