"""The hashes of a whole column of values, in a few steps instead of a call per value (pure)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from integrations.core.kinds import CODE, EMAIL, PHONE, UNKNOWN

# Stands in no plain text.
BETWEEN: Final = "\0"


def hashes_of(values: Sequence[Any], *, normalise: Callable[[Any], Any]) -> list[int]:
    """Return the hash of each value's normalised form; 0 for those that are empty or unknown."""
    whole = _WHOLE_COLUMNS.get(normalise)
    normalised = whole(values) if whole else None
    if normalised is not None:
        return [hash(value) for value in normalised]
    return [0 if value is None or value is UNKNOWN else hash(normalise(value)) for value in values]


def _codes(values: Sequence[Any]) -> Sequence[str] | None:
    return values if _are_plain(values) else None


def _emails(values: Sequence[Any]) -> Sequence[str] | None:
    if not values or not _are_plain(values):
        return None
    folded = BETWEEN.join(values).lower()
    # A domain in its other writing is read the long way.
    return None if "xn--" in folded else folded.split(BETWEEN)


def _are_plain(values: Sequence[Any]) -> bool:
    """Whether all are texts of visible ASCII characters without spaces: of these, canonical ones are the same."""
    try:
        joined = "".join(values)
    except TypeError:
        return False
    return joined.isascii() and joined.isprintable() and " " not in joined


# By function, not by kind: a kind that was given another normaliser takes the long way.
_WHOLE_COLUMNS: Final[dict[Callable[[Any], Any], Callable[[Sequence[Any]], Sequence[str] | None]]] = {
    CODE.normalise: _codes,
    PHONE.normalise: _codes,
    EMAIL.normalise: _emails,
}
