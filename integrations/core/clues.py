"""Strings by which both sides of a resource point at one person without naming a value that is kept in step (pure).

Both sides must build them the same way: whoever shares a clue with somebody on the other side is held (G-05).
"""

import unicodedata
from datetime import date
from typing import Final

from employees.values.texts import canonical_identifier, folded_key

# How the two kinds of clue begin.
NATIONAL_ID: Final = "nid:"
PERSON: Final = "person:"
# Where a national ID may not be used to tell people (PR-02), as ISO 3166 alpha-2.
NOT_FOR_MATCHING: Final = frozenset({"NL"})


def national_id_clue(country: str, national_id: str) -> str | None:
    """Return ``nid:<country>:<number>``, for Sweden with the last ten digits; None when that is no whole number.

    None, too, where the country does not allow to match by it.
    ``country`` is ISO 3166 alpha-2. Separators and a written century do not matter.
    """
    if country in NOT_FOR_MATCHING:
        return None
    number = canonical_identifier(national_id).upper()
    if not number.isalnum():
        number = "".join(character for character in number if character.isalnum())
    if country == "SE":
        if not (number.isascii() and number.isdigit() and len(number) in (10, 12)):
            return None
        number = number[-10:]
    return f"{NATIONAL_ID}{country}:{number}" if country and number else None


def person_clue(given_name: str, family_name: str, birth_date: date | None) -> str | None:
    """Return ``person:<name without case>:<birth date>``; None unless both names and the date are there."""
    given, family = _name_key(given_name), _name_key(family_name)
    if not (given and family and birth_date):
        return None
    return f"{PERSON}{given} {family}:{birth_date.isoformat()}"


def _name_key(name: str) -> str:
    return folded_key(unicodedata.normalize("NFKC", name))
