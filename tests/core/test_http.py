"""Vendor calls: against the sandbox where it can do what is needed, else against made-up answers."""

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from ssl import SSLCertVerificationError

import pytest
import requests
import responses
import time_machine
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, SSLError

from integrations.core import errors
from integrations.core.http import Answer, VendorSession, retry_after
from tests.sandbox_client import SandboxClient

VENDOR = "https://vendor.example/api"
READS = ("GET", "HEAD")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TOKEN = "top-secret-token"


def undecided(answer: Answer) -> errors.VendorError | None:
    return None


def duplicate_is_refused(answer: Answer) -> errors.VendorError | None:
    if isinstance(answer.body, dict) and answer.body.get("code") == 7:
        return errors.Refused("Already there.", code="7")
    return None


@pytest.fixture
def vendor() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def session() -> VendorSession:
    return VendorSession(base_url=VENDOR, access_token=TOKEN, read_error=duplicate_is_refused)


@pytest.fixture
def local(sandbox: SandboxClient) -> VendorSession:
    """A session to the sandbox; `/fortnox/` without an address of its own is a 404 there."""
    return VendorSession(base_url=sandbox.url, read_error=undecided)


def error_of(session: VendorSession, method: str, path: str = "/people") -> errors.VendorError:
    with pytest.raises(errors.VendorError) as caught:
        session.request(method, path)
    return caught.value


def test_an_answer_has_status_json_text_and_headers(vendor: responses.RequestsMock, session: VendorSession) -> None:
    vendor.post(f"{VENDOR}/people", json={"Name": "Åsa"}, status=201, headers={"X-Page": "1"})
    answer = session.request("POST", "/people", params={"page": 1}, json={"Name": "Åsa"})
    assert (answer.status, answer.body, answer.headers["X-Page"]) == (201, {"Name": "Åsa"}, "1")
    sent = vendor.calls[0].request
    assert sent.url == f"{VENDOR}/people?page=1"
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["Accept"] == "application/json"


def test_an_empty_body_is_no_body(vendor: responses.RequestsMock, session: VendorSession) -> None:
    vendor.delete(f"{VENDOR}/people", status=204)
    assert session.request("DELETE", "/people").body is None


def test_a_netrc_file_does_not_replace_the_token(
    vendor: responses.RequestsMock,
    session: VendorSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine vendor.example login somebody password else")
    monkeypatch.setenv("NETRC", str(netrc))
    vendor.get(f"{VENDOR}/people", json=[])
    session.request("GET", "/people")
    assert vendor.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, errors.Refused),
        (401, errors.ReauthorisationRequired),
        (403, errors.RightMissing),
        (404, errors.NotFound),
        (409, errors.Refused),
        (422, errors.Refused),
        (429, errors.Throttled),
        (503, errors.TemporarilyUnavailable),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_status_decides_and_the_next_call_works(
    vendor: responses.RequestsMock, session: VendorSession, method: str, status: int, error: type[errors.VendorError]
) -> None:
    vendor.add(method, f"{VENDOR}/people", json={"message": "No."}, status=status)
    vendor.add(method, f"{VENDOR}/people", json={"done": True})
    caught = error_of(session, method)
    assert type(caught) is error
    assert caught.status == status
    assert session.request(method, "/people").body == {"done": True}


@pytest.mark.parametrize("status", [302, 408, 500, 502, 504, 520])
def test_an_answer_that_says_nothing_leaves_a_write_unknown_and_a_read_to_be_repeated(
    vendor: responses.RequestsMock, session: VendorSession, status: int
) -> None:
    for method in ("GET", "POST"):
        vendor.add(method, f"{VENDOR}/people", body="<h1>Oops</h1>", status=status, headers={"Location": "/other"})
        vendor.add(method, f"{VENDOR}/people", json={"done": True})
    assert type(error_of(session, "GET")) is errors.TemporarilyUnavailable
    assert type(error_of(session, "POST")) is errors.OutcomeUnknown
    assert session.request("GET", "/people").body == session.request("POST", "/people").body == {"done": True}


def test_a_refusal_carries_the_vendors_message(vendor: responses.RequestsMock, session: VendorSession) -> None:
    vendor.post(f"{VENDOR}/people", json={"message": "The e-mail is missing."}, status=400)
    assert error_of(session, "POST").message == "The e-mail is missing."


