"""The preview of a file (background): nothing is written but the job's own rows, all at once at the end."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from employees import bulk
from employees.access.reading import reading_as
from employees.models import ImportJob, ImportRow
from employees.transfer.jobs import Hold, fail_import
from employees.transfer.kinds import ImportKind, kind_of
from employees.transfer.reading import FileRefused, Table, read_table

State = ImportJob.State


def preview(*, hold: Hold) -> None:
    """Plan every row; interrupted at any point, it starts anew the next time."""
    hold.keep(state=State.PREVIEWING)
    job = ImportJob.objects.select_related("company", "by").get(pk=hold.job_id)
    kind = kind_of(job)
    try:
        table = _read(job, kind)
    except FileRefused as refused:
        fail_import(job_id=job.pk, error=str(refused))
        return
    rows = len(table.rows)
    with reading_as(job.by):
        planned = kind.plan(job, table, lambda read: hold.keep(counts={"rows": rows, "read": read}))
    with transaction.atomic():
        # First, so that nobody else can be at it until this transaction ends.
        hold.end(
            state=State.READY,
            counts={"rows": rows, **planned.counts, **_remarks(planned.rows), **_hidden(table, kind)},
            content=b"",
            has_sensitive=bool(kind.columns.sensitive & set(table.columns)),
            attempts=0,
        )
        names = [field.attname for field in ImportRow._meta.concrete_fields if not field.primary_key]
        for row in planned.rows:
            row.job_id = job.pk
        bulk.insert(ImportRow, ({name: getattr(row, name) for name in names} for row in planned.rows))


def _read(job: ImportJob, kind: ImportKind) -> Table:
    table = read_table(content=bytes(job.content), file_name=job.file_name, known=kind.columns)
    forbidden = kind.columns.sensitive & set(table.columns)
    if forbidden and not job.sensitive_allowed:
        raise FileRefused(
            _("You may not change national IDs and bank accounts. Remove these columns from the file: %(columns)s.")
            % {"columns": kind.columns.headers_of(forbidden)}
        )
    if unkept := kind.not_kept(job) & set(table.columns):
        raise FileRefused(
            _("%(company)s keeps no national IDs. Remove these columns from the file: %(columns)s.")
            % {"company": job.company, "columns": kind.columns.headers_of(unkept)}
        )
    return table


def _remarks(rows: Iterable[ImportRow]) -> dict[str, int]:
    fine = [row for row in rows if row.state != ImportRow.State.BAD]
    return {"asked": sum(1 for row in fine if row.questions), "noted": sum(1 for row in fine if row.notes)}


def _hidden(table: Table, kind: ImportKind) -> dict[str, object]:
    """What the spreadsheet hides is imported like the rest, and told."""
    return {
        "hidden_rows": table.hidden_rows,
        "hidden_columns": kind.columns.headers_of(table.hidden_columns),
    }
