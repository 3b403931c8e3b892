"""The tables whose stored values an upgrade looks at, and by which rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings

from employees.values.bank_accounts import clean_bank_account
from employees.values.records import (
    Cleaners,
    absence_cleaners,
    absence_type_cleaners,
    bank_account_cleaners,
    company_cleaners,
    compensation_cleaners,
    department_cleaners,
    person_cleaners,
    position_cleaners,
)

Row = dict[str, Any]
COMPANY_OF_EMPLOYEE: Final = "employee__company_id"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A model whose stored values are looked at; ``cleaners`` are those of a row's values.

    ``unique`` is a group of fields that nobody else may have, where its last one is not empty. ``about`` are further
    columns that ``cleaners``, ``part`` and the finder of the person need. ``part`` names a field for the history.
    """

    label: str
    fields: tuple[str, ...]
    cleaners: Callable[[Row], Cleaners]
    unique: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    employee: str = ""
    company: str = ""
    part: Callable[[Row], str] | None = None
    together: Callable[[Row], dict[str, Any]] | None = None


def tables(*, today: date) -> tuple[Table, ...]:
    person = (
        *("employment_id", "given_name", "family_name", "street", "street2", "city", "country"),
        *("national_id_country", "work_email", "private_email", "work_phone", "private_phone", "postal_code"),
        *("birth_date", "first_workday", "last_workday", "national_id"),
    )
    account = ("country", "clearing_number", "account_number", "iban", "bic")
    return (
        Table(label="employees.company", fields=("name", "organisation_number", "country"), company="id",
              cleaners=lambda row: company_cleaners(), unique=("name",)),
        Table(label="employees.department", fields=("name",), cleaners=lambda row: department_cleaners(),
              unique=("company_id", "name"), company="company_id"),
        Table(label="absences.absencetype", fields=("code",), cleaners=lambda row: absence_type_cleaners(),
              unique=("code",)),
        Table(label="absences.absencetype", fields=("name",), cleaners=lambda row: absence_type_cleaners(),
              unique=("name",)),
        Table(label="employees.employee", fields=person, about=("company__country",),
              unique=("company_id", "employment_id"), employee="id", company="company_id",
              cleaners=lambda row: person_cleaners(
                  home=row["company__country"], country=row["country"],
                  national_id_country=row["national_id_country"], today=today,
                  synthetic=settings.ALLOW_SYNTHETIC_NATIONAL_IDS),
              part=lambda row: ""),
        Table(label="employees.bankaccount", fields=account, cleaners=lambda row: bank_account_cleaners(),
              part=lambda row: "bank_account.", together=_whole_account,
              employee="employee_id", company=COMPANY_OF_EMPLOYEE),
        Table(label="employees.position", fields=("title", "end_reason", "start", "end"),
              cleaners=lambda row: position_cleaners(today=today), part=lambda row: f"position.{row['id']}.",
              employee="employee_id", company=COMPANY_OF_EMPLOYEE),
        Table(label="employees.compensation", fields=("currency", "effective_date"),
              cleaners=lambda row: compensation_cleaners(today=today),
              part=lambda row: f"compensation.{row['id']}.", employee="employee_id", company=COMPANY_OF_EMPLOYEE),
        Table(label="absences.absence", fields=("note", "start", "end"),
              cleaners=lambda row: absence_cleaners(today=today),
              employee="employee_id", company=COMPANY_OF_EMPLOYEE),
    )  # fmt: skip


def _whole_account(row: Row) -> dict[str, Any]:
    """Return an account's canonical values. Raises ValidationError by field."""
    numbers = clean_bank_account(**row)
    return {name: getattr(numbers, name) for name in row}
