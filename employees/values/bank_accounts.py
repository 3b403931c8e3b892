"""One bank account, checked as a whole: its numbers only mean something together."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.exceptions import ValidationError as NumberError
from stdnum.no import kontonr

from employees.values.countries import clean_country
from employees.values.ibans import is_same_account
from employees.values.placeholders import is_placeholder, is_truth
from employees.values.swedish_bank_accounts import InvalidSwedishAccount, Reason, clean_swedish_account
from employees.values.texts import canonical, undivided

SWEDISH_REASONS = {
    Reason.CLEARING_NUMBER_FORMAT: (
        "clearing_number",
        _("A Swedish clearing number has four digits, or five at Swedbank (8xxx-x)."),
    ),
    Reason.CLEARING_NUMBER_UNKNOWN: (
        "clearing_number",
        _("No Swedish bank has this clearing number. Check it against the bank's document."),
    ),
    Reason.CLEARING_NUMBER_CHECK_DIGIT: (
        "clearing_number",
        _("The fifth digit of the clearing number does not fit the first four. Check them, or leave the fifth out."),
    ),
    Reason.ACCOUNT_NUMBER_LENGTH: (
        "account_number",
        _("The account number has the wrong number of digits for its bank. Write it without the clearing number."),
    ),
    Reason.ACCOUNT_NUMBER_CHECK_DIGIT: (
        "account_number",
        _("The last digit does not fit the others. Check the clearing number and the account number."),
    ),
}
# The last group of an account number that is written in two, such as Finnish 123456-785.
_SHORTEST = 3
_LOOKS_LIKE_AN_IBAN = re.compile(r"[A-Za-z]{2}\d\d")


@dataclass(frozen=True, slots=True)
class BankAccountNumbers:
    """A bank account in canonical form; what is not given is ""."""

    country: str
    clearing_number: str
    account_number: str
    iban: str
    bic: str


# Their names, in this order.
NUMBERS: Final = tuple(each.name for each in fields(BankAccountNumbers))


def clean_bank_account(
    *, country: str, clearing_number: str, account_number: str, iban: str, bic: str
) -> BankAccountNumbers:
    """Return the account in canonical form. Raises ValidationError by field name.

    A national account number or an IBAN must be given; both are of the account's country, and of one account (D-05).
    What is left to be asked or told is in `doubts_about_account`.
    """
    country = _clean("country", clean_country, country)
    if not country:
        raise ValidationError({"country": _("Say in which country the account is.")})
    clearing_number, account_number = clean_national_number(country, clearing_number, account_number)
    iban, bic = _clean("iban", clean_iban, iban), _clean("bic", clean_bic, bic)
    if iban and not iban.startswith(country):
        raise ValidationError({"iban": _("The IBAN belongs to another country than the account.")})
    if not account_number and not iban:
        raise ValidationError({"account_number": _("Give an account number or an IBAN.")})
    _refuse_another_iban(clearing_number, account_number, iban)
    return BankAccountNumbers(country, clearing_number, account_number, iban, bic)


def bank_account_key(numbers: BankAccountNumbers) -> tuple[str, str, str, str]:
    """Return what two writings of one account have in common: Swedbank's fifth clearing digit adds nothing."""
    clearing_number = numbers.clearing_number[:4] if numbers.country == "SE" else numbers.clearing_number
    return (numbers.country, clearing_number, numbers.account_number, numbers.iban)


def _refuse_another_iban(clearing_number: str, account_number: str, iban: str) -> None:
    if not iban or not account_number:
        return
    if is_same_account(iban, clearing_number=clearing_number, account_number=account_number) is False:
        raise ValidationError(
            {
                "iban": _(
                    "The IBAN is another account's than the account number. Check both against the bank's document,"
                    " or leave one of them empty."
                )
            }
        )


