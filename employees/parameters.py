"""What a request's parameters hold, read in one place (invariant: what our pages never post is as if not posted).

Whoever writes a request by hand sends anything: words for numbers, numbers that no database takes, signs that none
stores. Nothing here raises.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from django.utils.dateparse import parse_date, parse_datetime

from employees.values.texts import canonical

# Of a primary key or a version: longer ones no database takes.
DIGITS: Final = 18
# More is neither typed nor pasted into a search, and databases refuse long patterns and many conditions.
LONGEST_TERM: Final = 200
LONGEST_FILTER: Final = 2_000
MOST_WORDS: Final = 12
# What neither database stores: NUL, and halves of a character.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def whole(text: str | None) -> int:
    """Return a primary key, a version or the number of a page; 0, which nothing has, for anything else."""
    return int(text) if text and len(text) <= DIGITS and text.isascii() and text.isdigit() else 0


def wholes(texts: Iterable[str]) -> list[int]:
    """Return those that are numbers, each once, as they come."""
    return list(dict.fromkeys(number for text in texts if (number := whole(text))))


def numbered(texts: Iterable[str]) -> dict[int, int]:
    """Read “id:version”."""
    return {pk: whole(number) for pk, number in _pairs(texts) if whole(number)}


def signed(texts: Iterable[str]) -> dict[int, str]:
    """Read “id:sign”."""
    return dict(_pairs(texts))


def _pairs(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    for text in texts:
        pk, _colon, sign = text.partition(":")
        if whole(pk):
            yield whole(pk), sign


def day(text: str | None) -> date | None:
    """Return a date that a page wrote, such as 2026-03-01."""
    try:
        return parse_date(text or "")
    except ValueError:
        return None


def moment(text: str | None) -> datetime | None:
    """Return a time with its zone that a page wrote, in UTC."""
    try:
        found = parse_datetime(text or "")
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def mapping(text: str | None) -> dict[str, Any]:
    """Return the JSON object that a page wrote, an empty one for anything else."""
    try:
        found = json.loads(text or "")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and all(storable(key) == key for key in found) else {}


def is_answerable(text: str) -> bool:
    """Whether a database can be asked for a value, or for several with commas between them."""
    parts = text.split(",")
    return (
        len(text) <= LONGEST_FILTER
        and storable(text) == text
        and not any(len(part) > DIGITS and part.strip().lstrip("-").isdecimal() for part in parts)
    )


def storable(text: str | None) -> str:
    """Return a text without the signs that no database stores."""
    return _UNSTORABLE.sub("", text or "")


def term(text: str | None) -> str:
    """Return what is searched for, as what is stored is written (D-01): no longer than anybody types.

    A label may be pasted: its brackets and commas are no part of the words.
    """
    words = (word.strip("(),;") for word in canonical(storable(text)[:LONGEST_TERM]).split())
    return " ".join([word for word in words if word][:MOST_WORDS])
