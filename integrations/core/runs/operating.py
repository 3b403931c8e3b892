"""Runs from beginning to end, for an operator's command and the demo: the same code as the pages."""

import time
from collections.abc import Callable
from typing import Final

from integrations.core import report
from integrations.core.models import Connection, SyncField, SyncRow, SyncRun
from integrations.core.runs.applying import apply_run
from integrations.core.runs.comparing import compare_run
from integrations.core.runs.deciding import decide_creations, decide_fields
from integrations.core.runs.ending import row_states

LOOK_SECONDS: Final = 0.3
ACCEPT: Final = {"hub": SyncField.Decision.LEFT, "vendor": SyncField.Decision.RIGHT}
CREATE: Final = {
    "none": (),
    "hub": (SyncRow.Kind.ONLY_RIGHT,),
    "vendor": (SyncRow.Kind.ONLY_LEFT,),
    "both": (SyncRow.Kind.ONLY_RIGHT, SyncRow.Kind.ONLY_LEFT),
}
# A row in one of these ended well; "left as it is" was decided by a person.
WELL: Final = (SyncRow.State.WRITTEN, SyncRow.State.SKIPPED)


def decide(*, run: SyncRun, accept: str, create: str) -> None:
    """Decide the whole review: ``accept`` is hub, vendor or suggested, ``create`` none, hub, vendor or both."""
    if accept == "suggested":
        decide_fields(run=run, decision="", by=None, suggested=True)
    elif accept:
        decide_fields(run=run, decision=ACCEPT[accept], by=None)
    if CREATE[create]:
        decide_creations(run=run, kinds=CREATE[create], by=None)


def work_until(
    *, run: SyncRun, states: tuple[str, ...], in_process: bool, tell: Callable[[str], None], patience: float
) -> SyncRun:
    """Wait until the run is in one of ``states``; ``in_process`` works on it here, beside any worker.

    Returns the run as it stands when the state is reached, when ``patience`` seconds are over, or when its
    connection cannot be used any more.
    """
    deadline = time.monotonic() + patience
    told = ""
    while True:
        run.refresh_from_db()
        if run.error and run.error != told and run.state in SyncRun.AT_WORK:
            told = run.error
            tell(told)
        if run.state in states or time.monotonic() > deadline or _is_stuck(run):
            return run
        if in_process:
            if run.state in SyncRun.COMPARE_WAITS:
                compare_run(run_id=run.pk)
            elif run.state in SyncRun.APPLY_WAITS:
                apply_run(run_id=run.pk)
        time.sleep(LOOK_SECONDS)


def _is_stuck(run: SyncRun) -> bool:
    connection = Connection.objects.get(pk=run.connection_id)
    return run.state in SyncRun.APPLY_WAITS and connection.state not in Connection.WORKING


def ended_well(*, run: SyncRun) -> bool:
    """Whether every row of the run ended well: nothing refused, moved, held or left undecided."""
    if run.state != SyncRun.State.DONE or not run.counts.get("complete"):
        return False
    return set(row_states(run=run)) <= set(WELL)


def send_report(*, run: SyncRun) -> None:
    """Send the run's report from here, when no worker does."""
    report.send_due()
    run.refresh_from_db(fields=["report_error"])
