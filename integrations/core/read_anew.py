"""What settings change about how the hub's people are read: a pair from before tells of no edit (G-07, G-21).

The left half becomes what the hub holds as it is read now, so that nothing of it goes by itself: the next comparison
shows what differs, and only a later edit is one. What the pair said under the settings before is kept beside it, and
holds again once they are set back.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.db.models.signals import post_save, pre_save

from employees import bulk
from integrations.core.agreed import pair_of_keys
from integrations.core.compare import Pair, PairState, pair_to_json, pairs_digest
from integrations.core.declare import Field, Record, Side
from integrations.core.hub.endpoint import READ_AT_ONCE, HubPeople, hub_people
from integrations.core.models import Connection, Link, Mark
from integrations.core.registry import connector_class

# In a link's pairs, between a field's name and the value of the hub that it was read from.
READ_FROM: Final = "@"
Settings = Mapping[str, Any]


def connect() -> None:
    pre_save.connect(_remember, dispatch_uid="remember how values are read")
    post_save.connect(_saved, dispatch_uid="values are read anew")


def _remember(sender: type, instance: Any, update_fields: Any = None, **kwargs: Any) -> None:
    if isinstance(instance, Connection) and (update_fields is None or "settings" in update_fields):
        stored = Connection.objects.filter(pk=instance.pk).values_list("settings", flat=True).first()
        instance.__dict__["_settings_before"] = stored


def _saved(sender: type, instance: Any, **kwargs: Any) -> None:
    before = instance.__dict__.pop("_settings_before", None) if isinstance(instance, Connection) else None
    if before is not None and before != instance.settings:
        read_anew(instance, before)


class Changed(NamedTuple):
    """Field names of which another value of the hub is read, and whether those of others may be taken otherwise."""

    sources: frozenset[str]
    others: bool

    @property
    def anything(self) -> bool:
        return self.others or bool(self.sources)


def changed_by(integration: str, resource: str, before: Settings, now: Settings) -> Changed:
    """Return what other settings change about the values of a resource; raises ValidationError."""
    old, new = (connector_class(integration)(options=options) for options in (before, now))
    known, read = old.sources(resource), new.sources(resource)
    sources = frozenset(name for name in read if read[name] != known.get(name))
    return Changed(sources, old.compares_by() != new.compares_by())


def read_anew(connection: Connection, before: Settings) -> None:
    """Let the links' pairs follow a change of the settings. Belongs into the transaction that makes it."""
    for resource in _resources(connection):
        try:
            changed = changed_by(connection.integration, resource, before, connection.settings)
            then, now = _people(connection, resource, before), _people(connection, resource, connection.settings)
        except (KeyError, ValueError, ValidationError):
            # Without settings that can be read nothing was sent, or nothing will be.
            continue
        if changed.anything:
            _Follower(connection, changed, then, now).follow()


def labels_read_anew(connection: Connection, before: Settings, now: Settings) -> list[str]:
    """Return what is read otherwise of people who are linked, as the settings ``now`` call it."""
    found = []
    for resource in _resources(connection):
        names = changed_by(connection.integration, resource, before, now).sources
        if names and Link.objects.filter(connection=connection, resource=resource).exclude(pairs={}).exists():
            declared = _people(connection, resource, now).resource
            found += [str(declared.field(name).label) for name in declared.position if name in names]
    return found


def _resources(connection: Connection) -> list[str]:
    links = Link.objects.filter(connection=connection).order_by().values_list("resource", flat=True).distinct()
    try:
        connector = connector_class(connection.integration)(options=connection.settings)
        declared = {each.name for each in connector.resources()}
    except (KeyError, ValidationError):
        return []
    return sorted(declared.intersection(links))


def _people(connection: Connection, resource: str, settings: Settings) -> HubPeople:
    as_set = Connection(
        integration=connection.integration, company=connection.company, settings=settings, scope=connection.scope
    )
    return hub_people(connection=as_set, resource=resource)


