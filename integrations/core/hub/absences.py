"""Receivers that mark absences in the transaction that changes them, for integrations that push absences (FX-11).

A mark's left id is ``absence:<pk>``, so that it is never taken for a person's. Of a deleted absence the mark holds the
last values: what stands at the vendor is still to be taken away.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from contextvars import ContextVar
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_save
from django.utils.translation import gettext as _

from absences.deciding import as_they_are, reach_of_counting
from absences.models import Absence, AbsenceType, ConfirmedDays
from absences.tracking import ABSENCES, AbsenceReach, ReachedAbsence, bulk_change_finished, bulk_change_starting
from employees.tracking import Operation, current_operation, operating
from integrations.core.hub.acting import current_actor
from integrations.core.hub.mass_changes import held_by
from integrations.core.marks import IDS_AT_ONCE, mark
from integrations.core.models import Connection, Link, Mark
from integrations.core.registry import manifests
from integrations.core.work.ringing import ring_push, ring_push_bulk

RESOURCE: Final = "absences"
ABSENCE: Final = "absence:"
# About a person, such as a schedule without hours: a problem of all the person's absences.
PERSON: Final = "person:"
DELETED: Final = "deleted"
# In the options of an absence's link: what stands at the vendor was made of these values (`values_of`).
VALUES: Final = "values"
GONE: Final = (Link.State.GONE_LEFT, Link.State.GONE_RIGHT)


def left_id_of(pk: int) -> str:
    return f"{ABSENCE}{pk}"


def pk_of(left_id: str, *, prefix: str = ABSENCE) -> int | None:
    """Return the primary key in a left id of this prefix, None in any other."""
    number = left_id.removeprefix(prefix)
    return int(number) if left_id.startswith(prefix) and number.isdecimal() else None


def connect() -> None:
    post_save.connect(_saved, sender=Absence, dispatch_uid="absence saved")
    post_delete.connect(_deleted, sender=Absence, dispatch_uid="absence deleted")
    pre_save.connect(_remember_type, sender=AbsenceType, dispatch_uid="remember absence type")
    post_save.connect(_type_saved, sender=AbsenceType, dispatch_uid="absence type saved")
    post_save.connect(_days_confirmed, sender=ConfirmedDays, dispatch_uid="days outside confirmed")
    bulk_change_starting.connect(_bulk_starting, dispatch_uid="absences starting")
    bulk_change_finished.connect(_bulk_finished, dispatch_uid="absences finished")


def values_of(absence: Absence) -> dict[str, Any]:
    """Return what is to be known of an absence that is gone, as JSON."""
    return {
        "employee": absence.employee_id,
        "type": absence.type_id,
        "start": absence.start.isoformat(),
        "end": absence.end.isoformat() if absence.end else None,
        "grade": absence.grade,
        "approved": absence.status == Absence.Status.APPROVED,
        "requested": absence.status == Absence.Status.REQUESTED,
        "label": absence.label,
    }


def _saved(sender: type[Absence], instance: Absence, created: bool, **kwargs: Any) -> None:
    if ABSENCES.takes(instance, new=created):
        return
    bulk = current_operation() is not None
    mark_absences({instance.employee.company_id: [instance.pk]}, bulk=bulk)


def _deleted(sender: type[Absence], instance: Absence, **kwargs: Any) -> None:
    _mark_deleted(
        {instance.employee.company_id: {instance.pk: values_of(instance)}}, bulk=current_operation() is not None
    )


def _days_confirmed(sender: type[ConfirmedDays], instance: ConfirmedDays, **kwargs: Any) -> None:
    """What waited for it goes on."""
    absence = instance.absence
    if not ABSENCES.tells_of(absence.pk):
        mark_absences({absence.employee.company_id: [absence.pk]}, bulk=current_operation() is not None)


def _remember_type(sender: type[AbsenceType], instance: AbsenceType, **kwargs: Any) -> None:
    before = sender._base_manager.filter(pk=instance.pk).values_list("counts_as_work_days", flat=True).first()
    instance.__dict__["_counted_before"] = before


def _type_saved(sender: type[AbsenceType], instance: AbsenceType, **kwargs: Any) -> None:
    before = instance.__dict__.pop("_counted_before", None)
    if before is not None and before != instance.counts_as_work_days:
        with nullcontext() if current_operation() else operating(_counting(instance)):
            mark_found(Absence.objects.filter(type=instance.pk))


def _counting(kind: AbsenceType) -> Operation:
    """All absences of a type follow it at once: a change of many, however it is made (G-17)."""
    text = (
        _("%(type)s counts as work days from now on")
        if kind.counts_as_work_days
        else _("%(type)s counts as work days no more")
    )
    return Operation(
        key=f"absence_type:{uuid.uuid4().hex}",
        label=text % {"type": kind.name},
        user_id=current_actor().user_id,
        reach=lambda: reach_of_counting(kind, counts=kind.counts_as_work_days),
    )


# --- Many absences ------------------------------------------------------------------------------------

_before_bulk: ContextVar[dict[int, tuple[int, dict[str, Any]]]] = ContextVar("absences_before_bulk")


def _bulk_starting(absence_ids: frozenset[int], **kwargs: Any) -> None:
    _before_bulk.set(_snapshot(absence_ids))


def _bulk_finished(absence_ids: frozenset[int], **kwargs: Any) -> None:
    before, after = _before_bulk.get(), _snapshot(absence_ids)
    changed: dict[int, list[int]] = {}
    for pk, (company_id, values) in after.items():
        if before.get(pk) != (company_id, values):
            changed.setdefault(company_id, []).append(pk)
    deleted: dict[int, dict[int, dict[str, Any]]] = {}
    for pk in before.keys() - after.keys():
        company_id, values = before[pk]
        deleted.setdefault(company_id, {})[pk] = values
    bulk = len(absence_ids) > 1 or current_operation() is not None
    mark_absences(changed, bulk=bulk)
    _mark_deleted(deleted, bulk=bulk)


def _snapshot(absence_ids: Iterable[int]) -> dict[int, tuple[int, dict[str, Any]]]:
    ids = sorted(absence_ids)
    found: dict[int, tuple[int, dict[str, Any]]] = {}
    for start in range(0, len(ids), IDS_AT_ONCE):
        absences = Absence.objects.filter(pk__in=ids[start : start + IDS_AT_ONCE]).select_related("employee", "type")
        found.update({each.pk: (each.employee.company_id, values_of(each)) for each in absences})
    return found


def reach_of(connection: Connection, left_ids: Sequence[str]) -> AbsenceReach:
    """Return what becomes of absences as they are, and of those that are gone and still stand at the vendor."""
    found: list[ReachedAbsence] = []
    for start in range(0, len(left_ids), IDS_AT_ONCE):
        part = left_ids[start : start + IDS_AT_ONCE]
        pks = [pk for left_id in part if (pk := pk_of(left_id)) is not None]
        there = as_they_are(Absence.objects.filter(pk__in=pks).select_related("employee", "type"))
        known = {each.pk for each in there}
        links = Link.objects.filter(connection=connection, resource=RESOURCE, left_id__in=part)
        last = {pk_of(link.left_id): link.options.get(VALUES) for link in links}
        found += [*there, *(_gone(pk, values) for pk, values in last.items() if values and pk not in known)]
    return AbsenceReach(changed={}, absences=found)


def _gone(pk: int | None, values: Mapping[str, Any]) -> ReachedAbsence:
    start, end = date.fromisoformat(values["start"]), values["end"]
    return ReachedAbsence(
        employee=values["employee"],
        type=values["type"],
        start=start,
        end=date.fromisoformat(end) if end else None,
        grade=values["grade"],
        approved=False,
        label=str(values.get("label", "")),
        pk=pk,
    )


# --- Marks --------------------------------------------------------------------------------------------


def mark_found(absences: Any, *, connection: Connection | None = None) -> int:
    """Mark the absences of a query set after everything that people changed by hand; returns how many."""
    by_company: dict[int, list[int]] = {}
    for pk, company_id in absences.order_by("pk").values_list("pk", "employee__company"):
        by_company.setdefault(company_id, []).append(pk)
    mark_absences(by_company, bulk=True, connection=connection)
    return sum(map(len, by_company.values()))


def mark_absences(
    by_company: Mapping[int, Iterable[int]],
    *,
    bulk: bool,
    connection: Connection | None = None,
    everywhere: bool = False,
) -> None:
    """Mark absences by their company's primary key, for every connection that pushes absences, or for one.

    ``everywhere``: at the connection that the change came from as well, which knows nothing of absences by it.
    """
    for company_id, pks in by_company.items():
        left_ids = [left_id_of(pk) for pk in sorted(pks)]
        for target in [connection] if connection else _connections_of(company_id, everywhere=everywhere):
            mark_left_ids(target, left_ids, bulk=bulk)
        if connection is None:
            for target, theirs in stand_elsewhere(company_id, left_ids, everywhere=everywhere):
                mark_left_ids(target, theirs, bulk=bulk)


def connections_holding(left_ids: Iterable[str]) -> set[int]:
    """Return the connections that absences were sent to."""
    ids, found = list(left_ids), set[int]()
    for start in range(0, len(ids), IDS_AT_ONCE):
        links = Link.objects.filter(resource=RESOURCE, left_id__in=ids[start : start + IDS_AT_ONCE])
        found.update(links.exclude(state__in=GONE).order_by().values_list("connection", flat=True).distinct())
    return found


def mark_current(left_id: str) -> None:
    """Mark an absence at the connections of the company that its person belongs to now; one that is gone nowhere."""
    pk = pk_of(left_id)
    for company_id in Absence.objects.filter(pk=pk or 0).values_list("employee__company", flat=True):
        for target in _connections_of(company_id, everywhere=True):
            mark_left_ids(target, [left_id], bulk=False)


def stand_elsewhere(
    company_id: int, left_ids: Iterable[str], *, everywhere: bool = True
) -> list[tuple[Connection, list[str]]]:
    """Return what was sent to connections of other companies, before the people moved to this one, and where."""
    ids, found = list(left_ids), dict[int, list[str]]()
    for start in range(0, len(ids), IDS_AT_ONCE):
        links = Link.objects.filter(resource=RESOURCE, left_id__in=ids[start : start + IDS_AT_ONCE])
        moved = links.exclude(state__in=GONE).exclude(connection__company=company_id)
        for connection_id, left_id in moved.order_by("left_id").values_list("connection", "left_id"):
            found.setdefault(connection_id, []).append(left_id)
    came_from = None if everywhere else current_actor().connection_id
    connections = Connection.objects.filter(pk__in=found).exclude(pk=came_from or 0)
    return [(each, found[each.pk]) for each in connections.defer("credentials").order_by("pk")]


def mark_left_ids(target: Connection, left_ids: list[str], *, bulk: bool) -> None:
    """Mark records of a connection; those of an operation on too many people wait for somebody (G-17)."""
    if not left_ids:
        return
    priority = Mark.Priority.BULK if bulk else Mark.Priority.INTERACTIVE
    operation = current_operation()
    hold = held_by(connection=target, operation=operation, resource=RESOURCE) if operation else ""
    mark(connection_id=target.pk, resource=RESOURCE, left_ids=left_ids, priority=priority, held_by=hold)
    if target.state == Connection.State.ACTIVE and not hold:
        ring = ring_push_bulk if bulk else ring_push
        ring(target.pk)


def _mark_deleted(by_company: Mapping[int, Mapping[int, dict[str, Any]]], *, bulk: bool) -> None:
    for company_id, absences in by_company.items():
        deleted = {left_id_of(pk): absences[pk] for pk in sorted(absences)}
        theirs = [(target, list(deleted)) for target in _connections_of(company_id)]
        for target, left_ids in [*theirs, *stand_elsewhere(company_id, deleted, everywhere=False)]:
            with transaction.atomic():
                mark_left_ids(target, left_ids, bulk=bulk)
                for left_id in left_ids:
                    Mark.objects.filter(connection=target, resource=RESOURCE, left_id=left_id).update(
                        wanted={DELETED: deleted[left_id]}
                    )


def _connections_of(company_id: int, *, everywhere: bool = False) -> list[Connection]:
    pushing = [name for name, manifest in manifests().items() if RESOURCE in manifest.pushes]
    connections = Connection.objects.filter(company_id=company_id, integration__in=pushing)
    connections = connections.exclude(state=Connection.State.DRAFT)
    came_from = None if everywhere else current_actor().connection_id
    return [each for each in connections.defer("credentials").order_by("pk") if each.pk != came_from]
