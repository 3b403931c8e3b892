"""Addresses that are somebody else's in the hub by now: what is known of them without a word to anybody (D-10).

What becomes of them is `core.takeovers`'.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from integrations.core.compare import Pair
from integrations.core.declare import Record
from integrations.core.hub.endpoint import HubPeople
from integrations.core.models import Connection, Delivery, Link, Mark

IDS_AT_ONCE: Final = 5_000
# Whether somebody holds an address: field and key.
Held = Callable[[str, str], bool]


def given_away(
    people: HubPeople, left: Record, pairs: Mapping[str, Pair], *, soon: Held | None = None
) -> frozenset[str]:
    """Return the fields that are emptied at the vendor, even where it is never done else: the address is another's.

    ``soon`` says whose it is once a change that is only planned is made.
    """
    return _given_away(people, left, {name: pair.right for name, pair in pairs.items()}, soon=soon)


def given_away_there(people: HubPeople, left: Record, right: Record) -> frozenset[str]:
    """Return the same of the vendor's record as it is now."""
    resource = people.resource
    held = {name: resource.field(name).key(resource.value(right, name)) for name in resource.addresses}
    return _given_away(people, left, held)


def _given_away(
    people: HubPeople, left: Record, held: Mapping[str, Any], *, soon: Held | None = None
) -> frozenset[str]:
    if left.active:
        return frozenset()
    return frozenset(
        name
        for name in people.resource.addresses
        if people.resource.value(left, name) is None
        and isinstance(address := held.get(name), str)
        and (people.holders(name, address) or (soon is not None and soon(name, address)))
    )


def links_of_leavers_with(connection: Connection, people: HubPeople, name: str, key: Any) -> Iterator[Link]:
    leavers = people.leavers_without(name)
    links = Link.objects.filter(connection=connection, resource=people.resource.name, gone_at=None)
    links = links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
    for start in range(0, len(leavers), IDS_AT_ONCE):
        part = links.filter(left_id__in=leavers[start : start + IDS_AT_ONCE])
        yield from part.filter(**{f"pairs__{name}__1": key})


def is_on_its_way(connection: Connection, people: HubPeople, left_id: str) -> bool:
    """Whether something of the person is being sent, or will be without anybody doing anything."""
    subject = {"connection": connection, "resource": people.resource.name, "left_id": left_id}
    if Delivery.objects.filter(**subject, state__in=Delivery.OPEN).exists():
        return True
    working = Connection.objects.filter(pk=connection.pk, state=Connection.State.ACTIVE)
    linked = Link.objects.filter(**subject, state=Link.State.ACTIVE)
    return working.exists() and linked.exists() and Mark.objects.filter(**subject, held_by="").exists()
