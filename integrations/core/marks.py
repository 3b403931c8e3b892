"""The work list of the push: marks are raised, held, released and taken off (architecture, Mark)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Least
from django.utils import timezone

from integrations.core.models import Delivery, Mark
from integrations.core.work.ringing import ring_push, ring_push_bulk

AT_ONCE: Final = 500
PRIORITY: Final = PositiveSmallIntegerField()
COUNT: Final = PositiveIntegerField()
IDS_AT_ONCE: Final = 5_000
# What an edit may have mended.
LOOKED_AT_ANEW: Final = (Mark.Hold.PROBLEM, Mark.Hold.LATER, Mark.Hold.OVERLAP, Mark.Hold.OUTSIDE)


def mark(
    *,
    connection_id: int,
    resource: str,
    left_ids: Sequence[str],
    priority: int = Mark.Priority.INTERACTIVE,
    held_by: str = "",
) -> None:
    """Mark records as changed, in the transaction that changes them.

    A person's own edit goes before many people's, and is tried anew where the one before was refused. A mark that is
    held for another reason stays so, whatever is edited.
    """
    # The first statement adds the mark or takes hold of the one there is: a push that has just sent the version
    # before must wait with its deletion, and then finds a version above the one it sent.
    now = timezone.now()
    Mark.objects.bulk_create(
        [
            Mark(
                connection_id=connection_id,
                resource=resource,
                left_id=left_id,
                version=0,
                priority=priority,
                due=now,
                held_by=held_by,
                changed_at=now,
            )
            for left_id in left_ids
        ],
        update_conflicts=True,
        unique_fields=["connection", "resource", "left_id"],
        update_fields=["changed_at"],
        batch_size=AT_ONCE,
    )
    refused = Q(held_by__in=LOOKED_AT_ANEW)
    waits = refused | Q(held_by="") if held_by else refused
    for start in range(0, len(left_ids), IDS_AT_ONCE):
        Mark.objects.filter(
            connection_id=connection_id, resource=resource, left_id__in=left_ids[start : start + IDS_AT_ONCE]
        ).update(
            version=F("version") + 1,
            priority=Least("priority", Value(priority, PRIORITY)),
            held_by=Case(When(waits, then=Value(held_by)), default=F("held_by")),
            due=Case(When(refused, then=Value(now)), default=F("due")),
            attempts=Case(When(refused, then=Value(0, COUNT)), default=F("attempts")),
        )


def may_go() -> QuerySet[Mark]:
    """Return the marks that nothing keeps from being sent now."""
    return nobody_holds().filter(due__lte=timezone.now())


def nobody_holds() -> QuerySet[Mark]:
    """Return the marks that go once they are due: whoever is being written waits for the end of that."""
    open_ones = Delivery.objects.filter(
        connection=OuterRef("connection"),
        resource=OuterRef("resource"),
        left_id=OuterRef("left_id"),
        state__in=Delivery.OPEN,
    )
    return Mark.objects.filter(~Exists(open_ones), held_by="")


def want(*, connection_id: int, resource: str, wanted: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Mark records to be sent with what a person decided beyond the edits: left id → `Mark.wanted`, one or more.

    Belongs into the caller's transaction. One record goes before many.
    """
    ids = sorted(wanted)
    priority = Mark.Priority.INTERACTIVE if len(ids) == 1 else Mark.Priority.BULK
    mark(connection_id=connection_id, resource=resource, left_ids=ids, priority=priority)
    found = list(Mark.objects.select_for_update().filter(connection=connection_id, resource=resource, left_id__in=ids))
    for each in found:
        for more in wanted[each.left_id]:
            each.wanted = _merged(each.wanted, more)
    Mark.objects.bulk_update(found, ["wanted"], batch_size=AT_ONCE)
    ring_push(connection_id)
    if len(ids) > 1:
        ring_push_bulk(connection_id)


def _merged(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    fields = sorted({*before.get("fields", []), *more.get("fields", [])})
    return {**before, **more, **({"fields": fields} if fields else {})}


def release(marks: QuerySet[Mark]) -> int:
    """Let held marks be sent from now on; returns how many. Rings for their connections."""
    connections = list(marks.order_by().values_list("connection", flat=True).distinct())
    released = marks.update(held_by="", due=timezone.now(), attempts=0)
    for connection_id in connections:
        ring_push(connection_id)
    return released


def hasten(*, connection_id: int, resource: str) -> int:
    """Let what waits for its next try be tried now; returns how many marks nobody holds. Rings for them."""
    waiting = Mark.objects.filter(connection=connection_id, resource=resource, held_by="")
    waiting.filter(due__gt=timezone.now()).update(due=timezone.now())
    count = waiting.count()
    if count:
        ring_push(connection_id)
        ring_push_bulk(connection_id)
    return count


def release_held(*, connection_id: int, resource: str, held_by: str, left_ids: Iterable[str] | None = None) -> int:
    """Release what one reason holds, of everybody or of some."""
    marks = Mark.objects.filter(connection_id=connection_id, resource=resource, held_by=held_by)
    if left_ids is None:
        return release(marks)
    ids = list(left_ids)
    return sum(
        release(marks.filter(left_id__in=ids[start : start + IDS_AT_ONCE])) for start in range(0, len(ids), IDS_AT_ONCE)
    )
