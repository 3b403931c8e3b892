"""Changes to people that go round ``save()`` are refused, unless they are announced (``tracked_bulk``)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ClassVar, Final

from employees.bulk_tracking import BulkTrackedQuerySet, BulkTracking, ModelT, UntrackedChange

__all__ = [
    "TrackedQuerySet",
    "UntrackedChange",
    "bulk_change_finished",
    "bulk_change_starting",
    "changing_as",
    "changing_user",
    "tracked_bulk",
]

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


class TrackedQuerySet(BulkTrackedQuerySet[ModelT]):
    """For Employee and for its parts, which have an ``employee``."""

    tracking: ClassVar[BulkTracking] = PEOPLE
