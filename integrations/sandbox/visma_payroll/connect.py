"""Visma Connect: a token for a company by client credentials. Codes that Visma does not publish are OAuth's own."""

import base64
import binascii
import secrets
from dataclasses import dataclass
from urllib.parse import unquote_plus

from integrations.sandbox.messages import Request, Response, json_response
from integrations.sandbox.visma_payroll.errors import oauth_error
from integrations.sandbox.visma_payroll.tenants import Settings, Tenant


@dataclass(frozen=True)
class Grant:
    tenant_id: str
    scopes: tuple[str, ...]
    until: float  # epoch seconds of the sandbox's clock


class TokenStore:
    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def give(self, grant: Grant) -> str:
        token = secrets.token_urlsafe(48)
        self._grants[token] = grant
        return token

    def valid(self, token: str, *, now: float) -> Grant | None:
        grant = self._grants.get(token)
        return grant if grant is not None and now < grant.until else None

    def owner(self, token: str) -> Grant | None:
        """Return whose token it is or was, expired or not."""
        return self._grants.get(token)

    def expire(self, tenant_id: str | None) -> None:
        self._grants = {
            token: grant for token, grant in self._grants.items() if tenant_id not in {None, grant.tenant_id}
        }


def give_token(
    request: Request, *, settings: Settings, tenants: dict[str, Tenant], tokens: TokenStore, now: float
) -> Response:
    if request.content_type() != "application/x-www-form-urlencoded":
        return oauth_error("invalid_request", "The body must be a form.")
    form = request.form()
    if _client(request, form) != (settings.client_id, settings.client_secret):
        return oauth_error("invalid_client", "Unknown client or wrong secret.", status=401)
    if form.get("grant_type") != "client_credentials":
        return oauth_error("unsupported_grant_type", "Only client_credentials.")
    tenant = tenants.get(form.get("tenant_id", ""))
    if tenant is None:
        return oauth_error("invalid_request", "Unknown tenant_id.")
    if not tenant.authorised:
        return oauth_error("unauthorized_client", "The application is not authorised for the tenant.")
    asked = form.get("scope", "").split()
    granted = tuple(scope for scope in asked if scope in tenant.scopes)
    if not granted or (settings.strict_scopes and len(granted) < len(asked)):
        return oauth_error("invalid_scope", "The tenant has not approved the scope.")
    token = tokens.give(Grant(tenant.tenant_id, granted, now + settings.token_seconds))
    seconds = int(settings.token_seconds)
    answer = {"access_token": token, "expires_in": seconds, "token_type": "Bearer", "scope": " ".join(granted)}
    return json_response(answer, headers={"Cache-Control": "no-store"})


def _client(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Return ID and secret, from the form or a Basic header."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)
