"""Country names as people type them, to ISO 3166 alpha-2 and back (pure)."""

import gettext
from functools import cache
from typing import Final

import pycountry

from employees.values.texts import canonical

LANGUAGES: Final = ("sv", "en", "nb_NO", "nn", "da", "fi", "nl", "de")
# Everyday names that ISO 3166 does not list.
EVERYDAY_NAMES: Final = {
    "BA": ("Bosnien", "Bosnia", "Bosnien och Hercegovina", "Bosnia-Hercegovina"),
    "CZ": ("Czech Republic",),
    "GB": ("UK", "Great Britain", "England", "Scotland", "Wales", "Northern Ireland", "Skottland", "Nordirland",
           "Grossbritannien", "Großbritannien", "Groot-Brittannië", "Iso-Britannia"),
    "HK": ("Hong Kong",),
    "KR": ("South Korea",),
    "MK": ("Makedonien", "Macedonia"),
    "NL": ("The Netherlands", "Holland"),
    "RU": ("Ryssland", "Russia", "Russland", "Rusland", "Venäjä"),
    "TR": ("Turkey",),
    "US": ("Förenta staterna", "Amerikas förenta stater", "Forente stater", "Verenigde Staten", "Vereinigte Staaten"),
}  # fmt: skip


def country_code(text: str) -> str | None:
    """Return the code of a name or code in any of LANGUAGES, or None for a text that names no country."""
    return _codes().get(_key(text))


def country_name(code: str, *, language: str) -> str:
    """Return the everyday name of an ISO 3166 alpha-2 code; the code itself when there is no such country."""
    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        return code
    return _translation(language).gettext(str(getattr(country, "common_name", country.name)))


def _key(text: str) -> str:
    return canonical(text.replace(".", "")).casefold()


@cache
def _translation(language: str) -> gettext.NullTranslations:
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        written = {country.alpha_2, country.alpha_3}
        for attribute in ("name", "common_name", "official_name"):
            if name := getattr(country, attribute, None):
                written |= {str(name), *(_translation(language).gettext(str(name)) for language in LANGUAGES)}
        codes.update((_key(name), country.alpha_2) for name in written)
    for code, names in EVERYDAY_NAMES.items():
        codes.update((_key(name), code) for name in names)
    return codes
