"""Queue entry points: an id in, one call out. Their bells are in ``core.work.ringing``."""

from datetime import datetime

from integrations.core import checking, keeping, outages, report
from integrations.core import sweep as sweeping
from integrations.core.models import SyncRun
from integrations.core.push import looking_over
from integrations.core.push.draining import drain
from integrations.core.runs import asking, late
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.work import canaries, starts
from integrations.core.work.ringing import ring_apply, ring_compare, ring_reports, ring_sweep

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
    starts.work_on(run_id=run_id, states=SyncRun.COMPARE_WAITS, verb=compare_run, ring_again=ring_compare)


def apply(run_id: int) -> None:
    starts.work_on(run_id=run_id, states=SyncRun.APPLY_WAITS, verb=apply_run, ring_again=ring_apply)


def ask_for_all(run_id: int) -> None:
    asking.ask_in_turn(run_id=run_id)


def push(connection_id: int) -> None:
    drain(connection_id=connection_id)


def push_bulk(connection_id: int) -> None:
    drain(connection_id=connection_id, bulk=True)


def look_over(connection_id: int) -> None:
    looking_over.look_over(connection_id=connection_id)


def renew(connection_id: int) -> None:
    keeping.renew(connection_id=connection_id)


def check(connection_id: int) -> None:
    checking.check(connection_id=connection_id)


def look_for_answer(connection_id: int) -> None:
    outages.look_for_answer(connection_id=connection_id)


def late_jobs(connection_id: int) -> None:
    late.look_after(connection_id=connection_id)


def send_reports() -> None:
    report.send_due()


def sweep() -> None:
    sweeping.sweep()


def canary(queue: str, asked_at_iso: str) -> None:
    canaries.prove(queue=queue, at=datetime.fromisoformat(asked_at_iso))
