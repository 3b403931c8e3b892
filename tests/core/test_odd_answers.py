"""Whatever a vendor answers becomes an outage, an unknown outcome or a named refusal (G-31)."""

import logging
from contextlib import suppress
from typing import Any

import pytest

from integrations.core import errors
from integrations.core.http import ReadError, VendorSession, border, retry_after
from integrations.fortnox.client import read_error as fortnox_error
from integrations.visma_payroll.client import read_error as visma_error
from tests.core.wire import ADDRESS, Wire, wire

__all__ = ["wire"]

pytestmark = pytest.mark.behaviour("G-31")

VENDORS = pytest.mark.parametrize("read_error", [fortnox_error, visma_error], ids=["fortnox", "visma"])
METHODS = pytest.mark.parametrize(
    ("method", "error"),
    [
        ("GET", errors.TemporarilyUnavailable),
        ("POST", errors.OutcomeUnknown),
        ("PUT", errors.OutcomeUnknown),
        ("DELETE", errors.OutcomeUnknown),
    ],
)


def error_of(session: VendorSession, method: str = "GET", path: str = "people") -> errors.VendorError:
    with pytest.raises(errors.VendorError) as caught:
        session.request(method, path)
    return caught.value


def session_of(read_error: ReadError) -> VendorSession:
    return VendorSession(base_url=ADDRESS, read_error=read_error)


@VENDORS
@METHODS
@pytest.mark.parametrize(
    "status",
    [
        "101 Switching",
        "103 Early",
        "300 Choices",
        "301 Moved",
        "302 Found",
        "304 Same",
        "307 There",
        "308 There",
        "408 Timeout",
        "499 Closed",
        "500 Oops",
        "502 Bad",
        "504 Late",
        "520 ?",
        "999 ?",
    ],
)
def test_a_status_that_means_nothing_definite_is_never_a_refusal_whatever_its_body_says(
    wire: Wire, read_error: ReadError, method: str, error: type[errors.VendorError], status: str
) -> None:
    body = b'{"ErrorInformation": {"message": "No.", "code": 2000310}, "message": "No.", "title": "No."}'
    wire.answer(body, status=status)
    wire.answer(b"{}")
    session = session_of(read_error)
    caught = error_of(session, method)
    assert (type(caught), caught.status, "No." in caught.message) == (error, int(status[:3]), False)
    assert session.request(method, "people").body == {}


@VENDORS
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (407, errors.TemporarilyUnavailable),
        (425, errors.TemporarilyUnavailable),
        (429, errors.Throttled),
        (503, errors.TemporarilyUnavailable),
    ],
)
def test_where_nothing_was_done_a_write_is_simply_tried_again(
    wire: Wire, read_error: ReadError, status: int, error: type[errors.VendorError]
) -> None:
    wire.answer(b'{"ErrorInformation": {"code": 2000310}}', status=f"{status} No")
    wire.answer(b"{}")
    session = session_of(read_error)
    assert type(error_of(session, "POST")) is error
    assert session.request("POST", "people").body == {}


@VENDORS
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"No."',
        b"7",
        b"<html>Ada 850709-9805</html>",
        b"No.",
        b'{"message": {"a": 1}}',
        b'{"ErrorInformation": [1]}',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
def test_a_body_is_never_shown_as_the_reason_of_a_refusal(wire: Wire, read_error: ReadError, body: bytes) -> None:
    wire.answer(body, status="400 Bad")
    wire.answer(b"{}")
    session = session_of(read_error)
    caught = error_of(session, "PUT")
    assert (type(caught), caught.message) == (errors.Refused, "The vendor gave no reason (HTTP 400).")
    assert session.request("PUT", "people").body == {}


@VENDORS
def test_what_the_vendor_says_is_short_enough_to_be_kept_and_free_of_what_cannot_be(
    wire: Wire, read_error: ReadError
) -> None:
    code = '"' + "9" * 5000 + '"'
    message = r"\u0000\ud800" + "x" * 90_000
    wire.answer(
        f'{{"ErrorInformation": {{"code": {code}, "message": "{message}"}}, "message": "{message}"}}'.encode(),
        status="400 Bad",
    )
    caught = error_of(session_of(read_error), "PUT")
    assert len(caught.message) <= 500
    assert len(caught.code) <= 100
    assert caught.message.encode()
    assert "\0" not in caught.message


