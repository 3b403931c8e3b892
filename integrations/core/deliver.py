"""Every write to a vendor is a delivery: written ahead, and moved to its end by conditional UPDATEs."""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from operator import methodcaller
from typing import Any, Final

from django.conf import settings
from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils import timezone

from integrations.core import transport
from integrations.core.compare import Pair, PairState, blocked, pair_to_json
from integrations.core.declare import NOTHING, Record, Resource, Side
from integrations.core.endpoints import Reply, VendorEndpoint
from integrations.core.errors import (
    VendorError,
)
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Connection, Delivery

logger = logging.getLogger(__name__)
# Tries of one write, over more than an hour with the pauses between them, before it is given up.
ATTEMPTS: Final = 20
# So soon a write whose answer was lost is looked for where the vendor does writes later.
FIRST_LOOK: Final = timedelta(seconds=2)
State = Delivery.State


def settle_seconds(resource: Resource) -> float:
    """Return how long a vendor may take to do late what it was sent (the setting overrules, for rehearsals)."""
    return resource.settle_seconds if settings.SETTLE_SECONDS is None else settings.SETTLE_SECONDS


def doubt_seconds(resource: Resource) -> float:
    """Return how long a write of unknown outcome may still be done: as long as the vendor's job of one is waited for.

    The same setting overrules it.
    """
    longest = max(resource.settle_seconds, resource.job_seconds)
    return longest if settings.SETTLE_SECONDS is None else settings.SETTLE_SECONDS


def stored(resource: Resource, values: Mapping[str, Any], *, after: Mapping[str, Pair] = NOTHING) -> dict[str, Any]:
    """Return a delivery's columns that say what is sent; ``after`` are the pairs once it is done, where known."""
    field = resource.field
    keys = {name: field(name).key(value) for name, value in values.items()}
    whole = {name: Pair(key, key, PairState.SETTLED) for name, key in keys.items()}
    return {
        "wanted": {name: field(name).to_json(value) for name, value in values.items()},
        "left_keys": {name: field(name).to_json(key) for name, key in keys.items()},
        "pairs": {
            name: pair_to_json(field(name), after[name])
            for name in values
            if name in after and after[name] != whole[name]
        },
    }


def creation_values(resource: Resource, left: Record) -> dict[str, Any]:
    """Return the values that a new record at the vendor gets: those that may go there."""
    return {
        declared.name: value
        for declared, value in zip(resource.fields, left.values, strict=True)
        if value is not None and not blocked(declared, to=Side.RIGHT, value=value, protected=left.protected)
    }


def stored_creation(resource: Resource, left: Record) -> dict[str, Any]:
    """Return the columns of a delivery that creates: the left halves also of what is not sent, as they are now.

    Whatever is edited while the vendor is at it differs from them, and is sent afterwards.
    """
    values = creation_values(resource, left)
    held = {
        declared.name: declared.to_json(declared.key(value))
        for declared, value in zip(resource.fields, left.values, strict=True)
        if declared.compared and value is not UNKNOWN
    }
    columns = stored(resource, values)
    return {**columns, "left_keys": {**held, **columns["left_keys"]}}


def kept_back(resource: Resource, left: Record) -> dict[str, str]:
    """Return, per field, why a new record is created without its value; what never leaves the hub is no news."""
    return {
        declared.name: reason
        for declared, value in zip(resource.fields, left.values, strict=True)
        if value is not None
        and declared.may_go(Side.RIGHT)
        and not (declared.withheld and left.protected)
        and (reason := blocked(declared, to=Side.RIGHT, value=value, protected=left.protected))
    }


def update_call(
    resource: Resource, *, right_id: str, values: Mapping[str, Any], options: Mapping[str, Any], right: Record | None
) -> Callable[[VendorEndpoint], Reply]:
    """Return the call that writes values; ``right`` is the record as it was just read, where it is read first."""
    if not resource.read_first:
        return methodcaller("update", right_id, values, options=options)
    if right is None:
        raise TypeError(f"{resource.name} is read before it is written")
    return methodcaller("replace", right, values)


def write_ahead(*, connection: Connection, resource: Resource, **fields: Any) -> Delivery:
    """Record a write before it is sent; raises IntegrityError while an earlier one to the same record is open."""
    return Delivery.objects.create(
        connection=connection, resource=resource.name, state=State.SENDING, sent_at=timezone.now(), **fields
    )


def recover_interrupted(*, connection: Connection, resource: Resource, pushed: bool = False) -> int:
    """Nobody knows how the writes of a holder that died ended: they are looked up after the settle time.

    Runs and the push work beside each other under leases of their own, so each recovers its own (``pushed``) only.
    Its call ended within `transport.call_seconds` after it was written ahead, or was never begun.
    """
    settle = timedelta(seconds=doubt_seconds(resource) + transport.call_seconds())
    interrupted = Delivery.objects.filter(
        connection=connection, resource=resource.name, state=State.SENDING, mark_version__isnull=not pushed
    )
    # A clock that was ahead may have written it: it was sent by now at latest.
    sent_at = Least(F("sent_at"), Value(timezone.now()))
    looked_for = timezone.now() if resource.job_seconds else None
    return interrupted.update(state=State.UNKNOWN, settle_until=sent_at + settle, not_before=looked_for, polls=0)


def mark_retry(*, delivery: Delivery, error: VendorError, pause: float, counts: bool) -> bool:
    """Nothing was done: try again after the pause; returns False, and changes nothing, once it is to be given up."""
    if counts and delivery.attempts >= ATTEMPTS:
        return False
    # Only what is still being sent: whoever took the lease over may have looked it up meanwhile.
    Delivery.objects.filter(pk=delivery.pk, state=State.SENDING).update(
        attempts=delivery.attempts + counts,
        state=State.RETRY,
        not_before=timezone.now() + timedelta(seconds=pause),
        error_class=type(error).__name__,
        message=error.message,
    )
    return True


def mark_unknown(*, delivery: Delivery, resource: Resource, error: VendorError) -> None:
    """The write was sent and its outcome is not known: it is looked up once it must have settled.

    Where the vendor does writes later, it is looked for from now on, too (`core.polls`).
    """
    now = timezone.now()
    Delivery.objects.filter(pk=delivery.pk, state=State.SENDING).update(
        state=State.UNKNOWN,
        settle_until=now + timedelta(seconds=doubt_seconds(resource)),
        not_before=now + FIRST_LOOK if resource.job_seconds else None,
        polls=0,
        error_class=type(error).__name__,
        message=error.message,
    )


def keep_only(delivery: Delivery, names: Collection[str]) -> None:
    """Say of an ended delivery what it did: of its other fields nobody knows, they are sent by another."""
    delivery.wanted = {name: value for name, value in delivery.wanted.items() if name in names}
    delivery.left_keys = {name: key for name, key in delivery.left_keys.items() if name in names}
    delivery.save(update_fields=["wanted", "left_keys"])


def end_delivery(*, delivery: Delivery, state: str, right_id: str = "", error: VendorError | None = None) -> bool:
    """Move an open delivery to its end; returns False when somebody else ended it before."""
    fields: dict[str, Any] = {"state": state, "ended_at": timezone.now()}
    if right_id:
        fields["right_id"] = right_id
    if error is not None:
        fields["error_class"], fields["message"] = type(error).__name__, error.message
    ended = Delivery.objects.filter(pk=delivery.pk, state__in=Delivery.OPEN).update(**fields)
    return bool(ended)
