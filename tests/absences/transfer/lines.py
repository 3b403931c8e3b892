"""Rows of a file of absences, and what its preview says to look at."""

from typing import Any, Final

from employees.models import ImportJob

HEADER: Final = ["Number", "Employment ID", "Type", "First day", "Last day", "Grade, %", "Note", "Status"]


def line(kind: str, start: str, end: str, **others: Any) -> list[str]:
    """A row for Anna."""
    values = {"number": "", "employment_id": "1001", "grade": "", "note": "", "status": "", **others}
    rest = [str(values[name]) for name in ("grade", "note", "status")]
    return [str(values["number"]), str(values["employment_id"]), kind, start, end, *rest]


def notes(job: ImportJob) -> dict[int, list[str]]:
    return dict(job.rows.exclude(notes=[]).values_list("number", "notes"))
