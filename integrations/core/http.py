"""One HTTP call to a vendor, and what went wrong with it sorted by what to do next (invariant 9).

No transport retries and no redirects: each call is counted by the rate budget (``core.budget``), and a write
that may have arrived is never sent a second time behind the caller's back. ``transport`` bounds the call, ``foreign``
cleans what it brought, and the status sorts it before the vendor's own reading of an error is asked. Whatever nobody
foresaw becomes an outage or an unknown outcome here (`border`), never a refusal and never a traceback.
"""

import ipaddress
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProxyError, SSLError

from employees.errors import WrongSettings
from integrations.core import transport, unforeseen
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
from integrations.core.foreign import Unreadable, read_json
from integrations.core.registry import manifests

LONGEST_RETRY_AFTER: Final = 300.0
LONGEST_MESSAGE: Final = 500
LONGEST_CODE: Final = 100
READING: Final = frozenset({"GET", "HEAD"})
# A proxy of ours refused (407), or the vendor will not look at it yet (425): nothing was done.
NOT_DONE: Final = frozenset({407, 425, 503})
# The vendor, or something before it, gave up waiting: nothing definite.
GAVE_UP: Final = frozenset({408, 499})
# What an address in a URL may not have: a person whose ID is ".." is not the list of all.
NOWHERE: Final = frozenset({"", ".", ".."})
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")

logger = logging.getLogger(__name__)
# At DEBUG it writes paths with their queries, which may name a person; of odd headers also at WARNING.
logging.getLogger("urllib3").setLevel(logging.INFO)
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Answer:
    """A vendor's answer; ``body`` is the parsed JSON, or None where there was none to read.

    ``cleaned``: something that cannot be stored was replaced in it, so that it is not the vendor's own any more.
    """

    status: int
    body: Any
    headers: Mapping[str, str]
    cleaned: bool = False


# What a vendor's own error body means, or None when the status alone decides; asked for 4xx only.
ReadError = Callable[[Answer], VendorError | None]


