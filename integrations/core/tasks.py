"""Queue entry points: an id in, one call out. Their bells are in ``core.work.ringing``."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings

from employees.transfer import tasks as transfer
from integrations.core import checking, keeping, leases, outages, report
from integrations.core import sweep as sweeping
from integrations.core.models import SyncRun
from integrations.core.push import looking_over
from integrations.core.push.draining import drain
from integrations.core.runs import asking, late
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.work import canaries, precedence, room, starts
from integrations.core.work.ringing import (
    AtBell,
    ring_apply,
    ring_compare,
    ring_late_jobs,
    ring_push,
    ring_push_bulk,
    ring_reports,
    ring_sweep,
)

# The lease of a short question to a vendor.
ASKING: Final = "asking"

__all__ = [
    "apply",
    "ask_for_all",
    "canary",
    "check",
    "compare",
    "late_jobs",
    "look_for_answer",
    "look_over",
    "push",
    "push_bulk",
    "renew",
    "ring_apply",
    "ring_compare",
    "ring_reports",
    "ring_sweep",
    "send_reports",
    "sweep",
]


def compare(run_id: int) -> None:
    _compare_in_room(run_id)


def apply(run_id: int) -> None:
    if _did_what_goes_first():
        ring_apply(run_id)
        return
    _run_in_room(run_id, partial(_apply, run_id), partial(ring_apply, run_id))


def ask_for_all(run_id: int) -> None:
    asking.ask_in_turn(run_id=run_id)


def push(connection_id: int) -> None:
    work, bell = partial(drain, connection_id=connection_id), partial(ring_push, connection_id)
    _in_room(f"push:{connection_id}", work, bell, workers=room.push_workers(bulk=False))


def push_bulk(connection_id: int) -> None:
    if _did_what_goes_first():
        ring_push_bulk(connection_id)
        return
    work = partial(drain, connection_id=connection_id, bulk=True)
    bell = partial(ring_push_bulk, connection_id)
    _in_room(f"push:{connection_id}", work, bell, workers=room.push_workers(bulk=True))


def look_over(connection_id: int) -> None:
    looking_over.look_over(connection_id=connection_id)


def renew(connection_id: int) -> None:
    _ask(connection_id, partial(keeping.renew, connection_id=connection_id))


def check(connection_id: int) -> None:
    _ask(connection_id, partial(checking.check, connection_id=connection_id))


def look_for_answer(connection_id: int) -> None:
    _ask(connection_id, partial(outages.look_for_answer, connection_id=connection_id))


def late_jobs(connection_id: int) -> None:
    work = partial(late.look_after, connection_id=connection_id)
    bell = partial(ring_late_jobs, connection_id)
    _in_room(f"run:{connection_id}", work, bell, workers=settings.QUEUE_WORKERS)


def send_reports() -> None:
    report.send_due()


def sweep() -> None:
    sweeping.sweep()


def canary(queue: str, asked_at_iso: str) -> None:
    canaries.prove(queue=queue, at=datetime.fromisoformat(asked_at_iso))


def _compare_in_room(run_id: int) -> bool:
    return _run_in_room(run_id, partial(_compare, run_id), partial(ring_compare, run_id))


def _compare(run_id: int) -> None:
    starts.work_on(run_id=run_id, states=SyncRun.COMPARE_WAITS, verb=compare_run, ring_again=ring_compare)


def _apply(run_id: int) -> None:
    starts.work_on(run_id=run_id, states=SyncRun.APPLY_WAITS, verb=apply_run, ring_again=ring_apply)


def _run_in_room(run_id: int, work: Callable[[], object], bell: AtBell) -> bool:
    connection_id = SyncRun.objects.filter(pk=run_id).values_list("connection", flat=True).first()
    return connection_id is not None and _in_room(f"run:{connection_id}", work, bell, workers=settings.QUEUE_WORKERS)


def _in_room(lease: str, work: Callable[[], object], bell: AtBell, *, workers: int) -> bool:
    """Do the work, or have it rung for later, where vendors that may not answer would take the last worker.

    ``lease`` is the name of that under which the work is done, in a queue of so many ``workers``.
    """
    later = room.later(lease=lease, workers=workers)
    if later is None:
        work()
    else:
        bell(at=later)
    return later is None


def _ask(connection_id: int, work: Callable[[], object]) -> None:
    """Call the vendor for a moment, unless others leave no room: the next round rings again."""
    lease = f"{ASKING}:{connection_id}"
    if room.later(lease=lease, workers=settings.QUEUE_WORKERS) is not None:
        return
    held = leases.claim(name=lease)
    if held is None:
        return
    try:
        work()
    finally:
        held.release()


def _did_what_goes_first() -> bool:
    """Do a comparison or an import that waits, before a synchronisation goes on (G-33)."""
    run_id = precedence.waiting_comparison()
    if run_id is not None and _compare_in_room(run_id):
        return True
    job_id = precedence.waiting_import()
    if job_id is not None:
        transfer.work(job_id)
    return job_id is not None
