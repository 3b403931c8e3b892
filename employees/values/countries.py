"""Countries by ISO 3166 alpha-2, and the names under which people and programs write them (D-09)."""

import gettext
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, lru_cache
from threading import RLock
from typing import Final

import pycountry
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from employees.values.texts import canonical

# In use with banks, posts and payroll systems, though ISO has not given it a code of its own: "user-assigned".
KOSOVO: Final = "XK"
CODES: Final = frozenset({country.alpha_2 for country in pycountry.countries} | {KOSOVO})
# Shown first where a country is chosen.
USUAL: Final = ("SE", "NO", "DK", "FI", "NL", "DE", "GB", "PL")
# Whose names of countries are read (`country_code`): pycountry's translations, and Babel's everyday names.
LANGUAGES: Final = ("sv", "en", "nb", "da", "fi", "nl", "de", "nn")
# Usual and older names that neither of them has; accents, dots, hyphens and capitals make no difference.
_ALSO_CALLED: Final = {
    "AE": ("UAE", "FAE", "VAE", "Emirates", "Arabemiraten", "Emiraten", "Forente arabiske emirater", "Arabiemiraatit"),
    "BA": ("Bosnien", "Bosnia", "Bosnia and Hercegovina"),
    "BJ": ("Dahomey",),
    "BY": ("Weißrussland", "White Russia", "Byelorussia"),
    "CD": ("DR Kongo", "DR Congo", "DRC", "Zaire", "Demokratiska republiken Kongo", "Democratic Republic of Congo",
           "Democratic Republic of the Congo", "Democratische Republiek Congo"),
    # Alone, of the two the one that ISO's own lists call so.
    "CG": ("Kongo", "Congo"),
    "CI": ("Ivory Coast", "Elfenbeinküste"),
    "CN": ("PRC", "Mainland China"),
    "CZ": ("Tjeckiska republiken", "Tsjekkiske republikk", "Den Tjekkiske Republik", "Tsjechische Republiek"),
    "DE": ("BRD", "Västtyskland"),
    "FO": ("Faeroe Islands", "Färöerna", "Foroyar"),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland", "Skottland",
           "Nordirland", "Nord-Irland", "Grossbritannien", "Groot-Brittannië", "Englanti", "Engeland",
           "Forenede Kongerige", "Det forente kongerike"),
    "GR": ("EL", "Grekenland"),
    "IE": ("Republic of Ireland", "Republiken Irland", "Republikken Irland", "Republik Irland", "Eire",
           "Republiek Ierland", "Irlannin tasavalta"),
    "IR": ("Persien", "Persia"),
    "KG": ("Kirgisien", "Kirghizia"),
    "KR": ("Republic of Korea", "Korea"),
    "LK": ("Ceylon",),
    "MD": ("Moldavia",),
    "MK": ("Makedonien", "Macedonia", "Makedonia", "Mazedonien", "Macedonië", "FYROM"),
    "MM": ("Birma",),
    "NL": ("Hollanti",),
    "PS": ("Palestine", "Palästina", "Palæstina", "Palestiina", "West Bank", "Gaza", "Västbanken"),
    "TL": ("East Timor",),
    "TR": ("Turkey",),
    "TW": ("Formosa", "Republic of China"),
    "US": ("U S A", "America", "Amerika", "Amerikka", "Förenta staterna", "Forente stater", "De Forenede Stater"),
    "VA": ("Vatican", "Vatikanen", "Vatikanet", "Vatikan", "Holy See"),
    "WS": ("Western Samoa", "Västsamoa"),
    KOSOVO: ("XKX", "Kosova", "Republic of Kosovo", "Republiken Kosovo", "Republikken Kosovo", "Republik Kosovo"),
    "ZW": ("Rhodesia",),
}  # fmt: skip
# Where a language calls one of two countries by the name that both have, by what tells them apart.
_CLEARER: Final = {("Kongo", "CD"): "Kongo-Kinshasa"}
# Letters that are no others with an accent, as people write them without.
_PLAIN: Final = str.maketrans({"æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "œ": "oe", "&": " and "})
_BETWEEN: Final = re.compile(r"[^\w]+")
# Babel, which fills a dictionary while it is read, fails where two threads ask it for the first time.
_LOADING: Final = RLock()


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
    with _LOADING:
        try:
            names = Locale.parse(language.replace("-", "_")).territories
        except (UnknownLocaleError, ValueError):
            names = Locale("en").territories
        english = Locale("en").territories
        found = {code: str(names.get(code) or english.get(code) or code) for code in sorted(CODES)}
    return {code: _CLEARER.get((name, code), name) for code, name in found.items()}


def country_choices(language: str) -> list[tuple[str, str]]:
    """Return (code, name), the usual ones first, the others by name."""
    names = country_names(language)
    others = sorted(CODES - set(USUAL), key=lambda code: canonical(names[code]).casefold())
    return [(code, names[code]) for code in (*USUAL, *others)]


@lru_cache(maxsize=4_096)
def country_code(text: str) -> str | None:
    """Return the code of a name, in any usual spelling of the languages here, or of a code; None where it is none."""
    key = _name_key(text)
    return _codes().get(key) or _beside_its_code(key)


def _beside_its_code(key: str) -> str | None:
    """Return the code of a name that is written with its own code before or after it ("Sverige (SE)")."""
    before, _space, after = key.partition(" ")
    start, _gap, last = key.rpartition(" ")
    for code, name in ((before, after), (last, start)):
        found = _codes().get(name)
        if found and found.casefold() == code:
            return found
    return None


def _name_key(text: str) -> str:
    letters = unicodedata.normalize("NFKD", canonical(text).replace(".", "").casefold().translate(_PLAIN))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _BETWEEN.sub(" ", re.sub("['’`´]", "", plain)).strip().removeprefix("the ")


@cache
def _codes() -> dict[str, str]:
    """By key of a name; of the rare names of two countries, the first that is told here is meant."""
    codes: dict[str, str] = {}
    with _LOADING:
        for name, code in _written():
            codes.setdefault(_name_key(name), code)
    return codes


def _written() -> Iterator[tuple[str, str]]:
    for code in sorted(CODES):
        yield code, code
    for code, names in _ALSO_CALLED.items():
        yield from ((name, code) for name in names)
    for language in LANGUAGES:
        yield from ((name, code) for code, name in country_names(language).items())
    translations = [
        gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language], fallback=True)
        for language in ("nb_NO", *LANGUAGES)
    ]
    for country in pycountry.countries:
        yield country.alpha_3, country.alpha_2
        for attribute in ("name", "common_name", "official_name"):
            if name := getattr(country, attribute, None):
                yield str(name), country.alpha_2
                yield from ((each.gettext(str(name)), country.alpha_2) for each in translations)
    yield from _own_names()


def _own_names() -> Iterator[tuple[str, str]]:
    """What a country is called in its own languages."""
    for code in sorted(CODES):
        for language in get_official_languages(code, de_facto=True):
            with suppress(UnknownLocaleError, ValueError):
                if name := Locale.parse(language).territories.get(code):
                    yield str(name), code
