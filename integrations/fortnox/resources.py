"""What is kept in step with Fortnox: the one declaration that the pages, the comparison and the sync read (FX-08)."""

from dataclasses import replace
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _

from employees.values.bank_accounts import BankAccountNumbers, bank_account_key
from employees.values.contacts import clean_email, clean_phone
from employees.values.dates import clean_first_workday, clean_last_workday
from employees.values.texts import clean_identifier, clean_name
from integrations.core.checks import (
    LONGEST_EMPLOYMENT_ID,
    LONGEST_NAME,
    both_sides,
    check_account,
    check_address,
    check_address_length,
    check_length,
    doubt_about_account,
    doubt_about_address,
    doubt_about_text,
    reason_against_day,
    reason_from,
)
from integrations.core.declare import Direction, Field, Resource, Text
from integrations.core.kinds import ADDRESS, BANK_ACCOUNT, CODE, DATE, EMAIL, PHONE, TEXT, Address, BankAccount
from integrations.fortnox.characters import check_address_characters, check_characters
from integrations.fortnox.settings import FortnoxSettings
from integrations.fortnox.unconfirmed import SETTLE_SECONDS

EMPLOYEES: Final = "employees"
VENDOR: Final = "Fortnox"


def employees_resource(settings: FortnoxSettings, *, country: str) -> Resource:
    """Return the declaration under a connection's settings; ``country`` is the manifest's."""
    return Resource(
        name=EMPLOYEES,
        label=_("Employees"),
        fields=(*_identity_fields(), *_private_fields(settings, country=country), *_employment_fields()),
        match_keys=("work_email",),
        natural_key="work_email",
        settle_seconds=SETTLE_SECONDS,
    )


def employee_sources(settings: FortnoxSettings) -> dict[str, str]:
    """Return the hub's value per field."""
    names = ("work_email", "employment_id", "given_name", "family_name", "address", "bank_account")
    dates = ("first_workday", "last_workday")
    return {**{name: name for name in (*names, *dates)}, "phone": settings.phone_source}


def _identity_fields() -> tuple[Field, ...]:
    names = {"given_name": _("Given name"), "family_name": _("Family name")}
    check_name = partial(check_length, longest=LONGEST_NAME, vendor=VENDOR)
    check_id = partial(check_length, longest=LONGEST_EMPLOYMENT_ID, vendor=VENDOR)
    return (
        Field(
            name="work_email",
            label=_("Work e-mail"),
            kind=EMAIL,
            note=_("Required. Needs to be unique; identifies people the first time they are synchronised."),
            required=True,
            unique=True,
            **both_sides(reason_from(clean_email), vendor=VENDOR, right=check_characters),
        ),
        Field(
            name="employment_id",
            label=_("Employment ID"),
            kind=CODE,
            note=_("Needs to be unique. Goes only from Fortnox to the hub, when somebody synchronises."),
            direction=Direction.TO_LEFT,
            unique=True,
            doubt=doubt_about_text,
            **both_sides(reason_from(clean_identifier), vendor=VENDOR, left=check_id),
        ),
        *(
            Field(
                name=name,
                label=label,
                kind=TEXT,
                required=True,
                required_left=True,
                doubt=doubt_about_text,
                **both_sides(reason_from(clean_name), vendor=VENDOR, left=check_name, right=check_characters),
            )
            for name, label in names.items()
        ),
    )


def _private_fields(settings: FortnoxSettings, *, country: str) -> tuple[Field, ...]:
    work_phone = settings.phone_source == "work_phone"
    check_phone = reason_from(partial(clean_phone, country=country))
    return (
        Field(
            name="phone",
            label=_("Work phone") if work_phone else _("Private phone"),
            kind=PHONE,
            note=_("Needs to be unique. Phone 1 in Fortnox."),
            unique=True,
            withheld=True,
            **both_sides(check_phone, vendor=VENDOR),
        ),
        Field(
            name="address",
            label=_("Address"),
            # A blank country is the vendor's own on both sides; a country alone is no address.
            kind=replace(ADDRESS, normalise=partial(address_key, country=country)),
            note=_("Without its second street line: each system keeps its own."),
            withheld=True,
            doubt=doubt_about_address,
            **both_sides(
                partial(check_address, home=country),
                vendor=VENDOR,
                left=partial(check_address_length, vendor=VENDOR),
                right=check_address_characters,
            ),
        ),
        Field(
            name="bank_account",
            label=_("Bank account"),
            # Fortnox holds no IBAN and no BIC, so the national number alone is compared.
            kind=replace(BANK_ACCOUNT, normalise=national_account_key),
            note=_("Must be a valid Swedish clearing and account number."),
            sensitive=True,
            doubt=doubt_about_account,
            **both_sides(check_account, vendor=VENDOR, left=check_swedish_account, right=check_swedish_account),
        ),
    )


def _employment_fields() -> tuple[Field, ...]:
    return (
        Field(
            name="first_workday",
            label=_("First workday"),
            kind=DATE,
            note=_("Employment date in Fortnox."),
            **both_sides(reason_against_day(clean_first_workday), vendor=VENDOR),
        ),
        Field(
            name="last_workday",
            label=_("Last workday"),
            kind=DATE,
            note=_("Employed to in Fortnox."),
            **both_sides(reason_against_day(clean_last_workday), vendor=VENDOR),
        ),
    )


def address_key(value: Address, *, country: str) -> Address | None:
    """Return what is compared of an address."""
    if not (value.street or value.postal_code or value.city):
        return None
    key: Address = ADDRESS.normalise(value if value.country else value._replace(country=country))
    return key


def national_account_key(value: BankAccount) -> BankAccount | None:
    """Return what two writings of one account have in common, the IBAN and Swedbank's fifth digit aside.

    A whole BankAccount: keys are stored as JSON and must come back equal.
    """
    digits: BankAccount = BANK_ACCOUNT.normalise(value)
    if not any(digits[1:]):
        return None
    return BankAccount(*bank_account_key(BankAccountNumbers(*digits))[:3])


def check_swedish_account(value: BankAccount) -> Text | None:
    """Say why the account, which the hub would take, is not a Swedish one with both numbers (FX-09)."""
    if value.country != "SE" or not value.account_number:
        return _("Fortnox takes only a Swedish clearing and account number. Add one, or leave the account to payroll.")
    return None
