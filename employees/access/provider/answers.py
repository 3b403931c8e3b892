"""What the sign-in provider answers: bounded, and of it the values that are needed, each of the type it has to be.

Whatever is not as a provider writes it is ``ProviderAway`` here, so that no page meets it.
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings

from employees.errors import WithoutValues

CONNECT_SECONDS, READ_SECONDS = 5, 10
# The time-out of requests is per read: an answer that trickles would never end.
LONGEST_SECONDS: Final = 20
MOST_BYTES: Final = 1_000_000
CHUNK: Final = 2**14
# Django sends no browser to more than 2,048 signs; our parameters take a part.
LONGEST_URL: Final = 1_000
LONGEST_TOKEN: Final = 100_000
LONGEST_TEXT: Final = 255
LONGEST_EMAIL: Final = 254
# A group may be called by its whole place in a directory.
LONGEST_GROUP: Final = 2_000
MOST_KEYS: Final = 100
# Those of a public key, which are all texts.
OF_A_KEY: Final = ("kty", "use", "kid", "alg", "crv", "n", "e", "x", "y")


class ProviderAway(WithoutValues):
    """The provider does not answer, or not as a provider does: try again, or sign in otherwise."""


class Discovery(NamedTuple):
    """``userinfo_endpoint`` is empty without one; ``basic``: the secret goes in a header, else in the form."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    basic: bool


class Tokens(NamedTuple):
    id_token: str
    access_token: str


class Identity(NamedTuple):
    """Who has signed in there. ``email`` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str
    groups: frozenset[str]
    # When the person last proved there who it is, None where the provider does not tell.
    proven_at: datetime | None


def answer_of(method: str, url: str, **how: Any) -> tuple[int, bytes]:
    """Return status and body. Raises ProviderAway."""
    try:
        with requests.request(
            method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True, **how
        ) as response:
            return response.status_code, b"".join(_pieces(response))
    except (requests.RequestException, OSError) as error:
        raise ProviderAway("not reached, or broken off") from error


def _pieces(response: requests.Response) -> Iterator[bytes]:
    until, size = time.monotonic() + LONGEST_SECONDS, 0
    for piece in response.iter_content(CHUNK):
        size += len(piece)
        if size > MOST_BYTES:
            raise ProviderAway("too large")
        if time.monotonic() > until:
            raise ProviderAway("too slow")
        yield piece


def object_in(status: int, body: bytes) -> dict[str, Any]:
    """Return the JSON object of a good answer."""
    if status != 200:
        raise ProviderAway(f"status {status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        # Without its cause, whose text is the document.
        raise ProviderAway("no JSON") from None
    if not isinstance(found, dict):
        raise ProviderAway("no object")
    return found


def discovery_in(found: Mapping[str, Any]) -> Discovery:
    if found.get("issuer") != settings.OIDC_ISSUER:
        raise ProviderAway("another issuer in the discovery document")
    methods = found.get("token_endpoint_auth_methods_supported")
    if methods is not None and not isinstance(methods, list):
        raise ProviderAway("no usable token_endpoint_auth_methods_supported")
    return Discovery(
        _endpoint(found, "authorization_endpoint"),
        _endpoint(found, "token_endpoint"),
        _endpoint(found, "jwks_uri"),
        "" if found.get("userinfo_endpoint") is None else _endpoint(found, "userinfo_endpoint"),
        basic=not methods or "client_secret_basic" in methods,
    )


def _endpoint(found: Mapping[str, Any], name: str) -> str:
    url = found.get(name)
    if not isinstance(url, str) or len(url) > LONGEST_URL or not is_safe(url):
        raise ProviderAway(f"no usable {name}")
    return url


def is_safe(url: str) -> bool:
    """Whether secrets may go there: encrypted, or to this machine where one only tries it out."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or not _is_visible(url) or parts.fragment:
        return False
    here = settings.DEBUG_PROVIDER and host in ("127.0.0.1", "localhost")
    return parts.scheme == "https" or (parts.scheme == "http" and here)


def tokens_in(found: Mapping[str, Any]) -> Tokens:
    return Tokens(_token(found, "id_token"), _token(found, "access_token"))


def _token(found: Mapping[str, Any], name: str) -> str:
    """Return what goes into a header as it is; empty without one."""
    token = found.get(name)
    if token is None:
        return ""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or not _is_visible(token):
        raise ProviderAway(f"no usable {name}")
    return token


def keys_in(found: Mapping[str, Any]) -> list[jwt.PyJWK]:
    """Return the keys for signatures; others may be of a kind that nobody knows yet (RFC 7517, 5)."""
    listed = found.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ProviderAway("no list of keys")
    keys = (_key(each) for each in listed)
    return [key for key in keys if key is not None and key.public_key_use in (None, "sig")]


def _key(listed: Any) -> jwt.PyJWK | None:
    if not isinstance(listed, dict):
        return None
    values = {name: listed[name] for name in OF_A_KEY if listed.get(name) is not None}
    if not all(isinstance(value, str) for value in values.values()):
        return None
    try:
        return jwt.PyJWK(values)
    except (jwt.PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):
        return None


def identity_in(claims: Mapping[str, Any]) -> Identity:
    """Return what is taken of claims whose subject is good."""
    email = clean_text(claims.get("email"), LONGEST_EMAIL)
    return Identity(
        claims["iss"],
        claims["sub"],
        # The boolean itself: some providers write the word "false", which is a truth to Python.
        email if claims.get("email_verified") is True else "",
        _groups(claims.get(settings.OIDC_GROUPS_CLAIM)),
        _moment(claims.get("auth_time")),
    )


def _groups(claim: Any) -> frozenset[str]:
    """Return the names; without the claim none, so that a provider that stops to tell gives nobody anything."""
    listed = claim if isinstance(claim, list) else [claim]
    return frozenset(name for name in (clean_text(each, LONGEST_GROUP) for each in listed) if name)


def _moment(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def clean_text(value: Any, longest: int = LONGEST_TEXT) -> str:
    """Return a text that can be stored and compared, empty for anything else."""
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        return ""
    # Half a surrogate pair is in no encoding.
    return "" if any("\ud800" <= sign <= "\udfff" for sign in value) else value


def _is_visible(text: str) -> bool:
    return bool(text) and all("!" <= sign <= "~" for sign in text)
