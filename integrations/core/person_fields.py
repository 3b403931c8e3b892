"""Fields of a person that vendors have in common: what they are called, and what the hub asks of their values.

A vendor's ``resources`` says what is its own: the note, whether a value is required, and what it refuses besides.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from employees.values.contacts import clean_email, clean_phone
from employees.values.dates import clean_first_workday, clean_last_workday
from employees.values.texts import clean_identifier, clean_name
from integrations.core.checks import (
    LONGEST_EMPLOYMENT_ID,
    LONGEST_NAME,
    both_sides,
    check_address,
    check_address_length,
    check_length,
    doubt_about_address,
    doubt_about_text,
    reason_against_day,
    reason_from,
)
from integrations.core.declare import Check, Field
from integrations.core.kinds import ADDRESS, CODE, DATE, EMAIL, PHONE, TEXT, Address


def name_fields(*, vendor: str, right: Check | None = None, **own: Any) -> tuple[Field, Field]:
    """Return given and family name; ``right`` is what the vendor refuses of them, as in the other functions here."""
    left = partial(check_length, longest=LONGEST_NAME, vendor=vendor)
    shared = {
        "kind": TEXT,
        "required": True,
        "required_left": True,
        "doubt": doubt_about_text,
        **both_sides(reason_from(clean_name), vendor=vendor, left=left, right=right),
        **own,
    }
    return (
        Field(name="given_name", label=_("Given name"), **shared),
        Field(name="family_name", label=_("Family name"), **shared),
    )


def work_email(*, vendor: str, right: Check | None = None, **own: Any) -> Field:
    checks = both_sides(reason_from(clean_email), vendor=vendor, right=right)
    return Field(name="work_email", label=_("Work e-mail"), kind=EMAIL, **checks, **own)


def phone(*, vendor: str, country: str, right: Check | None = None, **own: Any) -> Field:
    """A national number is one of the country."""
    checks = both_sides(reason_from(partial(clean_phone, country=country)), vendor=vendor, right=right)
    return Field(name="phone", kind=PHONE, withheld=True, **checks, **own)


def employment_id(*, vendor: str, right: Check | None = None, **own: Any) -> Field:
    left = partial(check_length, longest=LONGEST_EMPLOYMENT_ID, vendor=vendor)
    checks = both_sides(reason_from(clean_identifier), vendor=vendor, left=left, right=right)
    return Field(
        name="employment_id",
        label=_("Employment ID"),
        kind=CODE,
        unique=True,
        doubt=doubt_about_text,
        **checks,
        **own,
    )


def address(*, vendor: str, country: str, right: Check | None = None, **own: Any) -> Field:
    """A blank country is ``country`` on both sides; a country alone is no address."""
    left = partial(check_address_length, vendor=vendor)
    return Field(
        name="address",
        label=_("Address"),
        kind=replace(ADDRESS, normalise=partial(address_key, country=country)),
        withheld=True,
        doubt=doubt_about_address,
        **both_sides(partial(check_address, home=country), vendor=vendor, left=left, right=right),
        **own,
    )


def first_workday(*, vendor: str, **own: Any) -> Field:
    checks = both_sides(reason_against_day(clean_first_workday), vendor=vendor)
    return Field(name="first_workday", label=_("First workday"), kind=DATE, **checks, **own)


def last_workday(*, vendor: str, **own: Any) -> Field:
    checks = both_sides(reason_against_day(clean_last_workday), vendor=vendor)
    return Field(name="last_workday", label=_("Last workday"), kind=DATE, **checks, **own)


def address_key(value: Address, *, country: str) -> Address | None:
    """Return what is compared of an address."""
    if not (value.street or value.postal_code or value.city):
        return None
    key: Address = ADDRESS.normalise(value if value.country else value._replace(country=country))
    return key
