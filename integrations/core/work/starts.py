"""Counts the starts of a run's tasks that never came back.

django-q2 counts an attempt only when a result is saved: a task that kills its worker would be handed out again
for ever. Here a start is counted before the work and taken back when the work returns, so what remains are the
starts that died, raised or ran into the time-out. Doubled rings for a run that somebody else works on return at
once and leave no trace. Progress sets the count to zero (``core.runs``).
"""

from collections.abc import Callable, Collection
from time import monotonic
from typing import Final, Protocol

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext, ngettext

from integrations.core import leases
from integrations.core.models import SyncRun
from integrations.core.runs.ending import fail_run

# So many starts may be lost in a row, without progress in between, before the run is given up.
MAX_STARTS: Final = 5


class RunVerb(Protocol):
    def __call__(self, *, run_id: int) -> None: ...


def work_on(*, run_id: int, states: Collection[str], verb: RunVerb, ring_again: Callable[[int], None]) -> None:
    """Call ``verb`` for a run in one of ``states``; give the run up when too many starts were lost.

    Rings again when the verb used up its time and the run still waits: the sweep would only do so a minute later.
    """
    waiting = SyncRun.objects.filter(pk=run_id, state__in=states)
    if not waiting.update(attempts=F("attempts") + 1):
        return
    started = monotonic()
    # Taken back after the work and not in a `finally`: an exception, and the SystemExit of a time-out, are lost
    # starts like a kill.
    if waiting.filter(attempts__gt=MAX_STARTS).exists():
        give_up(run_id=run_id)
    else:
        verb(run_id=run_id)
    SyncRun.objects.filter(pk=run_id, attempts__gt=0).update(attempts=F("attempts") - 1)
    if monotonic() - started >= settings.TASK_SECONDS / 2 and waiting.exists():
        ring_again(run_id)


def give_up(*, run_id: int) -> None:
    """Fail the run, with an error that a person understands, unless somebody is at work on it right now."""
    run = SyncRun.objects.select_related("connection").get(pk=run_id)
    if (held := leases.claim(name=f"run:{run.connection_id}")) is None:
        return
    try:
        fail_run(run=run, error=_describe_lost_starts(MAX_STARTS))
    finally:
        held.release()


def _describe_lost_starts(count: int) -> str:
    happened = ngettext(
        "Given up: the background worker was stopped %(count)d time while working on this synchronisation, "
        "without getting any further.",
        "Given up: the background worker was stopped %(count)d times while working on this synchronisation, "
        "without getting any further.",
        count,
    ) % {"count": count}
    advice = gettext(
        "What was written until then is recorded. Start a new synchronisation; if it is given up again, "
        "ask the operator to look into the log of the background service."
    )
    return f"{happened} {advice}"
