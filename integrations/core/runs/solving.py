"""What a comparison says of the error log: whatever could not be sent was settled otherwise, where both sides agree."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from integrations.core.compare import PairState, pairs_from_json
from integrations.core.declare import Record, Resource
from integrations.core.hub.endpoint import HubPeople
from integrations.core.jobs import under_way
from integrations.core.marks import release_held
from integrations.core.models import Delivery, Link, Mark, Problem, SyncRow, SyncRun
from integrations.core.problems import (
    CANNOT_BE_READ,
    JOB_LATE,
    OPEN,
    WARNED,
    solve_causes,
    solve_fields,
    solve_problems,
)


def solve_in_step(*, run: SyncRun, people: HubPeople, compared: Collection[str] | None) -> None:
    """Solve the problems of people who were found in step (G-09); ``compared`` are those looked at, None if all were.

    Belongs into the comparison's last transaction. There are few open problems, so one person after the other.
    """
    subject = {"connection": run.connection, "resource": run.resource}
    links = Link.objects.filter(**subject, state=Link.State.ACTIVE, gone_at=None)
    for link in links.filter(left_id__in=_told_of(run).values("left_id")):
        if compared is not None and link.left_id not in compared:
            continue
        left = people.read_one(link.left_id)
        agreed = _agreed(people.resource, link, left) if left is not None else set()
        solve_fields(connection=run.connection, resource=run.resource, left_id=link.left_id, names=agreed)
        solve_causes(connection=run.connection, resource=run.resource, left_id=link.left_id, causes={WARNED})
        solve_problems(connection=run.connection, resource=run.resource, left_id=link.left_id)
    _solve_arrived(run, people, compared=compared)


def _solve_arrived(run: SyncRun, people: HubPeople, *, compared: Collection[str] | None) -> None:
    """What a job that has not ended was to write is there: that it is late troubles nobody any more."""
    subject: dict[str, Any] = {"connection": run.connection, "resource": run.resource}
    waiting = SyncRow.objects.filter(run=run).exclude(left_id="").values("left_id")
    late = under_way().filter(**subject, state=Delivery.State.UNKNOWN).exclude(left_id__in=waiting)
    for delivery in late:
        link = Link.objects.filter(**subject, left_id=delivery.left_id, state=Link.State.ACTIVE, gone_at=None).first()
        left = people.read_one(delivery.left_id)
        if link is None or left is None or (compared is not None and delivery.left_id not in compared):
            continue
        if set(delivery.wanted) <= _agreed(people.resource, link, left):
            solve_causes(**subject, left_id=delivery.left_id, causes={JOB_LATE})


def release_readable(*, run: SyncRun, readable: Collection[str]) -> None:
    """Let go on of whom the vendor's record could not be read, and is by now (G-23); ``readable`` are right ids.

    Belongs into the comparison's last transaction. There are few such problems, so one person after the other.
    """
    subject = {"connection": run.connection, "resource": run.resource}
    told = Problem.objects.filter(**subject, cause=CANNOT_BE_READ, state__in=OPEN)
    links = Link.objects.filter(**subject, state=Link.State.ACTIVE, left_id__in=told.values("left_id"))
    for left_id, right_id in list(links.values_list("left_id", "right_id")):
        if right_id in readable:
            solve_causes(connection=run.connection, resource=run.resource, left_id=left_id, causes={CANNOT_BE_READ})
            release_held(
                connection_id=run.connection_id,
                resource=run.resource,
                held_by=Mark.Hold.PROBLEM,
                left_ids=[left_id],
            )


def _told_of(run: SyncRun) -> QuerySet[Problem]:
    """Return the open problems of people about whom nothing is to be decided, and no job of the vendor's is open."""
    subject = {"connection": run.connection, "resource": run.resource}
    waiting = SyncRow.objects.filter(run=run).exclude(left_id="").values("left_id")
    asked_on = under_way().filter(**subject).values("left_id")
    problems = Problem.objects.filter(**subject, state__in=OPEN)
    return problems.exclude(left_id__in=waiting).exclude(left_id__in=asked_on)


def _agreed(resource: Resource, link: Link, left: Record) -> set[str]:
    """Return the fields that both sides hold alike; one that the vendor does not show is none of them."""
    return {
        name
        for name, pair in pairs_from_json(resource, link.pairs).items()
        if pair.state is PairState.SETTLED and resource.field(name).key(resource.value(left, name)) == pair.left
    }
