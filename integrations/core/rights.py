"""A right that is missing: one record's problem, or the whole connection's trouble (G-41).

A vendor says of some refusals that the authorisation itself lacks a right (`RightMissing`). Of the others (`Forbidden`)
the second record tells: where another one was refused likewise, and nothing was served since, no record is to blame.
"""

from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from integrations.core.errors import CannotBeRead, Forbidden, OutcomeUnknown, RightMissing, VendorError
from integrations.core.marks import release_held
from integrations.core.models import Connection, Delivery, Mark, Problem
from integrations.core.problems import OPEN

BY_RECORD, OF_ALL = f"{Forbidden.__name__}:", f"{RightMissing.__name__}:"


def unreadable(error: VendorError) -> VendorError:
    """Return what a refused reading says of a write whose answer never came: without a right, or where it cannot
    be read, nothing.
    """
    if isinstance(error, Forbidden):
        message = _("Whether it was done is not known, and may not be looked up: %(reason)s")
    elif isinstance(error, CannotBeRead):
        message = _("Whether it was done is not known, and cannot be looked up: %(reason)s")
    else:
        return error
    return OutcomeUnknown(quoting(message, reason=error.message), status=error.status, code=error.code)


class Rights:
    """What refusals for lack of a right mean, of one connection's resource while it is at work.

    ``about`` is whom a call is about, by the vendor's ID where there is one: several absences are of one person.
    ``kind`` says which calls are alike: a right to change people is none to create them.
    """

    def __init__(self, *, connection: Connection, resource: str) -> None:
        self._connection, self._resource = connection, resource
        # By kind: whom we were refused since somebody was last served, and when that was.
        self._refused: dict[str, set[str]] = {}
        self._served_at: dict[str, datetime] = {}

    def served(self, *, kind: str) -> None:
        """Such a call was served: whoever was refused one before lacks a right of their own."""
        self._refused.pop(kind, None)
        self._served_at[kind] = timezone.now()

    def meaning(self, error: Exception | None, *, left_id: str, about: str, kind: str) -> Exception | None:
        """Return the error, or that of the whole connection where it is not the record's."""
        if not isinstance(error, Forbidden):
            return error
        refused = self._refused.setdefault(kind, set())
        others = refused - {about}
        refused.add(about)
        told = self._told_of_others(left_id, about, kind)
        if not others and not told.exists():
            return error
        # What was held for a right of its own goes with all the others once it is there.
        release_held(
            connection_id=self._connection.pk,
            resource=self._resource,
            held_by=Mark.Hold.PROBLEM,
            left_ids=[each for each in told.values_list("left_id", flat=True) if each],
        )
        message = _("More than one was refused for lack of a right, so everything waits: %(reason)s")
        return RightMissing(quoting(message, reason=error.message), status=error.status, code=error.code)

    def _told_of_others(self, left_id: str, about: str, kind: str) -> "QuerySet[Problem]":
        """Return open problems that say the same of somebody else, or of all, and are newer than what was served."""
        mine = {"connection": self._connection, "resource": self._resource}
        done = Delivery.objects.filter(**mine, state=Delivery.State.DONE)
        if kind in Delivery.Action.values:
            done = done.filter(action=kind)
        served = [
            at for at in (done.aggregate(last=Max("ended_at"))["last"], self._served_at.get(kind)) if at is not None
        ]
        by_record = Q(cause__startswith=BY_RECORD) & ~Q(left_id=left_id) & ~Q(right_id=about)
        found = Problem.objects.filter(by_record | Q(cause__startswith=OF_ALL, left_id=""), **mine, state__in=OPEN)
        return found.filter(last_at__gt=max(served)) if served else found
