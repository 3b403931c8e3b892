"""Postal codes in the form of their country (D-09)."""

import re
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.countries import CODES
from employees.values.placeholders import is_certain_date_or_time, is_exponent, is_placeholder
from employees.values.texts import canonical_identifier

# Where the whole form is known, the code is kept without its spaces.
_KNOWN: Final = {
    "SE": re.compile(r"[1-9]\d{4}"),
    "NO": re.compile(r"\d{4}"),
    "DK": re.compile(r"\d{4}"),
    "FI": re.compile(r"\d{5}"),
    "NL": re.compile(r"[1-9]\d{3}[A-Z]{2}"),
    "DE": re.compile(r"\d{5}"),
}
# Where codes are digits, how many: fewer, or more, is a code that lost some, or another country's. Of the Universal
# Postal Union's "Postal addressing systems", by country.
_DIGITS: Final[dict[str, tuple[int, ...]]] = {
    **dict.fromkeys(("FO", "IS"), (3,)),
    **dict.fromkeys(("AT", "AU", "BE", "CH", "GL", "HU", "LI", "LU", "LV", "SI"), (4,)),
    **dict.fromkeys(("AX", "CZ", "EE", "ES", "FR", "GR", "HR", "IT", "KR", "LT", "MX", "PL", "SK"), (5,)),
    **dict.fromkeys(("TH", "TR", "UA"), (5,)),
    **dict.fromkeys(("CN", "IN", "RO", "RU", "SG"), (6,)),
    "BR": (8,),
    "IL": (5, 7),
    "JP": (7,),
    "PT": (4, 7),
    "US": (5, 9),
}
# What people write before a code so that it is known abroad, beside the country's own two letters; Åland's codes are
# Finnish ones, Greenland's and the Faroes' were Danish.
_ALSO_BEFORE: Final = {
    "AT": ("A",),
    "AX": ("FIN", "FI"),
    "BE": ("B",),
    "CH": ("CHE",),
    "DE": ("D",),
    "ES": ("E",),
    "FI": ("FIN", "AX"),
    "FO": ("DK",),
    "FR": ("F",),
    "GB": ("UK",),
    "GL": ("DK",),
    "HU": ("H",),
    "IT": ("I",),
    "LI": ("FL",),
    "LU": ("L",),
    "NO": ("N",),
    "PT": ("P",),
    "SE": ("S",),
    "SI": ("SLO",),
    "US": ("USA",),
}
# Where a code's own letters may be those of another country: what they say is not looked at.
_LETTERED: Final = frozenset(
    {"AC", "BM", "BN", "FK", "GI", "GS", "HN", "IE", "IO", "MT", "PE", "PN", "SH", "SO", "SV", "SZ", "TC", "VE"}
)


class _Form(NamedTuple):
    squeezed: "re.Pattern[str]"
    written: str


def _form(squeezed: str, written: str) -> _Form:
    return _Form(re.compile(squeezed), written)


