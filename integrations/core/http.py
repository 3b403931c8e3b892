"""One HTTP call to a vendor, and what went wrong with it sorted by what to do next (invariant 9).

No transport retries and no redirects: each call is counted by the rate budget (``core.budget``), and a write
that may have arrived is never sent a second time behind the caller's back.
"""

import ipaddress
import json as json_text
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError, SSLError

from integrations.core.declare import NOTHING
from integrations.core.errors import (
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    Refused,
    RightMissing,
    TemporarilyUnavailable,
    Throttled,
    VendorError,
)
from integrations.core.registry import manifests

LONGEST_RETRY_AFTER: Final = 300.0
LONGEST_MESSAGE: Final = 500
# Connections kept open per session: more than ever work on one vendor at a time.
POOL_SIZE: Final = 16

# At DEBUG it writes paths with their queries, which may name a person.
logging.getLogger("urllib3").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's answer; ``body`` is the parsed JSON, or None where there was none to read."""

    status: int
    body: Any
    text: str
    headers: Mapping[str, str]


# What a vendor's own error body means, or None when the status alone decides.
ReadError = Callable[[Answer], VendorError | None]


class VendorSession:
    """Calls to one vendor host with one access token; may be shared by threads."""

    def __init__(self, *, base_url: str, read_error: ReadError, access_token: str = "") -> None:
        """Raises ImproperlyConfigured for an address that would send secrets in clear."""
        require_secure(base_url)
        self._base_url = base_url.rstrip("/")
        self._read_error = read_error
        self._session = requests.Session()
        self._session.trust_env = not is_local(base_url)
        adapter = HTTPAdapter(pool_maxsize=POOL_SIZE, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        # A vendor's cookie would tie calls of different threads together.
        self._session.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        # As `auth`, because a header would give way to the operator's ~/.netrc.
        self._session.auth = _Bearer(access_token)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        headers: Mapping[str, str] = NOTHING,
    ) -> Answer:
        """Make one call and return its 2xx answer; raises a VendorError for everything else."""
        method = method.upper()
        try:
            response = self._session.request(
                method,
                f"{self._base_url}/{path.lstrip('/')}",
                params=params,
                json=json,
                headers={"Accept": "application/json", **headers},
                timeout=(settings.HTTP_CONNECT_TIMEOUT, settings.HTTP_READ_TIMEOUT),
                allow_redirects=False,
            )
        except (requests.Timeout, requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            # Without its cause, whose text has the whole URL.
            raise _transport_error(method, error) from None
        except requests.exceptions.ContentDecodingError:
            raise _unclear(method, _("The vendor's answer could not be unpacked.")) from None
        answer, readable = _read(response)
        if not 200 <= answer.status < 300:
            raise self._status_error(method, answer)
        if not readable:
            raise _unclear(method, _("The vendor's answer is not JSON."), status=answer.status)
        return answer

    def _status_error(self, method: str, answer: Answer) -> VendorError:
        status = answer.status
        if status == 429:
            return Throttled(_message(answer), status=status, retry_after=retry_after(answer.headers))
        if status == 503:
            return TemporarilyUnavailable(_outage(status), status=status, retry_after=retry_after(answer.headers))
        if status >= 500:
            return _unclear(method, _outage(status), status=status, seconds=retry_after(answer.headers))
        return self._read_error(answer) or _client_error(method, answer)


class _Bearer(requests.auth.AuthBase):
    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._access_token:
            request.headers["Authorization"] = f"Bearer {self._access_token}"
        return request


def _read(response: requests.Response) -> tuple[Answer, bool]:
    """Return the answer, and whether its body is JSON or empty."""
    body, readable = None, True
    if response.content.strip():
        try:
            body = json_text.loads(response.content)
        except ValueError:
            readable = False
    text = response.content.decode("utf-8", "replace")
    return Answer(response.status_code, body, text, response.headers), readable


def _transport_error(method: str, error: requests.RequestException) -> VendorError:
    if _never_sent(error):
        return TemporarilyUnavailable(_("The vendor could not be reached."))
    if isinstance(error, requests.Timeout):
        return _unclear(method, _("The vendor did not answer in time."))
    # Also a reset on a connection that was kept open: whether the request still arrived is not known.
    return _unclear(method, _("The connection to the vendor broke."))


def _never_sent(error: requests.RequestException) -> bool:
    """Whether it failed before a connection stood; in doubt, no."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    # Not along `__context__`, where an earlier call's error may stand as well.
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, SSLError):
        return bool(reason.args) and isinstance(reason.args[0], SSLCertVerificationError)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError | ProxyError)


def _unclear(method: str, message: str, *, status: int = 0, seconds: float | None = None) -> VendorError:
    """Return the error of a call that the vendor may have carried out: harmless for reading, not for writing."""
    if method in {"GET", "HEAD"}:
        return TemporarilyUnavailable(message, status=status, retry_after=seconds)
    return OutcomeUnknown(message, status=status)


def _outage(status: int) -> str:
    return _("The vendor's service is out of order (HTTP %(status)s).") % {"status": status}


def _client_error(method: str, answer: Answer) -> VendorError:
    status, message = answer.status, _message(answer)
    if status < 400 or status == 408:
        return _unclear(method, message, status=status)
    classes: dict[int, type[VendorError]] = {401: ReauthorisationRequired, 403: RightMissing, 404: NotFound}
    return classes.get(status, Refused)(message, status=status)


def _message(answer: Answer) -> str:
    """Return what the vendor says, where its JSON says it in one of the usual places."""
    body = answer.body if isinstance(answer.body, dict) else {}
    said = (body.get(key) for key in ("message", "error_description", "error"))
    message = next((text for text in said if isinstance(text, str) and text.strip()), f"HTTP {answer.status}")
    return message[:LONGEST_MESSAGE]


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header (number or HTTP date), at most 300; None without a sensible one."""
    value = headers.get("Retry-After", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = max(0.0, (moment - datetime.now(UTC)).total_seconds())
    # Not a number fails both comparisons.
    return min(seconds, LONGEST_RETRY_AFTER) if 0 <= seconds < float("inf") else None


def require_secure(url: str) -> None:
    """Raise ImproperlyConfigured unless the URL is https, or http to this machine with DEBUG=1 (invariant 15)."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    # Not settings.DEBUG, which a test run switches off.
    if parts.scheme == "http" and is_local(url) and settings.ENV.bool("DEBUG", default=True):
        return
    raise ImproperlyConfigured(
        f"{_variable(url)} must be an https address, but is on “{parts.scheme}://{parts.hostname}”"
        " (http is for this machine only, and never with DEBUG=0): set it in the environment or in .env."
    )


def is_local(url: str) -> bool:
    """Whether the URL leads to this machine, past any proxy of the surroundings."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _variable(url: str) -> str:
    """Return the name of the variable that the URL comes from."""
    hosts = (host for manifest in manifests().values() for host in manifest.hosts.values())
    return next((host.variable for host in hosts if url.startswith(host.address())), "The vendor's URL variable")
