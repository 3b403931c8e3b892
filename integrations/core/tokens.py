"""The tokens of a connection: kept encrypted, renewed by one process at a time (invariant 10).

A connection's credentials are JSON: ``mode`` ("user" or "service"), ``access_token``, ``refresh_token`` (in service
mode only good for revoking), ``expires_at`` (epoch seconds), ``tenant``, ``scopes``.
"""

import json
import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import OperationalError, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core import budget, leases, oauth, telling, transport
from integrations.core.errors import ReauthorisationRequired, TemporarilyUnavailable
from integrations.core.models import Connection
from integrations.core.registry import connector_class
from integrations.core.token_answers import LONGEST_LIFETIME_SECONDS

USER: Final = "user"
SERVICE: Final = "service"
# A token that ends sooner is renewed before it is given out: longer than any call made with it.
FRESH_SECONDS: Final = 120
STORE_ATTEMPTS: Final = 3


def access_token(*, connection_id: int) -> str:
    """Return a token that is good for two minutes, renewing it first where needed.

    Raises ReauthorisationRequired (the connection then says so), LicenceMissing, RightMissing or
    TemporarilyUnavailable. Never inside a transaction: it may call the vendor.
    """
    return _token(connection_id, rejected="")


def force_refresh(*, connection_id: int, rejected_token: str) -> str:
    """Return another token than the one that the vendor answered with 401; renews only if nobody has since."""
    return _token(connection_id, rejected=rejected_token)


def renew(*, connection_id: int, ending_by: datetime) -> None:
    """Renew an authorisation that ends by then, used or not; does nothing if it was renewed meanwhile.

    Raises LeaseTaken while another process renews it, and as `access_token`. Never inside a transaction.
    """
    with leases.holding(name=_lease(connection_id), seconds=_lease_seconds()):
        connection = _read(connection_id)
        if connection.authorised_until is not None and connection.authorised_until <= ending_by:
            _renew(connection)


def lose_authorisation(*, connection_id: int, reason: str, rejected_token: str = "") -> None:
    """Let a working connection wait to be connected again, and its recipients be told; its links and marks stay.

    Does nothing when it was connected again since: ``rejected_token``, if given, is not its token any more.
    """
    with transaction.atomic():
        if rejected_token and _locked(connection_id).secrets.get("access_token") != rejected_token:
            return
        lost = Connection.objects.filter(pk=connection_id, state__in=Connection.WORKING).update(
            state=Connection.State.NEEDS_REAUTHORISATION, error=reason, authorised_until=None
        )
        if lost:
            telling.tell(
                kind=telling.AUTHORISATION_LOST, connection_id=connection_id, moment=timezone.now().isoformat()
            )


def oauth_connector(connection: Connection) -> oauth.OAuthConnector:
    """Return the connection's connector; raises TypeError for a vendor without OAuth."""
    connector = connector_class(connection.integration)(options=connection.settings)
    if not isinstance(connector, oauth.OAuthConnector):
        raise TypeError(f"{connection.integration} is not connected by OAuth")
    return connector


def credentials(*, mode: str, tokens: oauth.Tokens, tenant: str, refresh_token: str = "") -> str:
    """Return what is kept of tokens; ``refresh_token`` stands in where the tokens bring none."""
    return json.dumps(
        {
            "mode": mode,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token or refresh_token,
            "expires_at": tokens.expires_at,
            "tenant": tenant,
            "scopes": list(tokens.scopes),
        }
    )


def authorised_until(*, mode: str, provider: oauth.Provider) -> datetime | None:
    """Return when an authorisation ends that is not used; a service account's does not."""
    return None if mode == SERVICE else timezone.now() + timedelta(days=provider.idle_days)


def _token(connection_id: int, *, rejected: str) -> str:
    deadline = time.monotonic() + transport.call_seconds()
    while True:
        if token := _fresh(_read(connection_id).secrets, rejected):
            return token
        try:
            with leases.holding(name=_lease(connection_id), seconds=_lease_seconds()):
                # Read again: whoever held the lease before may have renewed it.
                connection = _read(connection_id)
                return _fresh(connection.secrets, rejected) or _renew(connection)
        except leases.LeaseTaken:
            if time.monotonic() >= deadline:
                raise TemporarilyUnavailable(_("The authorisation is being renewed by another process.")) from None
        except TemporarilyUnavailable as error:
            # Without a token no call can be made: the connection pauses as it does after a call.
            budget.failed(connection_id=connection_id, retry_after=error.retry_after)
            raise
        time.sleep(leases.POLL_SECONDS)


def _lease(connection_id: int) -> str:
    return f"refresh:{connection_id}"


def _lease_seconds() -> float:
    """It covers one call, and the time to store what that brought."""
    return max(float(settings.LEASE_SECONDS), 2 * transport.call_seconds())


def _read(connection_id: int) -> Connection:
    connection = Connection.objects.get(pk=connection_id)
    lost = {Connection.State.NEEDS_REAUTHORISATION, Connection.State.DISCONNECTED}
    if connection.state in lost or not connection.credentials:
        raise ReauthorisationRequired(
            _("“%(label)s” is not connected. Connect it again.") % {"label": connection.label}
        )
    return connection


def _fresh(secrets: dict[str, Any], rejected: str) -> str:
    token = str(secrets["access_token"])
    left = secrets["expires_at"] - time.time()
    # One that lasts for longer than any is kept for was fetched when the clock was ahead.
    return token if token != rejected and FRESH_SECONDS <= left <= LONGEST_LIFETIME_SECONDS else ""


def _renew(connection: Connection) -> str:
    before = connection.secrets
    provider = oauth_connector(connection).provider()
    try:
        if before["mode"] == SERVICE:
            tokens = oauth.client_credentials(provider, tenant=before["tenant"])
        else:
            tokens = oauth.refresh(provider, refresh_token=before["refresh_token"])
    except ReauthorisationRequired as error:
        with transaction.atomic():
            if _locked(connection.pk).secrets == before:
                lose_authorisation(connection_id=connection.pk, reason=error.message)
        raise
    _store_safely(connection.pk, before=before, tokens=tokens, provider=provider)
    return tokens.access_token


def _store_safely(
    connection_id: int, *, before: dict[str, Any], tokens: oauth.Tokens, provider: oauth.Provider
) -> None:
    """Store before use, and not give up at once: the old refresh token is dead, this is the only copy of the new."""
    for attempt in range(1, STORE_ATTEMPTS + 1):
        try:
            _store(connection_id, before=before, tokens=tokens, provider=provider)
        except OperationalError:
            if attempt == STORE_ATTEMPTS:
                raise
            connections["default"].close_if_unusable_or_obsolete()
        else:
            return


def _store(connection_id: int, *, before: dict[str, Any], tokens: oauth.Tokens, provider: oauth.Provider) -> None:
    mode, tenant = before["mode"], before["tenant"]
    with transaction.atomic():
        # Disconnected or connected again meanwhile: what stands there now is newer.
        if _locked(connection_id).secrets == before:
            Connection.objects.filter(pk=connection_id).update(
                credentials=credentials(mode=mode, tokens=tokens, tenant=tenant, refresh_token=before["refresh_token"]),
                authorised_until=authorised_until(mode=mode, provider=provider),
                error="",
            )


def _locked(connection_id: int) -> Connection:
    """Read for a moment, without a call in between (on SQLite the immediate transaction is the lock)."""
    return Connection.objects.select_for_update().get(pk=connection_id)
