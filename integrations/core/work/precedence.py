"""Which bulk work goes first: people watch comparisons and imports begin; synchronisations go on in the background.

The queue hands its tasks out in their order. But all work is found in the database, so a worker that is rung for
something that can wait takes first what should not; and long work makes room in between.
"""

import time
from datetime import timedelta
from typing import Final

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from employees.models import ImportJob
from employees.transfer.jobs import INTERRUPTED
from integrations.core import budget
from integrations.core.leases import held_now
from integrations.core.models import Lease, SyncRun

# Long work makes room for what goes first after so many seconds, and for its like after so many.
ROOM_AFTER: Final = 2.0
TURN_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 1.0


def waiting_comparison() -> int | None:
    """Return the comparison that waits longest for a worker; one that waits for its vendor does not."""
    return _free(SyncRun.COMPARE_WAITS).filter(error="").order_by("pk").values_list("pk", flat=True).first()


def waiting_import() -> int | None:
    """Return the import that waits longest for a worker."""
    free = Q(held_until=None) | Q(held_until__lte=timezone.now())
    jobs = ImportJob.objects.filter(free, state__in=ImportJob.AT_WORK).exclude(holder=INTERRUPTED)
    return jobs.order_by("pk").values_list("pk", flat=True).first()


class Turn:
    """How long a run may keep its worker, beside the end of its task."""

    def __init__(self, *, run_id: int) -> None:
        self._run_id = run_id
        self._started = self._looked_at = time.monotonic()
        self._over = False

    def is_over(self) -> bool:
        """Whether others should have the worker now; looks into the database at most once a second."""
        now = time.monotonic()
        if not self._over and now - self._started >= ROOM_AFTER and now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._over = self._others_wait(long=now - self._started >= TURN_SECONDS)
        return self._over

    def _others_wait(self, *, long: bool) -> bool:
        if waiting_comparison() is not None or waiting_import() is not None:
            return True
        return long and _free(SyncRun.APPLY_WAITS).filter(error="").exclude(pk=self._run_id).exists()


def _free(states: tuple[str, ...]) -> QuerySet[SyncRun]:
    """Return the runs that nobody works on, and whose vendor may be called."""
    now = timezone.now()
    name = Concat(Value("run:"), Cast(OuterRef("connection"), CharField()))
    paused = Q(connection__paused_until__gt=now, connection__paused_until__lte=now + timedelta(seconds=budget.FURTHEST))
    return SyncRun.objects.filter(~Exists(Lease.objects.filter(held_now(), name=name)), ~paused, state__in=states)
