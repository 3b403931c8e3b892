"""An import's life: queued → previewing → ready → confirmed → importing → done | failed | cancelled.

Every step is a conditional UPDATE from the state before. The queue is a doorbell: work is found in the database, a
ring that is lost, doubled or late costs only delay. One worker at a time holds a job, until a time, which it puts
off with every part that it has done; a worker that was killed blocks the others until then and no longer.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from employees.holders import new_holder
from employees.models import Company, ImportJob, ImportRow
from employees.transfer.kinds import kind_of

State = ImportJob.State
# So many starts may be lost in a row, without progress in between, before the import is given up.
MAX_STARTS: Final = 5
# A file of at most this size is read within seconds, and of at most so many rows is written within seconds.
SMALL_BYTES: Final = 20_000
SMALL_ROWS: Final = 200
# In the holder's place after an exception that is worth another start: a killed worker leaves its own name, or none.
INTERRUPTED: Final = "interrupted"
# A preview that nobody confirms shows an ever older state, and keeps personal data.
READY_FOR: Final = timedelta(days=7)
# A hold that ends later is not believed.
LONGEST_HOLD: Final = timedelta(minutes=5)


class HoldLost(Exception):
    """Somebody else works on the job, or it was ended: stop without writing anything more."""


class Hold:
    """A job that this process works on. ``was_interrupted``: its last start ended by an exception, not by a kill."""

    def __init__(self, *, job_id: int, holder: str, was_interrupted: bool = False) -> None:
        self.job_id = job_id
        self.was_interrupted = was_interrupted
        self._holder = holder

    def keep(self, **changes: Any) -> None:
        """Put the hold's end off and write ``changes`` on the job; raises HoldLost when it is no longer ours.

        Inside a transaction nobody else can take the job over until its end. Progress sets the lost starts to zero.
        """
        until = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
        mine = ImportJob.objects.filter(pk=self.job_id, holder=self._holder, state__in=ImportJob.AT_WORK)
        if not mine.update(held_until=until, **changes):
            raise HoldLost

    def end(self, **changes: Any) -> None:
        """Write ``changes``, which end this work, and let go, so that the next step need not wait."""
        self.keep(**changes)
        self.release()

    def release(self, *, interrupted: bool = False) -> None:
        holder = INTERRUPTED if interrupted else ""
        ImportJob.objects.filter(pk=self.job_id, holder=self._holder).update(holder=holder, held_until=None)


def claim(*, job_id: int, states: Collection[str]) -> Hold | None:
    """Return the job for this process, counting the start; None when it does not wait, or somebody holds it."""
    now = timezone.now()
    # One that is held for longer than any was held by a clock that was ahead.
    beyond = now + max(2 * timedelta(seconds=settings.LEASE_SECONDS), LONGEST_HOLD)
    is_free = Q(held_until=None) | Q(held_until__lte=now) | Q(held_until__gt=beyond)
    free = ImportJob.objects.filter(is_free, pk=job_id, state__in=states)
    was_interrupted = free.filter(holder=INTERRUPTED).exists()
    holder = new_holder()
    until = now + timedelta(seconds=settings.LEASE_SECONDS)
    claimed = free.update(holder=holder, held_until=until, attempts=F("attempts") + 1)
    return Hold(job_id=job_id, holder=holder, was_interrupted=was_interrupted) if claimed else None


def start_import(
    *,
    company: Company,
    by_id: int | None,
    file_name: str,
    content: bytes,
    create_departments: bool = False,
    sensitive_allowed: bool = False,
    kind: str = "people",
) -> ImportJob:
    with transaction.atomic():
        job = ImportJob.objects.create(
            company=company,
            by_id=by_id,
            file_name=file_name[-200:],
            content=content,
            create_departments=create_departments,
            sensitive_allowed=sensitive_allowed,
            kind=kind,
        )
        ring(job.pk)
    return job


def confirm_import(
    *,
    job: ImportJob,
    by_id: int | None,
    skip_bad: bool,
    take_questions: bool = False,
    as_shown: Callable[[], object] = lambda: None,
) -> bool:
    """Return False when there is nothing to confirm: it was confirmed or cancelled, or has bad rows.

    Rows with a question are left out, and say so, unless they are taken as they stand, or their kind writes them all.
    ``as_shown`` raises NotAsShown where what was confirmed is not what would be shown now; it is called with the job
    locked.
    """
    ready = ImportJob.objects.filter(pk=job.pk, state=State.READY)
    waiting = job.rows.filter(state=ImportRow.State.WAITING)
    taken = take_questions or not kind_of(job).leaves_out_asked
    left_out = waiting.none() if taken else waiting.exclude(questions=[])
    if not waiting.exclude(pk__in=left_out.values("pk")).exists() or (
        job.rows.filter(state=ImportRow.State.BAD).exists() and not skip_bad
    ):
        return False
    with transaction.atomic():
        if ready.select_for_update().exists():
            as_shown()
        confirmed = ready.update(
            state=State.CONFIRMED,
            confirmed_by_id=by_id,
            confirmed_at=timezone.now(),
            skip_bad=skip_bad,
            take_questions=take_questions,
            attempts=0,
        )
        if confirmed:
            left_out.update(state=ImportRow.State.LEFT_OUT)
            ring(job.pk)
    return bool(confirmed)


def cancel_import(*, job: ImportJob) -> bool:
    """Return False when it is too late. Nothing was written; what was read is forgotten."""
    with transaction.atomic():
        waiting = ImportJob.objects.filter(pk=job.pk, state__in=ImportJob.CANCELLABLE)
        cancelled = waiting.update(state=State.CANCELLED, content=b"", finished_at=timezone.now())
        if cancelled:
            ImportRow.objects.filter(job_id=job.pk).delete()
    return bool(cancelled)


def fail_import(*, job_id: int, error: str) -> None:
    """End the job with a reason for people; what was written until then stays written and recorded."""
    with transaction.atomic():
        failed = ImportJob.objects.filter(pk=job_id, state__in=ImportJob.AT_WORK).update(
            state=State.FAILED, error=error, content=b"", finished_at=timezone.now()
        )
        if failed:
            forget_values(job_id=job_id)


def give_up(*, job_id: int) -> None:
    """Said of workers that were killed: what else ends an import says what it was (``tasks``)."""
    fail_import(
        job_id=job_id,
        error=_(
            "Given up: the background worker was stopped %(count)d times while working on this file, without getting "
            "any further. Upload the file again, in smaller parts; if it is given up again, ask the operator to look "
            "into the log of the background service."
        )
        % {"count": MAX_STARTS},
    )


def forget_values(*, job_id: int) -> None:
    """Drop what was only kept to be written, and sensitive differences: the field history holds what happened."""
    ImportRow.objects.filter(job_id=job_id).update(values={}, sensitive_changes={})


# --- The doorbell -----------------------------------------------------------------------------------------


def ring(job_id: int) -> None:
    """Have the job worked on, once the caller's transaction is committed; a small file waits for no large one."""
    transaction.on_commit(lambda: _ring(job_id), robust=True)


