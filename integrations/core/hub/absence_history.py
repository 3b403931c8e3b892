"""Receivers that keep the history of absences with their person's, in the transaction that changes them (G-12).

A field is named ``absence.<pk>.<column>``, as the parts of a person are. A note may tell of somebody's health: the
history says that it was changed, and never what it said.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from absences.models import Absence
from absences.tracking import ABSENCES, bulk_change_finished, bulk_change_starting
from integrations.core.hub.tracking import State, differences, keep_history, state_of
from integrations.core.marks import IDS_AT_ONCE

PART: Final = "absence"
NOTE: Final = "note"
# Stands in the history for a note's text.
CONCEALED: Final = True
# Who changed it, and when, is said of every change; who registered it stands on the absence.
LEFT_OUT: Final = frozenset({"decided_by_id", "decided_at", "created_by_id"})
# An absence's person and its values.
Kept = tuple[int, State]


def connect() -> None:
    pre_save.connect(_remember, sender=Absence, dispatch_uid="remember absence")
    post_save.connect(_saved, sender=Absence, dispatch_uid="absence history")
    pre_delete.connect(_remember, sender=Absence, dispatch_uid="remember deleted absence")
    post_delete.connect(_deleted, sender=Absence, dispatch_uid="deleted absence history")
    bulk_change_starting.connect(_bulk_starting, dispatch_uid="absence history starting")
    bulk_change_finished.connect(_bulk_finished, dispatch_uid="absence history finished")


def prefix_of(pk: int) -> str:
    return f"{PART}.{pk}."


# --- One absence --------------------------------------------------------------------------------------


def _remember(sender: type[Absence], instance: Absence, **kwargs: Any) -> None:
    # Of many, all are read at once; saving has taken hold of the row already, so that this stays what stood there.
    instance.__dict__["_kept_before"] = {} if ABSENCES.takes(instance) or not instance.pk else _kept([instance.pk])


def _saved(sender: type[Absence], instance: Absence, created: bool, **kwargs: Any) -> None:
    before = instance.__dict__.pop("_kept_before", {})
    if not ABSENCES.takes(instance, new=created):
        _record(before, _kept([instance.pk]))


def _deleted(sender: type[Absence], instance: Absence, **kwargs: Any) -> None:
    before = instance.__dict__.pop("_kept_before", {})
    if not ABSENCES.takes(instance):
        _record(before, {})


# --- Many absences ------------------------------------------------------------------------------------

_before_bulk: ContextVar[dict[int, Kept]] = ContextVar("kept_before_bulk")


def _bulk_starting(absence_ids: frozenset[int], **kwargs: Any) -> None:
    _before_bulk.set(_kept(absence_ids))


def _bulk_finished(absence_ids: frozenset[int], **kwargs: Any) -> None:
    _record(_before_bulk.get(), _kept(absence_ids))


def _kept(absence_ids: Iterable[int]) -> dict[int, Kept]:
    ids = sorted(absence_ids)
    return {
        absence.pk: (absence.employee_id, _state(absence))
        for start in range(0, len(ids), IDS_AT_ONCE)
        for absence in Absence._base_manager.filter(pk__in=ids[start : start + IDS_AT_ONCE])
    }


def _state(absence: Absence) -> State:
    return {name: value for name, value in state_of(absence).items() if name not in LEFT_OUT}


def _record(before: Mapping[int, Kept], after: Mapping[int, Kept]) -> None:
    changes: dict[int, list[tuple[str, State, State]]] = {}
    for pk in sorted({*before, *after}):
        employee_id = (after.get(pk) or before[pk])[0]
        old, new = before[pk][1] if pk in before else {}, after[pk][1] if pk in after else {}
        changes.setdefault(employee_id, []).append((prefix_of(pk), old, new))
    found = differences(changes)
    for each in found:
        if NOTE in each.values:
            old_note, new_note = each.values[NOTE]
            each.values[NOTE] = (_concealed(old_note), _concealed(new_note))
    keep_history(found)


def _concealed(note: Any) -> bool | None:
    return CONCEALED if note else None
