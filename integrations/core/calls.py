"""Calls to a connection's vendor from the main thread: a slot of the budget each, a fresh token, patience.

Bulk writes go through ``core.deliver``, which also sends from threads; both take their endpoint from here.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property
from typing import Any, Final, TypeVar

from django.utils.translation import gettext as _

from integrations.core import budget, tokens
from integrations.core.declare import CHOICE, Record, Resource
from integrations.core.endpoints import VendorEndpoint
from integrations.core.errors import ReauthorisationRequired, TemporarilyUnavailable
from integrations.core.http import border
from integrations.core.leases import Held
from integrations.core.models import Connection, Link
from integrations.core.registry import Connector, connector_class, manifest_of
from integrations.core.work.room import Pace

logger = logging.getLogger(__name__)

AnswerT = TypeVar("AnswerT")
# A read is tried again in place so many times before the work is put down for a later ring.
READ_TRIES: Final = 6
# In the middle of a list, which would have to be read from its beginning again, one pause after a single failure is
# waited for (seconds).
LISTING_PAUSE: Final = 2.5


class VendorCalls:
    """One connection's vendor, for one resource; ``held`` is the lease that has to outlive the calls."""

    def __init__(
        self, *, connection: Connection, connector: Connector, resource: Resource, held: Held | None = None
    ) -> None:
        self._held = held
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
        self._pace = Pace(connection.pk)
        self._endpoint: VendorEndpoint | None = None

    def know_links(self) -> None:
        """Let a list be read by what the links know, where the resource asks for that."""
        if self.resource.reads_by_link:
            self.connector.linked.clear()
            self.connector.linked.update(known_by_links(self.connection_id, self.resource))

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

    def require_no_pause(self) -> None:
        """Raise TemporarilyUnavailable while the connection pauses: there is no use in beginning anything."""
        if budget.pausing(connection_id=self.connection_id):
            raise _put_down()

    def read(
        self,
        call: Callable[[VendorEndpoint], AnswerT],
        *,
        deadline: float,
        patience: float = budget.SHORT_PAUSE,
    ) -> AnswerT:
        """Make a reading call; waits and tries again until ``deadline`` (monotonic seconds).

        Raises TemporarilyUnavailable when the vendor could not serve it in that time, or asks for a pause of more than
        ``patience`` seconds: the worker is given back. Raises all others at once, and LeaseLost.
        """
        renewed = False
        for attempt in range(1, READ_TRIES + 1):
            wait_for_slot(
                connection_id=self.connection_id,
                interval=self.interval,
                deadline=deadline,
                patience=patience,
                held=self._held,
            )
            # After the slot: a token is not asked for, either, while the connection pauses.
            endpoint = self.endpoint()
            begun = time.monotonic()
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
                if attempt == READ_TRIES or pause > min(patience, deadline - time.monotonic()):
                    raise
            else:
                budget.succeeded(connection_id=self.connection_id)
                self._pace.has_become_slow(time.monotonic() - begun)
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


def wait_for_slot(
    *,
    connection_id: int,
    interval: float,
    deadline: float,
    patience: float = budget.SHORT_PAUSE,
    held: Held | None = None,
) -> None:
    """Take the next slot of the budget and wait for it, keeping the lease.

    Raises TemporarilyUnavailable instead, at once, while the connection pauses for more than ``patience`` seconds, or
    where the slot lies beyond ``deadline`` (monotonic seconds).
    """
    slot = budget.reserve_soon(connection_id=connection_id, interval=interval, within=patience)
    if slot is None or slot - time.time() > deadline - time.monotonic():
        raise _put_down()
    while (left := slot - time.time()) > 0:
        time.sleep(left if held is None else min(left, held.renew_seconds))
        if held is not None:
            held.keep()


def _put_down() -> TemporarilyUnavailable:
    return TemporarilyUnavailable(_("The other system asked for a pause, or does not answer. It is tried again."))


def chosen(*, connection: Connection, resource: Resource) -> dict[str, str]:
    """Return what people chose for linked records, by the vendor's ID."""
    links = Link.objects.filter(connection=connection, resource=resource.name).exclude(choice="")
    return dict(links.values_list("right_id", "choice"))


def _written(*, connection: Connection, resource: Resource) -> dict[str, str]:
    links = Link.objects.filter(connection=connection, resource=resource.name).exclude(written="")
    return dict(links.values_list("right_id", "written"))


def known_by_links(connection_id: int, resource: Resource) -> dict[str, Mapping[str, Any]]:
    """Return the options of the links that have some, by the vendor's ID."""
    links = Link.objects.filter(connection=connection_id, resource=resource.name).exclude(options={})
    found = links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT)).values_list("right_id", "options")
    # Most are alike: one object stands for all of these.
    alike: dict[str, Mapping[str, Any]] = {}
    return {right_id: alike.setdefault(repr(options), options) for right_id, options in found.iterator()}


def connector_of(connection: Connection) -> Connector:
    return connector_class(connection.integration)(options=connection.settings)
