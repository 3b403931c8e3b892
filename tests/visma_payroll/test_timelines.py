"""Dated lists: no overlap, no gap, and history is never rewritten."""

import copy
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from integrations.visma_payroll.timelines import change_from_today, current_entry, first_day, last_day

TODAY = date(2026, 11, 20)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
Names = list[dict[str, Any]]


def name(last: str, start: str | None = None, end: str | None = None, **more: Any) -> dict[str, Any]:
    return {"firstName": "Åse", "lastName": last, "activeStart": start, "activeEnd": end, **more}


def renamed(names: Sequence[dict[str, Any]], last: str, *, today: date = TODAY) -> Names:
    return change_from_today(names, {"lastName": last}, today=today)


def on(names: Names, day: date) -> str | None:
    """Return the last name in force on the day."""
    covering = [each for each in names if first_day(each) <= day <= last_day(each)]
    return max(covering, key=first_day)["lastName"] if covering else None


@st.composite
def timelines(draw: st.DrawFn, *, least: int = 0) -> Names:
    """Some names one after the other around today, with or without gaps, and with or without an end."""
    day = TODAY + timedelta(days=draw(st.integers(-60, 20)))
    names: Names = []
    for number in range(draw(st.integers(least, 5))):
        length, gap = draw(st.integers(1, 25)), draw(st.integers(0, 3))
        always: bool = draw(st.booleans())
        start = None if always and number == 0 else day.isoformat()
        names.append(name(draw(st.sampled_from("ABC")), start, (day + timedelta(days=length - 1)).isoformat()))
        day += timedelta(days=length + gap)
    endless: bool = draw(st.booleans())
    if names and endless:
        names[-1]["activeEnd"] = None
    shuffled: Names = draw(st.permutations(names))
    return shuffled


NEW = st.sampled_from("ABCD")
DAYS = [TODAY + timedelta(days=offset) for offset in range(-70, 71)]


@pytest.mark.behaviour("VP-03")
def test_todays_name_ends_yesterday_and_the_new_one_starts_today() -> None:
    assert renamed([name("Lie", None, "2021-12-31"), name("Moe", "2022-01-01")], "Dahl") == [
        name("Lie", None, "2021-12-31"),
        name("Moe", "2022-01-01", "2026-11-19"),
        name("Dahl", "2026-11-20"),
    ]


@pytest.mark.behaviour("VP-03")
def test_two_changes_on_one_day_leave_one_new_name() -> None:
    assert renamed(renamed([name("Moe")], "Dahl"), "Berg") == [
        name("Moe", None, "2026-11-19"),
        name("Berg", "2026-11-20"),
    ]


@pytest.mark.behaviour("VP-03")
def test_a_change_back_on_the_same_day_leaves_no_trace() -> None:
    before = [name("Lie", None, "2021-12-31"), name("Moe", "2022-01-01")]
    assert renamed(renamed(before, "Dahl"), "Moe") == before


def test_a_change_back_on_a_later_day_is_a_new_name() -> None:
    assert renamed(renamed([name("Moe")], "Dahl", today=YESTERDAY), "Moe") == [
        name("Moe", None, "2026-11-18"),
        name("Dahl", "2026-11-19", "2026-11-19"),
        name("Moe", "2026-11-20"),
    ]


def test_a_name_of_the_day_before_lasts_that_one_day() -> None:
    assert on(renamed(renamed([name("Moe")], "Dahl", today=YESTERDAY), "Berg"), YESTERDAY) == "Dahl"


def test_a_name_that_starts_in_the_future_stays_as_planned() -> None:
    assert renamed([name("Moe", None, "2026-12-31"), name("Lie", "2027-01-01")], "Dahl") == [
        name("Moe", None, "2026-11-19"),
        name("Dahl", "2026-11-20", "2026-12-31"),
        name("Lie", "2027-01-01"),
    ]


@pytest.mark.behaviour("VP-17")
def test_a_name_that_is_planned_stays_and_the_new_one_lasts_until_it_begins() -> None:
    assert renamed([name("Moe", "2027-01-01")], "Dahl") == [
        name("Dahl", "2026-11-20", "2026-12-31"),
        name("Moe", "2027-01-01"),
    ]
    both = [name("Moe", "2027-01-01", "2027-12-31"), name("Lie", "2028-01-01")]
    assert renamed(both, "Dahl") == [name("Dahl", "2026-11-20", "2026-12-31"), *both]


def test_a_name_that_begins_today_is_changed_and_not_ended_yesterday() -> None:
    assert renamed([name("Moe", "2026-11-20")], "Dahl") == [name("Dahl", "2026-11-20")]


