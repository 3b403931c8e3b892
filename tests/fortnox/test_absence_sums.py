"""Which of one person's absences may go, so that no day makes more than a whole one (FX-22): rules on plain values."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from integrations.fortnox.absence_sums import WHOLE, Claim, Over, Sums, sort_out

pytestmark = pytest.mark.behaviour("FX-22")
MONDAY = date(2026, 3, 2)
Days = dict[date, int]


def days(first: int, last: int, grade: int = 100) -> Days:
    return {MONDAY + timedelta(days=number): grade for number in range(first, last + 1)}


def held(*claims: Claim) -> dict[str, list[int]]:
    """Return, of each that is held, the days, counted from Monday."""
    return {key: [(day - MONDAY).days for day in over.days] for key, over in sort_out(claims).held.items()}


def in_the_end(claims: list[Claim], sums: Sums) -> Counter[date]:
    total: Counter[date] = Counter()
    for claim in claims:
        goes = claim.wanted is not None and claim.key not in sums.held
        total.update(claim.wanted if goes and claim.wanted is not None else claim.standing)
    return total


def test_the_one_registered_later_is_held_and_both_are_named() -> None:
    claims = [Claim("first", {}, days(0, 4)), Claim("second", {}, days(3, 7))]
    assert sort_out(claims).held == {"second": Over(tuple(days(3, 4)), ("first",))}
    assert held(*reversed(claims)) == {"first": [3, 4]}


@pytest.mark.parametrize(
    ("one", "other", "kept"), [(50, 50, {}), (60, 40, {}), (60, 60, {"b": [0]}), (1, 100, {"b": [0]})]
)
def test_extents_of_a_day_are_added_up(one: int, other: int, kept: dict[str, list[int]]) -> None:
    assert held(Claim("a", {}, days(0, 0, one)), Claim("b", {}, days(0, 0, other))) == kept


def test_three_together_may_be_too_much_where_two_are_not() -> None:
    claims = [Claim(key, {}, days(0, 0, 40)) for key in "abc"]
    assert sort_out(claims).held == {"c": Over((MONDAY,), ("a", "b"))}


def test_what_stands_at_fortnox_counts_before_what_was_registered_earlier() -> None:
    assert held(Claim("earlier", {}, days(0, 4)), Claim("later", days(4, 6))) == {"earlier": [4]}


def test_one_that_is_held_takes_no_day_from_the_next() -> None:
    claims = (Claim("a", {}, days(0, 4)), Claim("b", {}, days(4, 8)), Claim("c", {}, days(8, 9)))
    assert held(*claims) == {"b": [4, 8]}


def test_days_that_are_about_to_go_are_waited_for_without_a_word() -> None:
    moves, comes = Claim("moves", days(0, 4), days(10, 14)), Claim("comes", {}, days(0, 4))
    for claims in ([moves, comes], [comes, moves]):
        sums = sort_out(claims)
        assert (sums.held, set(sums.after)) == ({}, {"comes"})


def test_of_those_that_change_places_the_first_gives_up_its_days_first() -> None:
    two = [Claim("a", days(0, 0), days(5, 5)), Claim("b", days(5, 5), days(0, 0))]
    three = [*two[:1], Claim("b", days(5, 5), days(9, 9)), Claim("c", days(9, 9), days(0, 0))]
    partly = [Claim("a", days(0, 4), days(2, 8)), Claim("b", days(7, 8), days(0, 1))]
    for ring in (two, three):
        sums = sort_out(ring)
        assert (sums.held, set(sums.turning), set(sums.after)) == ({}, {"a"}, {each.key for each in ring[1:]})
    assert sort_out(partly).held == {}
    # Once its days are gone, the others follow one by one.
    gone = [Claim("a", {}, days(5, 5)), *three[1:]]
    assert (sort_out(gone).held, sort_out(gone).turning) == ({}, {})


def test_nobody_gives_up_days_for_one_that_does_not_go_yet_or_would_be_too_much_in_the_end() -> None:
    a, b = Claim("a", days(0, 0), days(5, 5)), Claim("b", days(5, 5), days(0, 0))
    assert held(a, b._replace(ready=False)) == {"a": [5], "b": [0]}
    # A third one stands on one of the days: that one cannot move, and the other has nowhere to go.
    assert held(a, b, Claim("c", days(0, 0, 50))) == {"a": [5], "b": [0]}


def test_what_stands_twice_already_is_let_be_until_it_would_grow() -> None:
    twice = Claim("a", days(0, 4))
    assert held(twice, Claim("b", days(0, 4), days(0, 6))) == {}
    assert held(twice, Claim("b", days(0, 4, 50), days(0, 4, 60))) == {"b": [0, 1, 2, 3, 4]}
    assert held(twice, Claim("b", days(0, 4, 60), days(0, 4, 50))) == {}


def test_no_day_comes_to_more_than_a_whole_one_and_nobody_is_held_for_nothing() -> None:
    chosen = random.Random(22)
    for _round in range(2_000):
        claims = []
        for key in "abcdef"[: chosen.randint(1, 6)]:
            standing = _some(chosen) if chosen.random() < 0.4 else {}
            claims.append(Claim(key, standing, _some(chosen) if chosen.random() < 0.8 else None))
        before = Counter[date]()
        for claim in claims:
            before.update(claim.standing)

        sums = sort_out(claims)
        after = in_the_end(claims, sums)

        # What stood twice before may stay so; nothing is added to it.
        assert all(extent <= max(WHOLE, before[day]) for day, extent in after.items())
        assert not sums.held.keys() & (sums.after.keys() | sums.turning.keys())
        for claim in claims:
            if claim.key in sums.held:
                grows = {day: to for day, to in (claim.wanted or {}).items() if to > claim.standing.get(day, 0)}
                beside = after - Counter(claim.standing)
                assert any(beside[day] + extent > WHOLE for day, extent in grows.items())


def _some(chosen: random.Random) -> Days:
    first = chosen.randint(0, 8)
    return days(first, first + chosen.randint(0, 4), chosen.choice((20, 40, 50, 60, 80, 100)))
