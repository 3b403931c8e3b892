"""Whose absences a file changes, so that it can be said before what goes to other systems (G-17)."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from absences.doubts import WHOLE, period_text
from absences.models import Absence, AbsenceType
from absences.models.absence import Status
from absences.tracking import AbsenceReach, ReachedAbsence
from employees.models import ImportJob
from employees.transfer.overtaken import rows_to_write

CHUNK: Final = 1_000
# Stays in the hub: no other system keeps it.
OWN: Final = frozenset({"note"})


def reach_of_absences(job: ImportJob) -> AbsenceReach:
    """Return the absences of the rows that are written, also those that are already: it is the same all along."""
    rows = rows_to_write(job)
    # Before anybody has said so, nothing is confirmed.
    confirms = job.take_questions
    return AbsenceReach(changed={}, absences=[*_new(rows, confirms), *_changed(rows, confirms)])


def _new(rows: Any, confirms: bool) -> Iterator[ReachedAbsence]:
    needs_approval = dict(AbsenceType.objects.values_list("pk", "needs_approval"))
    found = rows.filter(is_new=True).values_list("label", "values", "questions")
    for label, values, questions in found.iterator(chunk_size=CHUNK):
        usual = Status.REQUESTED if needs_approval.get(values["type"]) else Status.APPROVED
        if (values.get("status") or usual) == Status.APPROVED:
            start, end = _day(values["start"]), _day(values.get("end"))
            yield ReachedAbsence(
                employee=values["employee"],
                type=values["type"],
                start=start or date.min,
                end=end,
                grade=values.get("grade", WHOLE),
                approved=True,
                label=f"{label}, {period_text(start or date.min, end)}",
                confirms=confirms and bool(questions),
            )


def _changed(rows: Any, confirms: bool) -> Iterator[ReachedAbsence]:
    found = rows.filter(is_new=False, record_id__isnull=False).values_list("record_id", "values", "questions")
    changed = {pk: (values, asks) for pk, values, asks in found.iterator(chunk_size=CHUNK) if set(values) - OWN}
    ids = sorted(changed)
    for start in range(0, len(ids), CHUNK):
        stored = Absence.objects.filter(pk__in=ids[start : start + CHUNK]).select_related("employee")
        for absence in stored:
            values, questions = changed[absence.pk]
            after = values.get("status") or absence.status
            if Status.APPROVED in (absence.status, after):
                yield ReachedAbsence(
                    employee=absence.employee_id,
                    type=values.get("type") or absence.type_id,
                    start=_day(values.get("start")) or absence.start,
                    end=_day(values["end"]) if "end" in values else absence.end,
                    grade=values.get("grade", absence.grade),
                    approved=after == Status.APPROVED,
                    label=absence.label,
                    pk=absence.pk,
                    decided_at=absence.decided_at if after == absence.status else None,
                    confirms=confirms and bool(questions),
                )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
