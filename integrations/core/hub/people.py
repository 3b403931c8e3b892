"""The hub's people as neutral values: one catalogue for reading, writing and tracking.

A value's name is what a connector's ``sources`` refer to; its columns are those of Employee, or of the
bank account behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from employees.models import BankAccount as BankAccountModel
from employees.models import Employee
from employees.values.account_changes import without_leftovers
from employees.values.bank_accounts import NUMBERS
from integrations.core.clues import national_id_clue, person_clue
from integrations.core.kinds import Address, BankAccount
from integrations.core.models.history import EVERY_FIELD

# How the history, and links and marks, name the hub's people.
SUBJECT: Final = "employee"
RESOURCE: Final = "employees"
ADDRESS_COLUMNS: Final = ("street", "postal_code", "city", "country")


@dataclass(frozen=True, slots=True)
class HubValue:
    """How one neutral value is read from a row of columns and written to a person."""

    columns: tuple[str, ...]
    read: Callable[..., Any]
    write: Callable[[Employee, Any], None]


def _write_column(column: str) -> Callable[[Employee, Any], None]:
    def write(employee: Employee, value: Any) -> None:
        setattr(employee, column, "" if value is None else value)

    return write


def _text(column: str) -> HubValue:
    return HubValue((column,), lambda value: value or None, _write_column(column))


def _date(column: str) -> HubValue:
    return HubValue((column,), lambda value: value, lambda employee, value: setattr(employee, column, value))


def _read_address(street: str, postal_code: str, city: str, country: str) -> Address | None:
    # A country alone is no address.
    return Address(street, postal_code, city, country) if street or postal_code or city else None


def _write_address(employee: Employee, value: Address | None) -> None:
    # The second street line is the hub's own: no vendor's address carries it.
    for column, part in zip(ADDRESS_COLUMNS, value or Address(), strict=True):
        setattr(employee, column, part)


def _read_bank_account(*parts: str | None) -> BankAccount | None:
    texts = [part or "" for part in parts]
    return BankAccount(*texts) if any(texts[1:]) else None


def _write_nothing(employee: Employee, value: Any) -> None:
    """A bank account is a record of its own: `write_bank_account`, after the person is saved."""


VALUES: Final[Mapping[str, HubValue]] = {
    **{
        name: _text(name)
        for name in (
            "employment_id",
            "given_name",
            "family_name",
            "work_email",
            "private_email",
            "work_phone",
            "private_phone",
            "national_id",
        )
    },
    **{name: _date(name) for name in ("birth_date", "first_workday", "last_workday")},
    "address": HubValue(ADDRESS_COLUMNS, _read_address, _write_address),
    "bank_account": HubValue(
        tuple(f"bank_account__{column}" for column in NUMBERS), _read_bank_account, _write_nothing
    ),
}


def history_names(value: str) -> list[str]:
    """Return how the history calls the columns of a value; of a bank account that is new, the whole of it is one."""
    columns = [column.replace("__", ".") for column in VALUES[value].columns]
    parts = {column.partition(".")[0] for column in columns if "." in column}
    return [*columns, *(f"{part}.{EVERY_FIELD}" for part in sorted(parts))]


# Columns of every record, whatever is synced.
ABOUT: Final = (
    "pk",
    "given_name",
    "family_name",
    "birth_date",
    "national_id",
    "national_id_country",
    "last_workday",
    "protected_identity",
    "department_id",
    "version",
)


def clues_of(
    given_name: str, family_name: str, birth_date: date | None, national_id: str, national_id_country: str
) -> tuple[str, ...]:
    """Return the person's clues, none or two (an unknown one is empty)."""
    found = (
        national_id_clue(national_id_country, national_id) or "",
        person_clue(given_name, family_name, birth_date) or "",
    )
    return found if any(found) else ()


def write_bank_account(*, employee: Employee, value: BankAccount | None) -> None:
    """Make the person's bank account hold the value; raises ValidationError and writes nothing then.

    A number that the value does not carry stays where it is the same account's: an IBAN left over from another account
    would be paid into.
    """
    stored = BankAccountModel.objects.filter(employee=employee).first()
    if value is None:
        if stored is not None:
            stored.delete()
        return
    account = stored or BankAccountModel(employee=employee)
    put_numbers(account=account, value=value)
    account.full_clean()
    account.save()


def put_numbers(*, account: BankAccountModel, value: BankAccount) -> None:
    """Put a value on an account that is still to be cleaned and saved; see `write_bank_account`."""
    before = account.numbers
    brought = {column: part for column, part in value._asdict().items() if part}
    account.numbers = without_leftovers(replace(before, **brought), stored=before, brought=brought)
