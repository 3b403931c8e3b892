"""Who takes part in a connection (G-13): links leave it and come back as its scope does."""

from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.models import Employee
from employees.tracking import Reach
from integrations.core.hub.by_settings import settings_operation
from integrations.core.hub.mass_changes import held_by, whom_it_holds
from integrations.core.hub.scope import people_in_scope
from integrations.core.hub.tracking import RESOURCE
from integrations.core.marks import EVERYTHING, mark, release
from integrations.core.models import Connection, Link, Mark, SyncRow, SyncRun


class Moved(NamedTuple):
    """How many people's links left the scope, and how many came back; of how many of them edits wait for a release."""

    out: int
    back: int
    held: int = 0


def move_links(*, connection: Connection) -> Moved:
    """Let the links follow the connection's scope; nothing is deleted, and a disconnected person stays so.

    What waits for decisions in a review of people who left is left as it is. Of whoever comes back, what was edited
    in the hub meanwhile is sent, and the next comparison shows the rest.
    """
    inside = people_in_scope(connection=connection)
    outside = Employee.objects.filter(company=connection.company_id).exclude(pk__in=inside.values("pk"))
    links = Link.objects.filter(connection=connection, resource=RESOURCE)
    with transaction.atomic():
        out = links.filter(state=Link.State.ACTIVE, left_id__in=_ids(outside)).update(state=Link.State.OUT_OF_SCOPE)
        back = links.filter(state=Link.State.OUT_OF_SCOPE, left_id__in=_ids(inside)).update(state=Link.State.ACTIVE)
        marks = Mark.objects.filter(connection=connection, resource=RESOURCE)
        returned = marks.filter(held_by=Mark.Hold.SCOPE, left_id__in=_ids(inside))
        held = _hold_many(connection, list(returned.order_by("pk").values_list("left_id", flat=True)))
        release(returned)
        SyncRow.objects.filter(
            run__connection=connection,
            run__resource=RESOURCE,
            run__state=SyncRun.State.REVIEW,
            state=SyncRow.State.OPEN,
            left_id__in=_ids(outside),
        ).update(
            state=SyncRow.State.SKIPPED,
            reason=_("The person takes no part in the connection any more."),
            ended_at=timezone.now(),
        )
    return Moved(out, back, held)


def _hold_many(connection: Connection, left_ids: list[str]) -> int:
    """What was edited meanwhile of more people than the connection's limit waits for somebody (G-17)."""
    changed = dict.fromkeys(map(int, left_ids))
    operation = settings_operation(connection, lambda: Reach(changed=changed, after=lambda ids: {}))
    hold = held_by(connection=connection, operation=operation, resource=RESOURCE) if left_ids else ""
    if not hold:
        return 0
    held = sorted(whom_it_holds(connection=connection, operation=operation, resource=RESOURCE, changed=changed))
    mark(
        connection_id=connection.pk,
        resource=RESOURCE,
        left_ids=held,
        priority=Mark.Priority.BULK,
        held_by=hold,
        columns=dict.fromkeys(held, (EVERYTHING,)),
    )
    return len(held)


def _ids(people: QuerySet[Employee]) -> Any:
    return people.annotate(text_id=Cast("pk", CharField())).values("text_id")
