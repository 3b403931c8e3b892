"""Every connection is tried once a day: a withdrawal is told of though nothing is sent, and a company's new name seen.

An authorisation of a tenant that a person named in a form ends at the vendor, without a word to the hub.
"""

import logging
import random
from datetime import timedelta
from typing import Final

from integrations.core import budget, leases, tokens
from integrations.core.errors import (
    LicenceMissing,
    ReauthorisationRequired,
    RightMissing,
    VendorError,
)
from integrations.core.keeping import pausing
from integrations.core.models import Connection
from integrations.core.outages import ask_account
from integrations.core.registry import manifests
from integrations.core.work.ringing import ring_check

logger = logging.getLogger(__name__)

# How long until a connection is tried again, less up to a quarter.
PAUSE_SECONDS: Final = timedelta(days=1) / timedelta(seconds=1)
CHECKS_AT_ONCE: Final = 20


def ring_due() -> int:
    """Ring for connections that were not tried for a day; returns for how many."""
    working = Connection.objects.filter(
        ~pausing("check", seconds=PAUSE_SECONDS), integration__in=list(manifests()), state__in=Connection.WORKING
    )
    found = list(working.order_by("pk").values_list("pk", flat=True)[:CHECKS_AT_ONCE])
    for pk in found:
        ring_check(pk)
    return len(found)


def postpone(*, connection_id: int) -> bool:
    """Let the next try be in a day; False where one was put off already. The lease is its clock, and stays."""
    pause = PAUSE_SECONDS * random.uniform(0.75, 1)  # noqa: S311 -- protects nothing
    return leases.claim(name=f"check:{connection_id}", seconds=pause, clock=True) is not None


def check(*, connection_id: int) -> None:
    """Try the authorisation; what is lost is told, what a person can mend stands on the connection's page."""
    connection = Connection.objects.filter(
        pk=connection_id, integration__in=list(manifests()), state__in=Connection.WORKING
    ).first()
    if connection is None or budget.pausing(connection_id=connection_id):
        # While it pauses nothing is tried, and the next round rings again.
        return
    if not postpone(connection_id=connection_id):
        return
    try:
        problem = _try(connection)
    except ReauthorisationRequired:
        # Written down, and told, where it was found.
        return
    except (LicenceMissing, RightMissing) as error:
        problem = error.message
    except VendorError as error:
        logger.warning("Connection %s was not checked (%s); it is tried again", connection_id, type(error).__name__)
        return
    Connection.objects.filter(pk=connection_id, state__in=Connection.WORKING).update(error=problem)


def _try(connection: Connection) -> str:
    """Return what is missing, or an empty text; raises VendorError."""
    token = tokens.access_token(connection_id=connection.pk)
    try:
        ask_account(connection, token)
    except (ReauthorisationRequired, RightMissing):
        # An older token may outlive the authorisation: a new one shows whether that still stands.
        token = tokens.force_refresh(connection_id=connection.pk, rejected_token=token)
        try:
            ask_account(connection, token)
        except ReauthorisationRequired as error:
            tokens.lose_authorisation(connection_id=connection.pk, reason=error.message, rejected_token=token)
            raise
    return _missing(connection)


def _missing(connection: Connection) -> str:
    """Say which scopes the newest token lacks."""
    connection.refresh_from_db(fields=["credentials"])
    connector = tokens.oauth_connector(connection)
    granted = connection.secrets["scopes"]
    missing = [scope for scope in connector.provider().scopes if scope not in granted]
    return (connector.missing_scopes(missing) or ", ".join(missing)) if missing else ""
