from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from employees.positions import select_position


@dataclass(frozen=True)
class Held:
    start: date
    end: date | None = None


TODAY = date(2026, 5, 15)
PAST = Held(date(2020, 1, 1), date(2021, 12, 31))
LATER_PAST = Held(date(2022, 1, 1), date(2026, 5, 14))
CURRENT = Held(date(2024, 1, 1))
OLDER_CURRENT = Held(date(2023, 1, 1), date(2026, 12, 31))
FUTURE = Held(date(2026, 6, 1))
LATER_FUTURE = Held(date(2026, 9, 1))

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@st.composite
def held_positions(draw: st.DrawFn) -> Held:
    start = draw(DAYS)
    length = draw(st.none() | st.integers(0, 2000))
    return Held(start, None if length is None else start + timedelta(days=length))


@pytest.mark.parametrize(
    ("positions", "selected"),
    [
        ([], None),
        ([FUTURE, PAST, CURRENT], CURRENT),
        ([CURRENT, OLDER_CURRENT], OLDER_CURRENT),
        ([PAST, LATER_PAST, FUTURE], LATER_PAST),
        ([LATER_FUTURE, FUTURE], FUTURE),
        ([Held(date(2019, 1, 1), date(2021, 12, 31)), PAST], Held(date(2019, 1, 1), date(2021, 12, 31))),
    ],
)
def test_current_goes_before_past_and_past_before_future(positions: list[Held], selected: Held | None) -> None:
    assert select_position(positions, TODAY) == selected


@pytest.mark.parametrize("position", [Held(TODAY, TODAY), Held(TODAY), Held(date(2020, 1, 1), TODAY)])
def test_first_and_last_day_count_as_current(position: Held) -> None:
    assert select_position([LATER_PAST, FUTURE, position], TODAY) == position


@given(st.lists(held_positions()), DAYS)
def test_the_order_of_the_positions_does_not_matter(positions: list[Held], on: date) -> None:
    assert select_position(positions, on) == select_position(reversed(positions), on)


@given(st.lists(held_positions(), min_size=1), DAYS)
def test_whoever_has_positions_gets_one_of_them(positions: list[Held], on: date) -> None:
    assert select_position(positions, on) in positions


@given(st.lists(held_positions()), held_positions())
def test_a_position_is_selected_on_a_day_that_no_other_covers(positions: list[Held], position: Held) -> None:
    others = [other for other in positions if not (other.start <= position.start <= (other.end or date.max))]

    assert select_position([*others, position], position.start) == position
