"""What an import of absences would do, row by row, without writing anything."""

from collections.abc import Iterable
from copy import copy
from datetime import date
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from absences.deciding import prepare_new, put_status
from absences.models import Absence, AbsenceType
from absences.models.absence import DUPLICATE, STANDING
from absences.transfer.columns import ABSENCES, EXAMPLE_EMPLOYMENT_ID
from absences.transfer.telling import PlannedAbsence, note_doubts
from absences.transfer.words import TypesByWord, status_of
from employees.access.employee_links import employed_as
from employees.access.reading import reader
from employees.models import Employee, ImportJob, ImportRow
from employees.transfer.cells import cell_text, parse_date
from employees.transfer.failing import AtRows
from employees.transfer.kinds import Planned, Progress
from employees.transfer.people import MAY_NOT_SEE, KeyIndex, read_keys
from employees.transfer.reading import SourceRow, Table, Unusable
from employees.values.likely_ids import loose_key

CHUNK: Final = 500
EXAMPLE: Final = loose_key(EXAMPLE_EMPLOYMENT_ID)
# Of an absence's number; the database takes eighteen.
MOST_DIGITS: Final = 18
# Columns whose differences are written.
FIELDS: Final = ("type", "start", "end", "grade", "note", "status")
# Read from the database a moment ago: to ask for each again would be some questions a row.
KNOWN: Final = ("employee", "type", "decided_by", "created_by")
# What an exact duplicate has in common.
Key = tuple[int, int, date, date | None, int]


def plan_absences(job: ImportJob, table: Table, progress: Progress) -> Planned:
    planner = _Planner(job)
    rows: list[ImportRow] = []
    for start in range(0, len(table.rows), CHUNK):
        rows += planner.plan(table.rows[start : start + CHUNK])
        progress(min(start + CHUNK, len(table.rows)))
    planner.note_doubts()
    shown = [row for row in rows if row.errors or row.changes]
    good = [row for row in shown if not row.errors]
    counts = {
        "new": sum(row.is_new for row in good),
        "changed": sum(not row.is_new for row in good),
        "unchanged": len(rows) - len(shown),
        "bad": len(shown) - len(good),
    }
    return Planned(rows=shown, counts=counts)


