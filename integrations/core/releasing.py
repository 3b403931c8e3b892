"""Held mass changes: what waits, and its release or drop by a person, of its own fields alone (G-17, G-37).

Both decisions are made once, whoever presses twice. A drop that is interrupted is finished by the sweep.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from employees import bulk
from integrations.core.calls import connector_of
from integrations.core.compare import Pair, edited_parts, pair_left, pair_to_json, pairs_digest, pairs_from_json
from integrations.core.declare import Record, Side
from integrations.core.held_changes import fingerprint_of, holding, ids_of, marks_of
from integrations.core.hub.absences import DELETED
from integrations.core.hub.absences import RESOURCE as ABSENCES
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.held import columns_held, columns_of, parts_held
from integrations.core.hub.tracking import SUBJECT
from integrations.core.kinds import UNKNOWN
from integrations.core.left_beside import leave_beside
from integrations.core.marks import HELD_BY, let_go, release, release_columns
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
from integrations.core.push.reviewed import settle_fields
from integrations.core.runs.deciding import put_decision, touch_rows
from integrations.core.work.ringing import ring_push

State = MassChange.State
PEOPLE_AT_ONCE: Final = 500
# The name under which the history tells what was left unsent; ``after`` are the fields' names.
NOT_SENT: Final = "not_sent"


# --- Decisions ----------------------------------------------------------------------------------------------


class Stale(Exception):
    """What it holds is not what was shown when it was decided."""


def release_mass_change(*, mass_change: MassChange, by: AbstractBaseUser, shown: str | None = None) -> bool:
    """Let everything that it holds be sent; returns False if it was decided already.

    Its later parts go by themselves. Whoever is disconnected or out of scope is held by the push itself. ``shown`` is
    the `fingerprint_of` the page that was confirmed; raises Stale if that is not so any more (G-21).
    """
    with transaction.atomic():
        if not _decide_shown(mass_change, State.RELEASED, by, shown):
            return False
        let_go(marks_of(mass_change), mass=mass_change.pk)
    return True


def drop_mass_change(*, mass_change: MassChange, by: AbstractBaseUser, shown: str | None = None) -> bool:
    """Leave both sides as they are; returns False if it was decided already. ``shown`` as for a release.

    What these people hold in the hub by now of its fields is remembered as left: neither the push nor a comparison
    takes it up before one of the two sides changes again. What else was edited of them goes by itself.
    """
    with transaction.atomic():
        if not _decide_shown(mass_change, State.DROPPED, by, shown):
            return False
    finish_dropping(mass_change=mass_change)
    return True


def _decide_shown(mass_change: MassChange, state: str, by: AbstractBaseUser, shown: str | None) -> bool:
    # First the mass change, then its marks: as whoever adds a later part locks them.
    if not _decide(mass_change, state, by):
        return False
    if shown is not None:
        list(marks_of(mass_change).select_for_update().order_by("pk").values_list("pk"))
        if shown != fingerprint_of(mass_change):
            raise Stale
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
    held = holding().order_by().values_list("held_by", "held_fields").distinct()
    ids = {pk for held_by, held_fields in held for pk in ids_of(held_by, held_fields)}
    decided = MassChange.objects.filter(pk__in=ids).exclude(state=State.HELD)
    for mass_change in decided:
        if mass_change.state == State.DROPPED:
            finish_dropping(mass_change=mass_change)
        else:
            let_go(marks_of(mass_change), mass=mass_change.pk)
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
        locked = {mark.left_id: mark for mark in marks.select_for_update().order_by("pk")}
        for resource, found in links.items():
            if resource == ABSENCES:
                _leave_absences(dropped, marks.filter(resource=resource))
                marks.filter(resource=resource, held_by=f"{HELD_BY}{pk}").delete()
            else:
                mine = {left_id: locked[left_id] for left_id in by_resource[resource] if left_id in locked}
                _take_off(dropped, mine, _leave(dropped, resource, found, mine))
    return len(chosen) == PEOPLE_AT_ONCE


def _take_off(dropped: MassChange, marks: Mapping[str, Mark], have_more: Collection[str]) -> None:
    """Take the mass change off marks; ``have_more`` are the people of whom something else is to be sent."""
    for mark in marks.values():
        release_columns(mark, str(dropped.pk))
    kept = [mark for left_id, mark in marks.items() if left_id in have_more or mark.held_fields]
    bulk.update(kept, ["held_fields", "held_by", "due", "attempts"])
    Mark.objects.filter(pk__in=[mark.pk for mark in marks.values() if mark not in kept]).delete()
    if kept:
        ring_push(dropped.connection_id)


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


def _leave(
    dropped: MassChange, resource_name: str, found: Mapping[str, Link], marks: Mapping[str, Mark]
) -> frozenset[str]:
    """Remember what the hub holds by now of its fields as left (invariant 6 keeps the right halves).

    Returns the people of whom something else was edited, or asked for by a person.
    """
    connection = Connection.objects.select_related("company").get(pk=dropped.connection_id)
    people = hub_people(connection=connection, resource=resource_name)
    left_as_is: dict[str, dict[str, bool]] = {}
    have_more = set()
    held = {left_id: columns_of(mark, dropped) for left_id, mark in marks.items()}
    # Before the settings change back, or nobody would know that it was dropped.
    beside = leave_beside(people, found, held)
    for record in people.read_anywhere(list(found)):
        link, mark = found[record.id], marks.get(record.id)
        if mark is None:
            continue
        pairs = pairs_from_json(people.resource, link.pairs)
        moved = _moved(people, record, pairs, held[record.id])
        others = parts_held(people, columns_held(mark, but=dropped.pk))
        edited = edited_values(people.resource, record, pairs={**pairs, **moved}, held=others)
        if edited.values or mark.wanted:
            have_more.add(record.id)
        if moved:
            stored = {name: pair_to_json(people.resource.field(name), pair) for name, pair in moved.items()}
            link.pairs = {**link.pairs, **stored}
            link.digest = pairs_digest(people.resource, link.pairs)
            left_as_is[record.id] = {name: name not in edited.values for name in moved}
    Link.objects.bulk_update(
        [found[left_id] for left_id in sorted({*beside, *left_as_is})], ["pairs", "digest"], batch_size=200
    )
    _leave_in_reviews(connection, resource_name, left_as_is, by=dropped.decided_by)
    _remember(dropped, left_as_is)
    return frozenset(have_more)


def _moved(people: HubPeople, record: Record, pairs: Mapping[str, Pair], columns: Collection[str]) -> dict[str, Pair]:
    """Return the pairs of what was edited of the columns, with the value of now left beside the vendor's."""
    moved = {}
    for name, held in parts_held(people, columns).items():
        declared, pair = people.resource.field(name), pairs.get(name)
        key = declared.key(people.resource.value(record, name))
        if pair is None or key is UNKNOWN or not declared.compared or not declared.may_go(Side.RIGHT):
            continue
        parts = edited_parts(declared, pair=pair, key=key) & held
        if parts:
            moved[name] = pair_left(declared, pair=pair, key=key, parts=parts)
    return moved


