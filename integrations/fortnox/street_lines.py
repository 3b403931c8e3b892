"""Which of Fortnox's two address lines holds the street (FX-20; pure).

Most have it in the first line. Fortnox's own samples, and some who fill Fortnox in, have it in the second one.
Whichever line does not hold it is Fortnox's: a flat, a c/o, a box. It is neither compared nor written.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from integrations.core.declare import NOTHING, Text
from integrations.core.kinds import Address

FIRST: Final = "Address1"
SECOND: Final = "Address2"
OTHER: Final = {FIRST: SECOND, SECOND: FIRST}
# In a link's options: the line that is known to hold the street, and the other one where something stands in it.
STREET_IN: Final = "street_in"
BESIDE: Final = "beside"
# One object for all that are alike: a first comparison stores them for everybody.
OPTIONS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    (street_in, beside): {
        **({STREET_IN: street_in} if street_in else {}),
        **({BESIDE: beside} if beside else {}),
    }
    for street_in in ("", FIRST, SECOND)
    for beside in ("", FIRST, SECOND)
}
NUMBER: Final = r"[.:]?\s*(?:nr|no)?[.:]?\s*\w{0,3}\d\w*"
# What an address holds beside its street, in Swedish, the neighbours' languages and English.
ADDITIONS: Final = re.compile(
    rf"""
    (?:c\s*[/.]\s*o\b|℅|co\b[.:]?\s|att(?:n|ention|\.|:)|gm\b|genom\b|hos\b|målsman\b|boende\shos\b)
    | (?:post)?(?:box|boks|fack)\b | p\.?\s*[obl]\.?\s*(?:box\b|\d)
    | (?:lgh|läg|lägenhet(?:s(?:nummer|nr))?|lght|apt|app|apartment|flat|unit|suite|leil|leilighet|bolig|bostad|as
        |asunto|rum|rm|room|plan|floor|vån|våning(?:en)?|etg|etasje|et|sal|hus|uppg|uppgång|ing|ingång|trappa|trapphus|port
        |portkod|dörr|dörrkod|kod|door|\#)(?:{NUMBER}|[.:]?\s*[a-zåäö]?)$
    | (?:lgh|lägenhet|vån|våning)\b
    | (?:\d+\.?|½)\s*(?:tr|trp|trappa|trappor|vån|våningen|st|th|tv|mf|sal|etg|etage|floor|fl)\b\.?(?:\s.*)?$
    | (?:bv|nb|ög|ng|öv|nv|kv|st|tv|th|mf)\b\.?(?:\s.*)?$
    | [a-zåäö]?\s*-?\d[\d\s]*[a-zåäö]?$
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_addition(line: str) -> bool:
    """Whether a line holds a flat, a floor, a c/o or a box: no street, though no other line may hold one either."""
    return ADDITIONS.match(line.strip()) is not None


def street_line(first: str, second: str, *, known: Mapping[str, Any] = NOTHING) -> str:
    """Return the line that holds the street, or an empty text where none is known to.

    ``known`` are the options of the record's link. Where the link knows the place, only a street that somebody moved
    from the second line into the first, where nothing stood, is looked for elsewhere.
    """
    place = str(known.get(STREET_IN, ""))
    if place == SECOND and not second and first and BESIDE not in known and not is_addition(first):
        return FIRST
    if place in OTHER:
        return place
    if first:
        return FIRST
    return SECOND if second and not is_addition(second) else ""


def written_line(street_in: str) -> Mapping[str, str]:
    """Return the options by which a record is read right after its street was written: the other line is never it."""
    return OPTIONS[street_in, OTHER[street_in]]


def options_of(first: str, second: str, *, street_in: str) -> Mapping[str, str]:
    """Return what a link remembers of the two lines: no text of theirs."""
    lines = {FIRST: first, SECOND: second}
    if street_in:
        return OPTIONS[street_in, OTHER[street_in] if lines[OTHER[street_in]] else ""]
    return OPTIONS["", next((name for name, line in lines.items() if line), "")]


def remaining_line(value: Address | None, options: Mapping[str, Any]) -> Text | None:
    """Say which line stays in Fortnox when the hub has no street for it, by the options of a link."""
    if value is not None and value.street:
        return None
    return {
        FIRST: _("Address line 1 stays in Fortnox as it is: its text is no street of the hub's. Empty it there if it"
                 " is not wanted any more."),
        SECOND: _("Address line 2 stays in Fortnox as it is: its text is no street of the hub's. Empty it there if it"
                  " is not wanted any more."),
    }.get(str(options.get(BESIDE, "")))  # fmt: skip


def upgraded_link(
    options: Mapping[str, Any], pairs: Mapping[str, Sequence[Any]]
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the options and stored pairs of a link from before lines were remembered, or None if they stay.

    A street that was last read was in the first line, unless the options say the second. An addition that was taken for
    the street is none any more: nothing is decided on it before a person has seen both addresses again.
    """
    left, right, _state = pairs.get("address", (None, None, ""))
    street = right[0] if right else ""
    place = options.get(STREET_IN, "")
    if place == SECOND and is_addition(street):
        without = ["", *right[1:]]
        kept = {name: value for name, value in options.items() if name != STREET_IN}
        return kept, {**pairs, "address": [left, without if any(without[:3]) else None, "open"]}
    return ({**options, STREET_IN: FIRST}, dict(pairs)) if street and not place else None
