"""What an import would do, row by row, without writing anything."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from employees.access.reading import reader
from employees.models import BankAccount, Company, Department, Employee
from employees.transfer.cells import cell_text, parse_cell
from employees.transfer.columns import (
    BANK_COLUMNS,
    BY_NAME,
    COLUMNS,
    EXAMPLE_EMPLOYMENT_ID,
    PEOPLE,
    Column,
    Kind,
    bank_field,
    bank_value,
)
from employees.transfer.departments import Departments
from employees.transfer.doubting import doubt_values, doubt_with_others
from employees.transfer.failing import AtRows
from employees.transfer.people import MAY_NOT_SEE, FileKeys, KeyIndex, name_key
from employees.transfer.planned import PlannedRow
from employees.transfer.reading import SourceRow, Table, Unusable
from employees.values.account_changes import without_leftovers
from employees.values.bank_accounts import BankAccountNumbers
from employees.values.contacts import email_key
from employees.values.likely_ids import loose_key
from employees.values.texts import canonical, clean_department_name, department_key, folded_key
from employees.zones import today_of

CHUNK: Final = 500
EXAMPLE: Final = loose_key(EXAMPLE_EMPLOYMENT_ID)
# Checked here in another way, without a query a row: see `_check`, `managers` and `people`.
NOT_CLEANED: Final = ("company", "department", "manager")
PLAIN: Final = (Kind.TEXT, Kind.DATE, Kind.YES_NO)
REFERENCES: Final = (Kind.DEPARTMENT, Kind.MANAGER)
NATIONAL_ID_NEEDS_COUNTRY: Final = next(
    constraint for constraint in Employee._meta.constraints if constraint.name == "employee_national_id_has_country"
).violation_error_message
SEVERAL: Final = _("The company has several departments of this name: %(names)s. Write the one you mean just so.")
SAME_KEY: Final = _("Row %(row)d has the same employment ID or work e-mail.")


class Planner:
    def __init__(
        self, *, table: Table, company: Company, index: KeyIndex, create_departments: bool, sensitive_allowed: bool
    ) -> None:
        self._table = table
        self._company = company
        self._index = index
        self._create_departments = create_departments
        self._departments = Departments(company)
        self._doubt = partial(doubt_values, sensitive_allowed=sensitive_allowed, today=today_of(company))
        self.new_departments: dict[str, str] = {}
        # By e-mail: the rows that bring it to whom did not have it.
        self._emails: dict[str, list[PlannedRow]] = {}
        # How addresses are compared that go over from somebody who has left.
        self._given_up: set[str] = set()
        self._keys = [_keys(row) for row in table.rows]
        self.keys = FileKeys.of((row.number, *keys) for row, keys in zip(table.rows, self._keys, strict=True))

    def plan(self) -> Iterator[list[PlannedRow]]:
        """Yield the rows in parts; those with neither errors nor changes change nothing."""
        recognised = []
        for source, keys in zip(self._table.rows, self._keys, strict=True):
            with AtRows(source.number):
                recognised.append(self._recognise(source, *keys))
        self._refuse_doubles(recognised)
        self._refuse_shared_emails()
        for start in range(0, len(recognised), CHUNK):
            planned = recognised[start : start + CHUNK]
            people = _people([row.employee_id for row in planned if row.employee_id])
            for source, row in zip(self._table.rows[start:], planned, strict=False):
                if not row.errors:
                    with AtRows(row.number):
                        self._fill(source, row, people)
            doubt_with_others(planned, people)
            yield planned

    # --- Who is meant -----------------------------------------------------------------------------------

    def _recognise(self, source: SourceRow, employment_id: str, work_email: str) -> PlannedRow:
        row = PlannedRow(number=source.number)
        row.label = _label(source)
        for name in ("", *PEOPLE.keys):
            # Whom the row means would be told by the other key alone, or by none.
            if isinstance(cell := source.cells.get(name), Unusable):
                row.refuse(name, cell.reason)
        if row.errors:
            return row
        if employment_id and loose_key(employment_id) == EXAMPLE:
            row.refuse("", _("This is the template's example. Delete the row."))
            return row
        try:
            name = name_key(*_names(source)) if self._index.is_of_leaver(work_email) else ""
            row.employee_id = self._index.find(employment_id=employment_id, work_email=work_email, name=name)
            row.leaver = self._index.leaver(employment_id=employment_id, work_email=work_email, name=name)
        except ValidationError as error:
            row.refuse("", error.messages[0])
            return row
        if row.leaver is not None:
            self._given_up.add(email_key(work_email))
        self._refuse_shared_keys(row, employment_id, work_email)
        return row

    def _refuse_shared_keys(self, row: PlannedRow, employment_id: str, work_email: str) -> None:
        if row.is_new and not employment_id and not work_email:
            row.refuse("", _("Give an employment ID or a work e-mail: the row could not be recognised another time."))
        # The e-mail of somebody who is there may be shared already: see `_refuse_shared_emails`.
        brought = work_email if row.is_new else ""
        other = self.keys.first_beside(row.number, employment_id=employment_id, work_email=brought)
        if other is not None:
            row.refuse("", SAME_KEY % {"row": other})
        if row.is_new or (work_email and row.employee_id not in self._index.with_email(work_email)):
            self._emails.setdefault(email_key(work_email), []).append(row)

    def _refuse_shared_emails(self) -> None:
        """Of rows that bring one address to several people, none is right before somebody says which."""
        for key, same in self._emails.items():
            for row in same if key and len(same) > 1 else ():
                if not row.errors and not row.is_new:
                    other = same[0] if same[0] is not row else same[1]
                    row.refuse("work_email", SAME_KEY % {"row": other.number})

    def _refuse_doubles(self, rows: list[PlannedRow]) -> None:
        about: dict[int, list[PlannedRow]] = {}
        for row in rows:
            if row.employee_id is not None and not row.errors:
                about.setdefault(row.employee_id, []).append(row)
        for same in about.values():
            for row in same:
                if other := next((each for each in same if each is not row), None):
                    row.refuse("", _("Row %(row)d is about the same person.") % {"row": other.number})

    # --- What it changes ----------------------------------------------------------------------------------

    def _fill(self, source: SourceRow, row: PlannedRow, people: dict[int, Employee]) -> None:
        person = people.get(row.employee_id) if row.employee_id else Employee(company=self._company)
        if person is None:
            row.refuse("", _("This person was deleted while the file was read. Upload it again."))
            return
        if not row.is_new and not reader().knows(person):
            row.refuse("", MAY_NOT_SEE)
            return
        person.company = self._company
        row.version = None if row.is_new else person.version
        if not row.is_new:
            row.label = str(person)
        before = {column.name: "" if row.is_new else column.text(person) for column in COLUMNS}
        differing = {
            name: cell
            for name, cell in source.cells.items()
            if row.is_new or isinstance(cell, Unusable) or self._says_something(name, cell_text(cell), before[name])
        }
        if not differing:
            return
        self._take(row, person, differing)
        account = self._account(row, person, source) if set(differing) & set(BANK_COLUMNS) else None
        _check(row, person, set(source.cells))
        if not row.errors:
            self._note(row, person, before, differing, account)
            self._doubt(row, person, differing, account, new_departments=self.new_departments.values())

    def _says_something(self, name: str, text: str, before: str) -> bool:
        """A manager's address may be the same and mean somebody else: the file takes it from whoever has left."""
        return text != before or (name == "manager" and email_key(text) in self._given_up)

    def _take(self, row: PlannedRow, person: Employee, cells: dict[str, Any]) -> None:
        """Put the cells on the (unsaved) person; what is wrong with a cell is noted on the row."""
        for name, cell in cells.items():
            column = BY_NAME[name]
            try:
                value = parse_cell(column=column, cell=cell)
                if column.kind in PLAIN:
                    setattr(person, name, value)
                elif column.kind is not Kind.BANK:
                    self._take_reference(row, column, str(value))
            except ValidationError as error:
                row.refuse(name, error.messages[0])

    def _take_reference(self, row: PlannedRow, column: Column, text: str) -> None:
        if column.kind is Kind.MANAGER:
            row.manager = text
        elif column.kind is Kind.DEPARTMENT:
            row.values["department"] = self._department(text)
        elif text and folded_key(text) != folded_key(self._company.name):
            raise ValidationError(
                _("The import is for %(company)s. Upload other companies' people in files of their own.")
                % {"company": self._company}
            )

    def _department(self, text: str) -> str:
        if not text:
            return ""
        if several := self._departments.several(text):
            raise ValidationError(SEVERAL % {"names": ", ".join(several)})
        if known := self._departments.find(text):
            return known.name
        name = clean_department_name(text)
        if not name:
            raise ValidationError(_("This holds nothing that can be seen. Write the name, or empty the cell."))
        if not self._create_departments:
            raise ValidationError(
                _(
                    "The company has no department of this name. Correct it, or upload the file again "
                    "and let missing departments be created."
                )
            )
        if len(name) > Department._meta.get_field("name").max_length:  # type: ignore[operator]
            raise ValidationError(_("This name is too long."))
        return self.new_departments.setdefault(department_key(name), name)

    def _account(self, row: PlannedRow, person: Employee, source: SourceRow) -> dict[str, str] | None:
        """Return the bank account's fields, its present ones where the file has no column; None without account.

        What the file does not bring and is another account's than the new one does not stay (D-05).
        """
        brought = {bank_field(name): cell_text(source.cells[name]) for name in BANK_COLUMNS if name in source.cells}
        present = {bank_field(name): bank_value(person, name) for name in BANK_COLUMNS}
        numbers = {**present, **brought}
        if any(present.values()):
            stored = BankAccountNumbers(**present)
            numbers = asdict(without_leftovers(BankAccountNumbers(**numbers), stored=stored, brought=brought))
        if not any(value for name, value in numbers.items() if name != "country"):
            return None
        account = BankAccount(**numbers)
        try:
            account.full_clean(exclude={"employee"}, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                column = "bank_country" if name == "country" else name
                row.refuse("" if name == NON_FIELD_ERRORS else column, messages[0])
        return asdict(account.numbers)

    def _note(
        self,
        row: PlannedRow,
        person: Employee,
        before: dict[str, str],
        differing: dict[str, Any],
        account: dict[str, str] | None,
    ) -> None:
        """Write down what is to be written, and the differences."""
        row.label = str(person)
        for name, cell in differing.items():
            column = BY_NAME[name]
            if column.kind in PLAIN:
                row.differ(name, before[name], column.text(person))
                if row.is_new or name in row.changes:
                    row.values[name] = _plain(getattr(person, name))
            elif column.kind in REFERENCES:
                row.differ(name, before[name], row.values.get(name, cell_text(cell)))
        if set(differing) & set(BANK_COLUMNS):
            _note_account(row, before, account)


def _keys(row: SourceRow) -> tuple[str, str]:
    """Return employment ID and work e-mail as the file writes them, "" for one of which nothing can be seen."""
    employment_id, work_email = (cell_text(row.cells.get(name, "")) for name in ("employment_id", "work_email"))
    return employment_id if canonical(employment_id) else "", work_email if canonical(work_email) else ""


def _names(source: SourceRow) -> tuple[str, str]:
    return cell_text(source.cells.get("given_name", "")), cell_text(source.cells.get("family_name", ""))


def _label(source: SourceRow) -> str:
    return " ".join(filter(None, _names(source))) or next(filter(None, _keys(source)), "")


def _people(employee_ids: list[int]) -> dict[int, Employee]:
    people = Employee.objects.select_related("company", "department", "manager", "bank_account")
    return people.in_bulk(employee_ids)


def _check(row: PlannedRow, person: Employee, columns: set[str]) -> None:
    """The form's own checks; of the constraints those that a row can break."""
    manager, person.manager = person.manager, None
    wrong = {name for name, _reason in row.errors}
    try:
        person.full_clean(exclude={*NOT_CLEANED, *wrong}, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            row.refuse(name if name in BY_NAME else "", messages[0])
    person.manager = manager
    if person.national_id and not person.national_id_country:
        row.refuse("national_id_country", NATIONAL_ID_NEEDS_COUNTRY)


def _note_account(row: PlannedRow, before: dict[str, str], account: dict[str, str] | None) -> None:
    for name in BANK_COLUMNS:
        row.differ(name, before[name], (account or {}).get(bank_field(name), ""))
    if set(row.changes) & set(BANK_COLUMNS):
        row.values["bank_account"] = account


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
