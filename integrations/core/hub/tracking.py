"""Receivers that write field changes and marks in the transaction that changes a person (invariants 7, 12, 13)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from django.db import connection, models, transaction
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone

from employees import bulk
from employees.models import BankAccount, Compensation, Employee, Position
from employees.tracking import PEOPLE, bulk_change_finished, bulk_change_starting, current_operation
from integrations.core.hub.absence_workdays import mark_moved_outside
from integrations.core.hub.absences_behind import remember_behind
from integrations.core.hub.acting import current_actor
from integrations.core.hub.mass_changes import held_by, whom_it_holds
from integrations.core.hub.people import ADDRESS_COLUMNS, VALUES
from integrations.core.hub.people import RESOURCE as RESOURCE
from integrations.core.hub.people import SUBJECT as SUBJECT
from integrations.core.kinds import ADDRESS
from integrations.core.marks import EVERYTHING, Columns, mark, release
from integrations.core.models import Connection, FieldChange, Mark
from integrations.core.models.history import EVERY_FIELD
from integrations.core.protecting import take_out
from integrations.core.work.ringing import ring_push

TRACKED: Final[tuple[type[models.Model], ...]] = (Employee, BankAccount, Position, Compensation)
# Columns that are no value of a person.
BOOKKEEPING: Final = frozenset({"id", "employee_id", "version", "created_at", "updated_at"})
# Changes of these, as FieldChange names them, are changes of a value that may be kept in step.
SYNCED: Final = frozenset(column.replace("__", ".") for value in VALUES.values() for column in value.columns) | {
    "protected_identity",
    "department_id",
    "company_id",
}
# Columns of one part are edited and held together.
ADDRESS_PARTS: Final = [frozenset(ADDRESS_COLUMNS[place] for place in part) for part in ADDRESS.parts]
# Of these a change says nothing about which values go, or of somebody else: the whole person waits with it.
NEITHER: Final = (None, None)
OF_EVERYTHING: Final = frozenset({"protected_identity", "company_id"})
SCOPE: Final = "department_id"
AT_ONCE: Final = 5_000
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


def _prefix(instance: models.Model) -> str:
    """Return what stands before a column's name: of several positions or compensations, which one."""
    if isinstance(instance, Employee):
        return ""
    if isinstance(instance, BankAccount):
        return "bank_account."
    return f"{instance._meta.model_name}.{instance.pk}."


def state_of(instance: models.Model) -> State:
    return {
        field.attname: field.value_to_string(instance) if _needs_text(field) else getattr(instance, field.attname)
        for field in instance._meta.concrete_fields
        if field.attname not in BOOKKEEPING
    }


def _needs_text(field: Any) -> bool:
    return isinstance(field, (models.DateField, models.DecimalField))


