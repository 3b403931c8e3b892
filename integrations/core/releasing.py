"""Held mass changes: what waits, and its release or drop by a person (G-17).

Both decisions are made once, whoever presses twice. A drop that is interrupted is finished by the sweep.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from absences.models import Absence
from integrations.core.amounts import OF_ABSENCES, OfMassChange
from integrations.core.calls import connector_of
from integrations.core.compare import Pair, PairState, pair_to_json, pairs_digest, pairs_from_json
from integrations.core.declare import Record, Resource
from integrations.core.hub.absences import DELETED, pk_of
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.mass_changes import HELD_BY
from integrations.core.hub.tracking import SUBJECT
from integrations.core.marks import IDS_AT_ONCE, release
from integrations.core.models import (
    Connection,
    Delivery,
    FieldChange,
    Link,
    Mark,
    MassChange,
    SyncField,
    SyncRow,
    SyncRun,
)
from integrations.core.push.edited import edited_values
from integrations.core.push.others import others_of
from integrations.core.runs.deciding import put_decision, touch_rows

State = MassChange.State
PEOPLE_AT_ONCE: Final = 500
# The name under which the history tells what was left unsent; ``after`` are the fields' names.
NOT_SENT: Final = "not_sent"


# --- What waits ---------------------------------------------------------------------------------------------


def marks_of(mass_change: MassChange) -> QuerySet[Mark]:
    """Return the marks that the mass change holds."""
    return Mark.objects.filter(connection=mass_change.connection_id, held_by=f"{HELD_BY}{mass_change.pk}")


def held_mass_changes(connections: Iterable[Connection]) -> dict[int, list[Any]]:
    """Return connection → its mass changes that hold somebody, oldest first, with ``waiting``: how much.

    Two queries, and one per mass change of absences. What nobody waits for any more (a synchronisation settled it)
    is not among them.
    """
    held = Mark.objects.filter(connection__in=list(connections), held_by__startswith=HELD_BY)
    counted = held.order_by().values("held_by").annotate(people=Count("pk", filter=~OF_ABSENCES), marks=Count("pk"))
    counts = {
        int(held_by.removeprefix(HELD_BY)): (people, marks)
        for held_by, people, marks in counted.values_list("held_by", "people", "marks")
    }
    found: dict[int, list[Any]] = {}
    shown: Any = MassChange.objects.filter(pk__in=counts, state=State.HELD).select_related("by").order_by("pk")
    for mass_change in shown:
        people, marks = counts[mass_change.pk]
        mass_change.waiting = waiting_of(mass_change) if people < marks else OfMassChange(people=people)
        found.setdefault(mass_change.connection_id, []).append(mass_change)
    return found


def waiting_of(mass_change: MassChange) -> OfMassChange:
    """Return how much the mass change holds; absences that are gone are counted, their people are not known."""
    left_ids = marks_of(mass_change).filter(OF_ABSENCES).values_list("left_id", flat=True)
    pks = [pk for left_id in left_ids.iterator() if (pk := pk_of(left_id)) is not None]
    if not pks:
        return OfMassChange(people=marks_of(mass_change).count())
    people: set[int] = set()
    for start in range(0, len(pks), IDS_AT_ONCE):
        part = Absence.objects.filter(pk__in=pks[start : start + IDS_AT_ONCE])
        people.update(part.order_by().values_list("employee", flat=True).distinct())
    return OfMassChange(people=len(people), absences=len(pks))


# --- Decisions ----------------------------------------------------------------------------------------------


def release_mass_change(*, mass_change: MassChange, by: AbstractBaseUser) -> bool:
    """Let everything that it holds be sent; returns False if it was decided already.

    Its later parts go by themselves. Whoever is disconnected or out of scope is held by the push itself.
    """
    with transaction.atomic():
        if not _decide(mass_change, State.RELEASED, by):
            return False
        release(marks_of(mass_change))
    return True


def drop_mass_change(*, mass_change: MassChange, by: AbstractBaseUser) -> bool:
    """Leave both sides as they are; returns False if it was decided already.

    What these people hold in the hub by now is remembered as left: neither the push nor a comparison takes it up
    before one of the two sides changes again.
    """
    if not _decide(mass_change, State.DROPPED, by):
        return False
    finish_dropping(mass_change=mass_change)
    return True


def _decide(mass_change: MassChange, state: str, by: AbstractBaseUser) -> bool:
    held = MassChange.objects.filter(pk=mass_change.pk, state=State.HELD)
    return bool(held.update(state=state, decided_by_id=by.pk, decided_at=timezone.now()))


def finish_dropping(*, mass_change: MassChange) -> None:
    """Take off what a dropped mass change still holds, some people a transaction."""
    while _drop_some(mass_change.pk):
        pass


def finish_decided() -> int:
    """Finish what was interrupted after its decision; return how many mass changes that were."""
    held = Mark.objects.filter(held_by__startswith=HELD_BY).order_by().values_list("held_by", flat=True).distinct()
    ids = [int(held_by.removeprefix(HELD_BY)) for held_by in held]
    decided = MassChange.objects.filter(pk__in=ids).exclude(state=State.HELD)
    for mass_change in decided:
        if mass_change.state == State.DROPPED:
            finish_dropping(mass_change=mass_change)
        else:
            release(marks_of(mass_change))
    return len(decided)


def _drop_some(pk: int) -> bool:
    """Return whether there may be more to do."""
    with transaction.atomic():
        # Held again by a later part of its operation: whoever is left is asked about anew.
        dropped = MassChange.objects.select_for_update().filter(pk=pk, state=State.DROPPED).first()
        if dropped is None:
            return False
        chosen = list(_idle(marks_of(dropped)).order_by("pk").values_list("pk", "resource", "left_id")[:PEOPLE_AT_ONCE])
        by_resource: dict[str, list[str]] = {}
        for _pk, resource, left_id in chosen:
            by_resource.setdefault(resource, []).append(left_id)
        # Links before marks, as everybody who ends a write locks them.
        links = {resource: _locked_links(dropped, resource, left_ids) for resource, left_ids in by_resource.items()}
        marks = marks_of(dropped).filter(pk__in=[pk for pk, _resource, _left_id in chosen])
        list(marks.select_for_update().order_by("pk").values_list("pk"))
        for resource, found in links.items():
            if resource == ABSENCES:
                _leave_absences(dropped, marks.filter(resource=resource))
            else:
                _leave(dropped, resource, found)
        marks_of(dropped).filter(pk__in=[pk for pk, _resource, _left_id in chosen]).delete()
    return len(chosen) == PEOPLE_AT_ONCE


def _idle(marks: QuerySet[Mark]) -> QuerySet[Mark]:
    """Whose earlier edit is being written right now waits for the end of that, and for the sweep."""
    open_ones = Delivery.objects.filter(
        connection=OuterRef("connection"),
        resource=OuterRef("resource"),
        left_id=OuterRef("left_id"),
        state__in=Delivery.OPEN,
    )
    return marks.filter(~Exists(open_ones))


def _locked_links(dropped: MassChange, resource: str, left_ids: Collection[str]) -> dict[str, Link]:
    links = Link.objects.filter(connection=dropped.connection_id, resource=resource, left_id__in=left_ids)
    holding = links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
    return {link.left_id: link for link in holding.select_for_update().order_by("pk")}


def _leave_absences(dropped: MassChange, marks: QuerySet[Mark]) -> None:
    """Remember what the absences are by now as left; what is half written goes on."""
    connection = Connection.objects.get(pk=dropped.connection_id)
    wanted = dict(marks.values_list("left_id", "wanted"))
    deleted = {left_id: more[DELETED] for left_id, more in wanted.items() if DELETED in more}
    for push in others_of(connection, connector_of(connection)):
        release(marks.filter(left_id__in=push.leave(list(wanted), deleted=deleted)))


def _leave(dropped: MassChange, resource_name: str, found: Mapping[str, Link]) -> None:
    """Remember the values that the hub holds by now as left as they are (invariant 6 keeps the right halves)."""
    connection = Connection.objects.select_related("company").get(pk=dropped.connection_id)
    people = hub_people(connection=connection, resource=resource_name)
    left_as_is: dict[str, list[str]] = {}
    for record in people.read(list(found)):
        link = found[record.id]
        moved = _moved(people.resource, record, pairs_from_json(people.resource, link.pairs))
        if not moved:
            continue
        pairs = {name: pair_to_json(people.resource.field(name), pair) for name, pair in moved.items()}
        link.pairs = {**link.pairs, **pairs}
        link.digest = pairs_digest(people.resource, link.pairs)
        left_as_is[record.id] = list(moved)
    Link.objects.bulk_update([found[left_id] for left_id in left_as_is], ["pairs", "digest"], batch_size=200)
    _leave_in_reviews(connection, resource_name, left_as_is, by=dropped.decided_by)
    _remember(dropped, left_as_is)


def _moved(resource: Resource, record: Record, pairs: Mapping[str, Pair]) -> dict[str, Pair]:
    """Return the pairs of what was edited since the last send, with the value of now left beside the vendor's."""
    edited = edited_values(resource, record, pairs=pairs)
    moved = {}
    for name in (*edited.values, *edited.kept, *edited.by_rule):
        key, right = resource.field(name).key(resource.value(record, name)), pairs[name].right
        moved[name] = Pair(key, right, PairState.SETTLED if key == right else PairState.LEFT_AS_IS)
    return moved


