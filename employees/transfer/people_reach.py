"""Whom an import of people changes, and what they will hold: also those written already, so that it stays the same."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from django.db.models import QuerySet

from employees.models import ImportJob, ImportRow
from employees.takeovers import TAKES_FROM
from employees.tracking import Columns, Reach
from employees.transfer.departments import Departments
from employees.transfer.overtaken import rows_to_write
from employees.transfer.writing import field_value

READ_AT_ONCE: Final = 2_000
# No system is sent who manages whom.
NOT_TOLD: Final = ("manager", TAKES_FROM)
# A department that the import is still to create: nobody has chosen it for anything.
TO_BE_CREATED: Final = 0


def reach_of_people(job: ImportJob) -> Reach:
    """Return whom the rows that are written change; to be asked before that begins (`overtaken`)."""
    # Found once: while a part is written, its own rows would look overtaken.
    rows = rows_to_write(job).order_by("pk")
    changed: dict[int, frozenset[str]] = dict.fromkeys(_leavers(rows), frozenset({"work_email"}))
    for pk, values in rows.filter(is_new=False).values_list("record_id", "values").iterator(READ_AT_ONCE):
        if pk is not None:
            changed[pk] = changed.get(pk, frozenset()) | (frozenset(values) - {TAKES_FROM})
    stored = _Stored(job, rows)
    return Reach(
        changed=changed,
        new={job.company_id: rows.filter(is_new=True).count()},
        after=stored.after,
        added=stored.added,
    )


def _leavers(rows: QuerySet[ImportRow]) -> set[int]:
    """Return who gives an address up: they change, too."""
    taken = rows.filter(values__has_key=TAKES_FROM).values_list(f"values__{TAKES_FROM}", flat=True)
    return set(taken)


class _Stored:
    """What the import's people will hold."""

    def __init__(self, job: ImportJob, rows: QuerySet[ImportRow]) -> None:
        self._job, self._rows = job, rows
        self._departments: Departments | None = None

    def after(self, ids: Collection[int]) -> Mapping[int, Columns]:
        found: dict[int, Columns] = {pk: {"work_email": ""} for pk in _leavers(self._rows).intersection(ids)}
        rows = self._rows.filter(is_new=False, record_id__in=ids)
        for pk, values in rows.values_list("record_id", "values"):
            if pk is not None:
                found[pk] = {**found.get(pk, {}), **self._columns(values)}
        return found

    def added(self, company_id: int) -> Iterator[Columns]:
        rows = self._rows.filter(is_new=True) if company_id == self._job.company_id else ImportRow.objects.none()
        for values in rows.values_list("values", flat=True).iterator(READ_AT_ONCE):
            yield self._columns(values)

    def _columns(self, values: Mapping[str, Any]) -> Columns:
        columns = {name: field_value(name, value) for name, value in values.items() if name not in NOT_TOLD}
        if "department" in columns:
            columns["department_id"] = self._department(columns.pop("department"))
        return columns

    def _department(self, name: str) -> int | None:
        if not name:
            return None
        self._departments = self._departments or Departments(self._job.company)
        found = self._departments.find(name)
        return found.pk if found else TO_BE_CREATED
