"""How many workers those may keep of whom it is not known that they are served: one is left for all others (G-33).

A vendor that does not answer keeps a worker for as long as a call may take, and one that answers slowly for as long as
a task may. Nobody can tell before. So whoever was served quickly a short while ago is trusted, and begins; whoever was
not, or has trouble by now, begins only while a worker is left beside all others of that sort, and else comes back soon.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from integrations.core import leases
from integrations.core.models import Connection, Lease

# A call that takes so long shows a slow vendor; one that does not shows a quick one, for so long (seconds).
SLOW_SECONDS: Final = 3.0
TRUSTED_SECONDS: Final = 900.0
# How soon somebody comes back who found no room.
LEAST_PAUSE, MOST_PAUSE = 0.5, 1.5


def note_pace(*, connection_id: int, seconds: float) -> None:
    """Say how long a call took, or has taken so far."""
    quick = seconds < SLOW_SECONDS
    leases.set_clock(name=_clock(connection_id), seconds=TRUSTED_SECONDS if quick else 0.0)


class Pace:
    """How quickly a connection's vendor answers a piece of work: said where that is news, never call by call."""

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id
        self._is_quick: bool | None = None

    def has_become_slow(self, seconds: float, *, ended: bool = True) -> bool:
        """Note how long a call took, or has taken so far; whether that is the first slow one, or after quick ones."""
        quick = seconds < SLOW_SECONDS
        if quick == self._is_quick or (quick and not ended):
            return False
        self._is_quick = quick
        note_pace(connection_id=self._connection_id, seconds=seconds)
        return not quick


def push_workers(*, bulk: bool) -> int:
    """Return how many workers there are of the queue in which the push does its work."""
    workers: int = settings.QUEUE_WORKERS if bulk else settings.PUSH_WORKERS
    return workers


def later(*, lease: str, workers: int) -> datetime | None:
    """Return when to come back, where others leave no room among so many workers; None: begin, or go on.

    ``lease`` is the name of that under which the work of a connection is done, such as ``"push:17"``.
    """
    kind, own = leases.parts(lease)
    connection_id = int(own)
    held = Lease.objects.filter(leases.held_now(), name__startswith=f"{kind}:").values_list("name", flat=True)
    others = {int(leases.parts(name)[1]) for name in held} - {connection_id}
    most = max(1, workers - 1)
    if len(others) < most:
        return None
    trusted = _trusted({connection_id, *others})
    if connection_id in trusted or len(others - trusted) < most:
        return None
    pause = random.uniform(LEAST_PAUSE, MOST_PAUSE)  # noqa: S311 -- protects nothing
    return timezone.now() + timedelta(seconds=pause)


def _trusted(connections: Iterable[int]) -> set[int]:
    """Return those that were served quickly not long ago, and answer as far as is known."""
    answering = Connection.objects.filter(pk__in=connections, failing_since=None).values_list("pk", flat=True)
    clocks = {_clock(pk): pk for pk in answering}
    kept = leases.held_now(seconds=TRUSTED_SECONDS)
    running = Lease.objects.filter(kept, name__in=clocks).values_list("name", flat=True)
    return {clocks[name] for name in running}


def _clock(connection_id: int) -> str:
    return f"quick:{connection_id}"