def _ring(job_id: int) -> None:
    queue = settings.SHORT_QUEUE if _is_small(job_id) else settings.BULK_QUEUE
    async_task("employees.transfer.tasks.work", job_id, cluster=queue, save=False)


def _is_small(job_id: int) -> bool:
    """Whether it is done soon: by its rows once they are counted, when the file is gone."""
    sized = ImportJob.objects.annotate(size=Length("content"))
    size, counts = sized.values_list("size", "counts").filter(pk=job_id).first() or (0, {})
    return size <= SMALL_BYTES and counts.get("rows", 0) <= SMALL_ROWS


def release_of(*, holders: str) -> list[int]:
    """Let go of every import whose holder's name begins so: its process is known to be dead. Rings, returns them."""
    held = ImportJob.objects.filter(holder__startswith=holders, held_until__isnull=False, state__in=ImportJob.AT_WORK)
    found = list(held.values_list("pk", flat=True))
    held.filter(pk__in=found).update(held_until=None)
    for job_id in found:
        ring(job_id)
    return found


def ring_waiting() -> int:
    """Ring for every job that waits for a worker; return how many. Cancels previews that nobody confirmed in time."""
    for job in ImportJob.objects.filter(state=State.READY, created_at__lt=timezone.now() - READY_FOR).only("pk"):
        cancel_import(job=job)
    waiting = list(ImportJob.objects.filter(state__in=ImportJob.AT_WORK).order_by("pk").values_list("pk", flat=True))
    for job_id in waiting:
        ring(job_id)
    return len(waiting)
