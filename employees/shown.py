"""What is confirmed is what was shown (G-21): a page that asks carries a fingerprint of what it was made from.

The page holds it in a hidden input (``shown.html``), and whoever acts asks, in the transaction that acts and with the
rows locked, whether the same would be shown now. A stale one is refused, with what changed and by whom.

This app keeps no history: whoever does answers ``happenings_asked``.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from django.dispatch import Signal
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.users import user_name
from employees.zones import moment_here

# The hidden inputs' names: what the page was made from, and when, in seconds since 1970.
SHOWN: Final = "made_from"
SHOWN_AT: Final = "shown_at"
# Of what changed meanwhile so much is told, newest first.
TOLD: Final = 3

# Sends `people` (a collection of ids) and `since`; a receiver returns a list of `Happened`, newest first.
happenings_asked = Signal()


class Happened(NamedTuple):
    """Who did what; ``who`` is empty where it was nobody that is known."""

    who: str
    what: str
    at: datetime


class NotAsShown(Exception):
    """What was confirmed is not what would be shown now. Nothing was done; the text says what changed and by whom."""

    def __init__(self, happened: Iterable[Happened] = (), *, more: Iterable[str] = ()) -> None:
        super().__init__(stale_text(happened, more=more))


class ToldOtherwise(NotAsShown):
    """With what is ticked, something else goes than the page told. Nothing was done; shown again, it tells that."""

    def __init__(self) -> None:
        Exception.__init__(
            self,
            _(
                "Nothing was done yet: with what you ticked, something else goes to other systems than the page said."
                " It says now what goes; if that is meant, press again."
            ),
        )


def fingerprint(*made_from: object) -> str:
    """Return 24 hex digits that stand for what a page was made from: plain values, and lists, sets and maps of them.

    Sets have no order, and neither have maps; raises TypeError for anything else, such as a model's instance.
    """
    text = json.dumps(_plain(made_from), ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()


def posted_fingerprint(request: HttpRequest) -> str:
    """Return the fingerprint of the page that was confirmed; empty where the page held none."""
    return request.POST.get(SHOWN, "")


def posted_time(request: HttpRequest) -> datetime | None:
    """Return when the page that was confirmed was made."""
    text = request.POST.get(SHOWN_AT, "")
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def happened_since(since: datetime | None, *, people: Collection[int]) -> list[Happened]:
    """Return what was changed of these people since, newest first; some of it, where it is much."""
    if since is None or not people:
        return []
    answers: list[tuple[Any, Any]] = happenings_asked.send(sender=Happened, people=people, since=since)
    found: list[Happened] = [happened for _receiver, answer in answers for happened in answer]
    return sorted(found, key=lambda each: each.at, reverse=True)


def stale_text(happened: Iterable[Happened], *, more: Iterable[str] = ()) -> str:
    """Return what to tell of a page that was confirmed and does not hold any more; ``more`` are sentences."""
    return " ".join(
        [
            _("Nothing was done: what you confirmed is not what stands there now."),
            *told_texts(happened),
            *more,
            _("Look at it as it is now; if it is right, confirm once more."),
        ]
    )


def done_already_text(*, who: str, at: datetime | None, by: Any) -> str:
    """Return what to tell a user who asks for what was done already; ``who`` did, as far as is known."""
    if at is None:
        return _("This was done already: nothing is left to do.")
    if who and who == user_name(by):
        return _("This was done already, by you, at %(at)s: nothing is left to do.") % {"at": moment_here(at)}
    return _("This was done already, by %(who)s, at %(at)s: nothing is left to do.") % {
        "who": who or _("The system"),
        "at": moment_here(at),
    }


def told_texts(happened: Iterable[Happened]) -> list[str]:
    """Return a sentence for each of the newest, and how many more there are."""
    told = list(dict.fromkeys(_happened_text(each) for each in happened))
    rest = len(told) - TOLD
    if rest <= 0:
        return told
    more = ngettext("And %(count)d more change.", "And %(count)d more changes.", rest) % {"count": rest}
    return [*told[:TOLD], more]


def _happened_text(happened: Happened) -> str:
    who = happened.who or _("The system")
    return _("%(who)s, %(at)s: %(what)s.") % {"who": who, "at": moment_here(happened.at), "what": happened.what}


def _plain(value: object) -> Any:
    if isinstance(value, dict):
        return {"map": sorted([[_plain(key), _plain(one)] for key, one in value.items()], key=json.dumps)}
    if isinstance(value, set | frozenset):
        return {"set": sorted((_plain(one) for one in value), key=json.dumps)}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date | datetime | Decimal):
        return {type(value).__name__: str(value)}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"A {type(value).__name__} has no fingerprint.")
