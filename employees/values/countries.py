"""Countries by ISO 3166 alpha-2, and the names under which people and programs write them (D-09)."""

from functools import cache
from typing import Final

import pycountry
from babel import Locale, UnknownLocaleError
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.texts import canonical

# In use with banks, posts and payroll systems, though ISO has not given it a code of its own: "user-assigned".
KOSOVO: Final = "XK"
CODES: Final = frozenset({country.alpha_2 for country in pycountry.countries} | {KOSOVO})
# Shown first where a country is chosen.
USUAL: Final = ("SE", "NO", "DK", "FI", "NL", "DE", "GB", "PL")


def clean_country(value: str) -> str:
    """Return the ISO 3166 code of two letters."""
    code = canonical(value).upper()
    if not code:
        return ""
    if code not in CODES:
        raise ValidationError(
            _("This is not a country code. Use the two letters of ISO 3166, such as SE or NO."), code="country"
        )
    return code


@cache
def country_names(language: str) -> dict[str, str]:
    """Return the everyday name of every country by its code, in a language ("sv", "nb"), else in English."""
    try:
        names = Locale.parse(language.replace("-", "_")).territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    english = Locale("en").territories
    return {code: str(names.get(code) or english.get(code) or code) for code in sorted(CODES)}


def country_choices(language: str) -> list[tuple[str, str]]:
    """Return (code, name), the usual ones first, the others by name."""
    names = country_names(language)
    others = sorted(CODES - set(USUAL), key=lambda code: canonical(names[code]).casefold())
    return [(code, names[code]) for code in (*USUAL, *others)]