class VendorSession:
    """Calls to one vendor host with one access token; may be shared by threads."""

    def __init__(self, *, base_url: str, read_error: ReadError, access_token: str = "") -> None:
        """Raises ImproperlyConfigured for an address that would send secrets in clear."""
        require_secure(base_url)
        self._base_url = base_url.rstrip("/")
        self._read_error = read_error
        self._session = transport.Session()
        transport.mount(self._session, trust_environment=not is_local(base_url))
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
        if any(part in NOWHERE for part in path.lstrip("/").split("/")):
            raise NotFound(_("The vendor has no record with such an ID."))
        with border(method):
            try:
                response = self._session.request(
                    method,
                    f"{self._base_url}/{path.lstrip('/')}",
                    params=params,
                    json=json,
                    headers={"Accept": "application/json", **headers},
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                # Without its cause, whose text has the whole URL.
                raise _transport_error(method, error) from None
            answer, readable = _read(response)
            if not 200 <= answer.status < 300:
                raise self._status_error(method, answer)
            if not readable:
                raise unclear(method, _("The vendor's answer is not JSON."), status=answer.status)
            return answer

    def _status_error(self, method: str, answer: Answer) -> VendorError:
        """Sort an answer that is no success by its status; only what the vendor refuses does it explain itself."""
        if (error := without_the_vendor(method, answer.status, answer.headers)) is not None:
            return error
        return _bounded(self._read_error(answer) or _client_error(answer))


class _Bearer(requests.auth.AuthBase):
    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._access_token:
            request.headers["Authorization"] = f"Bearer {self._access_token}"
        return request


@contextmanager
def border(method: str) -> Iterator[None]:
    """Raise VendorErrors only: what nobody foresaw is an outage when reading, an unknown outcome when writing."""
    try:
        yield
    except VendorError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever it is, a call ends as one of our own errors
        logger.error("A vendor's answer could not be taken in: %s", unforeseen.describe(error))
        message = _("The vendor's answer could not be understood (%(name)s).") % {"name": type(error).__name__}
        raise unclear(method, message) from None


def unclear(method: str, message: str, *, status: int = 0, seconds: float | None = None) -> VendorError:
    """Return the error of a call that the vendor may have carried out: harmless for reading, not for writing."""
    if method in READING:
        return TemporarilyUnavailable(message, status=status, retry_after=seconds)
    return OutcomeUnknown(message, status=status)


def no_reason(status: int) -> str:
    """Say what stands where the vendor says nothing: its body, whatever that is, is no reason."""
    return _("The vendor gave no reason (HTTP %(status)s).") % {"status": status}


def _read(response: requests.Response) -> tuple[Answer, bool]:
    """Return the answer, and whether its body is JSON or empty."""
    body, cleaned, readable = None, False, True
    if response.content.strip():
        try:
            body, cleaned = read_json(response.content)
        except Unreadable:
            readable = False
    return Answer(response.status_code, body, _headers(response.headers), cleaned), readable


def _headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return those that are fit to be sent back (an ETag)."""
    return CaseInsensitiveDict({name: value for name, value in headers.items() if not CONTROL.search(value)})


def _transport_error(method: str, error: requests.RequestException) -> VendorError:
    if _never_sent(error):
        return TemporarilyUnavailable(_("The vendor could not be reached."))
    status = 0
    if error.response is not None:
        # Its body could not be read; where the status alone decides, it still does.
        status = error.response.status_code
        found = without_the_vendor(method, status, _headers(error.response.headers))
        if found is not None:
            return found
    return unclear(method, _what_broke(error), status=status)


def _what_broke(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return _("The vendor did not answer in time.")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return _("The vendor's answer could not be unpacked.")
    if isinstance(error, transport.TooLarge):
        return _("The vendor's answer is too large.")
    # Also a reset on a connection that was kept open: whether the request still arrived is not known.
    return _("The connection to the vendor broke.")


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


def without_the_vendor(method: str, status: int, headers: Mapping[str, str]) -> VendorError | None:
    """Return what a status means that says nothing of the record; None for success, and where the vendor explains."""
    if 200 <= status < 300:
        return None
    seconds = retry_after(headers)
    if status == 429:
        return Throttled(_("The vendor is busy (HTTP 429)."), status=status, retry_after=seconds)
    if status in NOT_DONE:
        return TemporarilyUnavailable(_outage(status), status=status, retry_after=seconds)
    if status >= 500:
        return unclear(method, _outage(status), status=status, seconds=seconds)
    if status < 400 or status in GAVE_UP:
        message = _("The vendor gave no definite answer (HTTP %(status)s).") % {"status": status}
        return unclear(method, message, status=status, seconds=seconds)
    return None


def _outage(status: int) -> str:
    return _("The vendor's service is out of order (HTTP %(status)s).") % {"status": status}


def _client_error(answer: Answer) -> VendorError:
    classes: dict[int, type[VendorError]] = {401: ReauthorisationRequired, 403: RightMissing, 404: NotFound}
    return classes.get(answer.status, Refused)(_message(answer), status=answer.status)


def _message(answer: Answer) -> str:
    """Return what the vendor says, where its JSON says it in one of the usual places."""
    body = answer.body if isinstance(answer.body, dict) else {}
    said = (body.get(key) for key in ("message", "error_description", "error"))
    return next((text for text in said if isinstance(text, str) and text.strip()), no_reason(answer.status))


def _bounded(error: VendorError) -> VendorError:
    error.message, error.code = error.message.cut(LONGEST_MESSAGE), error.code[:LONGEST_CODE]
    return error


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header (number or HTTP date), at most 300; None without a sensible one."""
    value = headers.get("Retry-After", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = max(0.0, (moment - datetime.now(UTC)).total_seconds())
        except (ValueError, OverflowError, TypeError, IndexError):
            # A day of twenty digits, a zone beyond the calendar: each is refused by another part of the library.
            return None
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
    raise WrongSettings(
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
