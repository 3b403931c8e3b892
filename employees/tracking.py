"""Changes to people that go round ``save()`` are refused, unless they are announced (``tracked_bulk``)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

from django.db import models

from employees.bulk_tracking import BulkTracking, UntrackedChange

__all__ = [
    "Operation",
    "Reach",
    "TrackedQuerySet",
    "UntrackedChange",
    "bulk_change_finished",
    "bulk_change_starting",
    "changing_as",
    "changing_user",
    "current_operation",
    "operating",
    "tracked_bulk",
]

ModelT = TypeVar("ModelT", bound=models.Model, covariant=True)
PEOPLE: Final = BulkTracking(ids_argument="employee_ids", owner="employee")
bulk_change_starting = PEOPLE.starting
bulk_change_finished = PEOPLE.finished
tracked_bulk = PEOPLE.open

_changing_user: ContextVar[int | None] = ContextVar("changing_user", default=None)


def changing_user() -> int | None:
    """Return for whom the hub changes its records outside a request: a user's primary key."""
    return _changing_user.get()


@contextmanager
def changing_as(*, user_id: int | None) -> Iterator[None]:
    """Name the user whose change it is; whoever keeps a history asks ``changing_user``."""
    token = _changing_user.set(user_id)
    try:
        yield
    finally:
        _changing_user.reset(token)


# Columns of a person as they are stored (``department_id``); ``bank_account`` holds the numbers by column, or None.
Columns = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Whom an operation changes in all.

    ``changed`` maps the primary keys of people who were there before to the fields that change (a bank account is
    the one field ``bank_account``), None where it is not told which; ``new`` maps companies' primary keys to how
    many people are added.

    ``after`` returns what some of the changed people will hold, also once they hold it, and ``added`` yields what the
    new people of a company will: without them a field that is named is taken to change. ``assigned`` are fields whose
    new value nobody knows beforehand.
    """

    changed: Mapping[int, Collection[str] | None]
    new: Mapping[int, int] = field(default_factory=dict)
    after: Callable[[Collection[int]], Mapping[int, Columns]] | None = None
    added: Callable[[int], Iterable[Columns]] | None = None
    assigned: Mapping[int, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation on many people, over all its transactions and processes: an import, an action.

    ``key`` names it for ever (``"import:12"``), ``label`` is for people. ``found`` is for those who are told of each of
    its changes, to look up what holds for all of them once only.
    """

    key: str
    label: str
    user_id: int | None
    reach: Callable[[], Reach]
    found: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)


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


class TrackedQuerySet(models.QuerySet[ModelT]):
    """For Employee and for its parts, which have an ``employee``; a subclass names another kind of subject."""

    tracking: ClassVar[BulkTracking] = PEOPLE

    def update(self, **kwargs: Any) -> int:
        self.tracking.require_open("update").require(self._touched())
        return super().update(**kwargs)

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self.tracking.require_open("delete").require(self._touched())
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
        bulk = self.tracking.require_open("bulk_create")
        if ignore_conflicts or update_conflicts:
            raise UntrackedChange("bulk_create() cannot tell whom it touched when conflicts are passed over.")
        records = list(objs)
        path = self.tracking.path(self.model)
        if path != "pk":
            bulk.require(getattr(record, path) for record in records)
        made = super().bulk_create(records, batch_size)
        if path == "pk":
            bulk.created(made)
        return made

    def bulk_update(
        self,
        objs: Iterable[ModelT],
        fields: Sequence[str],  # type: ignore[override]
        batch_size: int | None = None,
    ) -> int:
        self.tracking.require_open("bulk_update")
        return super().bulk_update(objs, fields, batch_size)

    bulk_update.alters_data = True  # type: ignore[attr-defined]

    def _touched(self) -> Iterable[int | None]:
        return self.order_by().values_list(self.tracking.path(self.model), flat=True)
