"""The rate budget of a connection, shared by all processes (invariant 11).

The next free slot stands on the connection and is advanced by short conditional UPDATEs. Nothing here sleeps or
calls a vendor: the caller waits until its slot, makes one call, and says how it went. Times of slots are epoch
seconds of this machine's clock. A slot or a pause that ends later than any can was written by a clock that was ahead:
it is not believed.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import F, Q
from django.utils import timezone

from integrations.core.models import Connection

FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 300.0
# A worker that others need, too, waits for a vendor no longer than this (seconds): it puts the work down instead.
SHORT_PAUSE: Final = 1.0
# So many calls of other processes may stand before ours: that is the pace of the budget, and no pause.
CALLS_BEFORE: Final = 20
# Pauses are shortened by up to this share, so that connections that failed together do not come back together.
JITTER: Final = 0.25
# No slot and no pause lies further ahead: the longest pause, and the slots that others have taken behind it.
FURTHEST: Final = LONGEST_PAUSE + 60.0


def reserve(*, connection_id: int, interval: float) -> float:
    """Take the next free slot, ``interval`` seconds before the one after it, and return when it is."""
    connection = Connection.objects.filter(pk=connection_id)
    while True:
        free = connection.values_list("next_slot", flat=True).get()
        now = time.time()
        slot = max(_believed(free, now=now), now)
        # Nothing updated: another process took this slot, look again.
        if connection.filter(next_slot=free).update(next_slot=slot + interval):
            return slot


def reserve_soon(*, connection_id: int, interval: float, within: float = SHORT_PAUSE) -> float | None:
    """Return the same; None, and no slot is taken, while the connection pauses for longer than ``within`` seconds."""
    if pausing(connection_id=connection_id, longer_than=within, calls_before=CALLS_BEFORE * interval):
        return None
    return reserve(connection_id=connection_id, interval=interval)


def pausing(*, connection_id: int, longer_than: float = SHORT_PAUSE, calls_before: float = 0.0) -> bool:
    """Whether nothing may be called for longer than so many seconds, because the vendor failed or asked for it.

    ``calls_before``: how far away the next slot may be for the calls of others alone.
    """
    now = timezone.now()
    free, until = Connection.objects.values_list("next_slot", "paused_until").get(pk=connection_id)
    longest = now + timedelta(seconds=FURTHEST)
    paused = until is not None and now + timedelta(seconds=longer_than) < until <= longest
    return paused or _believed(free, now=now.timestamp()) > now.timestamp() + max(longer_than, calls_before)


def free_at(*, connection_id: int) -> datetime:
    """Return when the next call may be made; a time that is over means now."""
    free = Connection.objects.values_list("next_slot", flat=True).get(pk=connection_id)
    return datetime.fromtimestamp(_believed(free, now=time.time()), tz=UTC)


def pause(*, connection_id: int, seconds: float) -> None:
    """Give out no slot within the next ``seconds``; a longer pause stays."""
    connection = Connection.objects.filter(pk=connection_id)
    now = timezone.now()
    until = now + timedelta(seconds=seconds)
    connection.filter(_pauses_no_longer_than(until, now=now)).update(paused_until=until)
    shorter = Q(next_slot__lt=until.timestamp()) | Q(next_slot__gt=now.timestamp() + FURTHEST)
    connection.filter(shorter).update(next_slot=until.timestamp())


def failed(*, connection_id: int, retry_after: float | None) -> float:
    """Pause after a call that the vendor could not serve and return for how many seconds.

    2, 4, 8 … 300 s by the number of failures in a row, less up to a quarter, and at least ``retry_after``.
    """
    connection = Connection.objects.filter(pk=connection_id)
    now = timezone.now()
    connection.filter(Q(failing_since=None) | Q(failing_since__gt=now)).update(failing_since=now)
    # Calls that were under way together when the vendor went away are one failure.
    connection.filter(_pauses_no_longer_than(now, now=now)).update(failures=F("failures") + 1)
    failures = connection.values_list("failures", flat=True).get()
    # The exponent is bounded, because a vendor may be down for days.
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(max(failures - 1, 0), 16))
    seconds: float = max(longest * random.uniform(1 - JITTER, 1), retry_after or 0.0)  # noqa: S311 -- protects nothing
    pause(connection_id=connection_id, seconds=seconds)
    return seconds


def succeeded(*, connection_id: int) -> None:
    """Start the pauses from the beginning again; writes nothing when there was no failure."""
    connection = Connection.objects.filter(Q(failures__gt=0) | Q(failing_since__isnull=False), pk=connection_id)
    if connection.exists():
        connection.update(failures=0, failing_since=None)


def seconds_until_free(connection: Connection) -> float:
    """Return how long the next call has to wait, by the connection as it was read."""
    now = time.time()
    return max(0.0, _believed(connection.next_slot, now=now) - now)


def _believed(slot: float, *, now: float) -> float:
    return slot if slot <= now + FURTHEST else now


def _pauses_no_longer_than(until: datetime, *, now: datetime) -> Q:
    unbelievable = Q(paused_until__gt=now + timedelta(seconds=FURTHEST))
    return Q(paused_until=None) | Q(paused_until__lt=until) | unbelievable
