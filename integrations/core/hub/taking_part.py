"""Who takes part in a connection, of the hub's people as they are: asked by the push, and before it (G-13, G-14)."""

from integrations.core.declare import Record
from integrations.core.models import Connection, Link

State = Link.State


def state_now(state: str, left: Record) -> State:
    """Return a link's state: whoever changes departments leaves or enters a pilot without anybody changing settings."""
    if state in (State.ACTIVE, State.OUT_OF_SCOPE):
        return State.ACTIVE if left.in_scope else State.OUT_OF_SCOPE
    return State(state)


def is_created(connection: Connection, left: Record) -> bool:
    """Whether somebody without a link is created at the vendor without anybody asking for it."""
    return connection.creates_by_itself and left.active and left.in_scope
