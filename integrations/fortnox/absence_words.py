"""Days as people write them."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.utils.formats import date_format


def days_in_words(days: Iterable[date]) -> str:
    """Return “2026-03-02 – 2026-03-06, 2026-03-09”: days on end are one stretch."""
    stretches: list[list[date]] = []
    for day in sorted(set(days)):
        if stretches and stretches[-1][-1] + timedelta(days=1) == day:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return ", ".join(
        _written(stretch[0]) if len(stretch) == 1 else f"{_written(stretch[0])} – {_written(stretch[-1])}"
        for stretch in stretches
    )


def _written(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
