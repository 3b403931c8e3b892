"""The columns of an import and an export file, declared once: header, explanation, example, how a person fills it."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _

from employees.access.reading import reader, somebody
from employees.labels import field_label
from employees.masking import mask_bank_account, mask_iban, mask_national_id
from employees.models import BankAccount, Employee
from employees.transfer.column_sets import ColumnSet, FileColumn
from employees.transfer.contents import Content

EXAMPLE_EMPLOYMENT_ID: Final = "EXAMPLE-1"


class Kind(Enum):
    TEXT = "text"
    DATE = "date"
    YES_NO = "yes_no"
    COMPANY = "company"
    DEPARTMENT = "department"
    MANAGER = "manager"
    BANK = "bank"


@dataclass(frozen=True, kw_only=True)
class Column(FileColumn):
    """``name`` is the employee's field, or the column's own name where it is none; ``read`` gives the stored value."""

    kind: Kind = Kind.TEXT

    def read(self, employee: Employee) -> str | date:
        if self.kind is Kind.BANK:
            return bank_value(employee, self.name)
        if self.kind is Kind.MANAGER:
            return manager_text(employee.manager)
        value = getattr(employee, self.name)
        if self.kind is Kind.YES_NO:
            return str(_("yes") if value else _("no"))
        if value is None:
            return ""
        return value if isinstance(value, date) else str(value)

    def text(self, record: Employee) -> str:
        value = self.read(record)
        return value.isoformat() if isinstance(value, date) else value


# What a cell may be follows from how the value is read, but for plain texts that are identifiers.
_CONTENTS: Final = {Kind.DATE: Content.DATE, Kind.YES_NO: Content.YES_NO, Kind.MANAGER: Content.IDENTIFIER}
_IDENTIFIERS: Final = frozenset({"employment_id", "work_phone", "private_phone", "postal_code", "national_id"})


def manager_text(manager: Employee | None) -> str:
    """Return how a file names a manager; one whom its reader may not see is named by that, and stays by that."""
    if manager is None:
        return ""
    return manager.employment_id or manager.work_email if reader().knows(manager) else somebody()


def bank_field(column: str) -> str:
    """Return the bank account's field of a bank column."""
    return "country" if column == "bank_country" else column


def bank_value(employee: Employee, column: str) -> str:
    try:
        account: BankAccount = employee.bank_account
    except ObjectDoesNotExist:
        return ""
    return str(getattr(account, bank_field(column)))


def _label(name: str) -> Any:
    return field_label(Employee, name)


def _bank_label(name: str) -> Any:
    return field_label(BankAccount, name)


def _employee(name: str, explanation: Any, example: str, *, kind: Kind = Kind.TEXT, **options: Any) -> Column:
    content = Content.IDENTIFIER if name in _IDENTIFIERS else _CONTENTS.get(kind, Content.TEXT)
    return Column(
        name=name, label=_label(name), explanation=explanation, example=example, kind=kind, content=content, **options
    )


def _bank(name: str, label: Any, explanation: Any, example: str, **options: Any) -> Column:
    return Column(
        name=name,
        label=label,
        kind=Kind.BANK,
        content=Content.IDENTIFIER,
        explanation=explanation,
        example=example,
        sensitive=True,
        **options,
    )


COLUMNS: Final[tuple[Column, ...]] = (
    _employee(
        "employment_id",
        _("Tells who the row means. A row without it is recognised by its work e-mail."),
        EXAMPLE_EMPLOYMENT_ID,
    ),
    _employee("given_name", _("Required for a new person."), "Anna"),
    _employee("family_name", _("Required for a new person."), "Andersson"),
    _employee(
        "company",
        _("Only to check that the file is for the company chosen at the upload; may be empty or left out."),
        "",
        kind=Kind.COMPANY,
    ),
    _employee("department", _("By its name."), "", kind=Kind.DEPARTMENT),
    _employee("manager", _("By employment ID or work e-mail; may be in the same file."), "", kind=Kind.MANAGER),
    _employee(
        "work_email",
        _("Tells who the row means when the employment ID does not; capitals make no difference."),
        "anna.andersson@example.se",
    ),
    _employee("work_phone", _("With its country code, or as written in the company's country."), "+46701740605"),
    _employee("private_email", _("An address that is not the company's."), "anna@privat.example.se"),
    _employee("private_phone", _("With its country code, or as written in the company's country."), "+46701740606"),
    _employee("street", _("Street and number."), "Storgatan 1"),
    _employee("street2", _("Care of, apartment and the like."), ""),
    _employee("postal_code", _("As written in the country of the address."), "11122"),
    _employee("city", _("The post town."), "Stockholm"),
    _employee("country", _("Two letters, such as SE."), "SE"),
    _employee(
        "protected_identity",
        _("yes or no. May not be empty: an empty cell could take the protection away."),
        "no",
        kind=Kind.YES_NO,
    ),
    _employee("first_workday", _("Year-month-day, or a date cell."), "2024-01-15", kind=Kind.DATE),
    _employee("last_workday", _("Year-month-day, or a date cell; empty while employed."), "", kind=Kind.DATE),
    _employee("birth_date", _("Year-month-day, or a date cell."), "1955-01-01", kind=Kind.DATE),
    _employee(
        "national_id",
        _("Needs its country."),
        "5501019805",
        sensitive=True,
        mask=mask_national_id,
    ),
    _employee("national_id_country", _("Two letters, such as SE."), "SE", sensitive=True),
    _bank("bank_country", _("country of the bank account"), _("Two letters, such as SE."), "SE"),
    _bank("clearing_number", _bank_label("clearing_number"), _("Sweden: four digits, or five at Swedbank."), "5439"),
    _bank(
        "account_number",
        _bank_label("account_number"),
        _("Without the clearing number. Format the column as text, or leading zeros are lost."),
        "0000004",
        mask=mask_bank_account,
    ),
    _bank("iban", _bank_label("iban"), _("Of the same country as the account."), "", mask=mask_iban),
    _bank("bic", _bank_label("bic"), _("Eight or eleven characters."), ""),
)
PEOPLE: Final = ColumnSet(COLUMNS, keys=("employment_id", "work_email"))
BY_NAME: Final = PEOPLE.by_name
BANK_COLUMNS: Final = tuple(column.name for column in COLUMNS if column.kind is Kind.BANK)
SENSITIVE_COLUMNS: Final = PEOPLE.sensitive
