"""What a run works with: its connection, the declared resource, both endpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from integrations.core.arriving import Arriving
from integrations.core.calls import VendorCalls, connector_of
from integrations.core.declare import Record, Resource
from integrations.core.endpoints import reading
from integrations.core.errors import CannotBeRead, NotFound
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.leases import Held
from integrations.core.listing import list_right
from integrations.core.models import Connection, SyncRun
from integrations.core.reading import unread

# What was shown is compared with the vendor's list again when the list is older.
LIST_HOLDS: Final = timedelta(minutes=10)


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

    @property
    def list_is_old(self) -> bool:
        listed_at = self.run.listed_at
        return listed_at is None or listed_at < timezone.now() - LIST_HOLDS

    @property
    def may_begin(self) -> bool:
        """Whether something new may be sent; what is under way is finished all the same (G-38)."""
        return self.run.cancelled_at is None and not self.list_is_old

    def right_pages(
        self, *, on_start: Callable[[], None], changed_since: date | None = None
    ) -> Iterator[tuple[tuple[Record, ...], bool | None]]:
        """List the right side (`core.listing.list_right`); what has not arrived there yet is unknown."""
        arriving = Arriving(connection=self.connection, resource=self.resource)
        for records, verdict in list_right(
            calls=self.calls, held=self.held, deadline=self.deadline, on_start=on_start, changed_since=changed_since
        ):
            yield tuple([arriving.veil(record) for record in records]), verdict

    def read_right(self, right_id: str) -> Record | None:
        """Return the vendor's record as a list would give it, or None where there is none."""
        try:
            record = self.calls.read(reading(right_id), deadline=self.deadline)
        except NotFound:
            return None
        except CannotBeRead as error:
            return unread(right_id, resource=self.resource, reason=error.message)
        arriving = Arriving(connection=self.connection, resource=self.resource)
        return arriving.veil(record)._replace(id=right_id, source=None)


def open_session(*, run: SyncRun, held: Held, deadline: float) -> Session:
    connection = run.connection
    left = hub_people(connection=connection, resource=run.resource)
    calls = VendorCalls(connection=connection, connector=connector_of(connection), resource=left.resource, held=held)
    return Session(run, connection, left.resource, left, calls, held, deadline)
