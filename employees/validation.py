"""What a value must look like, as pure functions: each returns the canonical form or raises ValidationError.

The hub's models, its forms and the values that come from vendors are all checked here. No message repeats the
value: messages reach logs and e-mails. An empty value (after stripping) is returned as "".
"""

import re
import warnings
from collections.abc import Callable
from typing import Final

import phonenumbers
import pycountry
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import luhn
from stdnum.dk import cpr
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fi import hetu
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

POSTAL_CODES: Final = {
    "SE": re.compile(r"[1-9]\d{4}"),
    "NO": re.compile(r"\d{4}"),
    "DK": re.compile(r"\d{4}"),
    "FI": re.compile(r"\d{5}"),
    "NL": re.compile(r"[1-9]\d{3}[A-Z]{2}"),
    "DE": re.compile(r"\d{5}"),
}
OTHER_POSTAL_CODE: Final = re.compile(r"[A-Z0-9]{2,10}")


def clean_email(value: str) -> str:
    """Return the address as it is delivered to: the domain in lower case, the local part as written."""
    value = value.strip()
    if not value:
        return ""
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValidationError(
            _("This is not a valid e-mail address. Write it as name@example.com."), code="email"
        ) from None


def email_key(value: str) -> str:
    """Return what two equal addresses have in common, however they are written."""
    return value.strip().lower()


def clean_phone(value: str, country: str) -> str:
    """Return E.164 ("+46701740605"), a national number read as one of the country (ISO code, may be "")."""
    value = value.strip()
    if not value:
        return ""
    try:
        number = phonenumbers.parse(value, country or None)
    except phonenumbers.NumberParseException:
        raise ValidationError(
            _("This is not a phone number. Write it with its country code, such as +46 8 123 456 78."), code="phone"
        ) from None
    if number.extension:
        raise ValidationError(_("A phone number with an extension cannot be kept. Remove the extension."), code="phone")
    if not phonenumbers.is_valid_number(number):
        raise ValidationError(
            _("This phone number does not exist in its country. Check the number of digits and the country code."),
            code="phone",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _swedish_national_id(value: str) -> str:
    """Ten digits; a coordination number has 60 added to its day, which the library does not know."""
    number = personnummer.compact(value)
    day = number[-7:-5]
    if day.isdigit() and int(day) > 60:
        luhn.validate(number[:-5][-6:] + number[-4:])
        personnummer.get_birth_date(f"{number[:-7]}{int(day) - 60:02d}{number[-5:]}")
    else:
        personnummer.validate(number)
    return number[:-5][-6:] + number[-4:]


NATIONAL_IDS: Final[dict[str, Callable[[str], str]]] = {
    "SE": _swedish_national_id,
    "NO": fodselsnummer.validate,
    "DK": cpr.validate,
    "FI": hetu.validate,
    "NL": bsn.validate,
}


def clean_national_id(value: str, country: str) -> str:
    """Return the number without separators (Sweden: ten digits, Finland: with its century sign).

    Countries without a rule here keep the text as written.
    """
    value = value.strip()
    if not value or country not in NATIONAL_IDS:
        return value
    try:
        return NATIONAL_IDS[country](value)
    except (NumberError, ValueError, IndexError):
        raise ValidationError(
            _("This is not a valid national ID of the country. Check its length and its digits."),
            code="national_id",
        ) from None


def clean_postal_code(value: str, country: str) -> str:
    """Return the code without spaces, in capitals, and without a country prefix such as "SE-"."""
    code = "".join(value.split()).upper()
    if not code:
        return ""
    code = re.sub(rf"^(?:{re.escape(country)}|{re.escape(country[:1])})-", "", code) if country else code
    if country not in POSTAL_CODES:
        code = code.replace("-", "")
    if not POSTAL_CODES.get(country, OTHER_POSTAL_CODE).fullmatch(code):
        raise ValidationError(
            _("This is not a postal code of the country. Check the number of digits and the country."),
            code="postal_code",
        )
    return code


def clean_country(value: str) -> str:
    """Return the ISO 3166 code of two letters."""
    code = value.strip().upper()
    if not code:
        return ""
    if len(code) != 2 or pycountry.countries.get(alpha_2=code) is None:
        raise ValidationError(
            _("This is not a country code. Use the two letters of ISO 3166, such as SE or NO."), code="country"
        )
    return code


def clean_iban(value: str) -> str:
    """Return the IBAN without spaces; the national check digits inside it are verified as well."""
    if not value.strip():
        return ""
    try:
        with warnings.catch_warnings():
            # Sweden has no single national algorithm: schwifty warns that it verified none.
            warnings.simplefilter("ignore")
            return str(IBAN(value.strip(), validate_bban=True).compact)
    except SchwiftyException:
        raise ValidationError(
            _("This is not a valid IBAN. Check its length and its digits against the bank's document."), code="iban"
        ) from None


def clean_bic(value: str) -> str:
    """Return the BIC of eight or eleven characters, in capitals."""
    if not value.strip():
        return ""
    try:
        return str(BIC(value.strip().upper()).compact)
    except SchwiftyException:
        raise ValidationError(
            _("This is not a valid BIC. It has eight or eleven characters, such as ESSESESS."), code="bic"
        ) from None
