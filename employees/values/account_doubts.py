"""What may be right of a bank account and is told, or asked, all the same (D-05, D-06)."""

from dataclasses import asdict
from typing import Final

from django.utils.translation import gettext_lazy as _
from stdnum import luhn

from employees.values.bank_accounts import BankAccountNumbers
from employees.values.doubts import Doubt
from employees.values.ibans import bic_fits, names_another_branch
from employees.values.swedish_bank_accounts import InvalidSwedishAccount, has_check_digit

# Digits of a Swedbank account.
_SHORTEST: Final = 6


def doubts_about_account(numbers: BankAccountNumbers) -> list[Doubt]:
    """Return the doubts about an account in canonical form (`clean_bank_account`), by its fields.

    An account that fits no check digit is asked about; another bank's BIC or branch is told.
    """
    return [*_about_check_digit(numbers), *_about_branch(numbers), *_about_bic(numbers)]


def _about_check_digit(numbers: BankAccountNumbers) -> list[Doubt]:
    if numbers.country != "SE" or not numbers.account_number:
        return []
    try:
        if has_check_digit(clearing_number=numbers.clearing_number, account_number=numbers.account_number):
            return []
    except InvalidSwedishAccount:
        # Stored before the rules were: refused where it is edited, no matter of doubt.
        return []
    text = _(
        "No check digit fits this account number. A few old accounts at Swedbank and the savings banks have none, but"
        " most likely a digit is wrong, or the clearing number stands in it as well: check it against the bank's"
        " document."
    )
    return [
        Doubt(
            "account_number",
            "no_check_digit",
            text,
            asked=True,
            likely=_without_clearing_number(numbers),
            beside=("country", "clearing_number"),
        )
    ]


def _without_clearing_number(numbers: BankAccountNumbers) -> str:
    """Return the account number without the clearing number before it, where that fits its check digit."""
    significant, clearing = numbers.account_number.lstrip("0"), numbers.clearing_number
    for before in (clearing, clearing[:4]):
        rest = significant.removeprefix(before)
        if rest != significant and len(rest) >= _SHORTEST and luhn.is_valid(rest):
            return rest.zfill(len(numbers.account_number))
    return ""


def _about_branch(numbers: BankAccountNumbers) -> list[Doubt]:
    if (
        not numbers.iban
        or not numbers.clearing_number
        or not names_another_branch(numbers.iban, numbers.clearing_number)
    ):
        return []
    text = _("The IBAN names another bank or branch than this number. Check both against the bank's document.")
    return [Doubt("clearing_number", "another_branch", text, beside=("iban",))]


def _about_bic(numbers: BankAccountNumbers) -> list[Doubt]:
    if not numbers.bic:
        return []
    account = {name: value for name, value in asdict(numbers).items() if name != "bic"}
    if bic_fits(numbers.bic, **account) is not False:
        return []
    country = numbers.iban[:2] or numbers.country
    text = (
        _("This BIC is another country's than the account. Check it against the bank's document.")
        if numbers.bic[4:6] != country
        else _("This BIC is another bank's than the account. Check it against the bank's document.")
    )
    beside = ("country", "clearing_number", "account_number", "iban")
    return [Doubt("bic", "another_bank", text, beside=beside)]
