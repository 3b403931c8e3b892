"""Connecting by OAuth, as the wizard, ``manage.py connect`` and the demo do it; and disconnecting.

No call is made inside a transaction. Whatever fails leaves the connection as it was, and can be tried again.
"""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from cryptography.fernet import InvalidToken
from django.contrib.auth.models import User
from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from employees.models import Company
from employees.shown import fingerprint
from integrations.core import checking, oauth, tokens
from integrations.core.account_looks import Found, look
from integrations.core.accounts import AuthorisationFailed, refuse_other_account, refuse_taken, store
from integrations.core.endpoints import Account
from integrations.core.errors import (
    LicenceMissing,
    ReauthorisationRequired,
    RightMissing,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.http import border
from integrations.core.models import Connection, SyncRun
from integrations.core.registry import manifest_of
from integrations.core.runs.deciding import cancel_run

logger = logging.getLogger(__name__)

State = Connection.State
# The field of a form that names the vendor's company.
TENANT = "tenant"


class Started(NamedTuple):
    """An authorisation under way: where the person approves, and what the answer is checked with.

    Plain values, to be kept in a session until the answer comes; ``url`` is of no further use then.
    """

    url: str
    state: str
    verifier: str
    service_account: bool


class Looked(NamedTuple):
    """What was found, and the fingerprint of all that is asked about; the tokens are kept nowhere."""

    connection: Connection
    found: Found
    made_from: str
    granted: oauth.Tokens


class NotAsShown(Exception):
    """Something else is found by now than what was said yes to: it is shown, and asked about, again."""

    def __init__(self, looked: Looked) -> None:
        super().__init__()
        self.looked = looked


def create_draft(*, integration: str, company: Company | None, label: str, by: User | None) -> Connection:
    """Create a connection that is not connected yet; raises KeyError for an integration that is not installed."""
    manifest = manifest_of(integration)
    connection = Connection(
        integration=manifest.name, company=company, label=label, recipients=[by.email] if by and by.email else []
    )
    if company is not None:
        connection.time_zone = company.time_zone
    connection.save()
    return connection


def accept_terms(*, connection_id: int, by: User) -> None:
    """Keep who accepted the terms, and when (G-03)."""
    Connection.objects.filter(pk=connection_id).update(consent_by=by, consent_at=timezone.now())


def start_authorisation(*, connection_id: int, service_account: bool, redirect_uri: str) -> Started:
    """Return where the person approves; raises AuthorisationFailed while the terms are not accepted."""
    connection = Connection.objects.get(pk=connection_id)
    if connection.consent_at is None:
        raise AuthorisationFailed(_("Accept the terms first."))
    state = secrets.token_urlsafe(32)
    url, verifier = oauth.authorization_url(
        tokens.oauth_connector(connection).provider(),
        redirect_uri=redirect_uri,
        state=state,
        service=service_account,
    )
    return Started(url=url, state=state, verifier=verifier, service_account=service_account)


def finish_authorisation(
    *, connection_id: int, callback: Mapping[str, str], started: Started, redirect_uri: str, by: User | None
) -> Connection:
    """Connect with what the vendor sent back; raises AuthorisationFailed and then changes nothing.

    Also for a connection that is connected already: it then gets new tokens of the same vendor company.
    """
    connection = Connection.objects.get(pk=connection_id)
    connector = tokens.oauth_connector(connection)
    provider = connector.provider()
    vendor = manifest_of(connection.integration).label
    code = _code(callback, started=started, connector=connector, vendor=vendor)
    try:
        granted = _exchange(provider, code=code, redirect_uri=redirect_uri, verifier=started.verifier, vendor=vendor)
        _refuse_missing_scopes(connector, granted, vendor=vendor)
        account = _account(connector, granted)
        refuse_other_account(connection, account=account, vendor=vendor)
        refuse_taken(connection, account=account, by=by)
        mode, refresh_token = tokens.USER, granted.refresh_token
        if started.service_account:
            mode, granted = tokens.SERVICE, oauth.client_credentials(provider, tenant=account.id)
    except VendorError as error:
        raise AuthorisationFailed(_sentence(error, connector=connector, vendor=vendor)) from error
    store(
        connection,
        account=account,
        credentials=tokens.credentials(mode=mode, tokens=granted, tenant=account.id, refresh_token=refresh_token),
        authorised_until=tokens.authorised_until(mode=mode, provider=provider),
        by=by,
    )
    # It has just been tried.
    checking.postpone(connection_id=connection.pk)
    connection.refresh_from_db()
    return connection


def look_by_form(*, connection_id: int, tenant: str, by: User | None = None) -> Looked:
    """Return what is found in the vendor's company whose ID a person has pasted; nothing is kept of it (VP-16).

    Raises AuthorisationFailed. A token, its scopes, and the people: only then it may be called connected (VP-02).
    """
    connection = Connection.objects.select_related("company").get(pk=connection_id)
    if connection.consent_at is None:
        raise AuthorisationFailed(_("Accept the terms first."))
    connector, vendor = tokens.oauth_connector(connection), manifest_of(connection.integration).label
    try:
        account = Account(id=tenant, name="")
        refuse_other_account(connection, account=account, vendor=vendor)
        refuse_taken(connection, account=account, by=by)
        granted = _tenant_tokens(connector, tenant=tenant)
        _refuse_missing_scopes(connector, granted, vendor=vendor)
        said = _account(connector, granted)
        _refuse_another_answer(said, tenant=tenant, vendor=vendor)
        account = account._replace(name=said.name)
        found = look(connector, account=account, access_token=granted.access_token)
    except (ReauthorisationRequired, RightMissing) as error:
        raise AuthorisationFailed(error.message, field=TENANT) from error
    except VendorError as error:
        raise AuthorisationFailed(_sentence(error, connector=connector, vendor=vendor), field=TENANT) from error
    except AuthorisationFailed as failed:
        raise AuthorisationFailed(failed.message, field=TENANT) from failed
    company = connection.company
    made_from = fingerprint(
        connection.state, connection.account_id, company and [company.pk, company.name], found.made_from()
    )
    return Looked(connection, found, made_from, granted)


def authorise_by_form(*, connection_id: int, tenant: str, by: User | None, shown: str | None = None) -> Connection:
    """Connect a vendor's company whose ID a person has pasted; raises AuthorisationFailed and then changes nothing.

    ``shown`` is the fingerprint of what the person said yes to; NotAsShown is raised where that is not so any more.
    """
    looked = look_by_form(connection_id=connection_id, tenant=tenant, by=by)
    if shown is not None and shown != looked.made_from:
        raise NotAsShown(looked)
    connection = looked.connection
    provider = tokens.oauth_connector(connection).provider()
    store(
        connection,
        account=looked.found.account,
        credentials=tokens.credentials(mode=tokens.SERVICE, tokens=looked.granted, tenant=tenant),
        authorised_until=tokens.authorised_until(mode=tokens.SERVICE, provider=provider),
        by=by,
    )
    # It has just been tried.
    checking.postpone(connection_id=connection.pk)
    connection.refresh_from_db()
    return connection


def disconnect(*, connection_id: int, by: User | None) -> None:
    """Stop everything, revoke the authorisation where the vendor can, forget the credentials; links stay (G-11).

    A synchronisation at work ends; one that waits for decisions has to be compared again, which keeps the decisions.
    """
    connection = Connection.objects.defer("credentials").get(pk=connection_id)
    try:
        kept = connection.secrets
    except InvalidToken:
        # No key fits any more: what cannot be read cannot be revoked, but can be forgotten.
        kept = {}
    last_run = SyncRun.objects.filter(connection=connection_id).aggregate(last=Max("pk"))["last"]
    changed = (
        Connection.objects.filter(pk=connection_id)
        .exclude(state=State.DISCONNECTED)
        .update(
            state=State.DISCONNECTED,
            credentials="",
            authorised_until=None,
            error="",
            disconnected_after=last_run or 0,
        )
    )
    if not changed:
        return
    for run in SyncRun.objects.filter(connection=connection_id, state__in=SyncRun.AT_WORK):
        cancel_run(run=run)
    logger.info("Connection %s disconnected by user %s", connection_id, by.pk if by else None)
    if not kept.get("refresh_token"):
        return
    try:
        oauth.revoke(tokens.oauth_connector(connection).provider(), refresh_token=kept["refresh_token"])
    except VendorError as error:
        # Forgotten all the same, and unused it ends by itself.
        logger.warning(
            "Connection %s: the vendor did not revoke the authorisation (%s)", connection_id, type(error).__name__
        )


def _code(callback: Mapping[str, str], *, started: Started, connector: oauth.OAuthConnector, vendor: str) -> str:
    """Return the code of the vendor's answer to the browser; raises AuthorisationFailed for everything else."""
    names = {"vendor": vendor}
    if error := callback.get("error"):
        raise AuthorisationFailed(_refusal(error, callback=callback, connector=connector, vendor=vendor))
    if not callback.get("code") and not callback.get("state"):
        raise AuthorisationFailed(
            _(
                "%(vendor)s sent nobody back: the account there may be locked, for example because of an unpaid"
                " invoice. Sign in at %(vendor)s to see why, then connect again."
            )
            % names
        )
    if not started.state or not constant_time_compare(callback.get("state", ""), started.state):
        raise AuthorisationFailed(
            _("This answer does not belong to the connection that was started here. Start connecting again.")
        )
    if not callback.get("code"):
        raise AuthorisationFailed(_("%(vendor)s sent no code. Start connecting again.") % names)
    return callback["code"]


def _refusal(error: str, *, callback: Mapping[str, str], connector: oauth.OAuthConnector, vendor: str) -> str:
    if error == "access_denied":
        return _("The access was refused at %(vendor)s. Connect again, and approve it there.") % {"vendor": vendor}
    description = callback.get("error_description", "")
    meant = oauth.error_for(connector.provider(), code=error, description=description)
    if help_text := _licence_help(meant, connector=connector):
        return _("%(vendor)s could not be connected: %(reason)s") % {"vendor": vendor, "reason": help_text}
    return meant.message


def _exchange(provider: oauth.Provider, *, code: str, redirect_uri: str, verifier: str, vendor: str) -> oauth.Tokens:
    try:
        granted = oauth.exchange_code(provider, code=code, redirect_uri=redirect_uri, verifier=verifier)
    except ReauthorisationRequired as error:
        raise AuthorisationFailed(
            _("The approval at %(vendor)s has expired or was used already. Start connecting again.")
            % {"vendor": vendor}
        ) from error
    return granted


def _account(connector: oauth.OAuthConnector, granted: oauth.Tokens) -> Account:
    """Ask which company the tokens open; raises VendorError, also for an answer that nobody foresaw."""
    with border("GET"):
        account = connector.check_account(access_token=granted.access_token)
        return account.kept()


def _refuse_another_answer(said: Account, *, tenant: str, vendor: str) -> None:
    if said.id and said.id != tenant:
        raise AuthorisationFailed(
            _("%(vendor)s answered for another company, “%(other)s”. Copy the ID anew.")
            % {"vendor": vendor, "other": said.id}
        )


def _tenant_tokens(connector: oauth.OAuthConnector, *, tenant: str) -> oauth.Tokens:
    """Return a tenant's tokens; raises VendorError, or AuthorisationFailed naming what the tenant did not approve."""
    provider = connector.provider()
    try:
        return oauth.client_credentials(provider, tenant=tenant)
    except VendorError as error:
        if error.code != oauth.INVALID_SCOPE:
            raise
        # All were refused because of one: each alone shows which.
        missing = [scope for scope in provider.scopes if not _grants(provider, scope, tenant=tenant)]
        raise AuthorisationFailed((missing and connector.missing_scopes(missing)) or error.message) from error


def _grants(provider: oauth.Provider, scope: str, *, tenant: str) -> bool:
    try:
        oauth.client_credentials(replace(provider, scopes=(scope,)), tenant=tenant)
    except VendorError as error:
        if error.code != oauth.INVALID_SCOPE:
            raise
        return False
    return True


def _refuse_missing_scopes(connector: oauth.OAuthConnector, granted: oauth.Tokens, *, vendor: str) -> None:
    missing = [scope for scope in connector.provider().scopes if scope not in granted.scopes]
    if missing:
        usual = _(
            "%(vendor)s did not grant everything that is needed: %(scopes)s is missing. Connect again, and approve all."
        ) % {"vendor": vendor, "scopes": ", ".join(sorted(missing))}
        raise AuthorisationFailed(connector.missing_scopes(missing) or usual)


def _sentence(error: VendorError, *, connector: oauth.OAuthConnector, vendor: str) -> str:
    reason = _licence_help(error, connector=connector) or error.message or _("no reason given.")
    said = quoting(_("%(vendor)s could not be connected: %(reason)s"), vendor=vendor, reason=reason)
    if isinstance(error, TemporarilyUnavailable):
        return quoting(_("%(said)s Nothing has changed; try again in a few minutes."), said=said)
    return said


def _licence_help(error: VendorError, *, connector: oauth.OAuthConnector) -> str:
    return connector.licence_help(error.code) if isinstance(error, LicenceMissing) else ""
