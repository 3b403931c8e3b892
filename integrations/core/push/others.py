"""Resources that an integration pushes by rules of its own, beside the core's people: named in its manifest."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from absences.tracking import ReachedAbsence
from integrations.core.calls import connector_of
from integrations.core.declare import Record
from integrations.core.leases import Held
from integrations.core.marks import may_go
from integrations.core.models import Connection, Mark, SyncRun
from integrations.core.registry import Connector, manifests


class Line(NamedTuple):
    """What became of a record at the vendor, in one line; ``variant`` is the colour of a label."""

    text: str
    variant: str = ""


class ReachedThere(NamedTuple):
    """Absences that a change of many sends to the vendor, and (label, why not) of those that are not sent.

    ``following`` are labels of others, kept back until now, in whose way nothing is any more then; ``there``
    are labels of those among ``staying`` that stand there as they should.
    """

    going: Sequence[ReachedAbsence] = ()
    staying: Sequence[tuple[str, str]] = ()
    following: Sequence[str] = ()
    there: Sequence[str] = ()


class Watcher(Protocol):
    """Looks at what a comparison lists of the vendor's people, in the comparing task."""

    def restart(self) -> None:
        """The list is fetched from its beginning, for the first time or anew: forget what was seen of it."""

    def see(self, records: Sequence[Record]) -> None: ...

    def finish(self, *, held: Held, deadline: float) -> None:
        """Make the calls that it takes, outside any transaction. Raises as `VendorCalls.read`, but for delays."""


class Watchers:
    """All that look at one comparison's list."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def restart(self) -> None:
        for watcher in self._watchers:
            watcher.restart()

    def see(self, records: Sequence[Record]) -> None:
        for watcher in self._watchers:
            watcher.see(records)

    def finish(self, *, held: Held, deadline: float) -> None:
        for watcher in self._watchers:
            watcher.finish(held=held, deadline=deadline)


@dataclass(frozen=True, kw_only=True)
class Warned:
    """People of a run whom something will go wrong with, told before it does and in the report.

    ``name`` stands in addresses; ``people`` are in order, with ``label`` and ``left_id`` (empty for nobody of the hub).
    """

    name: str
    title: str
    why: str
    next_step: str
    people: QuerySet[Any]
    # Told though it is nobody, because nobody was looked for.
    told: bool = False

    @cached_property
    def count(self) -> int:
        return self.people.count()


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

    @classmethod
    @abstractmethod
    def waiting_for_release(cls, connections: QuerySet[Connection]) -> set[int]:
        """Return whose `release` may have something to do; the number of queries does not depend on theirs."""

    @abstractmethod
    def release(self) -> int:
        """Let go on what waited for something that has come meanwhile; asked every minute. Returns how many."""

    @abstractmethod
    def lines(self, ids: Sequence[int]) -> Mapping[int, Line]:
        """Say of hub records, by primary key, what became of them; a fixed number of queries."""

    def reached(self, absences: Sequence[ReachedAbsence]) -> ReachedThere:
        """Say whose change would be sent by itself, and whose not and why; queries by hundreds of people."""
        return ReachedThere()

    def leave(self, left_ids: Sequence[str], *, deleted: Mapping[str, Any]) -> list[str]:
        """Leave both sides as they are until one of them changes, in the caller's transaction (G-17).

        ``deleted`` are the last values of those that are gone. Returns those that cannot be left, as they are half
        written: they go on.
        """
        return []

    def waiting(self, left_ids: Sequence[str], *, deleted: Mapping[str, Any]) -> Mapping[str, str]:
        """Say of those held with a mass change why each is not sent as things stand, empty where it is.

        Those with nothing left to do are not in it. ``deleted`` as for `leave`; queries by hundreds of people.
        """
        return dict.fromkeys(left_ids, "")

    def watcher(self, run: SyncRun) -> Watcher | None:
        """Return what looks at a comparison's list for `warned`; None: there is nothing to look for."""
        return None

    def warned(self, run: SyncRun) -> list[Warned]:
        """Return whom the run's confirmation page and its report warn of, without calling the vendor."""
        return []


def release_others() -> None:
    """Let go on what waited for something that has come meanwhile, such as a person's link."""
    for name, manifest in manifests().items():
        active = Connection.objects.filter(state=Connection.State.ACTIVE, integration=name)
        for path in manifest.pushes.values():
            push: type[OtherPush] = import_string(path)
            waiting = push.waiting_for_release(active)
            for connection in active.filter(pk__in=waiting).order_by("pk"):
                _release(push, connection)


def _release(push: type[OtherPush], connection: Connection) -> None:
    # Settings that cannot be read are one connection's trouble, and its pages say so.
    with suppress(ValidationError):
        push(connection=connection, connector=connector_of(connection)).release()


def others_of(connection: Connection, connector: Connector) -> list[OtherPush]:
    manifest = manifests().get(connection.integration)
    paths = manifest.pushes.values() if manifest else ()
    return [import_string(path)(connection=connection, connector=connector) for path in paths]


def watchers_of(run: SyncRun, connector: Connector) -> Watchers:
    found = [push.watcher(run) for push in others_of(run.connection, connector)]
    return Watchers([watcher for watcher in found if watcher is not None])


def warned_of(run: SyncRun) -> list[Warned]:
    """Return whom to warn of, nothing where there is nobody."""
    if run.connection.integration not in manifests():
        # Its records outlive an integration that is not installed any more.
        return []
    pushes = others_of(run.connection, connector_of(run.connection))
    return [warned for push in pushes for warned in push.warned(run) if warned.count or warned.told]


def overtaken(*, connection_id: int, resource: str) -> bool:
    """Whether somebody's own edit of another resource waits to be sent."""
    marks = may_go().filter(connection=connection_id, priority=Mark.Priority.INTERACTIVE)
    return bool(marks.exclude(resource=resource).exists())
