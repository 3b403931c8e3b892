"""Changes to absences that go round ``save()`` are refused, unless they are announced (``tracked_bulk``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from employees.bulk_tracking import BulkTracking
from employees.tracking import Reach

ABSENCES: Final = BulkTracking(ids_argument="absence_ids")
bulk_change_starting = ABSENCES.starting
bulk_change_finished = ABSENCES.finished
tracked_bulk = ABSENCES.open


class ReachedAbsence(NamedTuple):
    """One absence that an operation changes, by primary keys, with its values as they will be; a new one has no key.

    ``decided_at`` is when it was approved before, None where the operation itself decides on it. ``confirms``: with it
    somebody says that days outside the employment are right. ``label`` tells it from every other one, for a page.
    ``workdays`` are the person's first and last one where the operation moves these, ``counts`` says whether the type
    counts as work days where it changes that. ``version`` is the stored one where nobody edits the absence itself.
    """

    employee: int
    type: int
    start: date
    end: date | None
    grade: int
    approved: bool
    label: str
    pk: int | None = None
    decided_at: datetime | None = None
    confirms: bool = False
    workdays: tuple[date | None, date | None] | None = None
    counts: bool | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class AbsenceReach(Reach):
    """Whose absences an operation changes: those alone that are approved before it or after it."""

    absences: Sequence[ReachedAbsence]
