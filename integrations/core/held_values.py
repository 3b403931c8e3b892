"""What of people a mass change would send, by the push's own rules, and what keeps the rest of it here (G-17, G-37)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from integrations.core.compare import NO_PARTS, Pair, PairState, Parts, edited_parts, pairs_from_json
from integrations.core.declare import Field, Record, Side
from integrations.core.held_changes import marks_of, waiting_absences_of
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.held import columns_behind, columns_of, columns_read, parts_held
from integrations.core.hub.people import VALUES
from integrations.core.hub.taking_part import is_created
from integrations.core.kinds import UNKNOWN
from integrations.core.left_beside import sources_beside
from integrations.core.marks import EVERYTHING, IDS_AT_ONCE
from integrations.core.models import Connection, Link, Mark, MassChange
from integrations.core.takeovers import edits_of
from integrations.core.undecided import asked_of_many

# The columns of all values that any field may read.
IN_STEP: Final = frozenset(column for source in VALUES for column in columns_behind(source))


class HeldField(NamedTuple):
    """``parts`` of the hub's value are the mass change's, ``edited`` all that were; ``reason``: why it stays here."""

    name: str
    own: Any
    pair: Pair
    parts: Parts
    edited: Parts
    reason: str


class Outlook(NamedTuple):
    """Of how much a release sends something, or lets it be sent once it may be; and of how much nothing."""

    going: int
    staying: int


class HeldReader:
    """Reads some marks of a mass change at a time, all of one resource of people."""

    def __init__(self, mass_change: MassChange, connection: Connection, resource: str) -> None:
        self.mass_change, self.connection = mass_change, connection
        self.people: HubPeople = hub_people(connection=connection, resource=resource)

    def read(self, marks: Sequence[Mark]) -> Iterator[tuple[Mark, Record | None, Link | None, list[HeldField]]]:
        """Yield each mark with the person and the link as they are now; a fixed number of queries."""
        ids = [mark.left_id for mark in marks]
        records = {record.id: record for record in self.people.read(ids)}
        found = Link.objects.filter(connection=self.connection, resource=self.people.resource.name, left_id__in=ids)
        holding = found.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
        links = {link.left_id: link for link in holding}
        asked = asked_of_many(self.connection.pk, self.people.resource, [link.pk for link in links.values()])
        for mark in marks:
            record, link = records.get(mark.left_id), links.get(mark.left_id)
            fields: list[HeldField] = []
            if record is not None and link is not None:
                fields = list(self._fields(record, link, asked.get(link.pk, {}), columns_of(mark, self.mass_change)))
            yield mark, record, link, fields

    def goes(self, record: Record | None, link: Link | None, fields: Sequence[HeldField]) -> bool:
        if record is None:
            return False
        return is_created(self.connection, record) if link is None else any(not each.reason for each in fields)

    def unread(self, mark: Mark, link: Link) -> list[str]:
        """Return the columns of the mass change that no field reads by the settings of now.

        Beside columns that one reads, only those that one read before: what no settings send is nothing to tell there.
        """
        held, read = columns_of(mark, self.mass_change), columns_read(self.people)
        before = {column for source in sources_beside(link) for column in columns_behind(source)}
        if EVERYTHING in held:
            return sorted(before - read)
        unread = held & IN_STEP - read
        return sorted(unread & before or (unread if held.isdisjoint(read) else ()))

    def _fields(
        self, record: Record, link: Link, asked: Mapping[str, Pair], columns: Collection[str]
    ) -> Iterator[HeldField]:
        pairs = {**pairs_from_json(self.people.resource, link.pairs), **asked}
        mine = parts_held(self.people, columns)
        edited = edits_of(self.people, record, pairs)
        kept = {**edited.kept, **dict.fromkeys(edited.by_rule, _("Not sent: the person has a protected identity."))}
        for declared in self.people.resource.fields:
            name, own = declared.name, self.people.resource.value(record, declared.name)
            if name not in mine or name not in pairs:
                continue
            pair, of_it = pairs[name], edited.parts.get(name, NO_PARTS)
            if of_it & mine[name] or name in kept:
                yield HeldField(name, own, pair, of_it & mine[name], of_it, str(kept.get(name, "")))
            elif unlike := _unlike(declared, own, pair) & mine[name]:
                yield HeldField(name, own, pair, unlike, unlike, _why_not_an_edit(pair, asks=name in asked))


def outlook_of(mass_change: MassChange) -> Outlook:
    """Return what a release comes to, by the plans as things stand."""
    connection = Connection.objects.select_related("company").get(pk=mass_change.connection_id)
    reasons = list(waiting_absences_of(mass_change).values())
    going = reasons.count("")
    staying = len(reasons) - going
    of_people = marks_of(mass_change).exclude(resource=ABSENCES)
    for resource in sorted(set(of_people.order_by().values_list("resource", flat=True))):
        reader, marks = HeldReader(mass_change, connection, resource), list(of_people.filter(resource=resource))
        for start in range(0, len(marks), IDS_AT_ONCE):
            for _mark, record, link, fields in reader.read(marks[start : start + IDS_AT_ONCE]):
                sent = reader.goes(record, link, fields)
                going, staying = going + sent, staying + (not sent)
    return Outlook(going, staying)


def _unlike(declared: Field, own: Any, pair: Pair) -> Parts:
    """Return where the hub's value is not what the vendor was last known to hold, edited or not."""
    key = declared.key(own)
    if key is UNKNOWN or not declared.compared or not declared.may_go(Side.RIGHT):
        return NO_PARTS
    return edited_parts(declared, pair=pair._replace(left=pair.right), key=key)


def _why_not_an_edit(pair: Pair, *, asks: bool) -> str:
    """Say why a difference is not sent: somebody was shown it since the change, and has not chosen the hub's value."""
    if asks:
        return _("Not sent with this: the open synchronisation asks about it. Decide there.")
    if pair.state is PairState.OPEN:
        return _(
            "Not sent with this: a synchronisation asked about it, and nobody chose. Synchronise users, and decide."
        )
    return _("Not sent with this: somebody has left both values as they are.")
