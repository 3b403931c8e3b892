"""The preview of a file (background): nothing is written but the job's own rows, all at once at the end."""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from employees.models import ImportJob, ImportRow
from employees.transfer.columns import SENSITIVE_COLUMNS, headers_of
from employees.transfer.jobs import Hold, fail_import
from employees.transfer.managers import settle_managers
from employees.transfer.people import read_keys
from employees.transfer.planning import PlannedRow, Planner
from employees.transfer.reading import FileRefused, Table, read_table

State = ImportJob.State


def preview(*, hold: Hold) -> None:
    """Plan every row; interrupted at any point, it starts anew the next time."""
    hold.keep(state=State.PREVIEWING)
    job = ImportJob.objects.select_related("company").get(pk=hold.job_id)
    try:
        table = _read(job)
    except FileRefused as refused:
        fail_import(job_id=job.pk, error=str(refused))
        return
    index = read_keys(company=job.company)
    planner = Planner(table=table, company=job.company, index=index, create_departments=job.create_departments)
    rows: list[PlannedRow] = []
    for part in planner.plan():
        rows += part
        hold.keep(counts={"rows": len(table.rows), "read": len(rows)})
    settle_managers(rows=rows, index=index, keys=planner.keys)
    shown = [row for row in rows if row.errors or row.changes or row.is_new]
    counts = {
        "rows": len(rows),
        "new": sum(1 for row in shown if row.is_new and not row.errors),
        "changed": sum(1 for row in shown if not row.is_new and not row.errors),
        "unchanged": len(rows) - len(shown),
        "bad": sum(1 for row in shown if row.errors),
        "departments": _new_departments(planner, shown),
    }
    with transaction.atomic():
        # First, so that nobody else can be at it until this transaction ends.
        hold.end(
            state=State.READY,
            counts=counts,
            content=b"",
            has_sensitive=bool(SENSITIVE_COLUMNS & set(table.columns)),
            attempts=0,
        )
        ImportRow.objects.bulk_create(_import_rows(job.pk, shown), batch_size=500)


def _read(job: ImportJob) -> Table:
    table = read_table(content=bytes(job.content), file_name=job.file_name)
    forbidden = SENSITIVE_COLUMNS & set(table.columns)
    if forbidden and not job.sensitive_allowed:
        raise FileRefused(
            _("You may not change national IDs and bank accounts. Remove these columns from the file: %(columns)s.")
            % {"columns": headers_of(forbidden)}
        )
    return table


def _new_departments(planner: Planner, rows: list[PlannedRow]) -> list[str]:
    needed = {row.values.get("department") for row in rows if not row.errors}
    return sorted(name for name in planner.new_departments.values() if name in needed)


def _import_rows(job_id: int, rows: list[PlannedRow]) -> Iterator[ImportRow]:
    for row in rows:
        yield ImportRow(
            job_id=job_id,
            number=row.number,
            state=ImportRow.State.BAD if row.errors else ImportRow.State.WAITING,
            label=row.label[:250],
            employee_id=row.employee_id,
            is_new=row.is_new,
            version=row.version,
            depth=row.depth,
            values={} if row.errors else row.values,
            changes={} if row.errors else {k: v for k, v in row.changes.items() if k not in SENSITIVE_COLUMNS},
            sensitive_changes={} if row.errors else {k: v for k, v in row.changes.items() if k in SENSITIVE_COLUMNS},
            errors=row.errors,
        )
