"""What a reviewer looks for among the conflicts: by name, field, kind of change, decided or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from employees.parameters import storable, term
from integrations.core.admin.names import named
from integrations.core.models import SyncField, SyncRow, SyncRun
from integrations.core.runs.reviewing import open_conflicts, open_fields

Change = SyncField.Change
MISSING_LEFT: Final = "missing_left"
MISSING_RIGHT: Final = "missing_right"
CHANGES: Final[Mapping[str, Any]] = {
    Change.LEFT.value: _("Changed in the hub"),
    Change.RIGHT.value: _("Changed at the vendor"),
    Change.BOTH.value: _("Changed on both sides"),
    Change.FIRST.value: _("Differs, and not decided yet"),
    MISSING_LEFT: _("Missing in the hub"),
    MISSING_RIGHT: _("Missing at the vendor"),
}
DECIDED: Final[Mapping[str, Any]] = {"no": _("Undecided"), "yes": _("Decided")}


def change_of(field: SyncField) -> str:
    """Return the kind of change as the pages tell it: one of CHANGES."""
    if field.change == Change.FIRST and field.left is None:
        return MISSING_LEFT
    if field.change == Change.FIRST and field.right is None:
        return MISSING_RIGHT
    return field.change


@dataclass(frozen=True, kw_only=True)
class ConflictFilter:
    """What the address of the page asks for; an empty text asks for everything."""

    name: str = ""
    field: str = ""
    change: str = ""
    decided: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> "ConflictFilter":
        change, decided = query.get("change", ""), query.get("decided", "")
        return cls(
            name=term(query.get("name")),
            field=storable(query.get("field")),
            change=change if change in CHANGES else "",
            decided=decided if decided in DECIDED else "",
        )

    @property
    def asks(self) -> bool:
        return bool(self.name or self.field or self.change or self.decided)

    @property
    def query(self) -> str:
        parts = {"name": self.name, "field": self.field, "change": self.change, "decided": self.decided}
        return urlencode({name: value for name, value in parts.items() if value})

    def rows(self, run: SyncRun) -> QuerySet[SyncRow]:
        """Return the people who have a field that is asked for."""
        rows = named(open_conflicts(run), self.name).order_by("pk")
        wanted = self.shows & self._decided
        return rows.filter(Exists(SyncField.objects.filter(wanted, row=OuterRef("pk")))) if wanted else rows

    def fields(self, run: SyncRun) -> QuerySet[SyncField]:
        """Return the fields that are asked for, of all people."""
        fields = open_fields(run).filter(self.shows & self._decided)
        return named(fields, self.name, row="row__")

    @property
    def shows(self) -> Q:
        """Which of a person's fields are shown; decided ones stay in sight until the page is opened again."""
        wanted = Q(field=self.field) if self.field else Q()
        if self.change == MISSING_LEFT:
            return wanted & Q(change=Change.FIRST, left__isnull=True)
        if self.change == MISSING_RIGHT:
            return wanted & Q(change=Change.FIRST, right__isnull=True)
        if self.change == Change.FIRST:
            return wanted & Q(change=Change.FIRST, left__isnull=False, right__isnull=False)
        return wanted & Q(change=self.change) if self.change else wanted

    @property
    def _decided(self) -> Q:
        undecided = Q(decision=SyncField.Decision.OPEN)
        return {"": Q(), "no": undecided, "yes": ~undecided}[self.decided]
