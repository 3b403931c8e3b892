"""The sign-in provider over HTTP: OpenID Connect's code flow with PKCE, every claim checked (OpenID Connect Core 3.1).

Discovery and keys are read at each sign-in: a rotated key needs nobody here.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.utils.crypto import constant_time_compare

# Signatures of the provider's own key pair; neither "none" nor a secret that two know.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
# How far the provider's clock may be from ours, in seconds.
LEEWAY: Final = 60
CONNECT_SECONDS, READ_SECONDS = 5, 10
MOST_BYTES: Final = 1_000_000
LONGEST_SUBJECT: Final = 255
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")


class ProviderAway(Exception):
    """The provider does not answer, or not as a provider does: try again, or sign in otherwise."""


class NotBelieved(Exception):
    """What came back does not prove who it is; ``reason`` is a word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def authorisation_url(*, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
    """Return where the browser is sent. Raises ProviderAway."""
    parameters = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": settings.OIDC_SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    endpoint = _endpoint(_discovery(), "authorization_endpoint")
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"


def claims_of_code(*, code: str, redirect_uri: str, nonce: str, verifier: str) -> dict[str, Any]:
    """Return the believed claims of who has signed in there. Raises ProviderAway and NotBelieved."""
    found = _discovery()
    tokens = _exchange(found, code=code, redirect_uri=redirect_uri, verifier=verifier)
    claims = _believed(tokens.get("id_token"), _answer("GET", _endpoint(found, "jwks_uri")), nonce=nonce)
    missing = {"email", "email_verified", settings.OIDC_GROUPS_CLAIM} - claims.keys()
    access_token = tokens.get("access_token")
    if missing and "userinfo_endpoint" in found and isinstance(access_token, str):
        told = _answer(
            "GET", _endpoint(found, "userinfo_endpoint"), headers={"Authorization": f"Bearer {access_token}"}
        )
        # Without the same subject it tells of somebody else (OpenID Connect Core 5.3.2).
        if told.get("sub") != claims["sub"]:
            raise NotBelieved("other subject in userinfo")
        claims |= {name: told[name] for name in missing & told.keys()}
    return claims


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _discovery() -> dict[str, Any]:
    found = _answer("GET", f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != settings.OIDC_ISSUER:
        raise ProviderAway("The discovery document names another issuer.")
    return found


def _endpoint(found: Mapping[str, Any], name: str) -> str:
    url = found.get(name)
    if not isinstance(url, str) or not is_safe(url):
        raise ProviderAway(f"The discovery document has no usable {name}.")
    return url


def is_safe(url: str) -> bool:
    """Whether secrets may go there: encrypted, or to this machine where one only tries it out."""
    here = ("http://127.0.0.1:", "http://localhost:")
    return url.startswith("https://") or (settings.DEBUG_PROVIDER and url.startswith(here))


def _exchange(found: Mapping[str, Any], *, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
    posted = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": settings.OIDC_CLIENT_ID,
    }
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" in methods:
        auth = (settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
        return _answer("POST", _endpoint(found, "token_endpoint"), data=posted, auth=auth)
    posted["client_secret"] = settings.OIDC_CLIENT_SECRET
    return _answer("POST", _endpoint(found, "token_endpoint"), data=posted)


def _answer(method: str, url: str, **how: Any) -> dict[str, Any]:
    """Return the JSON object. Raises NotBelieved where what we sent is refused, else ProviderAway."""
    try:
        with requests.request(
            method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True, **how
        ) as response:
            body = response.raw.read(MOST_BYTES, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise ProviderAway(type(error).__name__) from error
    if method == "POST" and response.status_code in (400, 401, 403):
        raise NotBelieved("code refused")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderAway("no JSON") from error
    if response.status_code != 200 or not isinstance(found, dict):
        raise ProviderAway(f"status {response.status_code}")
    return found


def _believed(id_token: Any, keys: Mapping[str, Any], *, nonce: str) -> dict[str, Any]:
    if not isinstance(id_token, str):
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
    except jwt.PyJWTError as error:
        raise NotBelieved(type(error).__name__) from error
    _check(claims, nonce=nonce)
    return claims


def _key_of(header: Mapping[str, Any], keys: Mapping[str, Any]) -> jwt.PyJWK:
    """Return the provider's key that the token names; the only one where it names none."""
    usable = [key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key.public_key_use in (None, "sig")]
    named = [key for key in usable if key.key_id == header.get("kid")] if "kid" in header else usable
    if len(named) != 1 or header.get("alg") not in ALGORITHMS:
        raise jwt.InvalidKeyError("no such key")
    return named[0]


def _check(claims: Mapping[str, Any], *, nonce: str) -> None:
    """Check what PyJWT leaves to its caller. Raises NotBelieved."""
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotBelieved("no subject")
    if not constant_time_compare(str(claims.get("nonce", "")), nonce):
        raise NotBelieved("other nonce")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != settings.OIDC_CLIENT_ID:
        raise NotBelieved("for another client")
