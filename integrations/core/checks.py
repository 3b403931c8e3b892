"""Checks that several integrations declare on their fields: why the hub, or anybody, would not take a value.

What the hub asks of a value is asked of both sides': a vendor's that the hub would refuse is not taken over, and one
that is stored here but could not be entered today is not sent.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, Final, TypedDict

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from employees.values.account_doubts import doubts_about_account
from employees.values.bank_accounts import clean_bank_account
from employees.values.countries import clean_country
from employees.values.doubts import sentence_about
from employees.values.postal_codes import clean_postal_code
from employees.values.texts import clean_address_line, likely_text
from integrations.core.declare import Check, Text
from integrations.core.kinds import Address, BankAccount

# What the hub can hold of a text.
LONGEST_NAME: Final = 100
LONGEST_STREET: Final = 200
LONGEST_CITY: Final = 100
LONGEST_EMPLOYMENT_ID: Final = 50


class Checks(TypedDict):
    """The two checks of a field."""

    check_left: Check
    check_right: Check


def both_sides(rule: Check, *, vendor: str, left: Check | None = None, right: Check | None = None) -> Checks:
    """Return the checks of a field: the hub's own rule first, on either side, then what one side alone asks.

    Where the rule refuses a value, it is put right where it stands.
    """
    there = format_lazy(_("Correct it in {vendor}."), vendor=vendor)
    here = _("Correct it in the hub first: it is then sent.")
    return {
        "check_left": first_reason(partial(_told, rule=rule, where=there), left),
        "check_right": first_reason(partial(_told, rule=rule, where=here), right),
    }


def first_reason(*checks: Check | None) -> Check:
    """Return the check that gives the first reason that one of them has."""

    def check(value: Any) -> Text | None:
        return next((reason for each in checks if each and (reason := each(value))), None)

    return check


def reason_from(clean: Callable[[Any], Any]) -> Check:
    """Return the check that says why ``clean`` refuses a value."""

    def check(value: Any) -> Text | None:
        try:
            clean(value)
        except ValidationError as error:
            return " ".join(error.messages)
        return None

    return check


def reason_against_day(clean: Callable[..., Any]) -> Check:
    """Return the check of a date (`employees.values.dates`), by the same today as the hub's own forms."""

    def check(value: Any) -> Text | None:
        if not isinstance(value, date):
            return _("This is no day of the calendar.")
        return reason_from(partial(clean, today=timezone.localdate()))(value)

    return check


def check_length(value: str, *, longest: int, vendor: str) -> Text | None:
    if len(value) > longest:
        return _("It is longer than the %(count)d characters that the hub can hold. Shorten it in %(vendor)s.") % {
            "count": longest,
            "vendor": vendor,
        }
    return None


def check_address(value: Address, *, home: str) -> Text | None:
    """Say why the hub would not take the address; a blank country is ``home``."""
    if reason_from(clean_country)(value.country):
        return _("The country is not one that is known.")
    return (
        reason_from(clean_address_line)(value.street)
        or reason_from(clean_address_line)(value.city)
        or reason_from(partial(clean_postal_code, country=value.country or home))(value.postal_code)
    )


def check_address_length(value: Address, *, vendor: str) -> Text | None:
    return check_length(value.street, longest=LONGEST_STREET, vendor=vendor) or check_length(
        value.city, longest=LONGEST_CITY, vendor=vendor
    )


def check_account(value: BankAccount) -> Text | None:
    """Say why the hub would not take the bank account."""
    return reason_from(lambda account: clean_bank_account(**account._asdict()))(value)


def doubt_about_text(value: str) -> Text | None:
    """Tell of a text that looks read in the wrong encoding, with what it most likely says (D-11)."""
    likely = likely_text(value)
    return None if likely is None else sentence_about(value, likely)


def doubt_about_address(value: Address) -> Text | None:
    return doubt_about_text(value.street) or doubt_about_text(value.city)


def doubt_about_account(value: BankAccount) -> Text | None:
    """Tell of an account that fits no check digit, and of another bank's branch or BIC (D-05, D-06)."""
    try:
        doubts = doubts_about_account(clean_bank_account(**value._asdict()))
    except ValidationError:
        # Refused, which is told beside it.
        return None
    return " ".join(str(each.text) for each in doubts) or None


def _told(value: Any, *, rule: Check, where: Text) -> Text | None:
    reason = rule(value)
    return format_lazy("{} {}", reason, where) if reason else None
