"""What a run works with: its connection, the declared resource, both endpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import methodcaller

from integrations.core.calls import VendorCalls, connector_of
from integrations.core.declare import Record, Resource
from integrations.core.errors import CannotBeRead, NotFound
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.leases import Held
from integrations.core.listing import list_right
from integrations.core.models import Connection, SyncRun
from integrations.core.reading import unread


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

    def right_pages(
        self, *, on_start: Callable[[], None], changed_since: date | None = None
    ) -> Iterator[tuple[tuple[Record, ...], bool | None]]:
        """List the right side: see `core.listing.list_right`."""
        return list_right(
            calls=self.calls, held=self.held, deadline=self.deadline, on_start=on_start, changed_since=changed_since
        )

    def read_right(self, right_id: str) -> Record | None:
        """Return the vendor's record as a list would give it, or None where there is none."""
        try:
            record: Record = self.calls.read(methodcaller("read", right_id), deadline=self.deadline)
        except NotFound:
            return None
        except CannotBeRead as error:
            return unread(right_id, resource=self.resource, reason=error.message)
        return record._replace(source=None)


def open_session(*, run: SyncRun, held: Held, deadline: float) -> Session:
    connection = run.connection
    left = hub_people(connection=connection, resource=run.resource)
    calls = VendorCalls(connection=connection, connector=connector_of(connection), resource=left.resource, held=held)
    return Session(run, connection, left.resource, left, calls, held, deadline)
