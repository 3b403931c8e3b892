"""What a run works with: its connection, the declared resource, both endpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import methodcaller

from django.utils.translation import gettext as _

from integrations.core.calls import VendorCalls, connector_of
from integrations.core.declare import Record, Resource
from integrations.core.endpoints import Page
from integrations.core.errors import TemporarilyUnavailable
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.leases import Held
from integrations.core.models import Connection, SyncRun

# A listing that does not add up is fetched again so many times in all.
LISTINGS = 3


@dataclass(frozen=True)
class Session:
    """One run at work, under its lease; ``deadline`` is when this task should put the work down (monotonic)."""

    run: SyncRun
    connection: Connection
    resource: Resource
    left: HubPeople
    calls: VendorCalls
    held: Held
    deadline: float

    def right_pages(self, *, on_start: Callable[[], None]) -> Iterator[tuple[tuple[Record, ...], bool | None]]:
        """Yield (page's records, None) per page, then ((), whether the listing was complete).

        A listing whose distinct ids do not equal the vendor's total is fetched again: ``on_start`` is called
        before each attempt, and forgets what the one before gave.
        """
        for attempt in range(1, LISTINGS + 1):
            on_start()
            seen: set[str] = set()
            total: int | None = None
            for page in self._pages():
                total = page.total
                seen.update(record.id for record in page.records)
                yield page.records, None
            complete = len(seen) == total
            if complete or attempt == LISTINGS:
                yield (), complete
                return

    def _pages(self) -> Iterator[Page]:
        number: int | None = 1
        while number is not None:
            self.held.check()
            page = self.calls.read(methodcaller("list_page", number), deadline=self.deadline)
            # A vendor that repeats a page for ever must not keep us for ever.
            if page.next_page is not None and page.next_page <= number:
                raise TemporarilyUnavailable(_("The list of the other system does not end."))
            yield page
            number = page.next_page


def open_session(*, run: SyncRun, held: Held, deadline: float) -> Session:
    connection = run.connection
    left = hub_people(connection=connection, resource=run.resource)
    calls = VendorCalls(connection=connection, connector=connector_of(connection), resource=left.resource)
    return Session(run, connection, left.resource, left, calls, held, deadline)
