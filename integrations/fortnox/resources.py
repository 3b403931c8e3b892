"""What is kept in step with Fortnox: the one declaration that the pages, the comparison and the sync read (FX-08)."""

from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from employees.values.bank_accounts import BankAccountNumbers, bank_account_key
from integrations.core import person_fields
from integrations.core.checks import both_sides, check_account, doubt_about_account
from integrations.core.declare import Direction, Field, Resource, Text
from integrations.core.kinds import BANK_ACCOUNT, BankAccount
from integrations.fortnox.characters import check_address_characters, check_characters
from integrations.fortnox.settings import FortnoxSettings
from integrations.fortnox.street_lines import remaining_line
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
        reads_by_link=True,
    )


def employee_sources(settings: FortnoxSettings) -> dict[str, str]:
    """Return the hub's value per field."""
    names = ("work_email", "employment_id", "given_name", "family_name", "address", "bank_account")
    dates = ("first_workday", "last_workday")
    return {**{name: name for name in (*names, *dates)}, "phone": settings.phone_source}


def _identity_fields() -> tuple[Field, ...]:
    return (
        person_fields.work_email(
            vendor=VENDOR,
            right=check_characters,
            note=_("Required. Needs to be unique; identifies people the first time they are synchronised."),
            required=True,
            unique=True,
        ),
        person_fields.employment_id(
            vendor=VENDOR,
            note=_("Needs to be unique. Goes only from Fortnox to the hub, when somebody synchronises."),
            direction=Direction.TO_LEFT,
        ),
        *person_fields.name_fields(vendor=VENDOR, right=check_characters),
    )


def _private_fields(settings: FortnoxSettings, *, country: str) -> tuple[Field, ...]:
    return (
        person_fields.phone(
            vendor=VENDOR,
            country=country,
            label=_("Work phone") if settings.phone_source == "work_phone" else _("Private phone"),
            note=_("Needs to be unique. Phone 1 in Fortnox."),
            unique=True,
        ),
        person_fields.address(
            vendor=VENDOR,
            country=country,
            right=check_address_characters,
            note=_("Without its second street line: each system keeps its own."),
            remains=remaining_line,
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
        person_fields.first_workday(vendor=VENDOR, note=_("Employment date in Fortnox.")),
        person_fields.last_workday(vendor=VENDOR, note=_("Employed to in Fortnox.")),
    )


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
