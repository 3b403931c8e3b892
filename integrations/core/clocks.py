"""Times believed within bounds: what a clock that was ahead once wrote must not stand for ever.

Machines that share a database must agree to within `MOST_APART` seconds; ``health`` compares them and says so. A slot,
a pause and a lease beyond their longest possible value are not believed where they are read (``budget``, ``leases``);
what else waits for a time is brought back by the minute's sweep.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from integrations.core.models import Bell, Connection, Delivery, Mark, SyncRun

# Well below LEASE_SECONDS.
MOST_APART: Final = 30.0
# Longer than any vendor takes to settle, than any pause between tries, and than any wait of a mark.
LONGEST_SETTLE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(hours=2)
LONGEST_WAIT: Final = timedelta(days=2)


def seconds_ahead(now: datetime) -> float | None:
    """Return by how much this machine's clock is ahead of the database's; None where the database has none."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    return (now - theirs).total_seconds()


def is_in_future(moment: datetime, *, now: datetime) -> bool:
    return moment > now + timedelta(seconds=MOST_APART)


def bring_back() -> int:
    """Bring back what waits for a time that it cannot wait for; returns how many rows that were."""
    now = timezone.now()
    ahead = now + timedelta(seconds=MOST_APART)
    deliveries = Delivery.objects.filter(state__in=Delivery.OPEN)
    return sum(
        (
            deliveries.filter(settle_until__gt=now + LONGEST_SETTLE).update(settle_until=now + LONGEST_SETTLE),
            deliveries.filter(not_before__gt=now + LONGEST_PAUSE).update(not_before=now),
            deliveries.filter(state=Delivery.State.SENDING, sent_at__gt=ahead).update(sent_at=now),
            Mark.objects.filter(due__gt=now + LONGEST_WAIT).update(due=now),
            Bell.objects.filter(due__gt=now + LONGEST_PAUSE).update(due=now),
            # A list that was read tomorrow would never be old.
            SyncRun.objects.filter(~Q(state__in=SyncRun.ENDED), listed_at__gt=ahead).update(listed_at=None),
            Connection.objects.filter(failing_since__gt=ahead).update(failing_since=now),
        )
    )