def _leave_in_reviews(
    connection: Connection,
    resource: str,
    left_as_is: Mapping[str, Mapping[str, bool]],
    *,
    by: AbstractBaseUser | None,
) -> None:
    """A review that is open chose the hub's value beforehand: it is left there, too, unless somebody decides anew.

    ``left_as_is`` says of each field whether all of it is left: of the rest the review shows too much.
    """
    rows = SyncRow.objects.filter(
        run__connection=connection,
        run__resource=resource,
        run__state=SyncRun.State.REVIEW,
        state=SyncRow.State.OPEN,
        left_id__in=left_as_is,
    )
    chosen = SyncField.objects.filter(row__in=rows, change=SyncField.Change.LEFT, decision=SyncField.Decision.LEFT)
    fields = [field for field in chosen.select_related("row") if field.field in left_as_is[field.row.left_id]]
    whole = [field for field in fields if left_as_is[field.row.left_id][field.field]]
    touch_rows(SyncRow.objects.filter(pk__in={field.row_id for field in whole}), by)
    put_decision(SyncField.objects.filter(pk__in=[field.pk for field in whole]), SyncField.Decision.LEAVE, by)
    for field in fields:
        if field not in whole:
            settle_fields(connection=connection, resource=resource, left_id=field.row.left_id, names=[field.field])


def _remember(dropped: MassChange, left_as_is: Mapping[str, Iterable[str]]) -> None:
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
