"""Why a value cannot go to a side: said in the review, before anything is sent (VP-07, VP-08, VP-09)."""

from functools import partial
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from employees.values.bank_accounts import clean_iban, clean_norwegian_number
from employees.values.contacts import clean_phone
from employees.values.national_ids import clean_national_id
from integrations.core.checks import check_account, reason_from
from integrations.core.declare import Text
from integrations.core.kinds import BANK_ACCOUNT, BankAccount
from integrations.visma_payroll.contacts import keeps_phone
from integrations.visma_payroll.unconfirmed import LONGEST_NUMBER

NORWAY: Final = "NO"


def check_number(value: str) -> Text | None:
    """Say why Visma would not take the employment ID (VP-07)."""
    if len(value.strip()) > LONGEST_NUMBER:
        return _(
            "Visma.net Payroll takes at most %(count)d characters. Give the person a shorter employment ID in the hub;"
            " everything else of the person is synchronised."
        ) % {"count": LONGEST_NUMBER}
    return None


def check_phone(value: str) -> Text | None:
    """Say why Visma would hold another phone than this one (VP-13)."""
    try:
        number = clean_phone(value, NORWAY)
    except ValidationError:
        # Refused by the hub's own rule, which is told beside it.
        return None
    if keeps_phone(number):
        return None
    return _(
        "Visma.net Payroll keeps a phone as a plain number, and would hold another one than this. It is not sent: enter"
        " it in Visma.net Payroll, if it is needed there."
    )


def check_national_id(value: str) -> Text | None:
    clean = partial(
        clean_national_id,
        country=NORWAY,
        today=timezone.localdate(),
        synthetic=settings.ALLOW_SYNTHETIC_NATIONAL_IDS,
    )
    if reason_from(clean)(value):
        return _("It is not a Norwegian national ID: enter it in Visma.net Payroll.")
    return None


def norwegian_account(value: BankAccount) -> str:
    """Return the eleven digits of a valid Norwegian account, also out of its IBAN; empty when it is none (VP-08)."""
    digits = BANK_ACCOUNT.normalise(value)
    number = digits.account_number
    if digits.country == NORWAY and not number and _is_valid_iban(digits.iban):
        number = digits.iban[4:]
    if digits.country != NORWAY or digits.clearing_number:
        return ""
    try:
        return clean_norwegian_number(number)
    except ValidationError:
        return ""


def is_international(value: BankAccount) -> bool:
    """Whether the account abroad has what Visma's international account needs."""
    return bool(value.country != NORWAY and value.country and value.iban and value.bic) and _is_valid_iban(value.iban)


def check_payable(value: BankAccount, *, international: bool) -> Text | None:
    """Say why the account is not sent; ``international``: whether accounts abroad may be, by setting (VP-08)."""
    if value.account_number and value.iban and (reason := check_account(value)):
        # Stored before the two were compared: nobody can say which of them is meant.
        return reason
    if norwegian_account(value) or (international and is_international(value)):
        return None
    if value.country == NORWAY:
        return _("It is not a valid Norwegian account number. It has eleven digits; the last follows from the others.")
    if international:
        return _("Visma.net Payroll needs the IBAN and the BIC of an account abroad. Add them in the hub.")
    return _(
        "Only a Norwegian account number is sent. An account that Visma.net Payroll has stays; somebody new is paid in"
        " cash there. For an account abroad, use International bank account in Visma.net Payroll."
    )


def _is_valid_iban(iban: str) -> bool:
    return bool(iban) and reason_from(clean_iban)(iban) is None
