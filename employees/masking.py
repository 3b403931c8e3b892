"""Masked forms of what may only be read on the record itself: nobody can work back from them (pure, G-32).

Beside a masked value stand a birth date, a clearing number, a BIC, and check digits follow from the rest: so of a
national ID nothing is shown, not even its length, and of an account its last two signs, in every place the same.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

HIDDEN: Final = "•"
HIDDEN_WHOLE: Final = HIDDEN * 4
# Of a number that is shorter nothing is shown.
SHORTEST_SHOWN_IN_PART: Final = 8
SHOWN: Final = 2

# What people and systems write between the digits of one number, also as it stands in HTML, JSON and addresses.
BETWEEN: Final = r"(?:&[a-z]{2,6};|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[nrt]|%[0-9a-f]{2}|[\W_])"
_DAY: Final = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_NUMBER: Final = re.compile(
    # Days alone stay readable. One before more digits may be the first half of a national ID.
    rf"(?P<days>(?<!\d){_DAY}(?:{BETWEEN}{{1,10}}{_DAY})*(?!\d)(?!{BETWEEN}{{1,10}}\d))"
    # An IBAN begins with letters, and may hold some.
    rf"|(?<![A-Za-z0-9])[A-Z]{{2}}{BETWEEN}{{0,2}}\d{BETWEEN}{{0,2}}\d(?:{BETWEEN}{{0,2}}[A-Z0-9]){{11,30}}(?![a-z])"
    # Finland's IDs, and Sweden's for people without one: a letter within, and perhaps one at the end.
    rf"|\d(?:{BETWEEN}{{0,10}}\d){{5,7}}{BETWEEN}{{0,3}}[A-Za-z]{BETWEEN}{{0,3}}"
    rf"\d(?:{BETWEEN}{{0,3}}\d){{2}}(?:{BETWEEN}{{0,3}}[0-9A-Za-z])?(?![A-Za-z])"
    rf"|\d(?:{BETWEEN}{{0,10}}\d){{5,}}(?:{BETWEEN}{{0,3}}[A-Z](?![A-Za-z]))?",
)
_TOKEN: Final = re.compile(
    r"\beyJ[\w-]{8,}(?:\.[\w-]*)*"
    r"|\b(?i:Bearer|Basic)\s+[\w.~+/=-]{6,}"
    r"|(?P<name>(?i:access_token|refresh_token|id_token|client_secret|authorization|api[_-]?key|password|secret)"
    r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',;&}]+"
    # A UUID names a request to a vendor's support.
    r"|(?P<uuid>\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b)"
    # An IBAN is no token.
    r"|(?<![\w~+=-])(?![A-Z]{2}\d\d[A-Z0-9]{11,30}(?![\w~+=-]))(?=[\w~+=-]*\d)(?=[\w~+=-]*[^\W\d_])[\w~+=-]{24,}",
)


def _mask(value: str) -> str:
    shown = value[-SHOWN:] if len(value) >= SHORTEST_SHOWN_IN_PART else ""
    return f"{HIDDEN_WHOLE}{shown}" if value else ""


def mask_national_id(national_id: str) -> str:
    return HIDDEN_WHOLE if national_id else ""


def mask_bank_account(account_number: str) -> str:
    return _mask(account_number)


def mask_iban(iban: str) -> str:
    return _mask(iban)


@lru_cache(maxsize=4096)
def hide_secrets(text: str) -> str:
    """Return the text without what looks like a token or a password: nobody reads these."""
    return _TOKEN.sub(lambda found: found["uuid"] or f"{found['name'] or ''}{HIDDEN_WHOLE}", text)


def hide(text: str, *, own: Iterable[str] = ()) -> str:
    """Return the text without secrets, long numbers and the values ``own`` of whom it is about, however written."""
    if not text:
        return ""
    text = hide_secrets(text)
    for pattern in _of_values(frozenset(own)):
        text = pattern.sub(HIDDEN_WHOLE, text)
    return _hide_numbers(text)


@lru_cache(maxsize=4096)
def _hide_numbers(text: str) -> str:
    return _NUMBER.sub(lambda found: found["days"] or HIDDEN_WHOLE, text)


@lru_cache(maxsize=1024)
def _of_values(own: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """Return what finds the values, the longest first: each whole, without its century, and its last four signs."""
    plain = {"".join(filter(str.isalnum, value)) for value in own}
    shorter = {value[2:] for value in plain if len(value) == 12 and value.startswith(("18", "19", "20"))}
    whole = sorted({value for value in plain | shorter if len(value) >= 4}, key=len, reverse=True)
    patterns = [re.compile(r"[^0-9A-Za-z]{0,10}".join(map(re.escape, value)), re.IGNORECASE) for value in whole]
    ends = sorted({value[-4:] for value in whole})
    if ends:
        patterns.append(re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, ends))})(?![^\W_])", re.IGNORECASE))
    return tuple(patterns)
