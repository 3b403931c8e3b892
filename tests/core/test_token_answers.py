"""Tokens first, hints after: what the token endpoint says beside them never costs them (G-31)."""

import json
import time
from typing import Any

import pytest

from integrations.core import errors, oauth
from integrations.core.token_answers import LIFETIME_SECONDS, LONGEST_LIFETIME_SECONDS
from tests.core.wire import ADDRESS, Wire, wire

__all__ = ["wire"]

pytestmark = pytest.mark.behaviour("G-31")

PROVIDER = oauth.Provider(
    token_url=f"{ADDRESS}/token",
    revoke_url=f"{ADDRESS}/revoke",
    client_id="our-client",
    client_secret="our-secret",
    scopes=("salary", "company"),
    tenant_parameter="tenant_id",
)
GIVEN = {"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600, "scope": "salary company"}
ODD: tuple[Any, ...] = (None, True, -1, 0, 1e308, [], {}, [[]], {"a": "b"}, "", "\0", "\ud800", "x" * 9999, 10**30)


def exchange() -> oauth.Tokens:
    return oauth.exchange_code(PROVIDER, code="the-code", redirect_uri="https://hub.example/back")


def refresh() -> oauth.Tokens:
    return oauth.refresh(PROVIDER, refresh_token="old-refresh")


def credentials() -> oauth.Tokens:
    return oauth.client_credentials(PROVIDER, tenant="1204711")


CALLS = pytest.mark.parametrize("call", [exchange, refresh, credentials])


def answer(wire: Wire, **changed: Any) -> None:
    wire.answer(json.dumps({**GIVEN, **changed}).encode())


@CALLS
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_hint_never_costs_the_tokens(wire: Wire, call: Any, odd: Any) -> None:
    for hint in ("expires_in", "token_type", "expires_at", "id_token", "state", "error", "error_description"):
        answer(wire, **{hint: odd})
        given = call()
        assert (given.access_token, given.refresh_token) == ("new-access", "new-refresh")
        assert 0 < given.expires_at - time.time() <= LONGEST_LIFETIME_SECONDS
        assert given.scopes == ("salary", "company")


@CALLS
@pytest.mark.parametrize("odd", [None, True, 5, 1e308, [], {}, [[]], [1, "salary"], {"salary": 1}], ids=repr)
def test_a_scope_that_cannot_be_read_stands_for_all_that_was_asked_for(wire: Wire, call: Any, odd: Any) -> None:
    answer(wire, scope=odd)
    assert call().scopes == ("salary", "company")


@pytest.mark.parametrize(
    ("said", "granted"), [("salary", ("salary",)), ("", ()), (["company", "salary"], ("company", "salary"))]
)
def test_a_scope_that_can_be_read_counts(wire: Wire, said: Any, granted: tuple[str, ...]) -> None:
    answer(wire, scope=said)
    assert exchange().scopes == granted


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (3600, 3600),
        ("3600", 3600),
        (3600.5, 3600.5),
        ("soon", LIFETIME_SECONDS),
        (-1, LIFETIME_SECONDS),
        (10**9, LONGEST_LIFETIME_SECONDS),
        ("9" * 5000, LIFETIME_SECONDS),
        (float("inf"), LIFETIME_SECONDS),
        (float("nan"), LIFETIME_SECONDS),
    ],
)
def test_a_lifetime_is_believed_within_bounds(wire: Wire, said: Any, seconds: float) -> None:
    answer(wire, expires_in=said)
    assert refresh().expires_at - time.time() == pytest.approx(seconds, abs=5)


@CALLS
@pytest.mark.parametrize("odd", [*(each for each in ODD if each != "x" * 9999), "a b", "a\nb", "å"], ids=repr)
def test_what_is_no_token_is_never_kept_as_one_and_the_next_answer_is(wire: Wire, call: Any, odd: Any) -> None:
    answer(wire, access_token=odd)
    answer(wire)
    with pytest.raises(errors.TemporarilyUnavailable):
        call()
    assert call().access_token == "new-access"


@pytest.mark.parametrize("odd", [None, True, 5, [], {}, ""], ids=repr)
def test_without_a_usable_new_refresh_token_the_old_one_stays(wire: Wire, odd: Any) -> None:
    answer(wire, refresh_token=odd)
    given = refresh()
    assert (given.access_token, given.refresh_token) == ("new-access", "old-refresh")


@CALLS
@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: application/json; charset=idna\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Location: http://[::1\r\n",
        "Set-Cookie: a=b; expires=Mon, 99 Mar 99999999999 00:00:20 GMT\r\n",
        "Retry-After: Mon, 99999999999999999999 Mar 2026 12:00:20 GMT\r\n",
    ],
)
def test_an_odd_header_never_costs_the_tokens(wire: Wire, call: Any, headers: str) -> None:
    wire.answer(json.dumps(GIVEN).encode(), headers=headers)
    assert call().refresh_token == "new-refresh"


@CALLS
@pytest.mark.parametrize(
    "status", ["103 Early", "302 Found", "308 There", "408 Timeout", "429 Busy", "500 Oops", "503 Out"]
)
def test_a_status_that_says_nothing_of_the_authorisation_never_ends_it(wire: Wire, call: Any, status: str) -> None:
    wire.answer(b'{"error": "invalid_grant"}', status=status, headers="Location: http://[::1\r\n")
    answer(wire)
    with pytest.raises(errors.TemporarilyUnavailable) as caught:
        call()
    assert "sign-in service" in caught.value.message
    assert call().access_token == "new-access"


@CALLS
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"null", b"7", b'"text"', b"access_token=a&expires_in=b", b"\xff", b"", b"{}"]
)
@pytest.mark.parametrize("status", ["200 OK", "400 Bad"])
def test_an_answer_that_cannot_be_read_never_ends_an_authorisation(
    wire: Wire, call: Any, body: bytes, status: str
) -> None:
    wire.answer(body, status=status)
    answer(wire)
    with pytest.raises(errors.TemporarilyUnavailable):
        call()
    assert call().access_token == "new-access"


@CALLS
@pytest.mark.parametrize("error", [None, 5, [], {}, ["invalid_grant"], {"invalid_grant": 1}], ids=repr)
def test_an_error_code_that_is_no_text_never_ends_an_authorisation(wire: Wire, call: Any, error: Any) -> None:
    wire.answer(json.dumps({"error": error, "error_description": error}).encode(), status="400 Bad")
    answer(wire)
    with pytest.raises(errors.TemporarilyUnavailable):
        call()
    assert call().access_token == "new-access"


def test_an_unknown_error_code_is_shown_short_and_clean(wire: Wire) -> None:
    wire.answer(json.dumps({"error": "\0\ud800" + "x" * 9999}).encode(), status="400 Bad")
    with pytest.raises(errors.TemporarilyUnavailable) as caught:
        refresh()
    assert len(caught.value.message) < 200
    assert caught.value.message.encode()


@pytest.mark.parametrize("status", ["302 Found", "103 Early", "404 Gone", "500 Oops"])
def test_revoking_counts_as_done_with_success_only(wire: Wire, status: str) -> None:
    wire.answer(status=status, headers="Location: http://[::1\r\n")
    wire.answer(b"not json")
    with pytest.raises(errors.TemporarilyUnavailable):
        oauth.revoke(PROVIDER, refresh_token="old-refresh")
    oauth.revoke(PROVIDER, refresh_token="old-refresh")
