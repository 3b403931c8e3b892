"""The absences that a run's new workdays made follow at one connection, as far as it has come: told after (G-36)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from employees.models import Employee
from integrations.core.hub.absences import RESOURCE, left_id_of
from integrations.core.hub.absences_behind import WORKDAYS, Workdays, moved_outside
from integrations.core.hub.people import SUBJECT
from integrations.core.marks import HELD_BY
from integrations.core.models import Connection, Delivery, FieldChange, Mark, SyncRun

IDS_AT_ONCE: Final = 5_000
# What stands in the error log, with what to do.
KEPT: Final = (Mark.Hold.PROBLEM, Mark.Hold.OVERLAP, Mark.Hold.OUTSIDE)


class FollowedAbsences(NamedTuple):
    """How many were ``sent``, are ``waiting`` to be, are ``held`` by a mass change (``masses``: which), or ``kept``."""

    sent: int = 0
    waiting: int = 0
    held: int = 0
    kept: int = 0
    masses: tuple[int, ...] = ()

    @property
    def told(self) -> bool:
        return any((self.sent, self.waiting, self.held, self.kept))


def moved_by(run: SyncRun) -> Sequence[str]:
    """Return the left IDs of the approved absences that lie outside the employment by the run, or no more."""
    before: dict[int, dict[str, Any]] = {}
    mine = FieldChange.objects.filter(run=run, subject=SUBJECT, connection=None, field__in=WORKDAYS)
    for subject_id, field, day in mine.order_by("-pk").values_list("subject_id", "field", "before"):
        before.setdefault(int(subject_id), {})[field] = date.fromisoformat(day) if day else None

    def other(person: Employee) -> Workdays:
        first, last = (before[person.pk].get(name, getattr(person, name)) for name in WORKDAYS)
        return first, last

    return [left_id_of(absence.pk) for absence in moved_outside(sorted(before), other=other)]


def absences_at(connection: Connection, absences: Sequence[str], *, since: datetime) -> FollowedAbsences:
    """Return what became of these there."""
    sent: set[str] = set()
    marks: dict[str, str] = {}
    for start in range(0, len(absences), IDS_AT_ONCE):
        part = {"connection": connection, "resource": RESOURCE, "left_id__in": absences[start : start + IDS_AT_ONCE]}
        done = Delivery.objects.filter(**part, state=Delivery.State.DONE, sent_at__gte=since)
        sent.update(done.values_list("left_id", flat=True))
        marks.update(Mark.objects.filter(**part).values_list("left_id", "held_by"))
    held = [int(held_by.removeprefix(HELD_BY)) for held_by in marks.values() if held_by.startswith(HELD_BY)]
    kept = _held_by(marks, KEPT)
    return FollowedAbsences(
        sent=len(sent - marks.keys()),
        waiting=len(marks) - len(held) - kept,
        held=len(held),
        kept=kept,
        masses=tuple(sorted(set(held))),
    )


def _held_by(marks: Mapping[str, str], holds: Collection[str]) -> int:
    return sum(held_by in holds for held_by in marks.values())
