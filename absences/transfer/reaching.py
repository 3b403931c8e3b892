"""Whose absences a file changes, so that it can be said before what goes to other systems (G-17)."""

from collections.abc import Iterator
from typing import Any, Final

from absences.models import Absence, AbsenceType
from absences.models.absence import Status
from absences.tracking import AbsenceReach, ReachedAbsence
from employees.models import ImportJob, ImportRow

CHUNK: Final = 1_000
# Stays in the hub: no other system keeps it.
OWN: Final = frozenset({"note"})


def reach_of_absences(job: ImportJob) -> AbsenceReach:
    """Return the absences of the rows that are not bad, also those written already: it is the same all along."""
    rows = ImportRow.objects.filter(job=job).exclude(state__in=ImportRow.NOT_WRITTEN)
    return AbsenceReach(changed={}, absences=[*_new(rows), *_changed(rows)])


def _new(rows: Any) -> Iterator[ReachedAbsence]:
    needs_approval = dict(AbsenceType.objects.values_list("pk", "needs_approval"))
    for values in rows.filter(is_new=True).values_list("values", flat=True).iterator(chunk_size=CHUNK):
        usual = Status.REQUESTED if needs_approval.get(values["type"]) else Status.APPROVED
        if (values.get("status") or usual) == Status.APPROVED:
            yield ReachedAbsence(values["employee"], values["type"])


def _changed(rows: Any) -> Iterator[ReachedAbsence]:
    found = rows.filter(is_new=False, record_id__isnull=False).values_list("record_id", "values")
    changed = {pk: values for pk, values in found.iterator(chunk_size=CHUNK) if set(values) - OWN}
    ids = sorted(changed)
    for start in range(0, len(ids), CHUNK):
        stored = Absence.objects.filter(pk__in=ids[start : start + CHUNK])
        for pk, employee, kind, status, decided_at in stored.values_list(
            "pk", "employee", "type", "status", "decided_at"
        ):
            values = changed[pk]
            after = values.get("status") or status
            if Status.APPROVED in (status, after):
                decided = decided_at if after == status else None
                yield ReachedAbsence(employee, values.get("type") or kind, pk, decided)
