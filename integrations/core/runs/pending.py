"""What was changed in the hub and goes to a review's own vendor by itself once it is confirmed (G-21, G-35).

It is no decision of the review's, and told beside them: a field that somebody has edited since it was compared is no
question any more, whatever was decided about it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from employees.outgoing import Outgoing
from integrations.core.hub.forecasting import outgoing_of
from integrations.core.hub.going import Going, going_with
from integrations.core.hub.mass_changes import reached_by
from integrations.core.models import Connection, Link, Mark, SyncField, SyncRow, SyncRun
from integrations.core.undecided import going_marks, not_compared

IDS_AT_ONCE: Final = 5_000
# In the options of a confirmed run: {"people": n, "fields": n} that its confirmation let go by themselves.
LET_GO: Final = "let_go"
State, Kind = SyncRow.State, SyncRow.Kind


@dataclass(frozen=True)
class Pending:
    """``made_from`` is for the page's fingerprint."""

    run: SyncRun

    @property
    def made_from(self) -> Any:
        return [list(each) for each in self.going]

    @cached_property
    def outgoing(self) -> list[Outgoing]:
        if not self.going:
            return []
        active = self.run.connection.state == Connection.State.ACTIVE
        waiting = "" if active else _("It is sent once this synchronisation has ended.")
        told = outgoing_of(self.run.connection, reached_by(self.going), waiting=waiting)
        # What had to be released was held when it was changed, and is not among them.
        return [replace(told, limit=told.people)]

    @cached_property
    def going(self) -> tuple[Going, ...]:
        found = {each.left_id: each for each in self._going()}
        if self.run.connection.state != Connection.State.ACTIVE:
            return tuple(found.values())
        return tuple(self._let_go(found))

    @cached_property
    def overtaken(self) -> list[int]:
        """Return the review's fields that are no question any more, by primary key."""
        names = {each.left_id: each.fields for each in self.going if not each.created}
        return [pk for left_id, name, pk in self._fields(list(names)) if name in names[left_id]]

    # --- What goes ----------------------------------------------------------------------------------------

    def _going(self) -> list[Going]:
        marks = {mark.left_id: mark for mark in self._marks().only("left_id", "held_fields").iterator(IDS_AT_ONCE)}
        try:
            return list(going_with(self.run, marks)) if marks else []
        except (KeyError, ValueError, ValidationError):
            # Nothing goes while the settings do not hold.
            return []

    def _marks(self) -> QuerySet[Mark]:
        """Return the marks of edits since the comparison, but for those of people whom it could not compare."""
        marks = going_marks(self.run).filter(changed_at__gte=self.run.created_at)
        return marks.exclude(left_id__in=not_compared(self.run).values("left_id"))

    def _let_go(self, found: Mapping[str, Going]) -> Iterator[Going]:
        """Of an active connection everything else goes without the review: only what that asks about is told here."""
        proposed = {left_id for part in _parts(list(found)) for left_id in self._proposed(part)}
        asked: dict[str, set[str]] = {}
        for left_id, name, _pk in self._fields(list(found)):
            asked.setdefault(left_id, set()).add(name)
        for left_id, going in found.items():
            names = going.fields if left_id in proposed else tuple(asked.get(left_id, set()).intersection(going.fields))
            if names:
                yield going._replace(fields=tuple(sorted(names)), unlike=tuple(set(names).intersection(going.unlike)))

    def _proposed(self, left_ids: list[str]) -> QuerySet[Link, str]:
        links = Link.objects.filter(connection=self.run.connection_id, resource=self.run.resource)
        return links.filter(state=Link.State.PROPOSED, left_id__in=left_ids).values_list("left_id", flat=True)

    def _fields(self, left_ids: list[str]) -> Iterator[tuple[str, str, int]]:
        """Yield (left ID, field, primary key) of what the review asks about."""
        for part in _parts(left_ids):
            rows = {"row__run": self.run, "row__kind": Kind.DIFFERS, "row__state": State.OPEN, "row__left_id__in": part}
            yield from SyncField.objects.filter(**rows).order_by("pk").values_list("row__left_id", "field", "pk")


def note_let_go(run: SyncRun, pending: Pending) -> None:
    """Keep how much the confirmation lets go beside what was decided: the report tells it (G-06)."""
    if pending.going:
        fields = sum(len(each.fields) for each in pending.going)
        run.options = {**run.options, LET_GO: {"people": len(pending.going), "fields": fields}}
        run.save(update_fields=["options"])


def _parts(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield ids[start : start + IDS_AT_ONCE]
