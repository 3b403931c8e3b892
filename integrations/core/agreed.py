"""What both sides are known to hold: links are made and their pairs moved, and what was written is kept (G-12).

Shared by runs and the push. Everything here belongs into the caller's transaction.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.compare import Pair, PairState, pair_to_json, pairs_digest, pairs_from_json
from integrations.core.declare import Direction, Field, Record, Resource
from integrations.core.hub.endpoint import HubPeople, HubRefused
from integrations.core.hub.tracking import SUBJECT
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Connection, Delivery, FieldChange, Link, SyncRun


def holding_links(*, connection: Connection, resource: Resource) -> QuerySet[Link]:
    """Return the links that hold both their records: nobody is linked twice."""
    links = Link.objects.filter(connection=connection, resource=resource.name)
    return links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))


def pair_of(declared: Field, left: Any, right: Any) -> Pair | None:
    """Return the pair of two values: open unless they are equal; None while one is not known (invariant 6)."""
    left_key, right_key = declared.key(left), declared.key(right)
    if right_key is UNKNOWN or left_key is UNKNOWN:
        return None
    return Pair(left_key, right_key, PairState.SETTLED if left_key == right_key else PairState.OPEN)


def make_link(
    *,
    connection: Connection,
    resource: Resource,
    left_id: str,
    right_id: str,
    pairs: Mapping[str, Pair | None],
    options: Mapping[str, Any],
) -> Link:
    stored = {name: pair_to_json(resource.field(name), pair) for name, pair in pairs.items() if pair}
    return Link.objects.create(
        connection=connection,
        resource=resource.name,
        left_id=left_id,
        right_id=right_id,
        pairs=stored,
        digest=pairs_digest(resource, stored),
        options=dict(options),
        state=Link.State.ACTIVE,
        synced_at=timezone.now(),
    )


def move_pairs(*, link_id: int, resource: Resource, moved: Mapping[str, Pair]) -> None:
    """Move some pairs of a link as it stands now; runs and the push may be at the same link."""
    link = Link.objects.select_for_update().get(pk=link_id)
    pairs = {**pairs_from_json(resource, link.pairs), **moved}
    link.pairs = {name: pair_to_json(resource.field(name), pair) for name, pair in pairs.items()}
    link.digest = pairs_digest(resource, link.pairs)
    link.synced_at = timezone.now()
    link.gone_at = None
    link.save(update_fields=["pairs", "digest", "synced_at", "gone_at"])


def sent_pairs(*, resource: Resource, sent: Mapping[str, Any], reply: Record) -> dict[str, Pair]:
    """Return the pairs of what was sent: the hub's value when sending, the vendor's as it gave it back."""
    moved = {}
    for name, key in sent.items():
        right_key = resource.field(name).key(resource.value(reply, name))
        if right_key is not UNKNOWN:
            moved[name] = Pair(key, right_key, PairState.SETTLED)
    return moved


def keys_held(resource: Resource, delivery: Delivery) -> dict[str, Any]:
    """Return what the hub held when sending, normalised: of a creation also what was not sent."""
    return {name: resource.field(name).from_json(key) for name, key in delivery.left_keys.items()}


def keys_sent(resource: Resource, delivery: Delivery) -> dict[str, Any]:
    """Return the left halves of what was sent."""
    return {name: key for name, key in keys_held(resource, delivery).items() if name in delivery.wanted}


def pairs_of_created(
    *,
    resource: Resource,
    sent: Mapping[str, Any],
    held: Mapping[str, Any],
    left: Record | None,
    reply: Record,
    looked_up: bool,
) -> dict[str, Pair | None]:
    """Return the pairs of a new record at the vendor: ``sent`` to it, ``held`` by the hub at that moment.

    Of one that was ``looked_up`` only equal values are settled: somebody else may have added it.
    """
    pairs: dict[str, Pair | None] = {}
    for declared in resource.fields:
        if not declared.compared:
            continue
        right = resource.value(reply, declared.name)
        right_key = declared.key(right)
        if declared.name in sent:
            # The left half is what the hub held when sending (invariant 6).
            doubtful = looked_up and sent[declared.name] != right_key
            state = PairState.OPEN if doubtful else PairState.SETTLED
            pairs[declared.name] = None if right_key is UNKNOWN else Pair(sent[declared.name], right_key, state)
        elif left is not None:
            pairs[declared.name] = _pair_unsent(declared, held, left=resource.value(left, declared.name), right=right)
    return pairs


def _pair_unsent(declared: Field, held: Mapping[str, Any], *, left: Any, right: Any) -> Pair | None:
    """What was edited since the sending is no left half, so that the newer mark sends it."""
    now = pair_of(declared, left, right)
    if now is None or now.state is PairState.SETTLED or declared.name not in held:
        return now
    return Pair(held[declared.name], now.right, PairState.OPEN)


def take_over(*, resource: Resource, people: HubPeople, left_id: str, reply: Record, acting: Any) -> str:
    """Give the hub's empty one-way fields what the vendor assigned (FX-07); others wait as conflicts.

    ``acting`` is the context in which the hub is changed; returns why the hub refused, or an empty string.
    """
    left = people.read_one(left_id)
    values = {
        declared.name: resource.value(reply, declared.name)
        for declared in resource.fields
        if declared.direction is Direction.TO_LEFT
        and left is not None
        and resource.value(left, declared.name) is None
        and resource.value(reply, declared.name) not in (None, UNKNOWN)
    }
    if not values:
        return ""
    try:
        with transaction.atomic(), acting:
            people.update(left_id, values)
    except HubRefused as error:
        return str(error)
    return ""


def arrived(*, resource: Resource, record: Record, keys: Mapping[str, Any]) -> frozenset[str]:
    """Return which fields of one write (`Delivery.left_keys`) the vendor's record shows to have been done (G-30).

    A write is done as a whole: what else it sent, and the record shows otherwise, was overwritten since. What the
    record does not show counts as done, unless it shows that nothing was.
    """
    unseen, there = set(), set()
    for name, key in keys.items():
        declared = resource.field(name)
        now = declared.key(resource.value(record, name))
        if now is UNKNOWN:
            unseen.add(name)
        elif now == declared.from_json(key):
            there.add(name)
    return frozenset(unseen | there if there or len(unseen) == len(keys) else ())


def record_sent(
    *, delivery: Delivery, before: Mapping[str, Any], run: SyncRun | None = None, user_id: int | None = None
) -> None:
    """Keep what was written to the vendor and what stood there before (G-12)."""
    FieldChange.objects.bulk_create(
        FieldChange(
            subject=SUBJECT,
            subject_id=delivery.left_id,
            field=name,
            before=before.get(name),
            after=value,
            connection_id=delivery.connection_id,
            user_id=user_id,
            run=run,
            delivery=delivery,
            at=timezone.now(),
        )
        for name, value in delivery.wanted.items()
    )
