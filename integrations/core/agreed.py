"""What both sides are known to hold: links are made and their pairs moved, and what was written is kept (G-12).

Shared by runs and the push. Everything here belongs into the caller's transaction.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.compare import Pair, PairState, pair_to_json, pairs_digest, pairs_from_json
from integrations.core.declare import CHOICE, NOTHING, Direction, Field, Record, Resource
from integrations.core.hub.endpoint import HubPeople, HubRefused
from integrations.core.hub.people import SUBJECT
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Connection, Delivery, FieldChange, Link, SyncRun

PAIR_COLUMNS: Final = ("pairs", "digest", "synced_at", "gone_at", "options")


def holding_links(*, connection: Connection, resource: Resource) -> QuerySet[Link]:
    """Return the links that hold both their records: nobody is linked twice."""
    links = Link.objects.filter(connection=connection, resource=resource.name)
    return links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))


def pair_of(declared: Field, left: Any, right: Any) -> Pair | None:
    """Return the pair of two values: open unless they are equal; None while one is not known (invariant 6)."""
    return pair_of_keys(declared.key(left), declared.key(right))


def pair_of_keys(left_key: Any, right_key: Any) -> Pair | None:
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
    link = new_link(
        connection=connection, resource=resource, left_id=left_id, right_id=right_id, pairs=pairs, options=options
    )
    link.save(force_insert=True)
    return link


def new_link(
    *,
    connection: Connection,
    resource: Resource,
    left_id: str,
    right_id: str,
    pairs: Mapping[str, Pair | None],
    options: Mapping[str, Any],
) -> Link:
    """Return a link that is still to be saved."""
    stored = {name: pair_to_json(resource.field(name), pair) for name, pair in pairs.items() if pair}
    return Link(
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


def move_pairs(
    *, link_id: int, resource: Resource, moved: Mapping[str, Pair], options: Mapping[str, Any] = NOTHING
) -> None:
    """Move some pairs of a link as it stands now; runs and the push may be at the same link.

    ``options`` are those of the record that the vendor gave back, for the link to remember.
    """
    link = Link.objects.select_for_update().get(pk=link_id)
    put_pairs(link=link, resource=resource, moved=moved, options=options)
    link.save(update_fields=PAIR_COLUMNS)


def put_pairs(
    *, link: Link, resource: Resource, moved: Mapping[str, Pair], options: Mapping[str, Any] = NOTHING
) -> None:
    """Put moved pairs on a link that is locked; its ``PAIR_COLUMNS`` are still to be saved."""
    pairs = {**pairs_from_json(resource, link.pairs), **moved}
    # What a pair said under settings of before stands beside it (`read_anew`).
    beside = {name: kept for name, kept in link.pairs.items() if name not in resource.position}
    link.pairs = {**beside, **{name: pair_to_json(resource.field(name), pair) for name, pair in pairs.items()}}
    link.digest = pairs_digest(resource, link.pairs)
    link.synced_at = timezone.now()
    link.gone_at = None
    link.options = _remembered(link, resource, moved, options) if options else link.options


def _remembered(
    link: Link, resource: Resource, moved: Mapping[str, Pair], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Which of several its values are those of, a link remembers from when these were compared or written (G-40)."""
    known = link.options.get(CHOICE)
    if resource.choice is None or not known or not resource.choice.fields.isdisjoint(moved):
        return dict(options)
    return {**options, CHOICE: known}


def keys_held(resource: Resource, delivery: Delivery) -> dict[str, Any]:
    """Return what the hub held when sending, normalised: of a creation also what was not sent."""
    return {name: resource.field(name).from_json(key) for name, key in delivery.left_keys.items()}


class Created(NamedTuple):
    """What both sides hold of somebody new at the vendor; ``refused``: why the hub did not take what was assigned."""

    left: Record | None
    pairs: dict[str, Pair | None]
    refused: str


def take_created(
    *, resource: Resource, people: HubPeople, delivery: Delivery, sent: Mapping[str, Any], reply: Record, acting: Any
) -> Created:
    """Take over what the vendor assigned (FX-07), and pair what both sides hold then: only equal values are settled.

    ``sent`` as `keys_held`; ``acting`` is the context in which the hub is changed.
    """
    refused = _take_over(resource=resource, people=people, left_id=delivery.left_id, reply=reply, acting=acting)
    left = people.read_one(delivery.left_id)
    held = keys_held(resource, delivery)
    return Created(left, _pairs_of_created(resource=resource, sent=sent, held=held, left=left, reply=reply), refused)


def _pairs_of_created(
    *, resource: Resource, sent: Mapping[str, Any], held: Mapping[str, Any], left: Record | None, reply: Record
) -> dict[str, Pair | None]:
    """``held`` is what the hub held when it was sent, also what was not ``sent``."""
    pairs: dict[str, Pair | None] = {}
    for declared in resource.fields:
        if not declared.compared:
            continue
        right = resource.value(reply, declared.name)
        right_key = declared.key(right)
        if declared.name in sent:
            # The left half is what the hub held when sending (invariant 6).
            pairs[declared.name] = pair_of_keys(sent[declared.name], right_key)
        elif left is not None:
            pairs[declared.name] = _pair_unsent(declared, held, left=resource.value(left, declared.name), right=right)
    return pairs


def _pair_unsent(declared: Field, held: Mapping[str, Any], *, left: Any, right: Any) -> Pair | None:
    """What was edited since the sending is no left half, so that the newer mark sends it."""
    now = pair_of(declared, left, right)
    if now is None or now.state is PairState.SETTLED or declared.name not in held:
        return now
    return pair_of_keys(held[declared.name], now.right)


def _take_over(*, resource: Resource, people: HubPeople, left_id: str, reply: Record, acting: Any) -> str:
    """Fill the hub's empty one-way fields, others wait as conflicts; returns why the hub refused, or an empty text."""
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


def remaining(*, resource: Resource, sent: Mapping[str, Any], reply: Record) -> dict[str, str]:
    """Return what stays at the vendor beside what was sent, in words by field; ``sent`` as `Delivery.wanted`."""
    found = {
        name: resource.field(name).remaining(resource.field(name).from_json(value), reply.options)
        for name, value in sent.items()
    }
    return {name: text for name, text in found.items() if text}


def record_sent(
    *,
    delivery: Delivery,
    names: Collection[str],
    before: Mapping[str, Any],
    run: SyncRun | None = None,
    decided_by: Callable[[str], int | None] = lambda name: None,
) -> None:
    """Keep what was written to the vendor of these fields, what stood there before, and who decided it (G-12)."""
    FieldChange.objects.bulk_create(
        FieldChange(
            subject=SUBJECT,
            subject_id=delivery.left_id,
            field=name,
            before=before.get(name),
            after=value,
            connection_id=delivery.connection_id,
            user_id=decided_by(name),
            run=run,
            delivery=delivery,
            at=timezone.now(),
        )
        for name, value in delivery.wanted.items()
        if name in names
    )