class _Planner:
    """Remembers of the whole file which absences its rows mean and make, so that none is meant or made twice."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._index: KeyIndex = read_keys(company=job.company)
        self._may_decide = bool(job.by and job.by.has_perm("absences.decide_absence"))
        self._own = employed_as(job.by)
        self._types = TypesByWord.read()
        self._meant: dict[int, int] = {}
        self._made: dict[Key, int] = {}
        self._planned: list[PlannedAbsence] = []
        self._changed: dict[int, Absence] = {}

    def note_doubts(self) -> None:
        """Write the notes of all rows, once the whole file is planned."""
        note_doubts(self._planned)

    def plan(self, sources: Iterable[SourceRow]) -> list[ImportRow]:
        rows = [(source, ImportRow(number=source.number, state=ImportRow.State.WAITING)) for source in sources]
        numbers = {_number(source) for source, _row in rows} - {None}
        numbered = self._absences.in_bulk(numbers)
        owners: dict[int, int | None] = {}
        for source, row in rows:
            with AtRows(row.number):
                self._recognise(row, source, numbered, owners)
        known = {pk for pk in owners.values() if pk}
        people = Employee.objects.select_related("company").in_bulk(known)
        present = self._absences.filter(employee__in=known).by_person()
        for source, row in rows:
            if not row.errors:
                with AtRows(row.number):
                    person = people[owners[row.number] or 0]
                    self._plan_row(source, row, person, numbered, present[person.pk])
        return [row for _source, row in rows]

    def _recognise(
        self, row: ImportRow, source: SourceRow, numbered: dict[int, Absence], owners: dict[int, int | None]
    ) -> None:
        try:
            owners[row.number] = self._owner(source, numbered)
        except ValidationError as error:
            _refuse(row, next(iter(getattr(error, "error_dict", {})), ""), error.messages[0])

    @property
    def _absences(self) -> Any:
        return Absence.objects.filter(employee__company=self._job.company).select_related(
            "employee", "type", "confirmed_days"
        )

    def _owner(self, source: SourceRow, numbered: dict[int, Absence]) -> int:
        """Return whose absence the row is about. Raises ValidationError."""
        for name in ("", *ABSENCES.keys):
            # Without its number the absence would be taken for a new one.
            if isinstance(cell := source.cells.get(name), Unusable):
                raise ValidationError({name: cell.reason})
        number, employment_id = _text(source, "number"), _text(source, "employment_id")
        if employment_id and loose_key(employment_id) == EXAMPLE:
            raise ValidationError(_("This is the template's example. Delete the row."))
        person = self._index.find(employment_id=employment_id, work_email=_text(source, "work_email"), brings=False)
        if number:
            absence = numbered.get(_number(source) or 0)
            if absence is None:
                raise ValidationError(_("The company has no absence of this number."))
            if (employment_id or _text(source, "work_email")) and person != absence.employee_id:
                raise ValidationError(_("The absence of this number is another person's."))
            return absence.employee_id
        if person is None:
            raise ValidationError(_("Nobody in the company has this employment ID or work e-mail."))
        return person

    def _plan_row(
        self,
        source: SourceRow,
        row: ImportRow,
        person: Employee,
        numbered: dict[int, Absence],
        others: list[Absence],
    ) -> None:
        if not reader().knows(person):
            _refuse(row, "", str(MAY_NOT_SEE))
            return
        row.label = str(person)
        if person.pk in self._own:
            _refuse(row, "", _("This is your own absence: somebody else has to import it."))
            return
        values = self._values(row, source)
        if row.errors:
            return
        absence = self._meant_absence(row, source, values, numbered, others)
        if row.errors:
            return
        row.is_new = absence is None
        # A copy: what a refused row wants is not seen by the rows after it.
        self._settle(row, copy(absence) if absence else Absence(employee=person), values, others)

    def _meant_absence(
        self,
        row: ImportRow,
        source: SourceRow,
        values: dict[str, Any],
        numbered: dict[int, Absence],
        others: list[Absence],
    ) -> Absence | None:
        number = _text(source, "number")
        if number:
            found = [numbered[_number(source) or 0]]
        else:
            for name in ("type", "start"):
                if not values.get(name):
                    _refuse(row, name, _("Required for an absence without a number."))
            same = [each for each in others if (each.type, each.start) == (values.get("type"), values.get("start"))]
            found = [each for each in same if each.status in STANDING]
        if len(found) > 1:
            _refuse(row, "number", _("The person has several absences of this type and first day. Write the number."))
        if not found or row.errors:
            return None
        twin = self._meant.setdefault(found[0].pk, row.number)
        if twin != row.number:
            _refuse(row, "", _("Row %(row)d is about the same absence.") % {"row": twin})
        return found[0]

    def _settle(self, row: ImportRow, absence: Absence, values: dict[str, Any], others: list[Absence]) -> None:
        """Put the values on the (unsaved) absence, ask the rules, and write the differences on the row."""
        before = {name: "" if row.is_new else ABSENCES.by_name[name].text(absence) for name in FIELDS}
        if values.get("status", absence.status) != absence.status and not self._may_decide:
            _refuse(row, "status", _("You may not decide on absences. Leave the status empty."))
            return
        row.record_id, row.version = (None, None) if row.is_new else (absence.pk, absence.version)
        put_values(absence, values, is_new=row.is_new, by=self._job.by)
        try:
            absence.full_clean(exclude=KNOWN, validate_constraints=False)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                _refuse(row, "" if name == NON_FIELD_ERRORS else name, messages[0])
            return
        self._refuse_duplicate(row, absence, others)
        after = {name: ABSENCES.by_name[name].text(absence) for name in FIELDS}
        row.changes = {name: [before[name], after[name]] for name in FIELDS if before[name] != after[name]}
        row.values = {name: _plain(values[name]) for name in values if name in row.changes or row.is_new}
        if row.is_new:
            row.values["employee"] = absence.employee_id
        if row.changes and not row.errors:
            self._planned.append(PlannedAbsence(row, absence))
            if absence.pk:
                self._changed[absence.pk] = absence

    def _refuse_duplicate(self, row: ImportRow, absence: Absence, others: list[Absence]) -> None:
        if absence.status not in STANDING:
            return
        key = _key(absence)
        twin = self._made.setdefault(key, row.number)
        # Rows are written in their order: those before have changed what stands.
        beside = [self._changed.get(other.pk, other) for other in others if other.pk != absence.pk]
        if twin != row.number:
            _refuse(row, "", _("Row %(row)d is the very same absence.") % {"row": twin})
        elif any(other.status in STANDING and _key(other) == key for other in beside):
            _refuse(row, "", str(DUPLICATE))

    # --- From cells to values -----------------------------------------------------------------------------

    def _values(self, row: ImportRow, source: SourceRow) -> dict[str, Any]:
        """Return the values of the file's columns; what a cell leaves as it is, is not in it."""
        values: dict[str, Any] = {}
        for name, cell in source.cells.items():
            if name not in FIELDS:
                continue
            try:
                value = self._value(name, cell)
            except ValidationError as error:
                _refuse(row, name, error.messages[0])
            else:
                if value is not None or name == "end":
                    values[name] = value
        return values

    def _value(self, name: str, cell: Any) -> Any:
        if isinstance(cell, Unusable):
            raise ValidationError(cell.reason)
        text = cell_text(cell)
        if name in ("start", "end"):
            return parse_date(cell)
        if name == "note":
            return text
        readers = {"type": self._types.find, "grade": _grade, "status": status_of}
        return readers[name](text) if text else None


def put_values(absence: Absence, values: dict[str, Any], *, is_new: bool, by: Any) -> None:
    """Put the values on the (unsaved) absence, and who decided where that changes."""
    for name, value in values.items():
        if name != "status":
            setattr(absence, name, value)
    if is_new and absence.type_id:
        prepare_new(absence=absence, by=by)
    if values.get("status", absence.status) != absence.status:
        put_status(absence=absence, status=values["status"], by=by)


def _grade(text: str) -> int:
    # Python takes no more than some thousand digits for a number, and no grade has as many as four.
    if not text.isdecimal() or len(text) > 3:
        raise ValidationError(_("A grade is a whole number from 1 to 100."))
    return int(text)


def _number(source: SourceRow) -> int | None:
    """Return the absence's number; None where the cell holds none that an absence may have."""
    text = _text(source, "number").lstrip("0")
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def _text(source: SourceRow, name: str) -> str:
    return cell_text(source.cells.get(name, ""))


def _refuse(row: ImportRow, column: str, reason: str) -> None:
    row.errors.append([column, reason])
    row.state, row.changes, row.values, row.notes = ImportRow.State.BAD, {}, {}, []


def _key(absence: Absence) -> Key:
    return absence.employee_id, absence.type_id, absence.start, absence.end, absence.grade


def _plain(value: Any) -> Any:
    """Return the value as JSON holds it."""
    if isinstance(value, AbsenceType):
        return value.pk
    return value.isoformat() if isinstance(value, date) else value