def clean_national_number(country: str, clearing_number: str, account_number: str) -> tuple[str, str]:
    """Return clearing and account number in canonical form. Raises ValidationError by field name."""
    clearing_number, account_number = canonical(clearing_number), canonical(account_number)
    if not clearing_number and not account_number:
        return "", ""
    if not account_number:
        raise ValidationError({"account_number": _("A clearing number needs its account number.")})
    if _is_iban(account_number):
        raise ValidationError({"account_number": _("This is an IBAN. Write it in the field of the IBAN.")})
    _refuse_placeholders(clearing_number, account_number)
    if country == "SE":
        return _clean_swedish(clearing_number, account_number)
    if country == "NO":
        return _clean_norwegian(clearing_number, account_number)
    return _clean_other(clearing_number, account_number)


def _refuse_placeholders(clearing_number: str, account_number: str) -> None:
    for field, number in (("clearing_number", clearing_number), ("account_number", account_number)):
        if is_placeholder(number) or is_truth(number) or (number and not undivided(number).strip("0")):
            raise ValidationError(
                {field: _("A program wrote this where it had no value. Write the number, or leave the field empty.")}
            )


def _clean_swedish(clearing_number: str, account_number: str) -> tuple[str, str]:
    if not clearing_number:
        raise ValidationError(
            {
                "clearing_number": _(
                    "Give the clearing number with the account number: a Swedish clearing number has four digits, or"
                    " five at Swedbank (8xxx-x)."
                )
            }
        )
    try:
        return clean_swedish_account(clearing_number=clearing_number, account_number=account_number)
    except InvalidSwedishAccount as error:
        field, message = SWEDISH_REASONS[error.reason]
        raise ValidationError({field: message}) from None


def _clean_norwegian(clearing_number: str, account_number: str) -> tuple[str, str]:
    if clearing_number:
        raise ValidationError({"clearing_number": _("A Norwegian account number contains its bank: leave this empty.")})
    return "", _clean("account_number", clean_norwegian_number, account_number)


def clean_norwegian_number(value: str) -> str:
    """Return the eleven digits. Raises ValidationError."""
    try:
        number = str(kontonr.validate(undivided(value)))
    except NumberError:
        number = ""
    # The library also takes the seven digits of the old postal accounts.
    if len(number) != 11:
        raise ValidationError(
            _("A Norwegian account number has eleven digits; the last follows from the others."), code="account_number"
        )
    return number


def _clean_other(clearing_number: str, account_number: str) -> tuple[str, str]:
    clearing_number, account_number = undivided(clearing_number).upper(), undivided(account_number).upper()
    for field, number in (("clearing_number", clearing_number), ("account_number", account_number)):
        if number and not re.fullmatch(r"[A-Z0-9]{1,34}", number):
            raise ValidationError({field: _("Use only letters and digits.")})
    if len(account_number) < _SHORTEST or not any(sign.isdecimal() for sign in account_number):
        raise ValidationError(
            {"account_number": _("This is too little for an account number. Check it against the bank's document.")}
        )
    return clearing_number, account_number


def _clean(field: str, clean: Callable[[str], str], value: str) -> str:
    try:
        return clean(value)
    except ValidationError as error:
        raise ValidationError({field: error.messages}) from None


def _is_iban(text: str) -> bool:
    if not _LOOKS_LIKE_AN_IBAN.match(text):
        return False
    try:
        return bool(clean_iban(text))
    except ValidationError:
        return False


def clean_iban(value: str) -> str:
    """Return the IBAN without spaces; the national check digits inside it are verified as well."""
    value = undivided(value)
    if not value:
        return ""
    try:
        with warnings.catch_warnings():
            # Sweden has no single national algorithm: schwifty warns that it verified none.
            warnings.simplefilter("ignore")
            return str(IBAN(value, validate_bban=True).compact)
    except SchwiftyException:
        raise ValidationError(
            _("This is not a valid IBAN. Check its length and its digits against the bank's document."), code="iban"
        ) from None


def clean_bic(value: str) -> str:
    """Return the BIC of eight or eleven characters, in capitals."""
    value = undivided(value)
    if not value:
        return ""
    try:
        return str(BIC(value.upper()).compact)
    except SchwiftyException:
        raise ValidationError(
            _("This is not a valid BIC. It has eight or eleven characters, such as ESSESESS."), code="bic"
        ) from None
