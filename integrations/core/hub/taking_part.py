"""Who takes part in a connection, of the hub's people as they are: asked by the push, and before it (G-13, G-14)."""

from collections.abc import Collection, Iterable
from typing import Final

from django.utils.translation import gettext as _

from employees.models import Employee
from integrations.core.declare import Record
from integrations.core.models import Connection, Link

State = Link.State
IDS_AT_ONCE: Final = 5_000


def state_now(state: str, left: Record) -> State:
    """Return a link's state: whoever changes departments leaves or enters a pilot without anybody changing settings."""
    if state in (State.ACTIVE, State.OUT_OF_SCOPE):
        return State.ACTIVE if left.in_scope else State.OUT_OF_SCOPE
    return State(state)


def is_created(connection: Connection, left: Record) -> bool:
    """Whether somebody without a link is created at the vendor without anybody asking for it."""
    return connection.creates_by_itself and left.active and left.in_scope


def why_not_there(left_ids: Collection[str]) -> dict[str, str]:
    """Return why a company has these people no more: they were deleted, or belong to another company by now.

    The other one is not named: not everybody who reads it may know it.
    """
    moved = moved_elsewhere(left_ids)
    elsewhere, deleted = said_of_elsewhere(), _("The person has been deleted from the hub.")
    return {left_id: elsewhere if left_id in moved else deleted for left_id in left_ids}


def moved_elsewhere(left_ids: Iterable[str]) -> set[str]:
    """Return those of people whom a company lacks who are in the hub all the same."""
    ids = [int(left_id) for left_id in left_ids if left_id.isascii() and left_id.isdigit()]
    there: set[str] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        people = Employee.objects.order_by().filter(pk__in=ids[start : start + IDS_AT_ONCE])
        there.update(str(pk) for pk in people.values_list("pk", flat=True))
    return there


def said_of_elsewhere(company: str = "") -> str:
    if company:
        return _("The person belongs to %(company)s now.") % {"company": company}
    return _("The person belongs to another company now.")
