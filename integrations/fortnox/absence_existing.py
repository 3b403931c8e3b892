"""Absences that were approved before the transfer was turned on: which those are, and sending them (FX-18)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from django.db import transaction

from absences.models import Absence
from integrations.core.hub.absences import RESOURCE, VALUES, left_id_of, mark_left_ids
from integrations.core.models import Connection, Link
from integrations.fortnox.absence_planning import GONE, Planner
from integrations.fortnox.absence_rows import plain

AT_ONCE: Final = 500


def existing_absences(*, connection: Connection, since: date) -> list[int]:
    """Return the approved absences with a day from ``since`` on that go only when somebody says so, oldest first."""
    on_since = Planner(connection).on_since
    if on_since is None:
        return []
    found = Absence.objects.filter(
        employee__company=connection.company_id,
        status=Absence.Status.APPROVED,
        decided_at__lt=on_since,
        start__gte=since,
    )
    links = Link.objects.filter(connection=connection, resource=RESOURCE).exclude(state__in=GONE)
    linked = set(links.values_list("left_id", flat=True))
    return [pk for pk in found.order_by("start", "pk").values_list("pk", flat=True) if left_id_of(pk) not in linked]


def send_existing(*, connection: Connection, versions: Mapping[int, int]) -> list[int]:
    """Have the chosen absences sent as they were shown (pk → version); returns those that still are so."""
    sent: list[int] = []
    for part in _parts(sorted(versions)):
        absences = Absence.objects.filter(pk__in=part, employee__company=connection.company_id)
        chosen = [pk for pk, version in absences.values_list("pk", "version") if version == versions[pk]]
        _send(connection, chosen)
        sent += chosen
    return sent


def _send(connection: Connection, pks: list[int]) -> None:
    with transaction.atomic():
        subjects = Planner(connection).chosen([left_id_of(pk) for pk in pks])
        Link.objects.bulk_create(
            [
                Link(
                    connection=connection,
                    resource=RESOURCE,
                    left_id=left_id,
                    right_id=left_id,
                    options={VALUES: plain(subject.stored)},
                    state=Link.State.ACTIVE,
                )
                for left_id, subject in subjects.items()
                if subject.parent is None
            ],
            batch_size=200,
        )
        mark_left_ids(connection, sorted(subjects), bulk=True)


def _parts(pks: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(pks), AT_ONCE):
        yield pks[start : start + AT_ONCE]
