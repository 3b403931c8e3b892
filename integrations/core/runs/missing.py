"""Linked people whom the vendor's list lacks: none is gone before the vendor, asked for that one, says so (G-24)."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from integrations.core.compare import Asked
from integrations.core.declare import Record
from integrations.core.errors import Forbidden, Refused, RightMissing
from integrations.core.models import Delivery, Link
from integrations.core.problems import cause_of, report_problem
from integrations.core.reading import unread
from integrations.core.rights import Rights
from integrations.core.runs.session import Session

# Of more people than these nobody is asked for unasked, and nobody is gone: rather the list is not what it was.
ASKED_AT_MOST: Final = 50


class Answers(NamedTuple):
    """Who is there though the list lacks them, and of the others whom the vendor denied and who was not asked for."""

    there: tuple[Record, ...]
    asked: Asked


def ask_for(session: Session, right_ids: Sequence[str]) -> Answers:
    """Ask the vendor for each one by name, at the budget's pace; for nobody where they are many."""
    if len(right_ids) > ASKED_AT_MOST:
        return Answers((), Asked(not_asked=frozenset(right_ids)))
    there: list[Record] = []
    denied, unanswered = set[str](), set[str]()
    for right_id in right_ids:
        try:
            record = session.read_right(right_id)
        except Refused:
            unanswered.add(right_id)
            continue
        if record is None:
            denied.add(right_id)
        else:
            there.append(record)
    return Answers(tuple(there), Asked(denied=frozenset(denied), not_asked=frozenset(unanswered)))


def missing_from(session: Session, listed: Collection[str]) -> list[str]:
    """Return the right ids that the list lacks; of whom the vendor has denied before nothing new is said."""
    known = linked_people(session).order_by("pk").values_list("right_id", flat=True)
    return [right_id for right_id in known if right_id not in listed]


def linked_people(session: Session) -> QuerySet[Link]:
    """Return the links of those who are taken to be there; nothing is asked of who is disconnected (G-11)."""
    return Link.objects.filter(
        connection=session.connection, resource=session.resource.name, state=Link.State.ACTIVE, gone_at=None
    )


def read_again(session: Session, right_id: str) -> Record | None:
    """Return the record of somebody who was not listed, None where there is none, or a right of this one is missing.

    The latter is told (G-41); whatever else is in the way is told with the comparison (G-23).
    """
    try:
        return session.read_right(right_id)
    except Forbidden as error:
        _tell_missing_right(session, right_id, error)
        return None
    except Refused as error:
        reason = quoting(_("The other system did not answer: %(message)s"), message=error.message)
        return unread(right_id, resource=session.resource, reason=reason)


def _tell_missing_right(session: Session, right_id: str, error: Forbidden) -> None:
    """Raises RightMissing where it is the whole connection's trouble."""
    link = Link.objects.filter(
        connection=session.connection, resource=session.resource.name, right_id=right_id, state=Link.State.ACTIVE
    ).first()
    left = session.left.read_one(link.left_id) if link is not None else None
    rights = Rights(connection=session.connection, resource=session.resource.name)
    meant = rights.meaning(error, left_id=left.id if left else "", about=right_id, kind="Reading")
    if isinstance(meant, RightMissing):
        raise meant from error
    if left is not None:
        report_problem(
            connection=session.connection,
            resource=session.resource.name,
            left_id=left.id,
            right_id=right_id,
            label=left.label,
            action=Delivery.Action.UPDATE,
            message=error.message,
            cause=cause_of(error),
        )
