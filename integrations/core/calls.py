"""Calls to a connection's vendor from the main thread: a slot of the budget each, a fresh token, patience.

Bulk writes go through ``core.deliver``, which also sends from threads; both take their endpoint from here.
"""

import logging
import time
from collections.abc import Callable, Collection
from typing import Final, TypeVar

from integrations.core import budget, tokens
from integrations.core.declare import CHOICE, Record, Resource
from integrations.core.endpoints import VendorEndpoint
from integrations.core.errors import ReauthorisationRequired, TemporarilyUnavailable
from integrations.core.models import Connection, Link
from integrations.core.registry import Connector, connector_class, manifest_of

logger = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")
# A read is tried again in place so many times before the work is put down for a later ring.
READ_TRIES: Final = 6


class VendorCalls:
    """One connection's vendor, for one resource."""

    def __init__(self, *, connection: Connection, connector: Connector, resource: Resource) -> None:
        self.connection_id = connection.pk
        self.connector = connector
        self.resource = resource
        self._written: dict[str, str] = {}
        if resource.choice:
            connector.choices = chosen(connection=connection, resource=resource)
            self._written = _written(connection=connection, resource=resource)
            connector.written = self._written
        self.interval = manifest_of(connection.integration).limit.interval
        self._token = ""
        self._endpoint: VendorEndpoint | None = None

    def endpoint(self) -> VendorEndpoint:
        """Return the endpoint with a token that is good for the next calls; raises as `tokens.access_token`."""
        return self._with(tokens.access_token(connection_id=self.connection_id))

    def renew(self) -> VendorEndpoint:
        """Return the endpoint with another token, after a 401; raises ReauthorisationRequired if there is none."""
        return self._with(tokens.force_refresh(connection_id=self.connection_id, rejected_token=self._token))

    def is_current(self, endpoint: VendorEndpoint) -> bool:
        """Whether the endpoint has the newest token that was given out here."""
        return endpoint is self._endpoint

    def lose(self, error: ReauthorisationRequired) -> None:
        """A new token was refused as well: the authorisation is gone."""
        tokens.lose_authorisation(connection_id=self.connection_id, reason=error.message, rejected_token=self._token)

    def remember_written(self, link: Link, record: Record, names: Collection[str]) -> None:
        """Note which of several a write is about, before it is sent: the vendor's record is read back by that."""
        meant = str(record.options.get(CHOICE, ""))
        if self.resource.choice is None or not meant or self.resource.choice.fields.isdisjoint(names):
            return
        if self._written.get(link.right_id) != meant:
            self._written[link.right_id] = meant
            Link.objects.filter(pk=link.pk).update(written=meant)

    def _with(self, token: str) -> VendorEndpoint:
        if self._endpoint is None or token != self._token:
            self._token = token
            self._endpoint = self.connector.endpoint(self.resource.name, access_token=token)
        return self._endpoint

    def read(self, call: Callable[[VendorEndpoint], AnswerT], *, deadline: float) -> AnswerT:
        """Make a reading call; waits and tries again until ``deadline`` (monotonic seconds).

        Raises TemporarilyUnavailable when the vendor could not serve it in that time, and all others at once.
        """
        renewed = False
        for attempt in range(1, READ_TRIES + 1):
            sleep_until(budget.reserve(connection_id=self.connection_id, interval=self.interval), deadline=deadline)
            # After the slot: a token is not asked for, either, while the connection pauses.
            endpoint = self.endpoint()
            try:
                answer = call(endpoint)
            except ReauthorisationRequired as error:
                if renewed:
                    self.lose(error)
                    raise
                self.renew()
                renewed = True
            except TemporarilyUnavailable as error:
                pause = budget.failed(connection_id=self.connection_id, retry_after=error.retry_after)
                logger.warning(
                    "connection %s: a read failed (%s), pausing %.1f s", self.connection_id, type(error).__name__, pause
                )
                if attempt == READ_TRIES or time.monotonic() + pause > deadline:
                    raise
            else:
                budget.succeeded(connection_id=self.connection_id)
                return answer
        raise TemporarilyUnavailable


def sleep_until(slot: float, *, deadline: float) -> None:
    """Sleep until a slot of the budget (epoch seconds); a slot beyond the deadline raises TemporarilyUnavailable."""
    wait = slot - time.time()
    if time.monotonic() + wait > deadline:
        raise TemporarilyUnavailable("The vendor asked for a pause.")
    if wait > 0:
        time.sleep(wait)


def chosen(*, connection: Connection, resource: Resource) -> dict[str, str]:
    """Return what people chose for linked records, by the vendor's ID."""
    links = Link.objects.filter(connection=connection, resource=resource.name).exclude(choice="")
    return dict(links.values_list("right_id", "choice"))


def _written(*, connection: Connection, resource: Resource) -> dict[str, str]:
    links = Link.objects.filter(connection=connection, resource=resource.name).exclude(written="")
    return dict(links.values_list("right_id", "written"))


def connector_of(connection: Connection) -> Connector:
    return connector_class(connection.integration)(options=connection.settings)
