"""The vendor's whole list, page by page, and whether it adds up."""

from collections.abc import Callable, Iterator
from operator import methodcaller
from typing import Final

from django.utils.translation import gettext as _

from integrations.core.calls import VendorCalls
from integrations.core.declare import Record
from integrations.core.endpoints import Page
from integrations.core.errors import TemporarilyUnavailable
from integrations.core.leases import Held

# A listing that does not add up is fetched again so many times in all.
LISTINGS: Final = 3


def list_right(
    *, calls: VendorCalls, held: Held, deadline: float, on_start: Callable[[], None]
) -> Iterator[tuple[tuple[Record, ...], bool | None]]:
    """Yield (page's records, None) per page, then ((), whether the listing was complete).

    A listing whose distinct ids do not equal the vendor's total is fetched again: ``on_start`` is called
    before each attempt, and forgets what the one before gave.
    """
    for attempt in range(1, LISTINGS + 1):
        on_start()
        seen: set[str] = set()
        total: int | None = None
        for page in _pages(calls, held, deadline):
            total = page.total
            seen.update(record.id for record in page.records)
            yield page.records, None
        complete = len(seen) == total
        if complete or attempt == LISTINGS:
            yield (), complete
            return


def _pages(calls: VendorCalls, held: Held, deadline: float) -> Iterator[Page]:
    number: int | None = 1
    while number is not None:
        held.check()
        page = calls.read(methodcaller("list_page", number), deadline=deadline)
        # A vendor that repeats a page for ever must not keep us for ever.
        if page.next_page is not None and page.next_page <= number:
            raise TemporarilyUnavailable(_("The list of the other system does not end."))
        yield page
        number = page.next_page
