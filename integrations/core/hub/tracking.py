"""Receivers that write field changes and marks in the transaction that changes a person (invariants 7, 12, 13)."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final

from django.db import models
from django.db.models import F
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone

from employees.models import BankAccount, Compensation, Employee, Position
from employees.tracking import bulk_change_finished, bulk_change_starting
from integrations.core.hub.acting import current_actor
from integrations.core.hub.people import VALUES
from integrations.core.models import Connection, FieldChange, Mark

SUBJECT: Final = "employee"
RESOURCE: Final = "employees"
TRACKED: Final[tuple[type[models.Model], ...]] = (Employee, BankAccount, Position, Compensation)
# Columns that are no value of a person.
BOOKKEEPING: Final = frozenset({"id", "employee_id", "company_id", "version", "created_at", "updated_at"})
# Changes of these, as FieldChange names them, are changes of a value that may be kept in step.
SYNCED: Final = frozenset(column.replace("__", ".") for value in VALUES.values() for column in value.columns) | {
    "protected_identity",
    "department_id",
}
State = dict[str, Any]


def connect() -> None:
    for model in TRACKED:
        pre_save.connect(_remember, sender=model, dispatch_uid=f"remember {model.__name__}")
        post_save.connect(_saved, sender=model, dispatch_uid=f"saved {model.__name__}")
        pre_delete.connect(_remember, sender=model, dispatch_uid=f"remember deleted {model.__name__}")
        post_delete.connect(_deleted, sender=model, dispatch_uid=f"deleted {model.__name__}")
    bulk_change_starting.connect(_bulk_starting, dispatch_uid="bulk starting")
    bulk_change_finished.connect(_bulk_finished, dispatch_uid="bulk finished")


# --- One record ---------------------------------------------------------------------------------------


def _prefix(model: type[models.Model]) -> str:
    return "" if model is Employee else f"{model._meta.model_name if model is not BankAccount else 'bank_account'}."


def _state_of(instance: models.Model) -> State:
    return {
        field.attname: field.value_to_string(instance) if _needs_text(field) else getattr(instance, field.attname)
        for field in instance._meta.concrete_fields
        if field.attname not in BOOKKEEPING
    }


def _needs_text(field: Any) -> bool:
    return isinstance(field, (models.DateField, models.DecimalField))


def _remember(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    stored = sender._base_manager.filter(pk=instance.pk).first() if instance.pk else None
    instance._state_before = _state_of(stored) if stored is not None else {}  # type: ignore[attr-defined]


def _saved(sender: type[models.Model], instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
    before: State = instance._state_before  # type: ignore[attr-defined]
    # What a form left as text is read as the database will give it back.
    after = _state_of(sender._base_manager.get(pk=instance.pk))
    _record({_employee_id(instance): [(_prefix(sender), before, after)]})


def _deleted(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    before: State = instance._state_before  # type: ignore[attr-defined]
    _record({_employee_id(instance): [(_prefix(sender), before, {})]})


def _employee_id(instance: models.Model) -> int:
    return int(instance.pk if isinstance(instance, Employee) else instance.employee_id)  # type: ignore[attr-defined]


# --- Many records -------------------------------------------------------------------------------------

_before_bulk: ContextVar[dict[int, dict[str, State]]] = ContextVar("before_bulk")


def _bulk_starting(employee_ids: frozenset[int], **kwargs: Any) -> None:
    _before_bulk.set(_snapshot(employee_ids))


def _bulk_finished(employee_ids: frozenset[int], **kwargs: Any) -> None:
    before, after = _before_bulk.get(), _snapshot(employee_ids)
    _record(
        {
            employee_id: [
                (prefix, before.get(employee_id, {}).get(prefix, {}), after.get(employee_id, {}).get(prefix, {}))
                for prefix in sorted({*before.get(employee_id, {}), *after.get(employee_id, {})})
            ]
            for employee_id in sorted(employee_ids)
        }
    )


def _snapshot(employee_ids: Iterable[int]) -> dict[int, dict[str, State]]:
    """Return employee id → prefix → state; a person's several positions have numbered prefixes."""
    found: dict[int, dict[str, State]] = {}
    ids = sorted(employee_ids)
    for model in TRACKED:
        path = "pk" if model is Employee else "employee_id"
        for start in range(0, len(ids), 5_000):
            for instance in model._base_manager.filter(**{f"{path}__in": ids[start : start + 5_000]}):
                prefix = _prefix(model)
                if model not in (Employee, BankAccount):
                    prefix = f"{prefix}{instance.pk}."
                found.setdefault(_employee_id(instance), {})[prefix] = _state_of(instance)
    return found


# --- What is written ------------------------------------------------------------------------------------


def _record(changes: Mapping[int, Iterable[tuple[str, State, State]]]) -> None:
    """Write the field changes, and a mark per touched person and connection."""
    actor, now = current_actor(), timezone.now()
    rows = [
        FieldChange(
            subject=SUBJECT,
            subject_id=str(employee_id),
            field=f"{prefix}{name}",
            before=_plain(before.get(name)),
            after=_plain(after.get(name)),
            user_id=actor.user_id,
            run_id=actor.run_id,
            at=now,
        )
        for employee_id, states in changes.items()
        for prefix, before, after in states
        for name in {**before, **after}
        if _plain(before.get(name)) != _plain(after.get(name))
    ]
    FieldChange.objects.bulk_create(rows, batch_size=500)
    touched = {int(row.subject_id) for row in rows if row.field in SYNCED}
    if touched:
        mark_people(touched)


def _plain(value: Any) -> Any:
    """Return a value that JSON holds; empty texts and None are both empty."""
    return None if value in ("", None) else value


def mark_people(employee_ids: Iterable[int]) -> None:
    """Mark people as changed, for every connection of their company but the one the change came from.

    Disconnected ones are marked as well: the marks are sent once they are connected again.
    """
    actor, now = current_actor(), timezone.now()
    ids = sorted(set(employee_ids))
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        company_of = dict(Employee._base_manager.filter(pk__in=chunk).values_list("pk", "company_id"))
        connections = Connection.objects.filter(company_id__in=set(company_of.values())).exclude(
            state=Connection.State.DRAFT
        )
        for connection_id, company_id in connections.values_list("pk", "company_id"):
            if connection_id == actor.connection_id:
                continue
            _mark(connection_id, [str(pk) for pk, company in company_of.items() if company == company_id], now)


def _mark(connection_id: int, left_ids: list[str], now: datetime) -> None:
    # Added first, then raised: of two transactions that mark one person at once, the second waits for the first
    # and raises the version above the one that a push may be sending.
    Mark.objects.bulk_create(
        [
            Mark(connection_id=connection_id, resource=RESOURCE, left_id=left_id, version=0, due=now, changed_at=now)
            for left_id in left_ids
        ],
        ignore_conflicts=True,
    )
    marks = Mark.objects.filter(connection_id=connection_id, resource=RESOURCE, left_id__in=left_ids)
    marks.update(version=F("version") + 1, changed_at=now)
