"""The vendor's whole list, page by page, and whether it adds up."""

from collections.abc import Callable, Iterator
from datetime import date
from operator import methodcaller
from typing import Final

from django.utils.translation import gettext as _

from integrations.core.budget import SHORT_PAUSE
from integrations.core.calls import LISTING_PAUSE, VendorCalls
from integrations.core.declare import Record
from integrations.core.endpoints import FIRST_PAGE, Page, Place
from integrations.core.errors import TemporarilyUnavailable
from integrations.core.leases import Held

# A listing that does not add up is fetched again so many times in all.
LISTINGS: Final = 3


def list_right(
    *,
    calls: VendorCalls,
    held: Held,
    deadline: float,
    on_start: Callable[[], None],
    changed_since: date | None = None,
) -> Iterator[tuple[tuple[Record, ...], bool | None]]:
    """Yield (page's records, None) per page, then ((), whether the listing was complete).

    A listing whose distinct ids do not equal the vendor's total, or that names somebody twice where the vendor
    gives no total, is fetched again: ``on_start`` is called before each attempt, and forgets what the one before gave.
    ``changed_since`` asks only for what changed at the vendor on that day or later.
    """
    for attempt in range(1, LISTINGS + 1):
        on_start()
        calls.know_links()
        seen: set[str] = set()
        total, listed = None, 0
        for page in _pages(calls, held, deadline, changed_since):
            total, listed = page.total, listed + len(page.records)
            seen.update(record.id for record in page.records)
            yield page.records, None
        complete = len(seen) == (listed if total is None else total)
        if complete or attempt == LISTINGS:
            yield (), complete
            return


def _pages(calls: VendorCalls, held: Held, deadline: float, changed_since: date | None) -> Iterator[Page]:
    ask = ("list_page",) if changed_since is None else ("list_changed", changed_since)
    place: Place | None = FIRST_PAGE
    been: set[Place] = set()
    while place is not None:
        held.check()
        been.add(place)
        # Of what was read nothing is kept when the list is put down.
        patience = LISTING_PAUSE if len(been) > 1 else SHORT_PAUSE
        page = calls.read(methodcaller(*ask, place), deadline=deadline, patience=patience)
        # A vendor that repeats a page for ever must not keep us for ever.
        if page.next_page in been:
            raise TemporarilyUnavailable(_("The list of the other system does not end."))
        yield page
        place = page.next_page
