"""Mass changes of absences that somebody drops: how they are left unsent (G-17)."""

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.core.hub.absences import RESOURCE, VALUES
from integrations.core.models import Connection, Link
from integrations.core.problems import solve_causes
from integrations.fortnox.absence_planning import JOURNAL, REFUSED, Planner, Subject, version_of
from integrations.fortnox.absence_rows import plain
from integrations.fortnox.absence_telling import OUTSIDE
from integrations.fortnox.absence_types import LEFT


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
    for inside in (each for each in leaving if not each.values.outside):
        # The days are within the employment by now: nobody can be asked to confirm them.
        solve_causes(connection=connection, resource=RESOURCE, left_id=inside.left_id, causes={OUTSIDE})
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
