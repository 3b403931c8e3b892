"""K04: dates that cannot be."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from employees.values.dates import (
    clean_absence_day,
    clean_birth_date,
    clean_first_workday,
    clean_last_workday,
    read_day,
)

TODAY = date(2026, 2, 28)
Clean = Callable[..., date | None]


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize(
    ("clean", "day"),
    [
        (clean_birth_date, date(2062, 5, 5)),
        (clean_birth_date, date(2026, 3, 1)),
        (clean_birth_date, date(1899, 12, 31)),
        (clean_birth_date, date(1855, 1, 1)),
        (clean_first_workday, date(24, 12, 31)),
        (clean_first_workday, date(204, 1, 15)),
        (clean_first_workday, date(1929, 12, 31)),
        (clean_first_workday, date(2036, 3, 1)),
        (clean_first_workday, date(3026, 1, 1)),
        (clean_last_workday, date(2076, 3, 1)),
        (clean_last_workday, date(9999, 12, 31)),
        (clean_last_workday, date(1929, 12, 31)),
        (clean_absence_day, date(26, 3, 2)),
        (clean_absence_day, date(1999, 12, 31)),
        (clean_absence_day, date(2031, 3, 1)),
        (clean_absence_day, date(2062, 3, 2)),
    ],
)
def test_a_date_that_cannot_be_is_refused_without_repeating_it(clean: Clean, day: date) -> None:
    with pytest.raises(ValidationError) as refusal:
        clean(day, today=TODAY)
    assert day.isoformat() not in str(refusal.value)


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize(
    ("clean", "day"),
    [
        (clean_birth_date, TODAY),
        (clean_birth_date, date(1900, 1, 1)),
        (clean_first_workday, date(1930, 1, 1)),
        (clean_first_workday, date(2036, 2, 28)),
        (clean_last_workday, date(2076, 2, 28)),
        (clean_absence_day, date(2000, 1, 1)),
        (clean_absence_day, date(2031, 2, 28)),
    ],
)
def test_the_days_at_the_borders_are_taken(clean: Clean, day: date) -> None:
    assert clean(day, today=TODAY) == day


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize("clean", [clean_birth_date, clean_first_workday, clean_last_workday, clean_absence_day])
def test_no_date_is_no_date(clean: Clean) -> None:
    assert clean(None, today=TODAY) is None


def test_a_leap_day_has_its_borders() -> None:
    assert clean_first_workday(date(2034, 2, 28), today=date(2024, 2, 29)) == date(2034, 2, 28)
    with pytest.raises(ValidationError):
        clean_first_workday(date(2034, 3, 1), today=date(2024, 2, 29))


@pytest.mark.behaviour("D-02")
@pytest.mark.parametrize(
    "text", ["", "soon", "2024-02-30", "0000-00-00", "2024-01-01T", "2024-01-01T25:00:00Z", "1.1.2024"]
)
def test_a_text_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever it says
        read_day(text, zone=ZoneInfo("Europe/Oslo"))