def _leave_in_reviews(
    connection: Connection,
    resource: str,
    left_as_is: Mapping[str, Collection[str]],
    *,
    by: AbstractBaseUser | None,
) -> None:
    """A review that is open chose the hub's value beforehand: it is left there, too, unless somebody decides anew."""
    rows = SyncRow.objects.filter(
        run__connection=connection,
        run__resource=resource,
        run__state=SyncRun.State.REVIEW,
        state=SyncRow.State.OPEN,
        left_id__in=left_as_is,
    )
    chosen = SyncField.objects.filter(row__in=rows, change=SyncField.Change.LEFT, decision=SyncField.Decision.LEFT)
    fields = [field for field in chosen.select_related("row") if field.field in left_as_is[field.row.left_id]]
    touch_rows(SyncRow.objects.filter(pk__in={field.row_id for field in fields}), by)
    put_decision(SyncField.objects.filter(pk__in=[field.pk for field in fields]), SyncField.Decision.LEAVE, by)


def _remember(dropped: MassChange, left_as_is: Mapping[str, Collection[str]]) -> None:
    FieldChange.objects.bulk_create(
        FieldChange(
            subject=SUBJECT,
            subject_id=left_id,
            field=NOT_SENT,
            before=None,
            after=list(names),
            connection_id=dropped.connection_id,
            user_id=dropped.decided_by_id,
            at=timezone.now(),
        )
        for left_id, names in left_as_is.items()
    )
