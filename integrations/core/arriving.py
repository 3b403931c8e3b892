"""What a vendor shows soon after a write: a value that it held before has not arrived yet, and is no change there."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from integrations.core.declare import Record, Resource
from integrations.core.deliver import settle_seconds
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Connection, Delivery

# Field → the normalised values that it held before the last writes, and the one that was sent last.
Written = dict[str, tuple[list[Any], Any]]


def held_before(delivery: Delivery) -> Mapping[str, Any]:
    """Return, as JSON, what the vendor held before a write; of a run's it stands in the row."""
    if delivery.before or delivery.row is None:
        before: Mapping[str, Any] = delivery.before
        return before
    return {field.field: field.right for field in delivery.row.fields.all() if field.field in delivery.wanted}


def not_arrived(*, resource: Resource, record: Record, written: Written) -> frozenset[str]:
    """Return the fields that still show what stood there before they were written."""
    found = set()
    for name, (before, sent) in written.items():
        now = resource.field(name).key(resource.value(record, name))
        if now is not UNKNOWN and now != sent and now in before:
            found.add(name)
    return frozenset(found)


def written_by(resource: Resource, deliveries: Collection[Delivery]) -> Written:
    """Return what the deliveries, in the order of their sending, wrote to one record."""
    written: Written = {}
    for delivery in deliveries:
        for name, before in held_before(delivery).items():
            if name not in resource.position or name not in delivery.left_keys:
                continue
            declared = resource.field(name)
            held = [*written.get(name, ([], None))[0], declared.key(declared.from_json(before))]
            written[name] = (held, declared.from_json(delivery.left_keys[name]))
    return written


class Arriving:
    """A connection's writes of the last minutes, where the vendor does them later and may show them later still."""

    def __init__(self, *, connection: Connection, resource: Resource) -> None:
        self._resource = resource
        self._written: dict[str, Written] = {}
        # Record → field → what was sent last, as JSON.
        self._sent: dict[str, dict[str, Any]] = {}
        if not resource.job_seconds:
            return
        since = timezone.now() - timedelta(seconds=settle_seconds(resource))
        recent = Delivery.objects.filter(
            connection=connection,
            resource=resource.name,
            action=Delivery.Action.UPDATE,
            state=Delivery.State.DONE,
            ended_at__gt=since,
        )
        of_record: dict[str, list[Delivery]] = {}
        for delivery in recent.select_related("row").prefetch_related("row__fields").order_by("pk"):
            of_record.setdefault(delivery.right_id, []).append(delivery)
        self._written = {right_id: written_by(resource, found) for right_id, found in of_record.items()}
        self._sent = {
            right_id: {name: value for delivery in found for name, value in delivery.wanted.items()}
            for right_id, found in of_record.items()
        }

    def late(self, record: Record) -> frozenset[str]:
        """Return the fields of which the vendor does not show yet what was written."""
        written = self._written.get(record.id)
        return not_arrived(resource=self._resource, record=record, written=written) if written else frozenset()

    def arrived(self, record: Record) -> Record:
        """Return the record as it is once what was written has arrived."""
        late = self.late(record)
        if not late:
            return record
        sent = {name: self._resource.field(name).from_json(self._sent[record.id].get(name)) for name in late}
        values = {**self._resource.values(record), **sent}
        return record._replace(values=tuple(values[declared.name] for declared in self._resource.fields))

    def veil(self, record: Record) -> Record:
        """Return the record with what has not arrived as unknown: it differs from nothing."""
        late = self.late(record)
        if not late:
            return record
        position = self._resource.position
        hidden = {position[name] for name in late}
        return record._replace(
            values=tuple(UNKNOWN if place in hidden else value for place, value in enumerate(record.values))
        )