class _Follower:
    def __init__(self, connection: Connection, changed: Changed, then: HubPeople, now: HubPeople) -> None:
        self._connection, self._changed = connection, changed
        self._then, self._now = then, now
        self._resource = now.resource

    def follow(self) -> None:
        mine = Q(connection=self._connection, resource=self._resource.name)
        ids = Link.objects.filter(mine).order_by("pk").values_list("pk", flat=True)
        waiting = iter(list(ids))
        with transaction.atomic():
            while part := list(islice(waiting, READ_AT_ONCE)):
                self._follow(list(Link.objects.filter(pk__in=part).select_for_update().order_by("pk")))
            self._forget_wishes(list(Mark.objects.filter(mine, wanted__has_key="fields").select_for_update()))

    def _follow(self, links: Sequence[Link]) -> None:
        ids = [link.left_id for link in links if link.left_id.isdecimal()]
        # A link stays while its person is with another company, and is as it was once they are back.
        before = {left.id: left for left in self._then.read_anywhere(ids)}
        after = {left.id: left for left in self._now.read_anywhere(ids)}
        moved = []
        for link in links:
            if link.left_id not in before or link.left_id not in after:
                continue
            pairs = self._pairs(link.pairs, before[link.left_id], after[link.left_id])
            if pairs != link.pairs:
                link.pairs, link.digest = pairs, pairs_digest(self._resource, pairs)
                moved.append(link)
        bulk.update(moved, ["pairs", "digest"])

    def _pairs(self, stored: Mapping[str, Any], before: Record, after: Record) -> dict[str, Any]:
        pairs = dict(stored)
        for declared in self._read_otherwise(before, after):
            name = declared.name
            if name not in stored:
                continue
            left, right, state = stored[name]
            held = Pair(declared.from_json(left), declared.from_json(right), PairState(state))
            key, key_before = declared.key(self._now.resource.value(after, name)), self._key_before(before, name)
            kept = pairs.pop(self._beside(self._now, name), None)
            if held != pair_of_keys(key_before, held.right):
                pairs[self._beside(self._then, name)] = [left, right, state, declared.to_json(key_before)]
            fresh = pair_of_keys(key, held.right)
            if kept is not None and kept[1] == right and kept[3] == declared.to_json(key):
                pairs[name] = kept[:3]
            elif fresh is None:
                del pairs[name]
            else:
                pairs[name] = pair_to_json(declared, fresh)
        return pairs

    def _read_otherwise(self, before: Record, after: Record) -> Iterator[Field]:
        for declared in self._resource.fields:
            name = declared.name
            if name in self._changed.sources or (self._changed.others and self._is_other(declared, before, after)):
                yield declared

    def _is_other(self, declared: Field, before: Record, after: Record) -> bool:
        """Whether a value of the same source is compared otherwise, or was refused by the vendor and is not by now."""
        if declared.name not in self._then.resource.position:
            return True
        old = self._then.resource.field(declared.name)
        was, now = self._then.resource.value(before, old.name), self._resource.value(after, old.name)
        refused = bool(old.refuses(was, to=Side.RIGHT)) != bool(declared.refuses(now, to=Side.RIGHT))
        return refused or old.key(was) != declared.key(now)

    def _key_before(self, before: Record, name: str) -> Any:
        resource = self._then.resource
        return resource.field(name).key(resource.value(before, name)) if name in resource.position else None

    def _beside(self, people: HubPeople, name: str) -> str:
        return f"{name}{READ_FROM}{people.sources.get(name, '')}"

    def _forget_wishes(self, marks: Sequence[Mark]) -> None:
        """Whoever wanted a value to be sent wanted the one of then."""
        for mark in marks:
            fields = [name for name in mark.wanted["fields"] if name not in self._changed.sources]
            mark.wanted = {**mark.wanted, "fields": fields}
        bulk.update(marks, ["wanted"])
