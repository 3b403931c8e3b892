"""Who started a run, who decided what of it, and who confirmed it: three people, maybe (G-22)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _

from employees.users import user_name
from integrations.core.models import SyncField, SyncRow, SyncRun


def not_recorded() -> str:
    """Return what is said of runs from before this was kept: whoever started one need not have decided anything."""
    return _("not recorded")


def started_by(run: SyncRun) -> str:
    return user_name(run.by) or str(run.get_trigger_display())


def confirmed_by(run: SyncRun) -> str:
    """Return who confirmed the run, an empty text where nobody has."""
    if run.approved_at is None:
        return ""
    if not run.approved_through:
        return not_recorded()
    return user_name(run.approved_by) or str(run.get_approved_through_display())


def decided_by(decided: SyncField | SyncRow, run: SyncRun) -> str:
    """Return who decided on a field, or ticked a person; an empty text where nothing is decided."""
    if decided.decision == SyncField.Decision.OPEN:
        return ""
    if run.approved_at is not None and not run.approved_through:
        return not_recorded()
    if decided.decided_at is None:
        return _("the rule")
    return user_name(decided.decided_by) or _nobody(run)


def deciders_of(row: SyncRow, run: SyncRun, fields: Iterable[SyncField]) -> dict[str, list[SyncField]]:
    """Return who decided on a row, with the fields that each did; of somebody who is created there are none."""
    found: dict[str, list[SyncField]] = {}
    for field in fields:
        if name := decided_by(field, run):
            found.setdefault(name, []).append(field)
    if not found and row.decision in (SyncRow.Decision.CREATE, SyncRow.Decision.SKIP):
        found[decided_by(row, run)] = []
    return found


def decided_change(user: AbstractBaseUser | None, run: SyncRun) -> str:
    """Return who decided on what a run wrote, from the user whom the history keeps."""
    return user_name(user) or _nobody(run) if run.approved_through else not_recorded()


def _nobody(run: SyncRun) -> str:
    by_command = run.approved_through == run.trigger == SyncRun.Trigger.OPERATOR
    return str(SyncRun.Trigger.OPERATOR.label) if by_command else not_recorded()


class Deciders:
    """Who is named in the history of what is written of one row: by field, and by the hub's columns."""

    def __init__(self, row: SyncRow, *, run: SyncRun, columns: Mapping[str, Iterable[str]] | None = None) -> None:
        """``columns`` are those of the hub that a field is written to, as the history calls them."""
        self._run = run
        self._fields = {field.field: self._of(field) for field in row.fields.all()}
        self._columns = {
            column: self._fields[name]
            for name, names in (columns or {}).items()
            for column in names
            if name in self._fields
        }
        # Whatever else changes with it is theirs who decided, where it was one.
        everybody = set(self._columns.values() or self._fields.values()) or {self._of(row)}
        self._other = everybody.pop() if len(everybody) == 1 else run.approved_by_id

    def of_field(self, name: str) -> int | None:
        return self._fields.get(name, self._other)

    def of_column(self, column: str) -> int | None:
        return self._columns.get(column, self._other)

    def _of(self, decided: Any) -> int | None:
        # What was chosen beforehand and never touched is theirs who confirmed it.
        user_id: int | None = decided.decided_by_id if decided.decided_at else self._run.approved_by_id
        return user_id
