"""JSON that somebody else wrote, made fit to be kept (pure).

What no database takes, or what would end whoever walks through it, is replaced where it stands, so that one odd
record stays one odd record: U+FFFD for a NUL and for half a surrogate pair, which is refused with a reason wherever
it reaches a value; the text "NaN" or "Infinity" for a number that is none; nothing for what lies too deep. Two more
are not the other side's own once they are written back: a number of more digits than are counted with, and an object
in which a name stands twice, of which the last counts.
"""

import json
import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

# Our vendors' documents are at most eight deep.
DEEPEST: Final = 40
# Values of one answer, of which each takes a hundred times its text in memory when it is as short as it can be.
MOST_VALUES: Final = 2_000_000
# Beyond this a number is no amount, no ID and no hours; Python reads none of more than 4,300 digits.
LONGEST_NUMBER: Final = 40
# A number of so many digits is the same after it was counted with.
EXACT_DIGITS: Final = 15
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
ODD: Final = dict.fromkeys((0, *range(0xD800, 0xE000)), REPLACEMENT)


class Unreadable(ValueError):
    """It is not JSON, or so much that it is not taken in."""


class Foreign(NamedTuple):
    """``changed``: something was replaced, so that it must not be written back as the vendor's own."""

    value: Any
    changed: bool


def read_json(content: bytes) -> Foreign:
    """Return what the bytes hold; raises Unreadable."""
    if content.count(b",") + content.count(b"[") + content.count(b"{") > MOST_VALUES:
        raise Unreadable
    cleaner = _Cleaner()
    try:
        found = json.loads(
            content, parse_int=cleaner.integer, parse_float=cleaner.decimal, object_pairs_hook=cleaner.pairs
        )
    except (ValueError, RecursionError, MemoryError):
        # Without its cause, whose text is the document.
        raise Unreadable from None
    return Foreign(cleaner.clean(found, DEEPEST), cleaner.changed)


def clean_text(text: str) -> str:
    """Return the text without what cannot be stored."""
    if text.isascii():
        return text.replace("\0", REPLACEMENT) if "\0" in text else text
    return text.translate(ODD) if _is_odd(text) else text


def _is_odd(text: str) -> bool:
    if "\0" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _is_exact(number: float, digits: str) -> bool:
    """Whether a number of many digits is written back as the same."""
    try:
        return Decimal(digits) == Decimal(repr(number))
    except InvalidOperation:
        # Smaller than any number.
        return False


class _Cleaner:
    def __init__(self) -> None:
        self.changed = False

    # --- While it is parsed -----------------------------------------------------------------------------------

    def integer(self, digits: str) -> int | str:
        if len(digits) <= LONGEST_NUMBER:
            return int(digits)
        self.changed = True
        return digits

    def decimal(self, digits: str) -> float:
        number = float(digits)
        # One that is none is replaced afterwards.
        if len(digits) > EXACT_DIGITS and math.isfinite(number):
            self.changed = self.changed or not _is_exact(number, digits)
        return number

    def pairs(self, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        self.changed = self.changed or len(found) < len(pairs)
        return found

    # --- Afterwards -------------------------------------------------------------------------------------------

    def clean(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, float):
            return self._number(value)
        if not isinstance(value, dict | list):
            return value
        if not depth:
            self.changed = True
            return None
        if isinstance(value, list):
            return [self.clean(each, depth - 1) for each in value]
        return {self._text(key): self.clean(inside, depth - 1) for key, inside in value.items()}

    def _text(self, text: str) -> str:
        cleaned = clean_text(text)
        self.changed = self.changed or cleaned is not text
        return cleaned

    def _number(self, number: float) -> float | str:
        if math.isfinite(number):
            return number
        self.changed = True
        return json.dumps(number)
