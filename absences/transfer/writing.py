"""Writes a part of an import's rows, in the caller's transaction, each by its own ``save``, told about together."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from absences.confirming import confirm_outside
from absences.models import Absence, AbsenceType
from absences.teams import is_own
from absences.tracking import tracked_bulk
from absences.transfer.meanwhile import reason_beside, standing_since
from absences.transfer.planning import put_values
from employees.access.reading import reading_as
from employees.models import Employee, ImportJob, ImportRow


def write_absences(job: ImportJob, rows: list[ImportRow]) -> None:
    """Write the rows; one that has been overtaken since the preview becomes *moved*, with a reason."""
    since = standing_since(job, rows)
    # Whoever uploaded the file: what the preview named is known by its words.
    with reading_as(job.by), tracked_bulk(row.record_id for row in rows if row.record_id):
        for row in rows:
            reason = _write(job, row, since)
            row.state = ImportRow.State.MOVED if reason else ImportRow.State.WRITTEN
            row.errors = [["", reason]] if reason else []
    ImportRow.objects.bulk_update(rows, ["state", "errors", "record_id"])


def _write(job: ImportJob, row: ImportRow, since: Mapping[int, Sequence[Absence]]) -> str:
    """Return why the row cannot be written any more, or an empty string."""
    absence = _absence(job, row)
    if absence is None:
        return _("It was changed or deleted by somebody else after the preview. Upload the row again.")
    if job.confirmed_by is not None and is_own(employee=absence.employee, user=job.confirmed_by):
        return _("This is your own absence: somebody else has to confirm it.")
    try:
        put_values(absence, _values(row), is_new=row.is_new, by=job.confirmed_by)
        absence.full_clean()
    except (ValidationError, AbsenceType.DoesNotExist) as error:
        return " ".join(error.messages) if isinstance(error, ValidationError) else _("The type was deleted.")
    if reason := reason_beside(absence, row, since.get(absence.employee_id, ())):
        return reason
    absence.save()
    if row.questions and job.take_questions:
        # Whoever confirmed the import has said that they are right.
        confirm_outside(absence=absence, by=job.confirmed_by)
    row.record_id = absence.pk
    return ""


def _absence(job: ImportJob, row: ImportRow) -> Absence | None:
    """Return the absence of the row, or a new one; None where it is no longer what the preview showed."""
    if row.is_new:
        person = (
            Employee.objects.select_related("company").filter(company=job.company, pk=row.values["employee"]).first()
        )
        return Absence(employee=person) if person else None
    stored = Absence.objects.select_for_update(of=("self",)).select_related("employee__company", "type")
    absence = stored.filter(pk=row.record_id or 0, employee__company=job.company).first()
    return absence if absence is not None and absence.version == row.version else None


def _values(row: ImportRow) -> dict[str, Any]:
    values = {name: value for name, value in row.values.items() if name != "employee"}
    if "type" in values:
        values["type"] = AbsenceType.objects.get(pk=values["type"])
    for name in ("start", "end"):
        if values.get(name):
            values[name] = date.fromisoformat(values[name])
    return values
