"""Calls to a connection's vendor from the main thread: a slot of the budget each, a fresh token, patience.

Bulk writes go through ``core.deliver``, which also sends from threads; both take their endpoint from here.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property
from typing import Final, TypeVar

from integrations.core import budget, tokens
from integrations.core.declare import Resource
from integrations.core.endpoints import VendorEndpoint
from integrations.core.errors import ReauthorisationRequired, TemporarilyUnavailable
from integrations.core.http import border
from integrations.core.leases import Held
from integrations.core.models import Connection, Link
from integrations.core.registry import Connector, connector_class, manifest_of

logger = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")
# A read is tried again in place so many times before the work is put down for a later ring.
READ_TRIES: Final = 6


class VendorCalls:
    """One connection's vendor, for one resource; ``held`` is the lease that has to outlive the calls."""

    def __init__(
        self, *, connection: Connection, connector: Connector, resource: Resource, held: Held | None = None
    ) -> None:
        self._held = held
        self.connection_id = connection.pk
        self.connector = connector
        self.resource = resource
        if resource.choice:
            connector.choices = chosen(connection=connection, resource=resource)
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

    def _with(self, token: str) -> VendorEndpoint:
        if self._endpoint is None or token != self._token:
            self._token = token
            self._endpoint = self.connector.endpoint(self.resource.name, access_token=token)
        return self._endpoint

    def read(self, call: Callable[[VendorEndpoint], AnswerT], *, deadline: float) -> AnswerT:
        """Make a reading call; waits and tries again until ``deadline`` (monotonic seconds).

        Raises TemporarilyUnavailable when the vendor could not serve it in that time, others at once; and LeaseLost.
        """
        renewed = False
        for attempt in range(1, READ_TRIES + 1):
            slot = budget.reserve(connection_id=self.connection_id, interval=self.interval)
            sleep_until(slot, deadline=deadline, held=self._held)
            # After the slot: a token is not asked for, either, while the connection pauses.
            endpoint = self.endpoint()
            try:
                answer = self._ask(call, endpoint)
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

    def _ask(self, call: Callable[[VendorEndpoint], AnswerT], endpoint: VendorEndpoint) -> AnswerT:
        """Make the call; in a thread, where a lease has to be renewed meanwhile."""
        if self._held is None:
            return _read(call, endpoint)
        self._held.check()
        asked = self._thread.submit(_read, call, endpoint)
        while not wait({asked}, timeout=self._held.renew_seconds).done:
            self._held.keep()
        return asked.result()

    @cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="read")


def _read(call: Callable[[VendorEndpoint], AnswerT], endpoint: VendorEndpoint) -> AnswerT:
    with border("GET"):
        return call(endpoint)


def sleep_until(slot: float, *, deadline: float, held: Held | None = None) -> None:
    """Sleep until a slot of the budget (epoch seconds), keeping the lease.

    A slot beyond the deadline raises TemporarilyUnavailable.
    """
    if time.monotonic() + slot - time.time() > deadline:
        raise TemporarilyUnavailable("The vendor asked for a pause.")
    while (left := slot - time.time()) > 0:
        if held is None:
            time.sleep(left)
        else:
            time.sleep(min(left, held.renew_seconds))
            held.keep()


def chosen(*, connection: Connection, resource: Resource) -> dict[str, str]:
    """Return what people chose for linked records, by the vendor's ID."""
    links = Link.objects.filter(connection=connection, resource=resource.name).exclude(choice="")
    return dict(links.values_list("right_id", "choice"))


def connector_of(connection: Connection) -> Connector:
    return connector_class(connection.integration)(options=connection.settings)
