"""What is kept in step with Fortnox: the one declaration that the pages, the comparison and the sync read (FX-08)."""

from dataclasses import replace
from functools import partial
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.bank_accounts import BankAccountNumbers, bank_account_key, clean_bank_account
from employees.values.contacts import clean_email, clean_phone
from integrations.core.checks import LONGEST_NAME, check_address, check_length, reason_from
from integrations.core.declare import Direction, Field, Resource, Text
from integrations.core.kinds import ADDRESS, BANK_ACCOUNT, CODE, DATE, EMAIL, PHONE, TEXT, Address, BankAccount
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
    check_email, check_name = reason_from(clean_email), partial(check_length, longest=LONGEST_NAME, vendor=VENDOR)
    return (
        Field(
            name="work_email",
            label=_("Work e-mail"),
            kind=EMAIL,
            note=_("Required. Needs to be unique; identifies people the first time they are synchronised."),
            required=True,
            unique=True,
            check_left=check_email,
            check_right=check_email,
        ),
        Field(
            name="employment_id",
            label=_("Employment ID"),
            kind=CODE,
            note=_("Needs to be unique. Goes only from Fortnox to the hub, when somebody synchronises."),
            direction=Direction.TO_LEFT,
            unique=True,
        ),
        Field(
            name="given_name",
            label=_("Given name"),
            kind=TEXT,
            required=True,
            required_left=True,
            check_left=check_name,
        ),
        Field(
            name="family_name",
            label=_("Family name"),
            kind=TEXT,
            required=True,
            required_left=True,
            check_left=check_name,
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
            check_left=check_phone,
            check_right=check_phone,
        ),
        Field(
            name="address",
            label=_("Address"),
            # A blank country is the vendor's own on both sides; a country alone is no address.
            kind=replace(ADDRESS, normalise=partial(address_key, country=country)),
            note=_("Without its second street line: each system keeps its own."),
            withheld=True,
            check_left=partial(check_address, vendor=VENDOR),
        ),
        Field(
            name="bank_account",
            label=_("Bank account"),
            # Fortnox holds no IBAN and no BIC, so the national number alone is compared.
            kind=replace(BANK_ACCOUNT, normalise=national_account_key),
            note=_("Must be a valid Swedish clearing and account number."),
            sensitive=True,
            check_left=check_swedish_account,
            check_right=check_swedish_account,
        ),
    )


def _employment_fields() -> tuple[Field, ...]:
    return (
        Field(name="first_workday", label=_("First workday"), kind=DATE, note=_("Employment date in Fortnox.")),
        Field(name="last_workday", label=_("Last workday"), kind=DATE, note=_("Employed to in Fortnox.")),
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
    """Say why the account is not a Swedish one with both numbers, or is half of another one (FX-09, D-05)."""
    if value.country != "SE" or not value.account_number:
        return _("Fortnox takes only a Swedish clearing and account number. Add one, or leave the account to payroll.")
    try:
        clean_bank_account(**value._asdict())
    except ValidationError as error:
        return " ".join(error.messages)
    return None
