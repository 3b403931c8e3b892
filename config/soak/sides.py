"""Both sides of a sync as plain texts, read without the product's own mappers: a mistake must not cancel itself out."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from employees.models import Company, Employee

# One person: every supported field as a text, empty where there is none.
Person = dict[str, str]
People = dict[str, Person]

FIELDS: Final = (
    "work_email",
    "employment_id",
    "given_name",
    "family_name",
    "phone",
    "address",
    "bank_account",
    "first_workday",
    "last_workday",
)
# What a vendor's record holds beside the supported fields, as one text: nothing of it may ever change.
REST: Final = "rest"
SWEDISH_SPELLINGS: Final = {"Sverige": "SE", "Sweden": "SE", "SE": "SE", "": "SE"}
SYNCED_AT_VENDOR: Final = frozenset(
    (
        *("FirstName", "LastName", "FullName", "Email", "Phone1"),
        *("Address1", "Address2", "PostCode", "City", "Country"),
        *("ClearingNo", "BankAccountNo", "EmploymentDate", "EmployedTo", "@url"),
    )
)
# The vendor's names of each field.
COLUMNS_AT_VENDOR: Final = {
    "work_email": {"Email"},
    "employment_id": {"EmployeeId"},
    "given_name": {"FirstName"},
    "family_name": {"LastName"},
    "phone": {"Phone1"},
    "address": {"Address1", "Address2", "PostCode", "City", "Country"},
    "bank_account": {"ClearingNo", "BankAccountNo"},
    "first_workday": {"EmploymentDate"},
    "last_workday": {"EmployedTo"},
}
HUB_COLUMNS: Final = (
    "pk",
    "work_email",
    "employment_id",
    "given_name",
    "family_name",
    "work_phone",
    "street",
    "postal_code",
    "city",
    "country",
    "bank_account__clearing_number",
    "bank_account__account_number",
    "first_workday",
    "last_workday",
)


def vendor_people(records: Iterable[Mapping[str, Any]]) -> People:
    """Return EmployeeId → person of the sandbox's employees."""
    return {str(record["EmployeeId"]): _vendor_person(record) for record in records}


def _vendor_person(record: Mapping[str, Any]) -> Person:
    return {
        "work_email": record["Email"].casefold(),
        "employment_id": str(record["EmployeeId"]),
        "given_name": _fold(record["FirstName"]),
        "family_name": _fold(record["LastName"]),
        "phone": _phone(record["Phone1"]),
        "address": _address(
            record["Address1"] or record["Address2"], record["PostCode"], record["City"], record["Country"]
        ),
        "bank_account": _account(record["ClearingNo"], record["BankAccountNo"]),
        "first_workday": record["EmploymentDate"],
        "last_workday": record["EmployedTo"],
        REST: json.dumps({name: record[name] for name in sorted(record) if name not in SYNCED_AT_VENDOR}),
    }


def hub_people(company: Company) -> People:
    """Return primary key → person of a company of the hub."""
    people = Employee.objects.filter(company=company).values(*HUB_COLUMNS)
    return {str(columns["pk"]): _hub_person(columns) for columns in people}


def _hub_person(columns: Mapping[str, Any]) -> Person:
    return {
        "work_email": columns["work_email"].casefold(),
        "employment_id": columns["employment_id"],
        "given_name": _fold(columns["given_name"]),
        "family_name": _fold(columns["family_name"]),
        "phone": _phone(columns["work_phone"]),
        "address": _address(columns["street"], columns["postal_code"], columns["city"], columns["country"]),
        "bank_account": _account(
            columns["bank_account__clearing_number"] or "", columns["bank_account__account_number"] or ""
        ),
        "first_workday": str(columns["first_workday"] or ""),
        "last_workday": str(columns["last_workday"] or ""),
    }


def _fold(text: str) -> str:
    return " ".join(text.split())


def _phone(text: str) -> str:
    digits = "".join(character for character in text if character.isdecimal())
    return f"46{digits[1:]}" if digits.startswith("0") else digits


def _address(street: str, postal_code: str, city: str, country: str) -> str:
    if not (street or postal_code or city):
        return ""
    parts = (_fold(street), "".join(postal_code.split()), _fold(city), SWEDISH_SPELLINGS.get(country, country))
    return " | ".join(parts).casefold()


def _account(clearing_number: str, account_number: str) -> str:
    return f"{clearing_number}-{account_number}" if clearing_number or account_number else ""
