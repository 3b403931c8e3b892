"""The columns of an import and an export file of absences, declared once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from absences.models import Absence
from employees.labels import field_label
from employees.transfer.column_sets import ColumnSet, FileColumn
from employees.transfer.contents import Content

EXAMPLE_EMPLOYMENT_ID: Final = "EXAMPLE-1"


@dataclass(frozen=True, kw_only=True)
class Column(FileColumn):
    read: Callable[[Absence], str]

    def text(self, record: Absence) -> str:
        return self.read(record)


def _label(name: str) -> Any:
    return field_label(Absence, name)


ABSENCES: Final = ColumnSet(
    (
        Column(
            name="number",
            label=_("number"),
            content=Content.WHOLE_NUMBER,
            explanation=_("The hub's own, from an export: tells which absence is changed. Empty for a new one."),
            example="",
            read=lambda absence: str(absence.pk),
        ),
        Column(
            name="employment_id",
            label=_("employment ID"),
            content=Content.IDENTIFIER,
            explanation=_("Whose absence it is. A row without it is recognised by the work e-mail."),
            example=EXAMPLE_EMPLOYMENT_ID,
            read=lambda absence: absence.employee.employment_id,
        ),
        Column(
            name="work_email",
            label=_("work e-mail"),
            explanation=_("Whose absence it is when the employment ID does not tell; capitals make no difference."),
            example="anna.andersson@example.se",
            read=lambda absence: absence.employee.work_email,
        ),
        Column(
            name="person",
            label=_("person"),
            explanation=_("Only for the reader: it is not looked at."),
            example="Anna Andersson",
            read=lambda absence: absence.employee.full_name,
        ),
        Column(
            name="type",
            label=_label("type"),
            explanation=_("The type's code or name. Required for a new absence."),
            example="vacation",
            ticked=False,
            read=lambda absence: absence.type.code,
        ),
        Column(
            name="start",
            label=_label("start"),
            content=Content.DATE,
            explanation=_("Year-month-day, or a date cell. Required for a new absence."),
            example="2026-07-06",
            read=lambda absence: absence.start.isoformat(),
        ),
        Column(
            name="end",
            label=_label("end"),
            content=Content.DATE,
            explanation=_("Year-month-day, or a date cell; empty while it is not known."),
            example="2026-07-31",
            read=lambda absence: absence.end.isoformat() if absence.end else "",
        ),
        Column(
            name="grade",
            label=_label("grade"),
            content=Content.WHOLE_NUMBER,
            explanation=_("A whole number from 1 to 100. Empty: 100 for a new absence, unchanged for others."),
            example="100",
            read=lambda absence: str(absence.grade),
        ),
        Column(
            name="note",
            label=_label("note"),
            explanation=_("Stays in the hub."),
            example="",
            ticked=False,
            read=lambda absence: absence.note,
        ),
        Column(
            name="status",
            label=_label("status"),
            explanation=_(
                "requested, approved, declined or cancelled, for those who may decide. Empty: a new absence begins as"
                " its type says, others keep theirs."
            ),
            example="",
            read=lambda absence: absence.status,
        ),
    ),
    keys=("number", "employment_id", "work_email"),
)


# They tell why somebody is away: health data.
KINDS: Final = frozenset({"type", "note"})


def general_rules() -> list[str]:
    return [
        str(rule)
        for rule in (
            _("A column that is left out leaves the value as it is."),
            _("Delete the example row, and write one absence a row."),
            _(
                "A row with a number changes that absence. One without changes the person's absence of the same type"
                " and first day, if there is exactly one; otherwise it is a new absence."
            ),
            _("Your own absences are not imported by you: somebody else does that."),
        )
    ]
