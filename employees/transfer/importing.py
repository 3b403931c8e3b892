"""The import itself (background): the waiting rows, part by part, each part one transaction that remembers its rows."""

import time
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from employees.models import ImportJob, ImportRow
from employees.tracking import changing_as, operating
from employees.transfer.failing import AtRows
from employees.transfer.jobs import Hold, forget_values
from employees.transfer.kinds import kind_of
from employees.transfer.reaching import operation_of

State = ImportJob.State
# Short enough that others who write on SQLite wait for about a second at most.
ROWS_AT_ONCE: Final = 500


def import_rows(*, hold: Hold) -> bool:
    """Write what waits, for about TASK_SECONDS; return whether the job is done.

    Interrupted at any point, the rest is written the next time: a row leaves *waiting* in the transaction that
    writes its person, so none is written twice.
    """
    hold.keep(state=State.IMPORTING)
    job = ImportJob.objects.select_related("company", "confirmed_by").get(pk=hold.job_id)
    operation = operation_of(job)
    # Before the first row: what is written does not look as it was read any more.
    operation.reach()
    until = time.monotonic() + settings.TASK_SECONDS
    while time.monotonic() < until:
        with transaction.atomic(), changing_as(user_id=job.confirmed_by_id), operating(operation):
            hold.keep(attempts=0)
            rows = _next_rows(job)
            if not rows:
                hold.end(state=State.DONE, finished_at=timezone.now())
                forget_values(job_id=job.pk)
                return True
            with AtRows(min(row.number for row in rows), max(row.number for row in rows)):
                kind_of(job).write(job, rows)
    return False


def _next_rows(job: ImportJob) -> list[ImportRow]:
    """The next rows of one depth: whoever manages them is written already."""
    waiting = ImportRow.objects.filter(job=job, state=ImportRow.State.WAITING).order_by("depth", "number")
    rows = list(waiting[:ROWS_AT_ONCE])
    return [row for row in rows if row.depth == rows[0].depth]
