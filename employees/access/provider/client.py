"""The sign-in provider over HTTP: OpenID Connect's code flow with PKCE, every claim checked (OpenID Connect Core 3.1).

Discovery and keys are read at each sign-in: a rotated key needs nobody here.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.utils.crypto import constant_time_compare

from employees.access.provider.answers import (
    Discovery,
    Identity,
    ProviderAway,
    Tokens,
    answer_of,
    clean_text,
    discovery_in,
    identity_in,
    keys_in,
    object_in,
    tokens_in,
)
from employees.errors import WithoutValues

# Signatures of the provider's own key pair; neither "none" nor a secret that two know.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# How far the provider's clock may be from ours, in seconds.
LEEWAY: Final = 60
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")
# What a client does wrong, in the provider's eyes.
REFUSED: Final = (400, 401, 403)


class NotBelieved(WithoutValues):
    """What came back does not prove who it is; ``reason`` is a word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def authorisation_url(*, redirect_uri: str, state: str, nonce: str, verifier: str, anew: bool = False) -> str:
    """Return where the browser is sent; ``anew``: also whoever is signed in there signs in. Raises ProviderAway."""
    parameters = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": settings.OIDC_SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
        # The second makes most tell when it was (OpenID Connect Core 3.1.2.1).
        **({"prompt": "login", "max_age": "0"} if anew else {}),
    }
    with _whatever_it_is():
        endpoint = _discovery().authorization_endpoint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"


def identity_of_code(*, code: str, redirect_uri: str, nonce: str, verifier: str) -> Identity:
    """Return who has signed in there, believed. Raises ProviderAway and NotBelieved."""
    with _whatever_it_is():
        found = _discovery()
        tokens = _exchange(found, code=code, redirect_uri=redirect_uri, verifier=verifier)
        claims = _believed(tokens.id_token, keys_in(_asked(found.jwks_uri)), nonce=nonce)
        missing = {"email", "email_verified", settings.OIDC_GROUPS_CLAIM} - claims.keys()
        if missing and found.userinfo_endpoint and tokens.access_token:
            told = _asked(found.userinfo_endpoint, headers={"Authorization": f"Bearer {tokens.access_token}"})
            # Without the same subject it tells of somebody else (OpenID Connect Core 5.3.2).
            if told.get("sub") != claims["sub"]:
                raise NotBelieved("other subject in userinfo")
            claims |= {name: told[name] for name in missing & told.keys()}
        return identity_in(claims)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


@contextmanager
def _whatever_it_is() -> Iterator[None]:
    try:
        yield
    except (ProviderAway, NotBelieved):
        raise
    except Exception as error:
        raise ProviderAway("unforeseen") from error


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _discovery() -> Discovery:
    return discovery_in(_asked(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration"))


def _asked(url: str, **how: Any) -> dict[str, Any]:
    return object_in(*answer_of("GET", url, **how))


def _exchange(found: Discovery, *, code: str, redirect_uri: str, verifier: str) -> Tokens:
    """Return what the code is good for. Raises NotBelieved where it is refused."""
    posted = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": settings.OIDC_CLIENT_ID,
    }
    auth = (settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET) if found.basic else None
    if auth is None:
        posted["client_secret"] = settings.OIDC_CLIENT_SECRET
    status, body = answer_of("POST", found.token_endpoint, data=posted, auth=auth)
    if status in REFUSED:
        raise NotBelieved("code refused")
    return tokens_in(object_in(status, body))


def _believed(id_token: str, keys: list[jwt.PyJWK], *, nonce: str) -> dict[str, Any]:
    if not id_token:
        raise NotBelieved("no ID token")
    try:
        header = jwt.get_unverified_header(id_token)
        claims: dict[str, Any] = jwt.decode(
            id_token,
            _key_of(header, keys),
            algorithms=ALGORITHMS,
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": list(REQUIRED)},
        )
    # Beside its own errors PyJWT lets through what Python says of a time that is a list, or endless.
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise NotBelieved(type(error).__name__) from error
    _check(claims, nonce=nonce)
    return claims


def _key_of(header: Mapping[str, Any], keys: list[jwt.PyJWK]) -> jwt.PyJWK:
    """Return the provider's key that the token names; the only one where it names none."""
    named = [key for key in keys if key.key_id == header.get("kid")] if "kid" in header else keys
    if len(named) != 1 or header.get("alg") not in ALGORITHMS:
        raise jwt.InvalidKeyError("no such key")
    return named[0]


def _check(claims: Mapping[str, Any], *, nonce: str) -> None:
    """Check what PyJWT leaves to its caller. Raises NotBelieved."""
    if not clean_text(claims["sub"]):
        raise NotBelieved("no subject")
    if not constant_time_compare(clean_text(claims.get("nonce")), nonce):
        raise NotBelieved("other nonce")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != settings.OIDC_CLIENT_ID:
        raise NotBelieved("for another client")
