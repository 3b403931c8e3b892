"""An e-mail address that somebody has by now whose holder has left: it is emptied at the vendor first (D-10).

Nothing is kept for it. Whoever has left, holds no address in the hub any more, and at the vendor still one that
somebody else of the hub holds by now, has given it away.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.compare import Pair, Parts
from integrations.core.compare.holding import shown_name
from integrations.core.declare import NOTHING, Record
from integrations.core.explaining import vendor_label
from integrations.core.hub.endpoint import HubPeople
from integrations.core.hub.given_away import given_away, is_on_its_way, links_of_leavers_with
from integrations.core.kinds import UNKNOWN
from integrations.core.marks import mark
from integrations.core.models import Connection, Delivery, Link, Mark
from integrations.core.push.edited import Edited, edited_values


class Holder(NamedTuple):
    """Whoever has left and still holds at the vendor what somebody else of the hub holds by now.

    ``on_its_way``: the emptying is about to be sent, and nobody has to do anything for it.
    """

    left_id: str
    right_id: str
    field: str
    reason: str
    on_its_way: bool


def edits_of(
    people: HubPeople,
    left: Record,
    pairs: Mapping[str, Pair],
    wanted: Collection[str] = (),
    held: Mapping[str, Parts] = NOTHING,
) -> Edited:
    """Return what of a person goes to the vendor by itself (`push.edited`)."""
    emptied = given_away(people, left, pairs)
    return edited_values(people.resource, left, pairs=pairs, wanted=wanted, given_away=emptied, held=held)


def holder_of(
    connection: Connection, people: HubPeople, left: Record, *, names: Collection[str] | None = None
) -> Holder | None:
    """Return who has left and still holds an address of this person's at the vendor, as far as is known.

    ``names`` are the fields that count, all of them if None.
    """
    for name in people.resource.addresses:
        key = people.resource.field(name).key(people.resource.value(left, name))
        if (names is not None and name not in names) or key in (None, UNKNOWN):
            continue
        link = next(links_of_leavers_with(connection, people, name, key), None)
        if link is not None:
            return Holder(
                link.left_id,
                link.right_id,
                name,
                _reason(connection, people, link),
                is_on_its_way(connection, people, link.left_id),
            )
    return None


def _reason(connection: Connection, people: HubPeople, link: Link) -> str:
    left = people.read_one(link.left_id)
    # Whoever is gone from the hub is of no connection's scope.
    name = shown_name(left.label if left else "", in_scope=left is not None and left.in_scope)
    return _(
        "“%(name)s”, who has left, still has this address in %(vendor)s: it is emptied there first. If that is"
        " refused, or “%(name)s” is disconnected, change the address of “%(name)s” in %(vendor)s and try again."
    ) % {"name": name, "vendor": vendor_label(connection)}


def wake_successors(people: HubPeople, delivery: Delivery, *, names: Collection[str]) -> None:
    """Have those looked at again who have an address by now that the write has just taken from somebody else.

    ``names`` are the fields that the vendor holds as they were sent. Belongs into the caller's transaction.
    """
    subject = {"connection": delivery.connection, "resource": delivery.resource}
    for name in people.resource.addresses:
        before = delivery.before.get(name)
        if not before or name not in names:
            continue
        waiting = [left_id for left_id in people.holders(name, before) if left_id != delivery.left_id]
        mark(connection_id=delivery.connection_id, resource=delivery.resource, left_ids=waiting)
        Mark.objects.filter(**subject, left_id__in=waiting, held_by="").update(due=timezone.now())
