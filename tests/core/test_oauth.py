"""The token endpoint's answers, odd ones included; the way through the sandbox's pages is in test_connecting."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import responses
import time_machine
from django.core.exceptions import ImproperlyConfigured

from integrations.core import errors, oauth

TOKEN_URL = "https://vendor.example/token"
REVOKE_URL = "https://vendor.example/revoke"
PROVIDER = oauth.Provider(
    authorize_url="https://vendor.example/auth",
    token_url=TOKEN_URL,
    revoke_url=REVOKE_URL,
    client_id="our-client",
    client_secret="our-secret",
    scopes=("salary", "company"),
    authorize_parameters={"access_type": "offline"},
    service_parameters={"account_type": "service"},
    tenant_header="TenantId",
    licence_errors=("error_missing_license", "error_missing_app_license"),
    right_errors=("error_missing_system_admin",),
)
GIVEN = {
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "expires_in": 3600,
    "token_type": "bearer",
    "scope": "salary company",
}


@pytest.fixture
def vendor() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def refresh() -> oauth.Tokens:
    return oauth.refresh(PROVIDER, refresh_token="old-refresh")


def error_of_refresh() -> errors.VendorError:
    with pytest.raises(errors.VendorError) as caught:
        refresh()
    return caught.value


def sent(vendor: responses.RequestsMock) -> dict[str, str]:
    return dict(parse_qsl(str(vendor.calls[-1].request.body)))


def address(*, service: bool = False, provider: oauth.Provider = PROVIDER) -> tuple[dict[str, list[str]], str]:
    url, verifier = oauth.authorization_url(
        provider, redirect_uri="https://hub.example/back", state="opaque", service=service
    )
    assert url.startswith("https://vendor.example/auth?")
    return parse_qs(urlsplit(url).query), verifier


def test_the_address_to_approve_on_asks_for_all_scopes() -> None:
    query, verifier = address()
    assert query == {
        "client_id": ["our-client"],
        "response_type": ["code"],
        "redirect_uri": ["https://hub.example/back"],
        "scope": ["salary company"],
        "state": ["opaque"],
        "access_type": ["offline"],
    }
    assert verifier == ""


def test_a_service_account_is_asked_for_in_the_address() -> None:
    assert address(service=True)[0]["account_type"] == ["service"]


def test_pkce_sends_the_challenge_first_and_the_verifier_with_the_code(vendor: responses.RequestsMock) -> None:
    provider = replace(PROVIDER, pkce=True)
    query, verifier = address(provider=provider)
    assert query["code_challenge_method"] == ["S256"]
    assert verifier not in query["code_challenge"]
    vendor.post(TOKEN_URL, json=GIVEN)
    oauth.exchange_code(provider, code="code", redirect_uri="https://hub.example/back", verifier=verifier)
    assert sent(vendor)["code_verifier"] == verifier


@time_machine.travel(1_700_000_000, tick=False)
def test_a_code_is_exchanged_for_tokens(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, json=GIVEN)
    given = oauth.exchange_code(PROVIDER, code="the-code", redirect_uri="https://hub.example/back")
    assert given == oauth.Tokens(
        access_token="new-access",
        refresh_token="new-refresh",
        expires_at=1_700_003_600,
        scopes=("salary", "company"),
    )
    assert sent(vendor) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://hub.example/back",
    }
    assert vendor.calls[0].request.headers["Authorization"].startswith("Basic ")


def test_a_refresh_gives_a_new_pair(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, json=GIVEN)
    assert refresh().refresh_token == "new-refresh"
    assert sent(vendor) == {"grant_type": "refresh_token", "refresh_token": "old-refresh"}


def test_a_refresh_token_that_does_not_rotate_is_kept(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, json={key: value for key, value in GIVEN.items() if key != "refresh_token"})
    assert refresh().refresh_token == "old-refresh"


def test_a_service_account_names_its_tenant(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, json={"access_token": "new-access", "expires_in": 3600, "token_type": "bearer"})
    given = oauth.client_credentials(PROVIDER, tenant="1204711")
    assert (given.access_token, given.refresh_token) == ("new-access", "")
    assert given.scopes == ("salary", "company")
    assert sent(vendor) == {"grant_type": "client_credentials"}
    assert vendor.calls[0].request.headers["TenantId"] == "1204711"
    assert vendor.calls[0].request.headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": "invalid_grant"}, errors.ReauthorisationRequired),
        ({"error": "failed", "error_description": "Invalid refresh token"}, errors.ReauthorisationRequired),
        ({"error": "error_missing_license"}, errors.LicenceMissing),
        ({"error": "error_missing_app_license"}, errors.LicenceMissing),
        ({"error": "error_missing_system_admin_privileges"}, errors.RightMissing),
        ({"error": "invalid_scope"}, errors.RightMissing),
        ({"error": "invalid_client"}, errors.RightMissing),
        ({"error": "temporarily_unavailable"}, errors.TemporarilyUnavailable),
        ({"error": "something_new"}, errors.TemporarilyUnavailable),
        ({"message": "no error code at all"}, errors.TemporarilyUnavailable),
    ],
)
def test_a_refusal_says_what_to_do(
    vendor: responses.RequestsMock, body: dict[str, str], error: type[errors.VendorError]
) -> None:
    vendor.post(TOKEN_URL, json=body, status=400)
    vendor.post(TOKEN_URL, json=GIVEN)
    caught = error_of_refresh()
    assert type(caught) is error
    assert caught.message.endswith(".")
    assert refresh().access_token == "new-access"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_never_ends_an_authorisation(vendor: responses.RequestsMock, status: int) -> None:
    vendor.post(TOKEN_URL, json={"error": "invalid_grant"}, status=status)
    vendor.post(TOKEN_URL, json=GIVEN)
    assert type(error_of_refresh()) is errors.TemporarilyUnavailable
    assert refresh().access_token == "new-access"


@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.ConnectionError("reset")},
        {"body": requests.ReadTimeout()},
        {"body": requests.ConnectTimeout()},
        {"body": '{"access_tok', "status": 200},
        {"body": "<h1>Not found</h1>", "status": 404},
        {"body": "[]", "status": 200},
        {"body": "{}", "status": 200},
        {"body": "", "status": 302, "headers": {"Location": "https://elsewhere.example/"}},
    ],
    ids=["reset", "no answer", "no connection", "half", "404", "list", "no token", "redirect"],
)
def test_an_answer_that_says_nothing_never_ends_an_authorisation(
    vendor: responses.RequestsMock, answer: dict[str, Any]
) -> None:
    vendor.post(TOKEN_URL, **answer)
    vendor.post(TOKEN_URL, json=GIVEN)
    assert type(error_of_refresh()) is errors.TemporarilyUnavailable
    assert refresh().access_token == "new-access"


def test_a_busy_token_endpoint_says_how_long_to_wait(vendor: responses.RequestsMock) -> None:
    vendor.post(TOKEN_URL, status=429, headers={"Retry-After": "7"})
    caught = error_of_refresh()
    assert isinstance(caught, errors.Throttled)
    assert caught.retry_after == 7


def test_revoking_sends_the_refresh_token(vendor: responses.RequestsMock) -> None:
    vendor.post(REVOKE_URL, json={"revoked": True})
    oauth.revoke(PROVIDER, refresh_token="old-refresh")
    assert sent(vendor) == {"token_type_hint": "refresh_token", "token": "old-refresh"}


@pytest.mark.parametrize("answer", [{"status": 500}, {"body": requests.ConnectionError("reset")}])
def test_revoking_says_when_the_vendor_did_not_do_it(vendor: responses.RequestsMock, answer: dict[str, Any]) -> None:
    vendor.post(REVOKE_URL, **answer)
    vendor.post(REVOKE_URL, json={"revoked": True})
    with pytest.raises(errors.TemporarilyUnavailable):
        oauth.revoke(PROVIDER, refresh_token="old-refresh")
    oauth.revoke(PROVIDER, refresh_token="old-refresh")


def test_secrets_go_over_https_only() -> None:
    plain = "http://vendor.example/"
    with pytest.raises(ImproperlyConfigured):
        address(provider=replace(PROVIDER, authorize_url=plain))
    with pytest.raises(ImproperlyConfigured):
        oauth.refresh(replace(PROVIDER, token_url=plain), refresh_token="old-refresh")
    with pytest.raises(ImproperlyConfigured):
        oauth.revoke(replace(PROVIDER, revoke_url=plain), refresh_token="old-refresh")


def test_no_secret_is_in_a_log_an_error_or_a_representation(
    vendor: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    vendor.post(TOKEN_URL, json=GIVEN)
    vendor.post(TOKEN_URL, json={"error": "invalid_grant", "error_description": "old-refresh"}, status=400)
    with caplog.at_level(logging.DEBUG):
        given = refresh()
        caught = error_of_refresh()
    shown = f"{caplog.text} {caught!r} {caught.message} {given!r} {PROVIDER!r}"
    for secret in ("old-refresh", "new-refresh", "new-access", "our-secret"):
        assert secret not in shown
