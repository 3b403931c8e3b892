"""Changes to people that go round ``save()`` are refused, unless they are announced (``tracked_bulk``).

The core keeps marks and field changes in the transaction of every save. ``QuerySet.update`` and the bulk methods
send no signal for a record, so they must name the people they touch, before they touch them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models, transaction
from django.dispatch import Signal

if TYPE_CHECKING:
    from employees.models import Employee

# Both send `employee_ids` (frozenset of int), inside the transaction of the change.
bulk_change_starting = Signal()
bulk_change_finished = Signal()

ModelT = TypeVar("ModelT", bound=models.Model, covariant=True)


class UntrackedChange(RuntimeError):
    """A change to people that nobody would be told about. Save the records singly, or use ``tracked_bulk``."""


_changing_user: ContextVar[int | None] = ContextVar("changing_user", default=None)


def changing_user() -> int | None:
    """Return for whom this app changes people outside a request: a user's primary key."""
    return _changing_user.get()


@contextmanager
def changing_as(*, user_id: int | None) -> Iterator[None]:
    """Name the user whose change it is; whoever keeps a history of people asks ``changing_user``."""
    token = _changing_user.set(user_id)
    try:
        yield
    finally:
        _changing_user.reset(token)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whom an operation changes in all.

    ``changed`` maps the primary keys of people who were there before to the fields that change (a bank account is
    the one field ``bank_account``), None where it is not told which; ``new`` maps companies' primary keys to how
    many people are added.
    """

    changed: Mapping[int, Collection[str] | None]
    new: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation on many people, over all its transactions and processes: an import, an action.

    ``key`` names it for ever (``"import:12"``), ``label`` is for people.
    """

    key: str
    label: str
    user_id: int | None
    reach: Callable[[], Reach]


_operation: ContextVar[Operation | None] = ContextVar("operation", default=None)


def current_operation() -> Operation | None:
    """Return the operation that changes people right now, if one is announced."""
    return _operation.get()


@contextmanager
def operating(operation: Operation) -> Iterator[None]:
    """Say that the changes inside the block are parts of one operation (G-17)."""
    token = _operation.set(operation)
    try:
        yield
    finally:
        _operation.reset(token)


class TrackedBulk:
    """The people named for one bulk change; people that it creates are added by ``created``."""

    def __init__(self, employee_ids: frozenset[int]) -> None:
        self.named = employee_ids
        self.new: set[int] = set()

    @property
    def employee_ids(self) -> frozenset[int]:
        return self.named | self.new

    def created(self, employees: "Iterable[Employee]") -> None:
        """Add people who did not exist before; ``Employee.objects.bulk_create`` does so by itself."""
        self.new.update(employee.pk for employee in employees)

    def require(self, employee_ids: Iterable[int | None]) -> None:
        """Raise UntrackedChange if the change would touch anybody else."""
        known = self.employee_ids
        unnamed = sum(1 for employee_id in employee_ids if employee_id not in known)
        if unnamed:
            raise UntrackedChange(f"The bulk change touches {unnamed} records of people not named in tracked_bulk().")


_current: ContextVar[TrackedBulk | None] = ContextVar("tracked_bulk", default=None)


@contextmanager
def tracked_bulk(employees: "models.QuerySet[Employee] | Iterable[int]") -> Iterator[TrackedBulk]:
    """Allow bulk changes to these people (and their parts) in one transaction, and tell before and after it.

    May not be nested: the inner change would be told about inside the outer one.
    """
    if _current.get() is not None:
        raise UntrackedChange("tracked_bulk() is already open: name all people in the outer one.")
    named = employees.values_list("pk", flat=True) if isinstance(employees, models.QuerySet) else employees
    with transaction.atomic():
        bulk = TrackedBulk(frozenset(named))
        bulk_change_starting.send(sender=TrackedBulk, employee_ids=bulk.employee_ids)
        token = _current.set(bulk)
        try:
            yield bulk
        finally:
            _current.reset(token)
        bulk_change_finished.send(sender=TrackedBulk, employee_ids=bulk.employee_ids)


def _open_bulk(method: str) -> TrackedBulk:
    bulk = _current.get()
    if bulk is None:
        raise UntrackedChange(f"{method}() would change people without a trace: save singly, or use tracked_bulk().")
    return bulk


class TrackedQuerySet(models.QuerySet[ModelT]):
    """For Employee and for its parts, which have an ``employee``."""

    def update(self, **kwargs: Any) -> int:
        _open_bulk("update").require(self._touched())
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        _open_bulk("delete").require(self._touched())
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(
        self,
        objs: Iterable[ModelT],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[ModelT]:
        bulk = _open_bulk("bulk_create")
        if ignore_conflicts or update_conflicts:
            raise UntrackedChange("bulk_create() cannot tell whom it touched when conflicts are passed over.")
        records = list(objs)
        path = self._employee_path()
        if path != "pk":
            bulk.require(getattr(record, path) for record in records)
        made = super().bulk_create(records, batch_size)
        if path == "pk":
            bulk.created(made)  # type: ignore[arg-type]
        return made

    def bulk_update(
        self,
        objs: Iterable[ModelT],
        fields: Sequence[str],  # type: ignore[override]
        batch_size: int | None = None,
    ) -> int:
        _open_bulk("bulk_update")
        return super().bulk_update(objs, fields, batch_size)

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def _touched(self) -> Iterable[int | None]:
        return self.order_by().values_list(self._employee_path(), flat=True)

    def _employee_path(self) -> str:
        return "employee_id" if any(field.name == "employee" for field in self.model._meta.fields) else "pk"
