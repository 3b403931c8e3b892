"""Days outside the employment that somebody said are right: asked where an absence is entered, decided on or imported.

An answer counts for the very days: once other days are outside, because the absence or the workdays moved, somebody
is asked anew. Payroll systems get such days only then (FX-10).
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from absences.models import Absence, ConfirmedDays
from absences.periods import Days, are_among, days_outside
from employees.shown import fingerprint


def outside_of(absence: Absence) -> list[Days]:
    """Return the absence's days before the first and after the last workday."""
    person = absence.employee
    return days_outside(Days(absence.start, absence.end), person.first_workday, person.last_workday)


def confirmed_of(absence: Absence) -> list[Days]:
    return _read(confirmed.stretches) if (confirmed := confirmation_of(absence)) else []


def confirmation_of(absence: Absence) -> ConfirmedDays | None:
    found: ConfirmedDays | None = getattr(absence, "confirmed_days", None) if absence.pk else None
    return found


def unconfirmed_of(absence: Absence) -> list[Days]:
    """Return the days outside that nobody has confirmed: all of them, where one is not."""
    outside = outside_of(absence)
    return [] if are_among(outside, confirmed_of(absence)) else outside


def sign_of(absence: Absence) -> str:
    """Return what a page that asks about the absence's days was made from; it changes with the days asked about."""
    return fingerprint("outside", absence.pk, _plain(outside_of(absence)))


def confirm_outside(*, absence: Absence, by: Any) -> bool:
    """Keep that the user says that the days outside are right, as they are now; returns whether that was new.

    Belongs into the transaction that saves the absence.
    """
    outside = outside_of(absence)
    if not outside:
        return False
    fields = {"stretches": _plain(outside), "by": by, "at": timezone.now()}
    before = ConfirmedDays.objects.filter(absence=absence).first()
    if before is not None and before.stretches == fields["stretches"]:
        return False
    confirmed, _made = ConfirmedDays.objects.update_or_create(absence=absence, defaults=fields)
    absence.confirmed_days = confirmed
    return True


def _plain(stretches: Iterable[Days]) -> list[list[str | None]]:
    return [[each.first.isoformat(), each.last.isoformat() if each.last else None] for each in stretches]


def _read(stretches: Iterable[list[str | None]]) -> list[Days]:
    return [
        Days(date.fromisoformat(first or ""), date.fromisoformat(last) if last else None) for first, last in stretches
    ]
