"""Authorisation codes, access tokens, rotating refresh tokens and the consents of service accounts."""

import base64
import json
import secrets
import uuid
from dataclasses import dataclass, replace

from integrations.sandbox.fortnox.accounts import Settings


@dataclass(frozen=True)
class Grant:
    client_id: str
    tenant: int
    user: str
    scopes: tuple[str, ...]
    service: bool = False
    redirect_uri: str = ""
    until: float = 0.0  # epoch seconds of the sandbox's clock


class TokenStore:
    def __init__(self) -> None:
        self._codes: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._consents: dict[tuple[str, int], Grant] = {}

    def give_code(self, grant: Grant, *, until: float) -> str:
        code = str(uuid.uuid4())
        self._codes[code] = _until(grant, until)
        return code

    def code(self, code: str) -> Grant | None:
        return self._codes.get(code)

    def use_code(self, code: str) -> None:
        """A code opens once; a service account's consent begins with it."""
        grant = self._codes.pop(code)
        if grant.service:
            self._consents[grant.client_id, grant.tenant] = grant

    def give_access(self, grant: Grant, *, now: float, settings: Settings) -> str:
        until = now + settings.access_token_seconds
        token = _looks_like_jwt(grant, now=now, until=until)
        self._access[token] = _until(grant, until)
        return token

    def access(self, token: str, *, now: float) -> Grant | None:
        return _valid(self._access.get(token), now)

    def owner(self, token: str) -> Grant | None:
        """Return whose token it is or was, expired or not."""
        return self._access.get(token)

    def give_refresh(self, grant: Grant, *, now: float, settings: Settings) -> str:
        token = str(uuid.uuid4())
        self._refresh[token] = _until(grant, now + settings.refresh_token_seconds)
        return token

    def refresh(self, token: str, *, now: float) -> Grant | None:
        return _valid(self._refresh.get(token), now)

    def use_refresh(self, token: str) -> None:
        del self._refresh[token]

    def consent(self, client_id: str, tenant: int) -> Grant | None:
        return self._consents.get((client_id, tenant))

    def revoke(self, token: str) -> None:
        """End what the refresh token stands for; an unknown token is nothing to complain about."""
        grant = self._refresh.pop(token, None)
        if grant is not None and grant.service:
            self._consents.pop((grant.client_id, grant.tenant), None)

    def expire_access(self, tenant: int | None) -> None:
        self._access = _without(self._access, tenant)

    def revoke_refresh(self, tenant: int | None) -> None:
        self._refresh = _without(self._refresh, tenant)

    def withdraw_consent(self, tenant: int | None) -> None:
        """Somebody removes the app at Fortnox: nothing works any more."""
        self.expire_access(tenant)
        self.revoke_refresh(tenant)
        self._consents = {key: grant for key, grant in self._consents.items() if tenant not in {None, grant.tenant}}


def _until(grant: Grant, until: float) -> Grant:
    return replace(grant, until=until)


def _valid(grant: Grant | None, now: float) -> Grant | None:
    return grant if grant is not None and now < grant.until else None


def _without(tokens: dict[str, Grant], tenant: int | None) -> dict[str, Grant]:
    return {token: grant for token, grant in tokens.items() if tenant not in {None, grant.tenant}}


def _looks_like_jwt(grant: Grant, *, now: float, until: float) -> str:
    """Fortnox publishes no key, so nobody can verify the signature: random bytes stand in for it."""
    header = {"alg": "RS256", "typ": "JWT"}
    claims = {
        "iss": "https://apps.fortnox.se/oauth-v1",
        "sub": grant.user,
        "aud": grant.client_id,
        "iat": int(now),
        "exp": int(until),
        "jti": str(uuid.uuid4()),
        "tenantId": grant.tenant,
        "scope": list(grant.scopes),
    }
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), secrets.token_bytes(64)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
