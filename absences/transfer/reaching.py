"""Whose absences a file changes, so that it can be said before what goes to other systems (G-17)."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from absences.doubts import WHOLE, told_in_full
from absences.models import Absence, AbsenceType
from absences.models.absence import Status
from absences.tracking import AbsenceReach, ReachedAbsence
from employees.models import Employee, ImportJob, ImportRow
from employees.transfer.overtaken import rows_to_write

CHUNK: Final = 1_000
# Stays in the hub: no other system keeps it.
OWN: Final = frozenset({"note"})


def reach_of_absences(job: ImportJob) -> AbsenceReach:
    """Return the absences of the rows that are written, also those that are already: it is the same all along."""
    rows = rows_to_write(job)
    # Before it is confirmed, as a page has it ticked.
    confirms = job.take_questions
    return AbsenceReach(changed={}, absences=[*_new(rows, confirms), *_changed(rows, confirms)])


def workdays_of(job: ImportJob) -> dict[int, object]:
    """Return, by person, the first and the last workday that rows were asked about, as they are now."""
    asked = ImportRow.objects.filter(job=job).exclude(state__in=ImportRow.NOT_WRITTEN).exclude(questions=[])
    new = asked.filter(is_new=True).values_list("values__employee", flat=True)
    changed = Absence.objects.filter(pk__in=asked.filter(is_new=False).values("record_id"))
    ids = sorted({*(int(pk) for pk in new if pk is not None), *changed.values_list("employee", flat=True)})
    found: dict[int, object] = {}
    for start in range(0, len(ids), CHUNK):
        people = Employee.objects.filter(pk__in=ids[start : start + CHUNK])
        found |= {pk: [first, last] for pk, first, last in people.values_list("pk", "first_workday", "last_workday")}
    return found


def _new(rows: Any, confirms: bool) -> Iterator[ReachedAbsence]:
    types = AbsenceType.objects.in_bulk()
    found = rows.filter(is_new=True).values_list("label", "values", "questions")
    for label, values, questions in found.iterator(chunk_size=CHUNK):
        kind = types.get(values["type"])
        usual = Status.REQUESTED if kind is not None and kind.needs_approval else Status.APPROVED
        if (values.get("status") or usual) == Status.APPROVED:
            start, end, grade = _day(values["start"]) or date.min, _day(values.get("end")), values.get("grade", WHOLE)
            yield ReachedAbsence(
                employee=values["employee"],
                type=values["type"],
                start=start,
                end=end,
                grade=grade,
                approved=True,
                label=told_in_full(label, kind or "", grade=grade, start=start, end=end),
                confirms=confirms and bool(questions),
            )


def _changed(rows: Any, confirms: bool) -> Iterator[ReachedAbsence]:
    found = rows.filter(is_new=False, record_id__isnull=False).values_list("record_id", "values", "questions")
    changed = {pk: (values, asks) for pk, values, asks in found.iterator(chunk_size=CHUNK) if set(values) - OWN}
    ids = sorted(changed)
    for start in range(0, len(ids), CHUNK):
        stored = Absence.objects.filter(pk__in=ids[start : start + CHUNK])
        stored = stored.select_related("employee__company", "employee__department", "type")
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
                    label=str(absence),
                    pk=absence.pk,
                    decided_at=absence.decided_at if after == absence.status else None,
                    confirms=confirms and bool(questions),
                )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