@METHODS
def test_a_vendors_reading_that_stumbles_is_unclear_and_tells_no_value(
    wire: Wire, method: str, error: type[errors.VendorError], caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(answer: Any) -> errors.VendorError:
        raise KeyError(answer.body["secret"])

    wire.answer(b'{"secret": "850709-9805"}', status="400 Bad")
    wire.answer(b"{}")
    session = session_of(stumble)
    caught = error_of(session, method)
    assert (type(caught), caught.message) == (error, "The vendor's answer could not be understood (KeyError).")
    assert ("stumble" in caplog.text, "850709" in f"{caplog.text}{caught!r}") == (True, False)
    assert session.request(method, "people").body == {}


@METHODS
def test_an_exception_of_the_library_is_unclear_and_its_text_is_told_nowhere(
    method: str, error: type[errors.VendorError], caplog: pytest.LogCaptureFixture
) -> None:
    session = VendorSession(base_url=ADDRESS, access_token="top\nsecret", read_error=fortnox_error)
    with caplog.at_level(logging.DEBUG):
        caught = error_of(session, method)
    assert type(caught) is error
    assert "secret" not in f"{caplog.text} {caught!r} {caught.message}"


@METHODS
@pytest.mark.parametrize(
    "headers",
    [
        "Location: http://[::1\r\n",
        "Location: \x00\r\n",
        "Location: //\xff\xfe:99999999/\r\n",
        "Retry-After: Mon, 02 Mar 2026 12:00:20 +99999999\r\n",
        "Retry-After: Mon, 99999999999999999999 Mar 2026 12:00:20 GMT\r\n",
        "Retry-After: Mon, 02 Mar 0001 00:00:20 +2359\r\n",
        "Retry-After: Mon, 02 Mar 99999 00:00:20 +0000\r\n",
        f"Retry-After: {'9' * 5000}\r\n",
        "Retry-After: ,\r\n",
        "Set-Cookie: a=b; expires=Mon, 99 Mar 99999999999 00:00:20 GMT; domain=[::1\r\n",
        "Content-Type: application/json; charset=\x00\r\n",
        "Content-Type: application/json; charset=punycode\r\n",
        "X-Odd: \xff\xfe\x80\r\n",
        "\r\nX: y\r\n",
        "no colon\r\n",
        ": no name\r\n",
        "".join(f"X-{number}: y\r\n" for number in range(150)),
        f"X: {'y' * 70_000}\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: twelve\r\n",
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "302 Found", "429 Busy", "503 Out"])
def test_an_odd_header_ends_nothing(
    wire: Wire, method: str, error: type[errors.VendorError], headers: str, status: str
) -> None:
    wire.answer(b"{}", status=status, headers=headers)
    wire.answer(b'{"done": true}')
    session = session_of(visma_error)
    with suppress(errors.TemporarilyUnavailable, error):
        session.request(method, "people")
    assert session.request(method, "people").body == {"done": True}


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 02 Mar 2026 12:00:20 +99999999",
        "Mon, 99999999999999999999 Mar 2026 12:00:20 GMT",
        "Mon, 02 Mar 2026 99:99:99 GMT",
        "1e400",
        "-1e400",
        "\ud800",
        ",,,",
    ],
)
def test_a_retry_after_that_makes_no_sense_is_none(value: str) -> None:
    assert retry_after({"Retry-After": value}) is None


def test_a_header_that_could_not_be_sent_back_is_not_handed_on(wire: Wire) -> None:
    wire.answer(b"{}", headers='ETag: "a\x01b"\r\nX-Page: 1\r\n')
    headers = session_of(visma_error).request("GET", "people").headers
    assert ("etag" in headers, headers["x-page"]) == (False, "1")


@pytest.mark.parametrize("path", ["people/", "people/..", "people/.", "../people", "people//days", "people/../.."])
def test_an_id_that_is_no_id_does_not_lead_to_another_address(wire: Wire, path: str) -> None:
    assert type(error_of(session_of(fortnox_error), "DELETE", path)) is errors.NotFound
    assert wire.sent == []


def test_an_answer_says_whether_it_is_the_vendors_own(wire: Wire) -> None:
    wire.answer(rb'{"Name": "A\ud800"}')
    wire.answer(b'{"Name": "A"}')
    session = session_of(fortnox_error)
    assert [session.request("GET", "people").cleaned for _ in range(2)] == [True, False]


def test_our_own_errors_pass_the_border_as_they_are() -> None:
    with pytest.raises(errors.Moved), border("PUT"):
        raise errors.Moved


def test_a_text_in_no_known_place_is_not_taken_for_the_reason(wire: Wire) -> None:
    wire.answer(b'{"detail": "No."}', status="400 Bad")
    assert error_of(session_of(lambda _answer: None)).message == "The vendor gave no reason (HTTP 400)."