def test_after_a_gap_the_new_name_starts_today() -> None:
    assert renamed([name("Moe", None, "2020-12-31")], "Dahl") == [
        name("Moe", None, "2020-12-31"),
        name("Dahl", "2026-11-20"),
    ]


def test_in_a_gap_the_new_name_lasts_until_the_planned_one() -> None:
    assert renamed([name("Moe", None, "2020-12-31"), name("Lie", "2027-01-01")], "Dahl") == [
        name("Moe", None, "2020-12-31"),
        name("Dahl", "2026-11-20", "2026-12-31"),
        name("Lie", "2027-01-01"),
    ]


def test_somebody_without_a_name_gets_one_that_has_always_been() -> None:
    assert change_from_today([], {"firstName": "Åse", "lastName": "Moe"}, today=TODAY) == [name("Moe")]


def test_what_else_a_name_holds_goes_on_with_the_new_one_except_its_identity() -> None:
    changed = renamed([name("Moe", middleName="Lie", id="n1")], "Dahl")
    assert changed == [
        name("Moe", None, "2026-11-19", middleName="Lie", id="n1"),
        name("Dahl", "2026-11-20", middleName="Lie"),
    ]


@pytest.mark.parametrize("written", ["2026-11-20T00:00:00", "2026-11-20"])
def test_a_time_of_day_says_nothing_more(written: str) -> None:
    assert first_day({"activeStart": written}) == TODAY


def test_a_date_that_is_none_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="soon"):
        renamed([name("Moe", "soon")], "Dahl")
    assert on(renamed([name("Moe")], "Dahl"), TODAY) == "Dahl"


def test_of_names_that_are_not_in_force_the_last_past_one_is_shown_then_the_next() -> None:
    past, older, future = name("A", None, "2026-01-01"), name("B", None, "2025-01-01"), name("C", "2027-01-01")
    assert current_entry([future, older, past], today=TODAY) == past
    assert current_entry([name("D", "2028-01-01"), future], today=TODAY) == future
    assert current_entry([], today=TODAY) is None


@given(timelines(), NEW)
def test_the_new_name_is_shown(names: Names, new: str) -> None:
    shown = current_entry(renamed(names, new), today=TODAY)
    assert shown is not None
    assert shown["lastName"] == new


@given(timelines(least=1), NEW)
def test_history_is_never_rewritten(names: Names, new: str) -> None:
    changed = renamed(names, new)
    assert [on(changed, day) for day in DAYS if day < TODAY] == [on(names, day) for day in DAYS if day < TODAY]


@given(timelines(), NEW)
def test_what_is_planned_to_begin_later_stays(names: Names, new: str) -> None:
    planned = [each for each in names if first_day(each) > TODAY and each is not current_entry(names, today=TODAY)]
    changed = renamed(names, new)
    assert all(each in changed for each in planned)


@given(timelines(), NEW)
def test_nothing_overlaps_and_no_gap_opens(names: Names, new: str) -> None:
    changed = renamed(names, new)
    spans = sorted((first_day(each), last_day(each)) for each in changed)
    assert all(start <= end for start, end in spans)
    assert all(earlier[1] < later[0] for earlier, later in zip(spans, spans[1:], strict=False))
    assert all(on(changed, day) for day in DAYS if on(names, day))


@given(timelines(least=1), NEW, NEW)
def test_two_changes_on_one_day_are_as_the_second_alone(names: Names, first: str, second: str) -> None:
    twice, once = renamed(renamed(names, first), second), renamed(names, second)
    assert len(twice) <= len(names) + 1
    assume(current_entry(names, today=TODAY) is None or on(names, TODAY))
    assert [on(twice, day) for day in DAYS] == [on(once, day) for day in DAYS]


@given(timelines(), NEW)
def test_the_same_change_again_changes_nothing(names: Names, new: str) -> None:
    once = renamed(names, new)
    assert renamed(once, new) == once


@given(timelines(), NEW)
def test_what_was_given_is_left_alone(names: Names, new: str) -> None:
    before = copy.deepcopy(names)
    renamed(names, new)
    assert names == before


@pytest.mark.behaviour("D-01", "VP-03")
def test_another_writing_of_the_name_leaves_its_history_alone() -> None:
    names = [name("Lie", None, "2021-12-31"), name("A\u030asrud\u200b", "2022-01-01")]
    assert renamed(names, "Åsrud") == names


@pytest.mark.behaviour("D-01", "VP-03")
def test_a_change_back_in_another_writing_undoes_the_change() -> None:
    names = [name("A\u030asrud", "2022-01-01", YESTERDAY.isoformat()), name("Dahl", TODAY.isoformat())]
    assert renamed(names, "Åsrud") == [name("A\u030asrud", "2022-01-01", None)]
