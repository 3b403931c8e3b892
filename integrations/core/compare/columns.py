"""The hashes of a whole column of values, in a few steps instead of a call per value (pure)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from integrations.core.kinds import CODE, EMAIL, UNKNOWN

# Stands in no value that anybody typed, and is no white space.
BETWEEN: Final = "\0"


def hashes_of(values: Sequence[Any], *, normalise: Callable[[Any], Any]) -> list[int]:
    """Return the hash of each value's normalised form; 0 for those that are empty or unknown."""
    whole = _WHOLE_COLUMNS.get(normalise)
    normalised = whole(values) if whole else None
    if normalised is not None:
        return [hash(value) for value in normalised]
    return [0 if value is None or value is UNKNOWN else hash(normalise(value)) for value in values]


def _joined_without_spaces(values: Sequence[Any], between: str) -> str | None:
    """Return all values as one text, or None where one of them is no text or has white space."""
    try:
        joined = between.join(values)
    except TypeError:
        return None
    return joined if joined.split(None, 1) == [joined] else None


def _codes(values: Sequence[Any]) -> Sequence[str] | None:
    return None if _joined_without_spaces(values, "") is None else values


def _emails(values: Sequence[Any]) -> Sequence[str] | None:
    joined = _joined_without_spaces(values, BETWEEN)
    folded = joined.casefold().split(BETWEEN) if joined else []
    return folded if len(folded) == len(values) else None


# By function, not by kind: a kind that was given another normaliser takes the long way.
_WHOLE_COLUMNS: Final[dict[Callable[[Any], Any], Callable[[Sequence[Any]], Sequence[str] | None]]] = {
    CODE.normalise: _codes,
    EMAIL.normalise: _emails,
}
