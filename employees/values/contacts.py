"""E-mail addresses and phone numbers (D-07, D-10)."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

import idna
import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email

from employees.values.texts import canonical, canonical_identifier

# No number with words beside it is longer.
_LONGEST_PHONE: Final = 60
_WORD: Final = r"[^\W\d_]+(?:['’.:-]+[^\W\d_]+)*[.:]?"
# What no part of a number is: words, and whatever neither divides its digits nor belongs to them.
_LEFT_OUT: Final = re.compile(rf"{_WORD}|(?:[^\w\s+().,:;/\[\]-]|_)+")
# A letter where a digit should be: one that looks like 0 or 1 (also of other alphabets), or a single one at a digit.
_LIKE_DIGITS: Final = re.compile(
    r"(?<![^\W\d_])(?:[OoIl|\u039f\u03bf\u041e\u043e\u0399\u0406]+(?![^\W\d_])|[^\W\d_](?=\d))|(?<=\d)[^\W\d_](?![^\W\d_])"
)
# The letters that an address may hold before its @ without quotation marks, at most 64 (RFC 5321, 5322).
_PLAIN_LOCAL: Final = re.compile(r"(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LONGEST_EMAIL: Final = 200


def clean_email(value: str) -> str:
    """Return the address as it is delivered to: the domain in small letters of its own, the local part as written."""
    value = canonical(value)
    if not value:
        return ""
    local, _at, domain = value.rpartition("@")
    try:
        if _PLAIN_LOCAL.fullmatch(local) and len(value) <= _LONGEST_EMAIL:
            # Most addresses: what the library would say of the domain is the same for a whole company.
            return f"{local}@{_clean_domain(domain)}"
        # Django, and most programs, refuse other letters before the @.
        return validate_email(value, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        raise ValidationError(
            _("This is not a valid e-mail address. Write it as name@example.com."), code="email"
        ) from None


@lru_cache(maxsize=1_000)
def _clean_domain(domain: str) -> str:
    """Return the domain as the library writes it. Raises EmailNotValidError."""
    return validate_email(f"a@{domain}", check_deliverability=False).normalized.partition("@")[2]


def email_key(value: str) -> str:
    """Return what two equal addresses have in common: capitals and the domain's two writings make no difference."""
    folded = canonical(value).lower()
    local, at, domain = folded.rpartition("@")
    if domain.isascii() and "xn--" not in domain:
        return folded
    try:
        return f"{local}{at}{idna.decode(domain, uts46=True)}"
    except (idna.IDNAError, UnicodeError):
        return folded


def email_writings(key: str) -> set[str]:
    """Return how an address may be stored, but for capitals, that has the key (`email_key`)."""
    local, at, domain = key.rpartition("@")
    if domain.isascii():
        return {key}
    try:
        return {key, f"{local}{at}{idna.encode(domain, uts46=True).decode()}"}
    except (idna.IDNAError, UnicodeError):
        return {key}


class ReadPhone(NamedTuple):
    """A phone number in E.164 ("+46701740605", "" without one), and the words of the cell that are no part of it."""

    number: str
    left_out: str


def clean_phone(value: str, country: str) -> str:
    """Return E.164, a national number read as one of the country (ISO code, may be "")."""
    return read_phone(value, country).number


def read_phone(value: str, country: str) -> ReadPhone:
    """Return the number, and what stands before or after it ("vx", a name, ☎): that has to be told, never dialled.

    Raises ValidationError.
    """
    text = canonical_identifier(value)
    if not text:
        return ReadPhone("", "")
    if len(text) > _LONGEST_PHONE:
        raise ValidationError(
            _("This is too long for a phone number. Write one number, and nothing else."), code="phone"
        )
    written = _parsed(text, country)
    if written is not None and written.extension:
        raise ValidationError(_("A phone number with an extension cannot be kept. Remove the extension."), code="phone")
    left_out = _LEFT_OUT.findall(text)
    if left_out:
        _refuse_inside(text)
    number = _parsed(_LEFT_OUT.sub(" ", text), country) if left_out else written
    if number is None:
        raise ValidationError(
            _("This is not a phone number. Write it with its country code, such as +46 8 123 456 78."), code="phone"
        )
    if not phonenumbers.is_valid_number(number):
        raise ValidationError(
            _("This phone number does not exist in its country. Check the number of digits and the country code."),
            code="phone",
        )
    return ReadPhone(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), " ".join(left_out))


def _refuse_inside(text: str) -> None:
    """Refuse what stands between digits, or for one: what follows would be dialled, or lost."""
    digits = [place for place, sign in enumerate(text) if sign.isdecimal()]
    if digits and _LEFT_OUT.search(text, digits[0], digits[-1]):
        raise ValidationError(
            _("Words or signs stand inside this phone number. Write one number, and nothing but the number."),
            code="phone",
        )
    if _LIKE_DIGITS.search(text):
        raise ValidationError(
            _("A letter stands where this phone number should have a digit. Type the number again."), code="phone"
        )


def phone_key(value: str) -> str:
    """Return what two writings of one stored number have in common: E.164 has no spaces."""
    return "".join(canonical(value).split())


def _parsed(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return None
