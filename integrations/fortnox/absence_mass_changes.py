"""Mass changes of absences: which of them would be sent, and how they are left unsent (G-17)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from absences.tracking import ReachedAbsence
from integrations.core.hub.absences import RESOURCE, left_id_of
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.models import Connection, Link
from integrations.fortnox.absence_planning import JOURNAL, REFUSED, VALUES, Planner, Subject, version_of
from integrations.fortnox.absence_rows import plain
from integrations.fortnox.absence_types import LEFT

IDS_AT_ONCE: Final = 5_000


def reached_by(connection: Connection, absences: Sequence[ReachedAbsence]) -> list[ReachedAbsence]:
    """Return those of linked people whose type is transferred, or that are in Fortnox already."""
    planner = Planner(connection)
    if not planner.settings.create_absences:
        return []
    people = _linked(connection, PEOPLE, {str(absence.employee) for absence in absences})
    ours = _linked(connection, RESOURCE, {left_id_of(absence.pk) for absence in absences if absence.pk is not None})
    return [
        absence
        for absence in absences
        if str(absence.employee) in people
        and (
            (absence.pk is not None and left_id_of(absence.pk) in ours)
            or (_is_sent(planner, absence.type) and not _is_from_before(planner, absence))
        )
    ]


def _is_sent(planner: Planner, type_id: int) -> bool:
    answer = planner.mapped.get(type_id)
    return answer is not None and bool(answer.cause)


def _is_from_before(planner: Planner, absence: ReachedAbsence) -> bool:
    since, decided_at = planner.on_since, absence.decided_at
    return since is not None and decided_at is not None and decided_at < since


def _linked(connection: Connection, resource: str, left_ids: set[str]) -> set[str]:
    links = Link.objects.filter(connection=connection, resource=resource, state=Link.State.ACTIVE)
    wanted = sorted(left_ids)
    found: set[str] = set()
    for start in range(0, len(wanted), IDS_AT_ONCE):
        part = links.filter(left_id__in=wanted[start : start + IDS_AT_ONCE])
        found.update(part.values_list("left_id", flat=True))
    return found


def leave_unsent(connection: Connection, left_ids: Sequence[str], *, deleted: Mapping[str, Any]) -> list[str]:
    """Remember that these absences, as they are, are not to be sent; returns those that are half written."""
    subjects = Planner(connection).subjects(left_ids, deleted=deleted)
    half_written = [
        left_id for left_id, subject in subjects.items() if subject.options.get(REFUSED) or subject.options.get(JOURNAL)
    ]
    leaving = [subject for left_id, subject in subjects.items() if left_id not in half_written]
    # What was approved before the transfer goes only when somebody says so, anyway.
    new = [_new_link(connection, each) for each in leaving if each.parent is None and not each.values.before]
    Link.objects.bulk_create(new, batch_size=200)
    parents = [_marked(each.parent, each) for each in leaving if each.parent is not None]
    Link.objects.bulk_update(parents, ["options"], batch_size=200)
    return half_written


def _new_link(connection: Connection, subject: Subject) -> Link:
    return Link(
        connection=connection,
        resource=RESOURCE,
        left_id=subject.left_id,
        right_id=subject.left_id,
        options={VALUES: plain(subject.stored), LEFT: version_of(subject.stored)},
        state=Link.State.ACTIVE,
    )


def _marked(parent: Link, subject: Subject) -> Link:
    parent.options = {**parent.options, LEFT: version_of(subject.stored)}
    return parent
