"""A change of many people at once: above a connection's limit its marks wait for a person (G-17)."""

from collections.abc import Collection
from typing import Final

from django.db import IntegrityError, transaction

from employees.tracking import Operation
from integrations.core.models import Connection, Link, MassChange, Notification
from integrations.core.work.ringing import ring_reports

HELD_BY: Final = "mass:"
IDS_AT_ONCE: Final = 5_000


def held_by(*, connection: Connection, operation: Operation, resource: str) -> str:
    """Return what holds the operation's marks for a connection, or an empty string.

    Decided at the operation's first change and kept: whoever released it once is not asked for its later parts.
    """
    known = MassChange.objects.filter(connection=connection, key=operation.key).first()
    if known is None:
        people = linked_people(connection=connection, resource=resource, employee_ids=operation.changed())
        if people <= connection.push_limit:
            return ""
        known = _remember(connection, operation, people)
    return f"{HELD_BY}{known.pk}" if known.state == MassChange.State.HELD else ""


def _remember(connection: Connection, operation: Operation, people: int) -> MassChange:
    fields = {"label": operation.label, "people": people, "by_id": operation.user_id}
    try:
        with transaction.atomic():
            mass = MassChange.objects.create(connection=connection, key=operation.key, **fields)
            Notification.objects.create(
                key=f"mass_change:{mass.pk}",
                connection=connection,
                recipients=list(connection.recipients),
                data={"mass_change": mass.pk},
            )
    except IntegrityError:
        return MassChange.objects.get(connection=connection, key=operation.key)
    ring_reports()
    return mass


def linked_people(*, connection: Connection, resource: str, employee_ids: Collection[int]) -> int:
    """Count those of the people whose changes go to the vendor by themselves."""
    links = Link.objects.filter(connection=connection, resource=resource, state=Link.State.ACTIVE)
    ids = [str(employee_id) for employee_id in employee_ids]
    parts = [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]
    return sum(links.filter(left_id__in=part).count() for part in parts)
