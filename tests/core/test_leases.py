import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries, Settings

from integrations.core import leases
from integrations.core.models import Lease
from tests.core.racing import race

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def held(name: str = "run:1", seconds: float = 90) -> leases.Held:
    lease = leases.claim(name=name, seconds=seconds)
    assert lease is not None
    return lease


@pytest.mark.django_db
def test_a_lease_is_held_by_one_at_a_time() -> None:
    held()
    assert leases.claim(name="run:1") is None


@pytest.mark.django_db
def test_leases_of_other_names_are_free() -> None:
    held("run:1")
    assert leases.claim(name="run:2") is not None


@pytest.mark.django_db
def test_a_released_lease_is_free_at_once() -> None:
    held().release()
    assert leases.claim(name="run:1") is not None
    assert Lease.objects.count() == 1


@pytest.mark.django_db
def test_the_lease_of_a_holder_that_died_is_free_when_its_time_is_over(clock: time_machine.Traveller) -> None:
    held(seconds=90)
    clock.shift(89)
    assert leases.claim(name="run:1") is None
    clock.shift(1)
    assert leases.claim(name="run:1") is not None


@pytest.mark.django_db
def test_a_holder_that_slept_too_long_is_told_that_the_lease_is_lost(clock: time_machine.Traveller) -> None:
    sleeper = held(seconds=90)
    clock.shift(100)
    successor = held()
    with pytest.raises(leases.LeaseLost):
        sleeper.check()
    successor.check()


@pytest.mark.django_db
def test_a_loss_is_seen_although_the_holders_own_time_is_not_over(clock: time_machine.Traveller) -> None:
    holder = held(seconds=90)
    Lease.objects.update(holder="somebody else")
    with pytest.raises(leases.LeaseLost):
        holder.check()


@pytest.mark.django_db
def test_checking_again_and_again_keeps_the_lease(clock: time_machine.Traveller) -> None:
    holder = held(seconds=90)
    for _ in range(10):
        clock.shift(31)
        holder.check()
        assert leases.claim(name="run:1") is None


@pytest.mark.django_db
def test_checking_early_does_not_write(clock: time_machine.Traveller) -> None:
    holder = held(seconds=90)
    clock.shift(29)
    holder.check()
    assert Lease.objects.get().until.timestamp() == NOON.timestamp() + 90


@pytest.mark.django_db
def test_a_lease_that_ran_out_but_nobody_took_is_renewed(clock: time_machine.Traveller) -> None:
    holder = held(seconds=90)
    clock.shift(1000)
    holder.check()
    assert leases.claim(name="run:1") is None


@pytest.mark.django_db
def test_a_lost_lease_is_not_released_for_its_new_holder(clock: time_machine.Traveller) -> None:
    sleeper = held(seconds=90)
    clock.shift(100)
    successor = held()
    sleeper.release()
    successor.check()


@pytest.mark.django_db
def test_the_length_comes_from_the_settings(settings: Settings, clock: time_machine.Traveller) -> None:
    settings.LEASE_SECONDS = 7
    assert leases.claim(name="run:1") is not None
    assert Lease.objects.get().until.timestamp() == NOON.timestamp() + 7


@pytest.mark.django_db
def test_holding_gives_the_lease_back_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), leases.holding(name="run:1"):
        raise ZeroDivisionError
    with leases.holding(name="run:1") as lease:
        lease.check()


@pytest.mark.django_db
def test_holding_says_that_the_lease_is_taken() -> None:
    holder = held()
    with pytest.raises(leases.LeaseTaken), leases.holding(name="run:1"):
        pass
    holder.release()
    with leases.holding(name="run:1"):
        assert leases.claim(name="run:1") is None


@pytest.mark.django_db
def test_holding_waits_until_the_lease_comes_free() -> None:
    held(seconds=0.3)
    with leases.holding(name="run:1", wait=30) as lease:
        lease.check()


def test_of_several_processes_one_claims_a_lease_that_was_never_there(worker_environment: dict[str, str]) -> None:
    assert sorted(race(5, "claim", "run:1", environment=worker_environment)) == [False] * 4 + [True]
    assert Lease.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=400)])
def test_a_lease_that_a_clock_ahead_once_took_is_free(clock: time_machine.Traveller, ahead: timedelta) -> None:
    held()
    Lease.objects.update(until=NOON + ahead)
    assert not leases.is_taken(name="run:1")
    held()
    assert leases.is_taken(name="run:1")
    assert leases.claim(name="run:1") is None


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [90.0, 900.0, 86_400.0])
def test_the_longest_lease_of_its_kind_is_believed(clock: time_machine.Traveller, seconds: float) -> None:
    # A pause is taken for up to a quarter less than the longest.
    held(seconds=seconds)
    assert leases.claim(name="run:1", seconds=seconds * 0.75) is None
    assert leases.is_taken(name="run:1", seconds=seconds * 0.75)


@pytest.mark.django_db
def test_a_lease_that_others_take_for_longer_is_believed_where_that_is_said(clock: time_machine.Traveller) -> None:
    held(seconds=3600)
    assert leases.claim(name="run:1", seconds=90, longest=3600) is None


@pytest.mark.django_db
def test_a_holder_whose_clock_went_back_says_how_long_it_holds_by_the_new_one(clock: time_machine.Traveller) -> None:
    holder = held(seconds=90)
    clock.shift(-200)
    holder.check()
    assert Lease.objects.get().until.timestamp() == NOON.timestamp() - 200 + 90
    assert leases.claim(name="run:1") is None


@pytest.mark.django_db
def test_who_waits_keeps_the_lease_without_a_query_each_time(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = held(seconds=90)
    moment = time.monotonic()
    with django_assert_num_queries(0):
        holder.keep()
    monkeypatch.setattr(time, "monotonic", lambda: moment + 30)
    with django_assert_num_queries(1):
        holder.keep()
        holder.keep()
