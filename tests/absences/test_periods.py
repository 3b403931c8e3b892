"""Days in common and days outside, on plain values."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from absences.periods import MOST_NAMED, Away, Days, days_after, days_before, days_over, find_common

DAY = timedelta(days=1)


def march(first: int, last: int | None, grade: int = 100) -> Away:
    return Away(date(2026, 3, first), date(2026, 3, last) if last else None, grade, f"{first}-{last}")


@pytest.mark.behaviour("D-12")
def test_both_absences_name_the_days_that_they_have_in_common() -> None:
    vacation, sick = march(2, 6), march(4, 10)

    first, second = find_common([vacation, sick])

    days = Days(date(2026, 3, 4), date(2026, 3, 6))
    assert [(each.other, each.days, each.percent) for each in first.named] == [(sick, days, 200)]
    assert [(each.other, each.days, each.percent) for each in second.named] == [(vacation, days, 200)]


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize(
    ("grades", "percent"), [((50, 50), 100), ((50, 60), 110), ((100, 100), 200), ((1, 100), 101), ((25, 50), 75)]
)
def test_the_grades_of_one_day_are_added(grades: tuple[int, int], percent: int) -> None:
    found = find_common([march(2, 6, grades[0]), march(6, 6, grades[1])])

    assert [each.percent for each in found] == [percent, percent]


@pytest.mark.behaviour("D-12")
def test_three_halves_of_which_two_meet_are_a_whole_day_and_all_three_are_more() -> None:
    assert [each.percent for each in find_common([march(2, 6, 50), march(2, 3, 50), march(4, 6, 50)])] == [100] * 3

    whole, *_others = find_common([march(2, 6, 50), march(2, 4, 50), march(4, 6, 50)])
    assert [(each.days.first.day, each.percent) for each in whole.named] == [(2, 150), (4, 150)]


@pytest.mark.behaviour("D-12")
def test_an_open_end_has_every_later_day_in_common() -> None:
    open_one, later = march(2, None), Away(date(2031, 1, 1), None, 50, "later")

    found = find_common([later, open_one])

    assert [each.days for each in found[1].named] == [Days(date(2031, 1, 1), None)]
    assert [each.percent for each in found] == [150, 150]


@pytest.mark.behaviour("D-12")
def test_neighbours_have_no_day_in_common() -> None:
    assert [each.others for each in find_common([march(2, 6), march(7, 9), march(1, 1)])] == [0, 0, 0]


@pytest.mark.behaviour("D-12")
def test_of_very_many_some_are_named_and_all_are_counted() -> None:
    many = [march(2, 6, 1) for _number in range(MOST_NAMED + 5)]

    found = find_common(many)

    assert {(len(each.named), each.others, each.percent) for each in found} == {(MOST_NAMED, MOST_NAMED + 4, 15)}


AWAYS = st.lists(
    st.builds(
        lambda start, length, grade: Away(
            date(2026, 1, 1) + start * DAY,
            None if length is None else date(2026, 1, 1) + (start + length) * DAY,
            grade,
            "",
        ),
        st.integers(0, 30),
        st.none() | st.integers(0, 12),
        st.integers(1, 100),
    ),
    max_size=8,
)


@pytest.mark.behaviour("D-12")
@given(AWAYS)
def test_what_is_found_is_what_counting_day_by_day_finds(aways: list[Away]) -> None:
    days = [date(2026, 1, 1) + number * DAY for number in range(60)]
    covers = [{day for day in days if each.start <= day and (each.end is None or day <= each.end)} for each in aways]
    load = {day: sum(each.grade for each, mine in zip(aways, covers, strict=True) if day in mine) for day in days}

    for index, found in enumerate(find_common(aways)):
        touching = [other for other in range(len(aways)) if other != index and covers[index] & covers[other]]
        assert found.others == len(touching)
        assert found.percent == max(load[day] for day in covers[index])
        for common, other in zip(found.named, touching, strict=True):
            shared = sorted(covers[index] & covers[other])
            assert common.days.first == shared[0]
            assert common.days.last == (None if aways[index].end is aways[other].end is None else shared[-1])
            assert common.percent == max(load[day] for day in shared)


@pytest.mark.behaviour("D-12")
@pytest.mark.parametrize(
    ("start", "end", "first", "last", "before", "after"),
    [
        (2, 6, 4, None, (2, 3), None),
        (2, 6, None, 4, None, (5, 6)),
        (2, 6, 3, 5, (2, 2), (6, 6)),
        (2, 6, 2, 6, None, None),
        (2, 6, None, None, None, None),
        (2, 6, 9, 12, (2, 6), None),
        (9, 12, 2, 6, None, (9, 12)),
        (2, None, 4, 6, (2, 3), (7, None)),
        (9, None, None, 6, None, (9, None)),
        (2, None, 4, None, (2, 3), None),
    ],
)
def test_days_outside_the_employment_are_found_at_both_ends(
    start: int,
    end: int | None,
    first: int | None,
    last: int | None,
    before: tuple[int, int] | None,
    after: tuple[int, int | None] | None,
) -> None:
    def day(number: int | None) -> date | None:
        return date(2026, 3, number) if number else None

    def days(found: Days | None) -> tuple[int, int | None] | None:
        return (found.first.day, found.last.day if found.last else None) if found else None

    away = (date(2026, 3, start), day(end))
    assert (days(days_before(*away, day(first))), days(days_after(*away, day(last)))) == (before, after)


def test_the_last_day_of_all_has_none_after_it() -> None:
    assert days_after(date(2026, 3, 2), None, date.max) is None
    assert find_common([Away(date(2026, 3, 2), date.max, 100, ""), march(2, 3)])[0].percent == 200


def test_days_that_are_too_much_are_found_in_stretches() -> None:
    first = date(2026, 3, 2)
    day = [first + timedelta(days=number) for number in range(9)]
    aways = [
        Away(day[0], None, 50, ""),
        Away(day[0], day[6], 50, ""),
        Away(day[2], day[3], 1, ""),
        Away(day[4], day[4], 30, ""),
    ]

    assert days_over(aways, Days(day[0], None), most=100) == [Days(day[2], day[4])]
    assert days_over(aways, Days(day[3], day[8]), most=100) == [Days(day[3], day[4])]
    assert days_over(aways, Days(day[5], day[8]), most=100) == []
    assert days_over(aways[:1], Days(day[8], None), most=40) == [Days(day[8], None)]
