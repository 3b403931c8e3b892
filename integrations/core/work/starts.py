"""Counts the starts of a run's tasks that never came back, and tells what ended them.

django-q2 counts an attempt only when a result is saved: a task that kills its worker would be handed out again
for ever. Here a start is counted before the work and taken back when the work returns, so what remains are the
starts that died, raised or ran into the time-out. Doubled rings for a run that somebody else works on return at
once and leave no trace. Progress sets the count to zero (``core.runs``).

An exception is no kill: its class is kept on the run, and one that comes again without progress in between would come
a third time, too, so the run ends with it at once. What is only away for a while (the database, the broker, the disk)
and a task that took too long are tried as often as a kill.
"""

import logging
from collections.abc import Callable, Collection
from time import monotonic
from typing import Final, Protocol

from django import db
from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.translation import gettext, ngettext
from django_q.exceptions import TimeoutException
from redis import RedisError

from integrations.core import leases, unforeseen
from integrations.core.models import SyncRun
from integrations.core.runs.ending import fail_run

logger = logging.getLogger(__name__)

# So many starts may be lost in a row, without progress in between, before the run is given up.
MAX_STARTS: Final = 5
# These pass by themselves.
PASSING: Final = (db.OperationalError, db.InterfaceError, RedisError, OSError, TimeoutException)


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
        _try(verb, run_id=run_id, waiting=waiting)
    SyncRun.objects.filter(pk=run_id, attempts__gt=0).update(attempts=F("attempts") - 1)
    if monotonic() - started >= settings.TASK_SECONDS / 2 and waiting.exists():
        ring_again(run_id)


def _try(verb: RunVerb, *, run_id: int, waiting: QuerySet[SyncRun]) -> None:
    try:
        verb(run_id=run_id)
    except (Exception, TimeoutException) as error:
        logger.error("Synchronisation %s: %s", run_id, unforeseen.describe(error))
        name = type(error).__name__
        again = waiting.filter(failure=name).exists()
        waiting.update(failure=name)
        if again and not isinstance(error, PASSING):
            _end(run_id=run_id, error=_describe_error(name))
        raise


def give_up(*, run_id: int) -> None:
    """Fail the run, with an error that a person understands, unless somebody is at work on it right now."""
    failure = SyncRun.objects.values_list("failure", flat=True).get(pk=run_id)
    _end(run_id=run_id, error=_describe_starts(MAX_STARTS, failure) if failure else _describe_kills(MAX_STARTS))


def _end(*, run_id: int, error: str) -> None:
    run = SyncRun.objects.select_related("connection").get(pk=run_id)
    if (held := leases.claim(name=f"run:{run.connection_id}")) is None:
        return
    try:
        fail_run(run=run, error=error)
    finally:
        held.release()


def _describe_kills(count: int) -> str:
    happened = ngettext(
        "Given up: the background worker was stopped %(count)d time while working on this synchronisation, "
        "without getting any further.",
        "Given up: the background worker was stopped %(count)d times while working on this synchronisation, "
        "without getting any further.",
        count,
    ) % {"count": count}
    return f"{happened} {_advice()}"


def _describe_starts(count: int, failure: str) -> str:
    happened = gettext(
        "Given up: this synchronisation was started %(count)d times without getting any further. It was ended by an"
        " error of this program or of what it runs on (%(failure)s)."
    ) % {"count": count, "failure": failure}
    return f"{happened} {_advice()}"


def _describe_error(failure: str) -> str:
    happened = gettext(
        "Given up: this synchronisation was ended twice at the same point by an error of this program (%(failure)s)."
        " Nothing is wrong with your data."
    ) % {"failure": failure}
    return f"{happened} {_advice()}"


def _advice() -> str:
    return gettext(
        "What was written until then is recorded. Start a new synchronisation; if it is given up again, "
        "ask the operator to look into the log of the background service."
    )
