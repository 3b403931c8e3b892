"""Rows of records that were changed or deleted since the file was read: they are not imported, and become *moved*."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from employees.models import ImportJob, ImportRow
from employees.transfer.kinds import kind_of

STATE = ImportRow.State


def overtaken_rows(job: ImportJob) -> QuerySet[ImportRow]:
    """Return those that wait, and those that became *moved* already.

    To be asked before a part is written: while it is, its records have their new versions, and its rows wait still.
    """
    as_read = kind_of(job).model._base_manager.filter(pk=OuterRef("record_id"), version=OuterRef("version"))
    waiting = Q(~Exists(as_read), state=STATE.WAITING, is_new=False, record_id__isnull=False)
    return ImportRow.objects.filter(Q(state=STATE.MOVED) | waiting, job=job)


def rows_to_write(job: ImportJob) -> QuerySet[ImportRow]:
    """Return the rows that are written, also those that are already: without an answer not those with a question."""
    overtaken = frozenset(overtaken_rows(job).order_by().values_list("pk", flat=True))
    rows = ImportRow.objects.filter(job=job).exclude(state__in=ImportRow.NOT_WRITTEN)
    if kind_of(job).leaves_out_asked and not job.take_questions:
        rows = rows.filter(questions=[])
    return rows.exclude(pk__in=overtaken) if overtaken else rows
