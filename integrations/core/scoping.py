"""Who takes part in a connection (G-13): links leave it and come back as its scope does."""

from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.models import Employee
from integrations.core.hub.scope import people_in_scope
from integrations.core.hub.tracking import RESOURCE
from integrations.core.marks import release
from integrations.core.models import Connection, Link, Mark, SyncRow, SyncRun


class Moved(NamedTuple):
    """How many people's links left the scope, and how many came back."""

    out: int
    back: int


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
        release(marks.filter(held_by=Mark.Hold.SCOPE, left_id__in=_ids(inside)))
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
    return Moved(out, back)


def _ids(people: QuerySet[Employee]) -> Any:
    return people.annotate(text_id=Cast("pk", CharField())).values("text_id")
