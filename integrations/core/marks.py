"""The work list of the push: marks are raised, held, released and taken off (architecture, Mark)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
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

from employees import bulk
from integrations.core.declare import NOTHING
from integrations.core.models import Delivery, HeldEdit, Mark, MassChange
from integrations.core.work.ringing import ring_push, ring_push_bulk

AT_ONCE: Final = 500
PRIORITY: Final = PositiveSmallIntegerField()
COUNT: Final = PositiveIntegerField()
IDS_AT_ONCE: Final = 5_000
# What stands in `Mark.held_by` before the mass change's key, and in `Mark.held_fields` for all of a person's columns.
HELD_BY: Final = "mass:"
EVERYTHING: Final = "*"
Columns = Mapping[str, Collection[str]]
# What an edit may have mended.
LOOKED_AT_ANEW: Final = (Mark.Hold.PROBLEM, Mark.Hold.LATER, Mark.Hold.OVERLAP, Mark.Hold.OUTSIDE)


def mark(
    *,
    connection_id: int,
    resource: str,
    left_ids: Sequence[str],
    priority: int = Mark.Priority.INTERACTIVE,
    held_by: str = "",
    columns: Columns = NOTHING,
    by_id: int | None = None,
) -> None:
    """Mark records as changed, in the transaction that changes them.

    A person's own edit goes before many people's, and is tried anew where the one before was refused. A mark that is
    held for another reason stays so, whatever is edited. ``columns`` are those of each record that a user changed: a
    mass change holds these alone, and any other change takes them out of the mass changes that hold them (G-37).
    """
    mass = held_by.removeprefix(HELD_BY) if columns else ""
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
                held_fields={mass: sorted(columns[left_id])} if mass else {},
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
    # What else waits of the person goes on, and is looked at first: it holds the mark by itself where nothing does.
    hold = "" if mass else held_by
    waits = refused | Q(held_by="") if hold else refused
    for start in range(0, len(left_ids), IDS_AT_ONCE):
        Mark.objects.filter(
            connection_id=connection_id, resource=resource, left_id__in=left_ids[start : start + IDS_AT_ONCE]
        ).update(
            version=F("version") + 1,
            priority=Least("priority", Value(priority, PRIORITY)),
            held_by=Case(When(waits, then=Value(hold)), default=F("held_by")),
            due=Case(When(refused, then=Value(now)), default=F("due")),
            attempts=Case(When(refused, then=Value(0, COUNT)), default=F("attempts")),
        )
    if columns:
        marks = Mark.objects.filter(connection_id=connection_id, resource=resource)
        _move_columns(marks.filter(version__gt=1) if mass else marks.exclude(held_fields={}), columns, mass, by_id)


def _move_columns(marks: QuerySet[Mark], columns: Columns, mass: str, by_id: int | None) -> None:
    """Give columns to a mass change, or to nobody: whatever held them before has them no more.

    The rows are locked by the statement that raised their versions.
    """
    now, ids = timezone.now(), list(columns)
    for start in range(0, len(ids), IDS_AT_ONCE):
        found = list(marks.filter(left_id__in=ids[start : start + IDS_AT_ONCE]))
        lost: list[dict[str, Any]] = []
        for each in found:
            edited = columns[each.left_id]
            lost += [
                {"mass_change_id": int(key), "left_id": each.left_id, "field": column, "by_id": by_id, "at": now}
                for key, held in each.held_fields.items()
                for column in held
                if key != mass and column in edited and column != EVERYTHING
            ]
            each.held_fields = _moved(each.held_fields, edited, mass)
            if not mass and each.held_by.startswith(HELD_BY) and not _is_held_whole(each):
                each.held_by, each.due, each.attempts = "", now, 0
        bulk.update(found, ["held_fields", "held_by", "due", "attempts"])
        bulk.insert(HeldEdit, lost)


def _moved(held: Mapping[str, list[str]], edited: Collection[str], mass: str) -> dict[str, list[str]]:
    rest = {
        key: [column for column in columns if key == mass or column == EVERYTHING or column not in edited]
        for key, columns in held.items()
    }
    if mass:
        rest[mass] = sorted({*rest.get(mass, ()), *edited})
    return {key: columns for key, columns in rest.items() if columns}


def _is_held_whole(mark: Mark) -> bool:
    return any(EVERYTHING in columns for columns in mark.held_fields.values())


def let_go(marks: QuerySet[Mark], *, mass: int) -> None:
    """Let what a mass change holds be sent, or be taken for sent: in parts, each a transaction. Rings for it."""
    mine = f"{HELD_BY}{mass}"
    release(marks.filter(held_by=mine, held_fields={}))
    while _let_some_go(marks.filter(held_fields__has_key=str(mass)), str(mass)):
        pass


def _let_some_go(marks: QuerySet[Mark], mass: str) -> bool:
    with transaction.atomic():
        found = list(marks.select_for_update().order_by("pk")[:IDS_AT_ONCE])
        for each in found:
            release_columns(each, mass)
        bulk.update(found, ["held_fields", "held_by", "due", "attempts"])
        for connection_id in {each.connection_id for each in found}:
            ring_push(connection_id)
    return bool(found)


def release_columns(mark: Mark, mass: str) -> None:
    """Take a mass change's columns off a mark, which is to be saved: whatever is left waits for its own reason."""
    mark.held_fields = {key: columns for key, columns in mark.held_fields.items() if key != mass}
    if mark.held_by.startswith(HELD_BY) or mark.held_by in LOOKED_AT_ANEW:
        mark.held_by, mark.due, mark.attempts = "", timezone.now(), 0


def held_whole(*, connection_id: int, resource: str) -> set[str]:
    """Return the left ids of which everything waits with a mass change that nobody has decided on yet.

    Belongs into the transaction that marks them: whoever releases or drops it meanwhile waits for the end of that.
    """
    undecided = MassChange.objects.filter(connection=connection_id, state=MassChange.State.HELD)
    pks = list(undecided.select_for_update().order_by("pk").values_list("pk", flat=True))
    marks = Mark.objects.filter(connection=connection_id, resource=resource, held_fields={})
    return set(marks.filter(held_by__in=[f"{HELD_BY}{pk}" for pk in pks]).values_list("left_id", flat=True))


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
    over = {**before.get("over", {}), **more.get("over", {})}
    return {**before, **more, **({"fields": fields} if fields else {}), **({"over": over} if over else {})}


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
