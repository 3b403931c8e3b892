"""What the push of one connection's resource works with, under its lease."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from integrations.core.calls import VendorCalls
from integrations.core.declare import Record, Resource
from integrations.core.hub.endpoint import HubPeople
from integrations.core.leases import Held
from integrations.core.listing import list_right
from integrations.core.models import Connection
from integrations.core.work.room import push_workers


@dataclass(frozen=True)
class PushSession:
    """``deadline`` (monotonic) is when this task should make room; without ``bulk`` only people's own edits go."""

    connection: Connection
    resource: Resource
    left: HubPeople
    calls: VendorCalls
    held: Held
    deadline: float
    bulk: bool

    @property
    def workers(self) -> int:
        """How many workers there are of the queue that this task stands in."""
        return push_workers(bulk=self.bulk)

    def may_go_on(self) -> bool:
        """Whether there is time left and the connection may be used."""
        active = Connection.objects.filter(pk=self.connection.pk, state=Connection.State.ACTIVE)
        return time.monotonic() < self.deadline and active.exists()

    def right_pages(self, *, on_start: Callable[[], None]) -> Iterator[tuple[tuple[Record, ...], bool | None]]:
        """List the right side: see `core.listing.list_right`."""
        return list_right(calls=self.calls, held=self.held, deadline=self.deadline, on_start=on_start)
