"""Resources that an integration pushes by rules of its own, beside the core's people: named in its manifest."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.module_loading import import_string

from integrations.core.leases import Held
from integrations.core.marks import may_go
from integrations.core.models import Connection, Mark
from integrations.core.registry import Connector, manifests


class Line(NamedTuple):
    """What became of a record at the vendor, in one line; ``variant`` is the colour of a label."""

    text: str
    variant: str = ""


class OtherPush(ABC):
    """One resource of one connection."""

    def __init__(self, *, connection: Connection, connector: Connector) -> None:
        self.connection = connection
        self.connector = connector

    @abstractmethod
    def drain(self, *, held: Held, deadline: float, bulk: bool) -> bool:
        """Send what waits, as `push.draining.drain`; returns False when time ran out.

        Must make room for people's own edits (`overtaken`): they go first.
        """

    @abstractmethod
    def release(self) -> int:
        """Let go on what waited for something that has come meanwhile; asked every minute. Returns how many."""

    @abstractmethod
    def lines(self, ids: Sequence[int]) -> Mapping[int, Line]:
        """Say of hub records, by primary key, what became of them; a fixed number of queries."""


def others_of(connection: Connection, connector: Connector) -> list[OtherPush]:
    manifest = manifests().get(connection.integration)
    paths = manifest.pushes.values() if manifest else ()
    return [import_string(path)(connection=connection, connector=connector) for path in paths]


def overtaken(*, connection_id: int, resource: str) -> bool:
    """Whether somebody's own edit of another resource waits to be sent."""
    marks = may_go().filter(connection=connection_id, priority=Mark.Priority.INTERACTIVE)
    return bool(marks.exclude(resource=resource).exists())
