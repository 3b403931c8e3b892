"""Authorisations kept alive: renewed by schedule though nothing is sent, and told of in time if that fails.

When one was renewed last follows from until when it holds, so nothing has to be decrypted to find those that are due.
A service account's authorisation does not end by itself: there is nothing to renew.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from employees.zones import zone_named
from integrations.core import leases, telling, tokens
from integrations.core.errors import (
    LicenceMissing,
    ReauthorisationRequired,
    RightMissing,
    VendorError,
)
from integrations.core.models import Connection, Lease, Notification
from integrations.core.oauth import OAuthConnector, Provider
from integrations.core.registry import connector_class, manifests
from integrations.core.work.ringing import ring_renew

logger = logging.getLogger(__name__)

# So many are rung for at each sweep, the oldest first, beginning a day before the last: 28,000 in that day.
RENEWALS_AT_ONCE: Final = 20
SPREAD: Final = timedelta(days=1)
# How long a renewal that failed waits, less up to a quarter: longer than any vendor's Retry-After counts (core.http).
PAUSE_SECONDS: Final = 900.0
KEYS_AT_ONCE: Final = 500
ZONE: Final = Coalesce("company__time_zone", "time_zone")


def ring_due() -> int:
    """Ring for authorisations that were not renewed for about as long as they may be; returns for how many."""
    working = Connection.objects.filter(_due(), state__in=Connection.WORKING)
    due = working.filter(~pausing("renew", seconds=PAUSE_SECONDS)).order_by("authorised_until", "pk")
    found = list(due.values_list("pk", flat=True)[:RENEWALS_AT_ONCE])
    for pk in found:
        ring_renew(pk)
    return len(found)


def renew(*, connection_id: int) -> None:
    """Renew an authorisation that is due; after a failure again later, and an outage never ends one."""
    due = Connection.objects.filter(_due(), pk=connection_id, state__in=Connection.WORKING)
    ending = due.values_list("authorised_until", flat=True).first()
    if ending is None:
        return
    # The lease outlives this task when the renewal fails: it is the clock of the next attempt.
    pause = PAUSE_SECONDS * random.uniform(0.75, 1)  # noqa: S311 -- protects nothing
    held = leases.claim(name=f"renew:{connection_id}", seconds=pause, clock=True)
    if held is None:
        return
    try:
        tokens.renew(connection_id=connection_id, ending_by=ending)
    except leases.LeaseTaken:
        logger.info("Connection %s is being renewed by another process", connection_id)
    except ReauthorisationRequired:
        # Written down, and told, where it was found.
        pass
    except VendorError as error:
        _failed(connection_id, error)
        return
    held.release()


def tell_endings() -> int:
    """Have recipients told, once each, of authorisations that end soon because they could not be renewed."""
    working = Connection.objects.filter(_ending_by(lambda provider: provider.warn_days), state__in=Connection.WORKING)
    found = working.order_by("pk").values_list("pk", "authorised_until", ZONE)
    ending = [(pk, until, zone) for pk, until, zone in found if until is not None]
    return sum(_tell_endings(ending[start : start + KEYS_AT_ONCE]) for start in range(0, len(ending), KEYS_AT_ONCE))


def pausing(work: str, *, seconds: float) -> Exists:
    """Whether the lease ``"<work>:<connection>"``, of at most ``seconds``, is taken: a condition on connections."""
    name = Concat(Value(f"{work}:"), Cast(OuterRef("pk"), CharField()))
    return Exists(Lease.objects.filter(leases.held_now(seconds=seconds), name=name))


def _tell_endings(ending: list[tuple[int, datetime, str]]) -> int:
    keys = {
        telling.key_of(kind=telling.AUTHORISATION_ENDING, connection_id=pk, moment=_day(until, zone)): (pk, until, zone)
        for pk, until, zone in ending
    }
    known = set(Notification.objects.filter(key__in=keys).values_list("key", flat=True))
    new = [each for key, each in keys.items() if key not in known]
    return sum(
        telling.tell(
            kind=telling.AUTHORISATION_ENDING,
            connection_id=pk,
            moment=_day(until, zone),
            data={"until": until.isoformat()},
        )
        for pk, until, zone in new
    )


def _day(until: datetime, zone: str) -> str:
    return timezone.localdate(until, timezone=zone_named(zone)).isoformat()


def _failed(connection_id: int, error: VendorError) -> None:
    """Leave the connection as it is, and say on its page what only a person can mend."""
    logger.warning("Connection %s was not renewed (%s); it is tried again", connection_id, type(error).__name__)
    if isinstance(error, LicenceMissing | RightMissing):
        Connection.objects.filter(pk=connection_id, state__in=Connection.WORKING).update(error=error.message)


def _ending_by(days_left: Callable[[Provider], float]) -> Q:
    """Return the connections whose authorisation has at most so many days left, by its vendor's ways."""
    now = timezone.now()
    found = Q(pk__in=[])
    for integration, provider in _providers().items():
        found |= Q(integration=integration, authorised_until__lte=now + timedelta(days=days_left(provider)))
    return found


def _due() -> Q:
    """Also those that end later than any does: a clock that was ahead wrote that, and nobody knows when they end."""
    now, beyond = timezone.now(), Q(pk__in=[])
    for integration, provider in _providers().items():
        beyond |= Q(integration=integration, authorised_until__gt=now + timedelta(days=provider.idle_days) + SPREAD)
    return _ending_by(_renewed_by) | beyond


def _renewed_by(provider: Provider) -> float:
    return provider.idle_days - provider.renew_days + SPREAD / timedelta(days=1)


@cache
def _providers() -> dict[str, Provider]:
    """The ways of each vendor with OAuth; its addresses, which a test may move, are not asked for here."""
    connectors = {name: connector_class(name)(options={}) for name in manifests()}
    return {name: each.provider() for name, each in connectors.items() if isinstance(each, OAuthConnector)}
