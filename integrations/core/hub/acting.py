"""Who changes the hub: a user, or a run of a connection (G-12)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple

from employees.tracking import changing_user

# From a person's id and a field, as the history calls it, to the user who decided on it.
DecidedBy = Callable[[str, str], int | None]


class Actor(NamedTuple):
    """Whose change it is; ``connection_id`` is the connection that a run brought the change from.

    ``decided_by`` names whoever decided on each field, where that need not be one.
    """

    user_id: int | None = None
    run_id: int | None = None
    connection_id: int | None = None
    decided_by: DecidedBy | None = None

    def user_of(self, left_id: str, field: str) -> int | None:
        """Return whom the history names for a change of a person's field."""
        return self.user_id if self.decided_by is None else self.decided_by(left_id, field)


NOBODY: Final = Actor()
_current: ContextVar[Actor] = ContextVar("acting_as", default=NOBODY)


def current_actor() -> Actor:
    """Return who was named here, else whom the hub's own background work named (an import)."""
    actor = _current.get()
    return Actor(user_id=changing_user()) if actor == NOBODY else actor


@contextmanager
def acting_as(
    *,
    user_id: int | None = None,
    run_id: int | None = None,
    connection_id: int | None = None,
    decided_by: DecidedBy | None = None,
) -> Iterator[None]:
    """Name who makes the hub's changes inside the block; a run's changes do not echo to its connection."""
    token = _current.set(Actor(user_id, run_id, connection_id, decided_by))
    try:
        yield
    finally:
        _current.reset(token)
