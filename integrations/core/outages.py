"""A vendor that does not answer: looked for while nothing else calls it, and told of when it lasts.

The work that waits tries again by itself (``core.budget`` lets the pauses grow). But a connection that has nothing to
do would say for ever that its vendor does not answer: so it is asked, too, every few minutes.
"""

import random
import time
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from integrations.core import budget, leases, telling, tokens
from integrations.core.accounts import notice_name
from integrations.core.amounts import OF_ABSENCES, OF_PEOPLE, Amount
from integrations.core.calls import connector_of, wait_for_slot
from integrations.core.errors import OutcomeUnknown, TemporarilyUnavailable, VendorError
from integrations.core.http import border
from integrations.core.keeping import pausing
from integrations.core.models import Connection, Mark
from integrations.core.registry import manifest_of
from integrations.core.work.ringing import ring_look_for_answer, ring_push

# A failure that is younger says little: whatever met it tries again.
LOOK_AFTER_SECONDS: Final = 300.0
# How long until the vendor is asked again, less up to a quarter.
PAUSE_SECONDS: Final = 300.0
LOOKS_AT_ONCE: Final = 20
# `Connector.check_account` makes at most so many calls.
CALLS: Final = 2
# So many seconds may be waited for their slots.
SLOT_SECONDS: Final = 5.0


def ring_due() -> int:
    """Ring for connections whose vendor has not answered for a while; returns for how many."""
    a_while_ago = timezone.now() - timedelta(seconds=min(LOOK_AFTER_SECONDS, settings.OUTAGE_SECONDS))
    failing = Connection.objects.filter(
        ~pausing("outage", seconds=PAUSE_SECONDS), state__in=Connection.WORKING, failing_since__lte=a_while_ago
    )
    found = list(failing.order_by("failing_since", "pk").values_list("pk", flat=True)[:LOOKS_AT_ONCE])
    for pk in found:
        ring_look_for_answer(pk)
    return len(found)


def look_for_answer(*, connection_id: int) -> None:
    """Ask the vendor whether it answers again; if it does not, and has not for long, have people told once."""
    connection = Connection.objects.filter(
        pk=connection_id, state__in=Connection.WORKING, failing_since__isnull=False
    ).first()
    # The lease is not given back: it is the clock of the next look.
    pause = PAUSE_SECONDS * random.uniform(0.75, 1)  # noqa: S311 -- protects nothing
    if connection is None or leases.claim(name=f"outage:{connection_id}", seconds=pause, clock=True) is None:
        return
    if _answers(connection):
        ring_push(connection_id)
    else:
        _tell_if_long(connection_id)


def _answers(connection: Connection) -> bool:
    try:
        ask_account(connection, tokens.access_token(connection_id=connection.pk))
    except (TemporarilyUnavailable, OutcomeUnknown):
        return False
    except VendorError:
        # It refuses, and so it answers; what it refuses is told by the work that needs it.
        pass
    return True


def ask_account(connection: Connection, token: str) -> None:
    """Ask the vendor which company the token opens, and tell the budget whether it answered.

    Raises as `Connector.check_account`, and TemporarilyUnavailable without a call while the connection pauses.
    """
    deadline = time.monotonic() + SLOT_SECONDS
    interval = manifest_of(connection.integration).limit.interval
    for _call in range(CALLS):
        wait_for_slot(connection_id=connection.pk, interval=interval, deadline=deadline)
    try:
        with border("GET"):
            account = connector_of(connection).check_account(access_token=token).kept()
    except (TemporarilyUnavailable, OutcomeUnknown) as error:
        budget.failed(connection_id=connection.pk, retry_after=getattr(error, "retry_after", None))
        raise
    except VendorError:
        budget.succeeded(connection_id=connection.pk)
        raise
    budget.succeeded(connection_id=connection.pk)
    notice_name(connection, account=account)


def _tell_if_long(connection_id: int) -> None:
    long_ago = timezone.now() - timedelta(seconds=settings.OUTAGE_SECONDS)
    failing = Connection.objects.filter(pk=connection_id, state__in=Connection.WORKING, failing_since__lte=long_ago)
    since = failing.values_list("failing_since", flat=True).first()
    if since is not None:
        telling.tell(
            kind=telling.OUTAGE,
            connection_id=connection_id,
            moment=since.isoformat(),
            data={"since": since.isoformat(), **asdict(waiting_changes(connection_id))},
        )


def waiting_changes(connection_id: int) -> Amount:
    """Return how much goes as soon as the vendor answers."""
    waiting = Mark.objects.filter(connection=connection_id, held_by="")
    return Amount(people=waiting.filter(OF_PEOPLE).count(), absences=waiting.filter(OF_ABSENCES).count())
