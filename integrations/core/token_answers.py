"""What a token endpoint answers: tokens first, hints after.

Where refresh tokens rotate, an answer that is thrown away ends the authorisation: the old one is dead, and the new one
stood in the answer. So whatever stands beside usable tokens is a hint, believed where it makes sense.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests
from django.utils.translation import gettext as _

from integrations.core.errors import TemporarilyUnavailable, Throttled
from integrations.core.foreign import Unreadable, read_json
from integrations.core.http import without_the_vendor

# Of a token whose lifetime the vendor did not say.
LIFETIME_SECONDS: Final = 600.0
# A longer one is not believed: renewing once a day costs nothing, a token that ended unnoticed costs a call.
LONGEST_LIFETIME_SECONDS: Final = 86_400.0
# Of what a token may consist (RFC 6749, appendix A.12): anything else could not be sent in a header.
TOKEN: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the token endpoint gave; ``expires_at`` in epoch seconds, no refresh token from client credentials."""

    access_token: str
    refresh_token: str
    expires_at: float
    scopes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at})"


class TokenAnswer:
    """One answer, read before the library sees it, which stumbles over odd hints and would throw the tokens away."""

    def __init__(self) -> None:
        self._body: Mapping[str, Any] = {}

    def read(self, response: requests.Response) -> requests.Response:
        """Take the answer in, and hand on only what the library needs of it.

        Raises Unreadable, and TemporarilyUnavailable where the status says nothing of the authorisation: an outage
        never ends one.
        """
        status = response.status_code
        if (error := without_the_vendor("GET", status, response.headers)) is not None:
            raise _named(error, status)
        body = read_json(response.content).value
        if not isinstance(body, dict):
            raise Unreadable
        if status < 300 and _is_token(body.get("access_token")):
            self._body = body
            handed_on = {"access_token": body["access_token"], "token_type": "Bearer"}
        else:
            said = ((name, body.get(name)) for name in ("error", "error_description"))
            handed_on = {name: text for name, text in said if isinstance(text, str)}
            if status < 300 and not handed_on.get("error"):
                raise Unreadable
        response._content = json.dumps(handed_on).encode()
        return response

    def tokens(self, *, scopes: Sequence[str], refresh_token: str = "") -> Tokens:
        """Return the tokens; the scopes that were asked for, and the refresh token, stand in for what was not said."""
        body = self._body
        new = body.get("refresh_token")
        return Tokens(
            access_token=body["access_token"],
            refresh_token=new if isinstance(new, str) and new else refresh_token,
            expires_at=time.time() + _lifetime(body.get("expires_in")),
            scopes=_scopes(body.get("scope"), asked_for=scopes),
        )


def out_of_order(status: int, *, seconds: float | None = None) -> TemporarilyUnavailable:
    message = _("The vendor's sign-in service is out of order (HTTP %(status)s).") % {"status": status}
    return TemporarilyUnavailable(message, status=status, retry_after=seconds)


def _named(error: Any, status: int) -> TemporarilyUnavailable:
    if isinstance(error, Throttled):
        message = _("The vendor's sign-in service is busy.")
        return Throttled(message, status=status, retry_after=error.retry_after)
    return out_of_order(status, seconds=error.retry_after)


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and TOKEN.fullmatch(value) is not None


def _lifetime(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return LIFETIME_SECONDS
    try:
        seconds = float(value)
    except ValueError:
        return LIFETIME_SECONDS
    # Not a number fails both comparisons.
    return min(seconds, LONGEST_LIFETIME_SECONDS) if 0 < seconds < float("inf") else LIFETIME_SECONDS


def _scopes(value: Any, *, asked_for: Sequence[str]) -> tuple[str, ...]:
    """Return what was granted; without a readable scope, all that was asked for (RFC 6749, 5.1)."""
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list) and value and all(isinstance(scope, str) for scope in value):
        return tuple(value)
    return tuple(asked_for)
