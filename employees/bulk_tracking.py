"""Changes that go round ``save()`` are refused, unless they are announced by ``BulkTracking.open``.

Whoever keeps a history listens to every save. ``QuerySet.update`` and the bulk methods send no signal for a record,
so they must name the subjects they touch, before they touch them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models, transaction
from django.dispatch import Signal

from employees.errors import WithoutValues


class UntrackedChange(WithoutValues, RuntimeError):
    """A change that nobody would be told about. Save the records singly, or announce the bulk change."""


class TrackedBulk:
    """The subjects named for one bulk change; those that it creates are added by ``created``."""

    def __init__(self, named: frozenset[int]) -> None:
        self.named = named
        self.new: set[int] = set()

    @property
    def ids(self) -> frozenset[int]:
        return self.named | self.new

    def created(self, subjects: Iterable[models.Model]) -> None:
        """Add subjects that did not exist before; their own ``bulk_create`` does so by itself."""
        self.new.update(subject.pk for subject in subjects)

    def require(self, ids: Iterable[int | None]) -> None:
        """Raise UntrackedChange if the change would touch anything else."""
        known = self.ids
        unnamed = sum(1 for subject_id in ids if subject_id not in known)
        if unnamed:
            raise UntrackedChange(f"The bulk change touches {unnamed} records not named when it was announced.")


class BulkTracking:
    """One kind of subject, such as people. ``starting`` and ``finished`` send the subjects' primary keys (a frozenset
    of int, as the argument ``ids_argument``) inside the transaction of the change.
    """

    def __init__(self, *, ids_argument: str, owner: str = "") -> None:
        """``owner`` is the name of the field by which a part of the subject belongs to it; empty without parts."""
        self.starting = Signal()
        self.finished = Signal()
        self._ids_argument = ids_argument
        self._owner = owner
        self._current: ContextVar[TrackedBulk | None] = ContextVar(f"tracked_bulk {ids_argument}", default=None)

    @contextmanager
    def open(self, subjects: "models.QuerySet[Any] | Iterable[int]") -> Iterator[TrackedBulk]:
        """Allow bulk changes to these subjects (and their parts) in one transaction, and tell before and after it.

        May not be nested: the inner change would be told about inside the outer one.
        """
        if self._current.get() is not None:
            raise UntrackedChange("A tracked bulk change is already open: name all its subjects in the outer one.")
        named = subjects.values_list("pk", flat=True) if isinstance(subjects, models.QuerySet) else subjects
        with transaction.atomic():
            bulk = TrackedBulk(frozenset(named))
            self.starting.send(sender=TrackedBulk, **{self._ids_argument: bulk.ids})
            token = self._current.set(bulk)
            try:
                yield bulk
            finally:
                self._current.reset(token)
            self.finished.send(sender=TrackedBulk, **{self._ids_argument: bulk.ids})

    def require_open(self, method: str) -> TrackedBulk:
        bulk = self._current.get()
        if bulk is None:
            raise UntrackedChange(f"{method}() would change records without a trace: save singly, or announce it.")
        return bulk

    def takes(self, subject: models.Model, *, new: bool = False) -> bool:
        """Whether an open bulk change tells about the record that was saved in it; one that is new is added to it."""
        bulk = self._current.get()
        if bulk is None:
            return False
        if new:
            bulk.created([subject])
        return self.tells_of(subject.pk)

    def tells_of(self, subject_id: int) -> bool:
        """Whether an open bulk change tells of this subject: what is saved or deleted in it one by one is part of it.

        A query set's ``delete()`` sends a signal for each record, as its other methods do not.
        """
        bulk = self._current.get()
        return bulk is not None and subject_id in bulk.ids

    def path(self, model: type[models.Model]) -> str:
        """Return the column that holds the subject's primary key."""
        is_part = bool(self._owner) and any(field.name == self._owner for field in model._meta.fields)
        return f"{self._owner}_id" if is_part else "pk"
