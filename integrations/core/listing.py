"""The vendor's whole list, page by page, and whether it adds up."""

import time
from collections.abc import Callable, Iterator
from datetime import date
from operator import methodcaller
from typing import Final

from django.utils.translation import gettext as _

from integrations.core.budget import SHORT_PAUSE
from integrations.core.calls import LISTING_PAUSE, VendorCalls
from integrations.core.declare import Record
from integrations.core.endpoints import FIRST_PAGE, Page, PagesRead, Place, said_of_endless
from integrations.core.errors import Forbidden, ListDoesNotEnd, Refused, TemporarilyUnavailable
from integrations.core.leases import Held

# A listing that does not add up, or breaks off, is fetched again so many times in all.
LISTINGS: Final = 3


class _BrokeOff(Exception):
    """The vendor does not know any more where the list was to go on."""


class _Tally:
    """What the pages of one listing named, and how many the vendor said that there are."""

    def __init__(self) -> None:
        self._totals: set[int | None] = set()
        self._listed = 0
        self._pages = PagesRead()

    def add(self, page: Page) -> None:
        self._totals.add(page.total)
        self._listed += len(page.records)
        self._pages.add(page)

    @property
    def goes_round(self) -> bool:
        return self._pages.goes_round

    @property
    def adds_up(self) -> bool:
        """Whether every page gave the same total, which so many named; without a total, whether nobody came twice."""
        if len(self._totals) != 1:
            return False
        (total,) = self._totals
        return self._pages.named == (self._listed if total is None else total)


def list_right(
    *,
    calls: VendorCalls,
    held: Held,
    deadline: float,
    on_start: Callable[[], None],
    changed_since: date | None = None,
) -> Iterator[tuple[tuple[Record, ...], bool | None]]:
    """Yield (page's records, None) per page, then ((), whether the listing was complete).

    A listing whose distinct ids do not equal the vendor's total, whose total changes from page to page, or that names
    somebody twice where the vendor gives no total, moved while it was read: it is fetched again, like one that breaks
    off because the vendor has forgotten where it was. ``on_start`` is called before each attempt, and forgets what the
    one before gave. ``changed_since`` asks only for what changed at the vendor on that day or later.

    Raises ListDoesNotEnd, and as `VendorCalls.read`.
    """
    for attempt in range(1, LISTINGS + 1):
        on_start()
        calls.know_links()
        tally = _Tally()
        try:
            for page in _pages(calls, held, deadline, changed_since, tally):
                yield page.records, None
        except _BrokeOff:
            if attempt == LISTINGS:
                raise TemporarilyUnavailable(_("The list of the other system breaks off.")) from None
            continue
        if tally.adds_up or attempt == LISTINGS:
            yield (), tally.adds_up
            return


def _pages(
    calls: VendorCalls, held: Held, deadline: float, changed_since: date | None, tally: _Tally
) -> Iterator[Page]:
    ask = ("list_page",) if changed_since is None else ("list_changed", changed_since)
    place: Place | None = FIRST_PAGE
    been: set[Place] = set()
    while place is not None:
        held.check()
        if been and time.monotonic() + calls.interval > deadline:
            raise TemporarilyUnavailable(_("The list of the other system could not be read to its end in time."))
        try:
            # Of what was read nothing is kept when the list is put down.
            patience = LISTING_PAUSE if been else SHORT_PAUSE
            page = calls.read(methodcaller(*ask, place), deadline=deadline, patience=patience)
        except Refused as error:
            if place == FIRST_PAGE or isinstance(error, Forbidden):
                raise
            raise _BrokeOff from None
        been.add(place)
        tally.add(page)
        # A vendor that repeats a page for ever, or has nothing more to say, must not keep us for ever.
        if page.next_page in been or (page.next_page is not None and tally.goes_round):
            raise ListDoesNotEnd(said_of_endless())
        yield page
        place = page.next_page
