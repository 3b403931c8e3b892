"""Dates that can be: people's birth dates and workdays, absences' days (D-02). "Today" is passed in."""

from datetime import date, datetime, tzinfo
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_BIRTH: Final = date(1900, 1, 1)
FIRST_WORK: Final = date(1930, 1, 1)
FIRST_ABSENCE: Final = date(2000, 1, 1)
# So many years ahead.
WORK_AHEAD: Final = 10
END_AHEAD: Final = 50
ABSENCE_AHEAD: Final = 5


def read_day(text: str, *, zone: tzinfo) -> date:
    """Return the day of an ISO text; a time of day with a zone is read in ``zone``, one without says nothing more.

    Raises ValueError.
    """
    text = text.strip()
    if len(text) <= len("2024-01-31"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo is None else moment.astimezone(zone)).date()
    except OverflowError:
        # What stands for "without end" in other programs is the last moment that there is.
        return moment.date()


def clean_birth_date(day: date | None, *, today: date) -> date | None:
    """Raises ValidationError for a day before 1900 or in the future."""
    if day is not None and day > today:
        raise ValidationError(
            _("This day is in the future: nobody is born on it yet. Check the century of the year."), code="future"
        )
    return _not_before(day, FIRST_BIRTH)


def clean_first_workday(day: date | None, *, today: date) -> date | None:
    """For every date on which work, a position or pay begins: 1930 to ten years ahead."""
    return _between(day, first=FIRST_WORK, ahead=WORK_AHEAD, today=today)


def clean_last_workday(day: date | None, *, today: date) -> date | None:
    """For every date on which work or a position ends: 1930 to fifty years ahead."""
    return _between(day, first=FIRST_WORK, ahead=END_AHEAD, today=today)


def clean_absence_day(day: date | None, *, today: date) -> date | None:
    """2000 to five years ahead."""
    return _between(day, first=FIRST_ABSENCE, ahead=ABSENCE_AHEAD, today=today)


def years_ahead(day: date, years: int) -> date:
    """Return the same day so many years later; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _between(day: date | None, *, first: date, ahead: int, today: date) -> date | None:
    if day is not None and day > years_ahead(today, ahead):
        raise ValidationError(
            _("This day is more than %(years)d years ahead. Check the year."), code="far_ahead", params={"years": ahead}
        )
    return _not_before(day, first)


def _not_before(day: date | None, first: date) -> date | None:
    if day is not None and day < first:
        raise ValidationError(
            _("This day is before %(year)d. Write the year with all four digits."),
            code="long_ago",
            params={"year": first.year},
        )
    return day
