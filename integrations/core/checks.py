"""Checks that several integrations declare on their fields: why the hub, or anybody, would not take a value (pure)."""

from collections.abc import Callable
from functools import partial
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.countries import clean_country
from employees.values.postal_codes import clean_postal_code
from integrations.core.declare import Check, Text
from integrations.core.kinds import Address

# What the hub can hold of a text.
LONGEST_NAME: Final = 100
LONGEST_STREET: Final = 200
LONGEST_CITY: Final = 100
LONGEST_EMPLOYMENT_ID: Final = 50


def reason_from(clean: Callable[[str], str]) -> Check:
    """Return the check that says why ``clean`` refuses a value."""

    def check(value: str) -> Text | None:
        try:
            clean(value)
        except ValidationError as error:
            return error.message
        return None

    return check


def check_length(value: str, *, longest: int, vendor: str) -> Text | None:
    if len(value) > longest:
        return _("It is longer than the %(count)d characters that the hub can hold. Shorten it in %(vendor)s.") % {
            "count": longest,
            "vendor": vendor,
        }
    return None


def check_address(value: Address, *, vendor: str) -> Text | None:
    """Say why the hub cannot hold the address."""
    if reason_from(clean_country)(value.country):
        return _("The country is not one that is known. Correct it in %(vendor)s.") % {"vendor": vendor}
    return (
        check_length(value.street, longest=LONGEST_STREET, vendor=vendor)
        or check_length(value.city, longest=LONGEST_CITY, vendor=vendor)
        or reason_from(partial(clean_postal_code, country=value.country))(value.postal_code)
    )
