"""Once a night: what changed in the hub without a save is marked, too (invariants 12 and 13).

That is what depends on the date, and what slipped through: a change by hand in the database, for example.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import islice
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from employees.tracking import Operation, Reach
from employees.zones import today_of, zone_named
from integrations.core import leases
from integrations.core.calls import connector_of
from integrations.core.compare import pairs_from_json
from integrations.core.declare import NOTHING, Record
from integrations.core.hub.endpoint import READ_AT_ONCE, HubPeople, hub_people
from integrations.core.hub.held import columns_edited
from integrations.core.hub.mass_changes import held_by, whom_it_holds
from integrations.core.keeping import pausing
from integrations.core.marks import mark
from integrations.core.models import Connection, Link, Mark
from integrations.core.takeovers import edits_of
from integrations.core.work.ringing import ring_look_over, ring_push_bulk

# So many are rung for at each sweep, and again after so many seconds where nobody has looked.
LOOKS_AT_ONCE: Final = 100
PAUSE_SECONDS: Final = 900.0


def ring_due() -> int:
    """Ring for working connections that were not looked over since midnight in their zone; return for how many.

    Some at each sweep, each of them once: all become due at the same moment, and nobody waits for it.
    """
    active = Connection.objects.filter(
        ~pausing("look-over", seconds=PAUSE_SECONDS), state=Connection.State.ACTIVE, company__isnull=False
    )
    today = cache(_today)
    due = [
        pk
        for pk, zone, looked_over_on in active.order_by("pk").values_list("pk", "company__time_zone", "looked_over_on")
        if looked_over_on != today(zone)
    ][:LOOKS_AT_ONCE]
    for pk in due:
        # The lease is the clock of the next ring, should this one be lost.
        leases.claim(name=f"look-over:{pk}", seconds=PAUSE_SECONDS, clock=True)
        ring_look_over(pk)
    return len(due)


def look_over(*, connection_id: int) -> int:
    """Mark whoever holds another value than the vendor was last sent, and has no mark; return how many.

    More people at once than the connection sends unasked wait for a person, as every mass change does (G-17).
    """
    connection = Connection.objects.select_related("company").filter(pk=connection_id).first()
    if connection is None or connection.state != Connection.State.ACTIVE or connection.company is None:
        return 0
    today = today_of(connection)
    marked = 0
    for resource in connector_of(connection).resources():
        people = hub_people(connection=connection, resource=resource.name)
        marked += _mark(connection, resource.name, dict(_edited(connection, people)), today)
    Connection.objects.filter(pk=connection_id).update(looked_over_on=today)
    return marked


def _today(zone: str) -> date:
    return timezone.localdate(timezone=zone_named(zone))


def _edited(connection: Connection, people: HubPeople) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield who holds edits that were not sent, and the columns of these."""
    records = people.scan()
    while batch := list(islice(records, READ_AT_ONCE)):
        yield from _edited_of(connection, people, batch)


def _edited_of(connection: Connection, people: HubPeople, batch: list[Record]) -> Iterator[tuple[str, frozenset[str]]]:
    subject = {
        "connection": connection,
        "resource": people.resource.name,
        "left_id__in": [record.id for record in batch],
    }
    links = Link.objects.filter(**subject, state=Link.State.ACTIVE, gone_at=None)
    pairs = dict(links.values_list("left_id", "pairs"))
    marked = set(Mark.objects.filter(**subject).values_list("left_id", flat=True))
    for record in batch:
        if record.id in pairs and record.id not in marked:
            known = pairs_from_json(people.resource, pairs[record.id])
            edited = edits_of(people, record, known)
            if edited.values:
                yield record.id, columns_edited(people, edited.parts)


def _mark(connection: Connection, resource: str, edited: Mapping[str, frozenset[str]], today: date) -> int:
    left_ids = list(edited)
    if not left_ids:
        return 0
    operation = Operation(
        key=f"night:{today.isoformat()}",
        label=_("Changes that were found in the night of %(date)s") % {"date": today.isoformat()},
        user_id=None,
        reach=lambda: Reach(changed=dict.fromkeys(map(int, left_ids)), after=lambda ids: {}),
    )
    hold = held_by(connection=connection, operation=operation, resource=resource)
    held: Collection[str] = ()
    if hold:
        changed = operation.reach().changed
        held = whom_it_holds(connection=connection, operation=operation, resource=resource, changed=changed)
    free = [left_id for left_id in left_ids if left_id not in held]
    for marked, by in ((free, ""), (sorted(held), hold)):
        mark(
            connection_id=connection.pk,
            resource=resource,
            left_ids=marked,
            priority=Mark.Priority.BULK,
            held_by=by,
            # Nobody edited anything just now: what other mass changes hold stays theirs.
            columns={left_id: edited[left_id] for left_id in marked} if by else NOTHING,
        )
    if free:
        ring_push_bulk(connection.pk)
    return len(left_ids)