# Dividers that belong to the code, by country: from its letters and digits alone to how it is written there.
_BRITISH: Final = _form(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})", r"\1 \2")
_THREE_AND_TWO: Final = _form(r"(\d{3})(\d{2})", r"\1 \2")
_FORMS: Final = {
    "AD": _form(r"AD(\d{3})", r"AD\1"),
    "AR": _form(r"([A-Z])(\d{4})([A-Z]{3})", r"\1\2\3"),
    "BR": _form(r"(\d{5})(\d{3})", r"\1-\2"),
    "CA": _form(r"([A-Z]\d[A-Z])(\d[A-Z]\d)", r"\1 \2"),
    "CZ": _THREE_AND_TWO,
    "GB": _BRITISH,
    "GG": _BRITISH,
    "GI": _form(r"(GX11)(1AA)", r"\1 \2"),
    "GR": _THREE_AND_TWO,
    "IE": _form(r"([A-Z]\d[\dW])([A-Z\d]{4})", r"\1 \2"),
    "IM": _BRITISH,
    "JE": _BRITISH,
    "JP": _form(r"(\d{3})(\d{4})", r"\1-\2"),
    "KY": _form(r"(KY\d)(\d{4})", r"\1-\2"),
    "LT": _form(r"(?:LT)?(\d{5})", r"LT-\1"),
    "LV": _form(r"(?:LV)?(\d{4})", r"LV-\1"),
    "MD": _form(r"(?:MD)?(\d{4})", r"MD-\1"),
    "MT": _form(r"([A-Z]{3})(\d{2,4})", r"\1 \2"),
    "PL": _form(r"(\d{2})(\d{3})", r"\1-\2"),
    "PT": _form(r"(\d{4})(\d{3})", r"\1-\2"),
    "SK": _THREE_AND_TWO,
    "US": _form(r"(\d{5})(\d{4})", r"\1-\2"),
}
# Whose codes begin with letters after the country's own.
_BEFORE_LETTERS: Final = frozenset({"CA", "GB", "GG", "IE", "IM", "JE", "MT"})
# Whose whole form is in `_FORMS`.
_STRICT: Final = frozenset({"CA", "GB", "GG", "IM", "JE"}) | frozenset(_DIGITS)
_ANY: Final = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])")
_COUNTRY_BEFORE: Final = re.compile(r"([A-Z]{2})[ -]?(?=\d)")


def clean_postal_code(value: str, country: str) -> str:
    """Return the code in capitals and in its country's form, without a country before it that is none of its own."""
    code = canonical_identifier(value).upper()
    if not code:
        return ""
    if is_placeholder(code):
        raise ValidationError(
            _("A program wrote this where it had no value. Write the postal code, or leave the field empty."),
            code="placeholder",
        )
    if is_certain_date_or_time(code) or is_exponent(code) or not postal_code_key(code).strip("0"):
        raise _not_of(country)
    if country in _KNOWN:
        _refuse_of_another(code, country)
        code = "".join(_without_prefix(code, country).split())
        if not _KNOWN[country].fullmatch(code):
            raise _not_of(country)
        return code
    return _other(code, country)


def postal_code_key(value: str) -> str:
    """Return what two writings of one code have in common: its letters and digits."""
    return "".join(sign for sign in canonical_identifier(value).upper() if sign.isalnum())


def _other(code: str, country: str) -> str:
    form = _FORMS.get(country)
    for candidate in dict.fromkeys(map(postal_code_key, (code, _without_prefix(code, country)))):
        if form is not None and form.squeezed.fullmatch(candidate):
            return form.squeezed.sub(form.written, candidate)
        if candidate.isdecimal() and len(candidate) in _DIGITS.get(country, ()):
            return candidate
    if country not in _LETTERED:
        _refuse_of_another(code, country)
    if country in _STRICT or not _ANY.fullmatch(code):
        raise _not_of(country)
    return code


def _without_prefix(code: str, country: str) -> str:
    """Return the code without its country before it; British letters may follow that, never others."""
    follows = r"[ -]+(?=[A-Z])|[ -]*(?=\d)" if country in _BEFORE_LETTERS else r"[ -]*(?=\d)"
    for prefix in (country, *_ALSO_BEFORE.get(country, ())):
        if found := re.match(rf"{re.escape(prefix)}(?:{follows})", code):
            return code[found.end() :]
    return code


def _refuse_of_another(code: str, country: str) -> None:
    before = _COUNTRY_BEFORE.match(code)
    if before and before.group(1) in CODES and before.group(1) not in (country, *_ALSO_BEFORE.get(country, ())):
        raise ValidationError(
            _("The postal code begins with %(other)s, but the address is in %(country)s. Correct one of the two."),
            code="postal_code",
            params={"other": before.group(1), "country": country},
        )


def _not_of(country: str) -> ValidationError:
    return ValidationError(
        _("This is not a postal code of the country. Check the number of digits and the country."), code="postal_code"
    )
