"""Which function each value of a record goes through, by its field: asked by the models, and by upgrades.

The functions take a present value and return the canonical one, or raise ValidationError. Whatever others are read
beside comes first.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache, partial
from typing import Any, Final

from employees.values.contacts import clean_email, clean_phone
from employees.values.countries import clean_country
from employees.values.dates import clean_absence_day, clean_birth_date, clean_first_workday, clean_last_workday
from employees.values.national_ids import clean_national_id
from employees.values.postal_codes import clean_postal_code
from employees.values.texts import (
    canonical,
    clean_address_line,
    clean_department_name,
    clean_identifier,
    clean_line,
    clean_lines,
    clean_name,
    clean_title,
    undivided,
)

Cleaners = Mapping[str, Callable[[Any], Any]]
LONGEST_NOTE: Final = 1_000
# Fields that are read beside others: the others' names.
BESIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "postal_code": ("country",),
    "national_id": ("national_id_country",),
}


def capitals(text: str) -> str:
    return canonical(text).upper()


@lru_cache(maxsize=1_000)
def person_cleaners(
    *, home: str, country: str, national_id_country: str, today: date, synthetic: bool = False
) -> Cleaners:
    """``home`` is the company's country, by which phones are read; the other two are the person's own, or empty."""
    address_country = capitals(country) or home
    phone = partial(clean_phone, country=home)
    return {
        "employment_id": clean_identifier,
        **dict.fromkeys(("given_name", "family_name"), clean_name),
        **dict.fromkeys(("street", "street2", "city"), clean_address_line),
        **dict.fromkeys(("country", "national_id_country"), clean_country),
        **dict.fromkeys(("work_email", "private_email"), clean_email),
        **dict.fromkeys(("work_phone", "private_phone"), phone),
        "postal_code": partial(clean_postal_code, country=address_country),
        "birth_date": partial(clean_birth_date, today=today),
        "first_workday": partial(clean_first_workday, today=today),
        "last_workday": partial(clean_last_workday, today=today),
        "national_id": partial(
            clean_national_id, country=capitals(national_id_country), today=today, synthetic=synthetic
        ),
    }


def company_cleaners() -> Cleaners:
    return {"name": clean_title, "organisation_number": clean_identifier, "country": clean_country}


def department_cleaners() -> Cleaners:
    return {"name": clean_department_name}


def position_cleaners(*, today: date) -> Cleaners:
    return {
        "title": clean_title,
        "end_reason": clean_line,
        "start": partial(clean_first_workday, today=today),
        "end": partial(clean_last_workday, today=today),
    }


def compensation_cleaners(*, today: date) -> Cleaners:
    return {"currency": capitals, "effective_date": partial(clean_first_workday, today=today)}


def bank_account_cleaners() -> Cleaners:
    """The numbers mean something together alone: `bank_accounts.clean_bank_account` asks about them."""
    return {"country": capitals, **dict.fromkeys(("clearing_number", "account_number", "iban", "bic"), undivided)}


def absence_cleaners(*, today: date) -> Cleaners:
    day = partial(clean_absence_day, today=today)
    return {"start": day, "end": day, "note": partial(clean_lines, longest=LONGEST_NOTE)}


def absence_type_cleaners() -> Cleaners:
    return {"name": clean_title, "code": lambda code: canonical(code).lower()}
