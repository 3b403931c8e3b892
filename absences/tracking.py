"""Changes to absences that go round ``save()`` are refused, unless they are announced (``tracked_bulk``)."""

from typing import Final

from employees.bulk_tracking import BulkTracking

ABSENCES: Final = BulkTracking(ids_argument="absence_ids")
bulk_change_starting = ABSENCES.starting
bulk_change_finished = ABSENCES.finished
tracked_bulk = ABSENCES.open