def _remember(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    _lock_person(instance)
    remember_behind()
    stored = sender._base_manager.filter(pk=instance.pk).first() if instance.pk else None
    instance._stored_before = stored  # type: ignore[attr-defined]


def _lock_person(instance: models.Model) -> None:
    """Let changes of one person wait for each other: what was read as "before" stays so until it is written over.

    The person is locked before the part, in every transaction alike, so that two of them cannot wait for each other.
    """
    employee_id = instance.pk if isinstance(instance, Employee) else instance.employee_id  # type: ignore[attr-defined]
    if connection.features.has_select_for_update and connection.in_atomic_block and employee_id:
        list(_locked(Employee._base_manager.filter(pk=employee_id)).values_list("pk"))


def _locked(people: models.QuerySet[Employee]) -> models.QuerySet[Employee]:
    # The key stays: rows that refer to the person may be added meanwhile.
    return people.order_by("pk").select_for_update(no_key=connection.features.has_select_for_no_key_update)


def _saved(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    before = _taken_before(instance)
    # What a form left as text is read as the database will give it back.
    after = sender._base_manager.get(pk=instance.pk)
    old, new = _employee_id(before or after), _employee_id(after)
    state_before = state_of(before) if before else {}
    if old == new:
        _record_alone({new: [(_prefix(after), state_before, state_of(after))]})
    else:
        # A part given to somebody else is taken from one person and new for the other.
        _record_alone({old: [(_prefix(after), state_before, {})], new: [(_prefix(after), {}, state_of(after))]})


def _deleted(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    before = _taken_before(instance)
    if before is None:
        return
    _record_alone({_employee_id(before): [(_prefix(before), state_of(before), {})]})


def _record_alone(changes: Mapping[int, Iterable[tuple[str, State, State]]]) -> None:
    """Record what a bulk change under way does not tell itself when it is over: each change is told once."""
    _record({employee_id: states for employee_id, states in changes.items() if not PEOPLE.tells_of(employee_id)})


def _taken_before(instance: models.Model) -> models.Model | None:
    stored: models.Model | None = instance.__dict__.pop("_stored_before", None)
    return stored


def _employee_id(instance: models.Model) -> int:
    return int(instance.pk if isinstance(instance, Employee) else instance.employee_id)  # type: ignore[attr-defined]


# --- Many records -------------------------------------------------------------------------------------

_before_bulk: ContextVar[dict[int, dict[str, State]]] = ContextVar("before_bulk")
# Whoever changes one person waits for it; many people's changes are sent after the single ones.
_in_bulk: ContextVar[bool] = ContextVar("in_bulk", default=False)


def _bulk_starting(employee_ids: frozenset[int], **kwargs: Any) -> None:
    if connection.features.has_select_for_update:
        for ids in _parts(employee_ids):
            list(_locked(Employee._base_manager.filter(pk__in=ids)).values_list("pk"))
    remember_behind()
    _before_bulk.set(_snapshot(employee_ids))


def _bulk_finished(employee_ids: frozenset[int], **kwargs: Any) -> None:
    before, after = _before_bulk.get(), _snapshot(employee_ids)
    token = _in_bulk.set(len(employee_ids) > 1)
    try:
        _record(
            {
                employee_id: [
                    (prefix, before.get(employee_id, {}).get(prefix, {}), after.get(employee_id, {}).get(prefix, {}))
                    for prefix in sorted({*before.get(employee_id, {}), *after.get(employee_id, {})})
                ]
                for employee_id in sorted(employee_ids)
            }
        )
    finally:
        _in_bulk.reset(token)


def _snapshot(employee_ids: Iterable[int]) -> dict[int, dict[str, State]]:
    """Return employee id → prefix → state."""
    found: dict[int, dict[str, State]] = {}
    for model in TRACKED:
        path = "pk" if model is Employee else "employee_id"
        for ids in _parts(employee_ids):
            for instance in model._base_manager.filter(**{f"{path}__in": ids}):
                found.setdefault(_employee_id(instance), {})[_prefix(instance)] = state_of(instance)
    return found


def _parts(employee_ids: Iterable[int]) -> Iterator[list[int]]:
    ids = sorted(set(employee_ids))
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


# --- What is written ------------------------------------------------------------------------------------


class Difference(NamedTuple):
    """What differs of one part of a person: name → (before, after), both plain; ``new``: the part was not there."""

    employee_id: int
    prefix: str
    new: bool
    values: dict[str, tuple[Any, Any]]

    def names(self) -> Iterator[str]:
        return (f"{self.prefix}{name}" for name in self.values)

    def entries(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield (field, before, after) as the history keeps it: something new is one entry with all its values."""
        if self.new:
            yield f"{self.prefix}{EVERY_FIELD}", None, {name: after for name, (_none, after) in self.values.items()}
        else:
            yield from ((f"{self.prefix}{name}", *pair) for name, pair in self.values.items())


def differences(changes: Mapping[int, Iterable[tuple[str, State, State]]]) -> list[Difference]:
    """From, by person and part, the part's prefix and its state before and after; parts that stayed are left out."""
    found = []
    for employee_id, states in changes.items():
        for prefix, before, after in states:
            pairs = {name: (_plain(before.get(name)), _plain(after.get(name))) for name in {**before, **after}}
            values = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
            if values:
                found.append(Difference(employee_id, prefix, not before, values))
    return found


def keep_history(found: Iterable[Difference]) -> None:
    """Write the differences into the history, as changes that the current actor made now."""
    actor, now = current_actor(), timezone.now()
    shared = {"subject": SUBJECT, "run_id": actor.run_id, "at": now}
    with transaction.atomic(savepoint=False):
        bulk.insert(
            FieldChange,
            (
                {
                    **shared,
                    "subject_id": str(each.employee_id),
                    "user_id": actor.user_of(str(each.employee_id), field),
                    "field": field,
                    "before": before,
                    "after": after,
                }
                for each in found
                for field, before, after in each.entries()
            ),
        )


def _record(changes: Mapping[int, Iterable[tuple[str, State, State]]]) -> None:
    """Write the field changes, and a mark per touched person and connection."""
    found = differences(changes)
    keep_history(found)
    touched: dict[int, Touched] = {}
    for each in found:
        if columns := _columns(each):
            known = touched.setdefault(each.employee_id, Touched(set(), set()))
            known.columns.update(columns)
            known.names.update(_reached_names(each))
    if touched:
        mark_people(touched)
    people = [each for each in found if not each.prefix]
    marked = [each for each in people if not each.new and each.values.get("protected_identity", NEITHER)[1]]
    if marked:
        take_out([str(each.employee_id) for each in marked])
    mark_moved_outside({each.employee_id: each.values for each in people if not each.new})
    _release_returned([str(each.employee_id) for each in people if "department_id" in each.values])
    # Whoever was deleted, or has gone to another company, is not found by the company left.
    gone: dict[int, list[str]] = {}
    for each in people:
        company_id, _after = each.values.get("company_id", (None, None))
        if company_id is not None:
            gone.setdefault(company_id, []).append(str(each.employee_id))
    for company_id, left_ids in gone.items():
        _mark_company(company_id=company_id, left_ids=left_ids)


def _columns(difference: Difference) -> set[str]:
    """Return the columns that may be kept in step, as `Mark.held_fields` names them."""
    names = SYNCED.intersection(difference.names())
    if names and (not OF_EVERYTHING.isdisjoint(names) or (difference.new and not difference.prefix)):
        return {EVERYTHING}
    columns = {name.partition(".")[0] for name in names}
    return columns.union(*(part for part in ADDRESS_PARTS if not part.isdisjoint(columns)))


def _release_returned(left_ids: list[str]) -> None:
    """Whoever changes departments may take part again: the push looks, and holds those anew who do not (G-13)."""
    for start in range(0, len(left_ids), AT_ONCE):
        part = left_ids[start : start + AT_ONCE]
        release(Mark.objects.filter(resource=RESOURCE, held_by=Mark.Hold.SCOPE, left_id__in=part))


def _plain(value: Any) -> Any:
    """Return a value that JSON holds; empty texts and None are both empty."""
    return None if value in ("", None) else value


class Touched(NamedTuple):
    """What differs of a person: ``names`` as ``Reach`` has them, ``columns`` as `Mark.held_fields` has them."""

    names: set[str]
    columns: set[str]


NOBODY: Final[Mapping[int, Touched]] = MappingProxyType({})


def _reached_names(found: Difference) -> Iterator[str]:
    """Yield what differs as ``Reach`` names it."""
    if found.prefix:
        return iter((found.prefix.partition(".")[0],))
    return ("department" if name == "department_id" else name for name in found.values)


def mark_people(touched: Mapping[int, Touched]) -> None:
    """Mark people as changed, for every connection of their company but the one the change came from.

    Disconnected ones are marked as well: the marks are sent once they are connected again.
    """
    for ids in _parts(touched):
        by_company: dict[int, list[str]] = {}
        people = Employee._base_manager.filter(pk__in=ids).order_by("pk")
        for pk, company_id in people.values_list("pk", "company_id"):
            by_company.setdefault(company_id, []).append(str(pk))
        for company_id, left_ids in by_company.items():
            _mark_company(company_id=company_id, left_ids=left_ids, touched=touched)


def _mark_company(*, company_id: int, left_ids: list[str], touched: Mapping[int, Touched] = NOBODY) -> None:
    """Mark people for every connection of the company; ``touched`` says what of them, all of them or nobody."""
    columns = {left_id: touched[int(left_id)].columns for left_id in left_ids} if touched else {}
    bulk_priority = _in_bulk.get() or current_operation() is not None
    connections = Connection.objects.filter(company_id=company_id).exclude(state=Connection.State.DRAFT)
    for target in connections.defer("credentials").order_by("pk"):
        if target.pk == current_actor().connection_id:
            continue
        free = _mark_held(target, left_ids, touched, columns)
        mark(
            connection_id=target.pk,
            resource=RESOURCE,
            left_ids=free,
            priority=Mark.Priority.BULK if bulk_priority else Mark.Priority.INTERACTIVE,
            columns=_only(columns, free),
            by_id=current_actor().user_id,
        )
        if target.state == Connection.State.ACTIVE and free:
            ring_push(target.pk)


def _mark_held(target: Connection, left_ids: list[str], touched: Mapping[int, Touched], columns: Columns) -> list[str]:
    """Mark those whom a mass change holds for the connection; returns the others."""
    operation = current_operation()
    hold = held_by(connection=target, operation=operation, resource=RESOURCE) if operation else ""
    if operation is None or not hold:
        return left_ids
    changed = {int(left_id): touched[int(left_id)].names if touched else None for left_id in left_ids}
    held = whom_it_holds(connection=target, operation=operation, resource=RESOURCE, changed=changed)
    mark(
        connection_id=target.pk,
        resource=RESOURCE,
        left_ids=[each for each in left_ids if each in held],
        priority=Mark.Priority.BULK,
        held_by=hold,
        columns=_of_target(target, _only(columns, held)),
        by_id=current_actor().user_id,
    )
    return [each for each in left_ids if each not in held]


def _only(columns: Columns, left_ids: Collection[str]) -> Columns:
    return {left_id: columns[left_id] for left_id in left_ids if left_id in columns}


def _of_target(target: Connection, columns: Columns) -> Columns:
    """Whoever enters a pilot with a department is sent with everything (G-13)."""
    if not target.scope:
        return columns
    return {pk: {*names, *([EVERYTHING] if SCOPE in names else [])} for pk, names in columns.items()}
