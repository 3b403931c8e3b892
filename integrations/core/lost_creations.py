"""Creations of which nobody knows whether they were done: who at the vendor is the one, or may be (G-20, G-30).

The natural key tells; but somebody may have corrected it there before it was looked for. So whoever shares a sign of
the person, or only the name, stands in the way of sending it again. Shared by runs and the push.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _

from integrations.core.agreed import holding_links
from integrations.core.compare import Wanted
from integrations.core.declare import Record, Resource
from integrations.core.errors import ListUnsound
from integrations.core.hub.endpoint import HubPeople
from integrations.core.models import Connection, Delivery
from integrations.core.reading import may_be_anybody, said_of_unread

# `listing.list_right`, of a run's session or of the push's.
RightPages = Callable[..., Iterator[tuple[tuple[Record, ...], bool | None]]]


class LookedUp(NamedTuple):
    """``candidates`` hold the natural key; ``doubt`` says why the creation is not to be sent again, where it is not."""

    candidates: list[Record]
    doubt: str


def look_up_creations(
    deliveries: Collection[Delivery],
    *,
    connection: Connection,
    people: HubPeople,
    right_pages: RightPages,
    apart: Mapping[str, Collection[str]],
) -> dict[int, LookedUp]:
    """Read the vendor's whole list once; returns what it shows, by the primary keys of the deliveries.

    ``apart`` are, by left id, those of whom a person said that they are somebody else. Raises ListUnsound
    when the list does not add up, and as `list_right`.
    """
    found = _Found(
        people.resource, {delivery.natural_key for delivery in deliveries}, _wanted(people, deliveries, apart)
    )
    for records, verdict in right_pages(on_start=found.clear):
        for record in records:
            found.add(record)
        if verdict is False:
            raise ListUnsound(_("The other system's list does not add up."))
    links = holding_links(connection=connection, resource=people.resource)
    linked = set(links.filter(right_id__in=found.ids()).values_list("right_id", flat=True))
    return {delivery.pk: found.of(delivery, linked) for delivery in deliveries}


def _wanted(people: HubPeople, deliveries: Collection[Delivery], apart: Mapping[str, Collection[str]]) -> Wanted:
    wanted = Wanted(people.resource, by_name=True)
    for record in people.read([delivery.left_id for delivery in deliveries]):
        wanted.add(record, apart=apart.get(record.id, ()))
    return wanted


class _Found:
    def __init__(self, resource: Resource, keys: Collection[str], wanted: Wanted) -> None:
        self._resource, self._keys, self._wanted = resource, keys, wanted
        self.clear()

    def clear(self) -> None:
        self._by_key: dict[str, list[Record]] = {}
        self._unread: list[Record] = []
        # Left id → somebody alike, and what the two share in words.
        self._like: dict[str, list[tuple[Record, str]]] = {}

    def add(self, record: Record) -> None:
        declared = self._resource.field(self._resource.natural_key)
        key = str(declared.key(self._resource.value(record, declared.name)))
        if key in self._keys:
            self._by_key.setdefault(key, []).append(record)
        elif may_be_anybody(record, resource=self._resource):
            self._unread.append(record)
        for left_id, shared in self._wanted.like(record).items():
            self._like.setdefault(left_id, []).append((record, shared))

    def ids(self) -> list[str]:
        keyed = [record.id for records in self._by_key.values() for record in records]
        like = [record.id for records in self._like.values() for record, _shared in records]
        return [*keyed, *like, *(record.id for record in self._unread)]

    def of(self, delivery: Delivery, linked: Collection[str]) -> LookedUp:
        candidates = [each for each in self._by_key.get(delivery.natural_key, []) if each.id not in linked]
        unread = [each.label for each in self._unread if each.id not in linked]
        like = [(each, shared) for each, shared in self._like.get(delivery.left_id, []) if each.id not in linked]
        return LookedUp(candidates, said_of_unread(unread) if unread else _said_of_like(*like[0]) if like else "")


def _said_of_like(record: Record, shared: str) -> str:
    return _(
        "It is not certain whether the person was created: “%(name)s” exists in the other system and may be the same"
        " person: same %(shared)s. Synchronise: match the two, or create the person if they are different people."
    ) % {"name": record.label, "shared": shared}