def test_the_vendors_own_reading_of_an_error_comes_first(
    vendor: responses.RequestsMock, session: VendorSession
) -> None:
    vendor.post(f"{VENDOR}/people", json={"code": 7}, status=401)
    assert (type(error_of(session, "POST")), vendor.calls.__len__()) == (errors.Refused, 1)


def test_an_outage_is_not_read_as_a_refusal(vendor: responses.RequestsMock, session: VendorSession) -> None:
    vendor.post(f"{VENDOR}/people", json={"code": 7}, status=500)
    assert type(error_of(session, "POST")) is errors.OutcomeUnknown


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        ("0.5", 0.5),
        ("86400", 300.0),
        (format_datetime(NOON.replace(second=30), usegmt=True), 30.0),
        (format_datetime(NOON.replace(hour=11), usegmt=True), 0.0),
        ("Mon, 02 Mar 2026 12:00:20 -0000", 20.0),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
@time_machine.travel(NOON, tick=False)
def test_retry_after_is_read_where_it_makes_sense(header: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": header}) == seconds


def test_a_throttled_call_says_how_long_to_wait(vendor: responses.RequestsMock, session: VendorSession) -> None:
    vendor.get(f"{VENDOR}/people", status=429, headers={"Retry-After": "3"})
    caught = error_of(session, "GET")
    assert isinstance(caught, errors.Throttled)
    assert caught.retry_after == 3.0


def test_nothing_is_retried_behind_the_budgets_back(sandbox: SandboxClient, local: VendorSession) -> None:
    sandbox.faults([{"action": "refuse", "status": 503, "every": True}])
    error_of(local, "GET", "/fortnox/3/employees")
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize("action", ["drop", "drop_after"])
@pytest.mark.parametrize("warmed", [False, True], ids=["on a new connection", "on a connection kept open"])
def test_a_dropped_connection_leaves_a_write_unknown_and_sends_it_once(
    sandbox: SandboxClient, local: VendorSession, action: str, warmed: bool
) -> None:
    if warmed:
        error_of(local, "GET", "/fortnox/3/employees")
    sandbox.faults([{"action": action, "path": "/gone"}])
    assert type(error_of(local, "POST", "/fortnox/3/gone")) is errors.OutcomeUnknown
    assert len(sandbox.calls(method="POST")) == 1
    assert type(error_of(local, "POST", "/fortnox/3/gone")) is errors.ReauthorisationRequired


def test_a_dropped_connection_lets_a_read_be_repeated(sandbox: SandboxClient, local: VendorSession) -> None:
    sandbox.faults([{"action": "drop"}])
    assert type(error_of(local, "GET", "/fortnox/3/employees")) is errors.TemporarilyUnavailable
    assert type(error_of(local, "GET", "/fortnox/3/employees")) is errors.ReauthorisationRequired


def test_no_answer_in_time_leaves_a_write_unknown(
    sandbox: SandboxClient, local: VendorSession, settings: Settings
) -> None:
    settings.HTTP_READ_TIMEOUT = 0.2
    sandbox.faults([{"action": "delay", "seconds": 2, "k": 1, "count": 2}])
    assert type(error_of(local, "PUT", "/fortnox/3/employees")) is errors.OutcomeUnknown
    assert type(error_of(local, "GET", "/fortnox/3/employees")) is errors.TemporarilyUnavailable
    settings.HTTP_READ_TIMEOUT = 30
    assert type(error_of(local, "PUT", "/fortnox/3/employees")) is errors.ReauthorisationRequired


def test_half_a_json_leaves_a_write_unknown(vendor: responses.RequestsMock, session: VendorSession) -> None:
    for method in ("GET", "POST"):
        vendor.add(method, f"{VENDOR}/people", body='{"Employee": {"Na')
        vendor.add(method, f"{VENDOR}/people", json={"done": True})
    assert type(error_of(session, "GET")) is errors.TemporarilyUnavailable
    assert type(error_of(session, "POST")) is errors.OutcomeUnknown
    assert session.request("GET", "/people").body == session.request("POST", "/people").body == {"done": True}


@pytest.mark.parametrize("broken", [ChunkedEncodingError("half"), ContentDecodingError("not zipped")])
def test_a_broken_body_leaves_a_write_unknown(
    vendor: responses.RequestsMock, session: VendorSession, broken: Exception
) -> None:
    vendor.get(f"{VENDOR}/people", body=broken)
    vendor.post(f"{VENDOR}/people", body=broken)
    vendor.post(f"{VENDOR}/people", json={"done": True})
    assert type(error_of(session, "GET")) is errors.TemporarilyUnavailable
    assert type(error_of(session, "POST")) is errors.OutcomeUnknown
    assert session.request("POST", "/people").body == {"done": True}


@pytest.mark.parametrize("method", [*READS, *WRITES])
def test_where_nobody_listens_nothing_was_sent(method: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        session = VendorSession(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}", read_error=undecided)
        assert type(error_of(session, method)) is errors.TemporarilyUnavailable


def test_a_name_that_is_not_found_means_that_nothing_was_sent(
    session: VendorSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert type(error_of(session, "POST")) is errors.TemporarilyUnavailable


def test_a_connection_that_does_not_come_about_means_that_nothing_was_sent(
    vendor: responses.RequestsMock, session: VendorSession
) -> None:
    vendor.post(f"{VENDOR}/people", body=requests.ConnectTimeout())
    vendor.post(f"{VENDOR}/people", json={"done": True})
    assert type(error_of(session, "POST")) is errors.TemporarilyUnavailable
    assert session.request("POST", "/people").body == {"done": True}


def test_a_certificate_that_is_not_trusted_means_that_nothing_was_sent(
    vendor: responses.RequestsMock, session: VendorSession
) -> None:
    untrusted = MaxRetryError(HTTPSConnectionPool("vendor.example"), "/", SSLError(SSLCertVerificationError()))
    broken = MaxRetryError(HTTPSConnectionPool("vendor.example"), "/", SSLError("broken in the middle"))
    vendor.post(f"{VENDOR}/people", body=requests.exceptions.SSLError(untrusted))
    vendor.post(f"{VENDOR}/people", body=requests.exceptions.SSLError(broken))
    assert type(error_of(session, "POST")) is errors.TemporarilyUnavailable
    assert type(error_of(session, "POST")) is errors.OutcomeUnknown


def test_an_earlier_failure_to_connect_does_not_excuse_a_later_reset(
    vendor: responses.RequestsMock, session: VendorSession
) -> None:
    vendor.post(f"{VENDOR}/people", body=requests.ConnectTimeout())
    vendor.post(f"{VENDOR}/people", body=requests.ConnectionError("reset"))
    try:
        session.request("POST", "/people")
    except errors.TemporarilyUnavailable:
        assert type(error_of(session, "POST")) is errors.OutcomeUnknown


def test_one_session_serves_many_threads(sandbox: SandboxClient, local: VendorSession) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: error_of(local, "GET", f"/fortnox/3/{number}"), range(40)))
    assert {type(error) for error in found} == {errors.ReauthorisationRequired}
    assert len({call["path"] for call in sandbox.calls()}) == 40


def test_a_vendors_cookies_are_not_kept(vendor: responses.RequestsMock, session: VendorSession) -> None:
    vendor.get(f"{VENDOR}/people", json=[], headers={"Set-Cookie": "session=1; Path=/"})
    session.request("GET", "/people")
    session.request("GET", "/people")
    assert "Cookie" not in vendor.calls[1].request.headers


@pytest.mark.parametrize("url", ["http://vendor.example", "http://10.0.0.1", "ftp://localhost", "vendor.example", ""])
def test_only_https_is_spoken_to_other_machines(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="must be an https address"):
        VendorSession(base_url=url, read_error=undecided)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"])
def test_http_to_this_machine_is_for_development_only(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "1")
    VendorSession(base_url=url, read_error=undecided)
    monkeypatch.setenv("DEBUG", "0")
    with pytest.raises(ImproperlyConfigured):
        VendorSession(base_url=url, read_error=undecided)


def test_the_variable_to_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTNOX_API_URL", "http://fortnox.example")
    with pytest.raises(ImproperlyConfigured, match="FORTNOX_API_URL"):
        VendorSession(base_url="http://fortnox.example", read_error=undecided)


def test_neither_the_token_nor_the_address_is_in_an_error_or_a_log(
    local: VendorSession, sandbox: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    session = VendorSession(base_url=sandbox.url, access_token=TOKEN, read_error=undecided)
    sandbox.faults([{"action": "drop"}])
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.OutcomeUnknown) as caught:
        session.request("PUT", "/fortnox/3/employees", params={"email": "asa@example.se"})
    report = f"{caught.getrepr(chain=True, showlocals=False)} {caplog.text} {caught.value!r}"
    assert TOKEN not in report
    assert "asa@example.se" not in caplog.text
    assert caught.value.__suppress_context__
