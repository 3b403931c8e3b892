"""A sign-in provider that answers oddly: a page says so, no log holds what it said, and it gets well again."""

import gzip
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from config.logs import WithoutMessages
from employees.access.models import ProviderLink
from employees.access.provider import answers
from employees.groups import HR_ADMIN
from tests.access.provider_server import Provider
from tests.access.provider_steps import BUTTON, sign_in
from tests.access.signing_in import is_in, text_of
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]
DISCOVERY: Final = "/.well-known/openid-configuration"
# A word of the answer, which stands in no log.
MARK: Final = "MARKED"
LONE: Final = f"{MARK}\ud800"
PACKED: Final = {"Content-Encoding": "gzip"}
Spoil = Callable[[Provider], None]

BODIES: Final[dict[str, tuple[int, dict[str, str], bytes]]] = {
    "broken gzip": (200, PACKED, b"\x1f\x8b" + MARK.encode()),
    "gzip that ends early": (200, PACKED, gzip.compress(f'{{"{MARK}": 1}}'.encode())[:-20]),
    "unknown packing": (200, {"Content-Encoding": "zstd, br"}, MARK.encode()),
    "shorter than its length": (200, {"Content-Length": "5000"}, f'{{"{MARK}": 1}}'.encode()),
    "length is a word": (200, {"Content-Length": MARK}, b""),
    "broken chunks": (200, {"Transfer-Encoding": "chunked"}, f"zz\r\n{MARK}".encode()),
    "nothing": (200, {}, b""),
    "no JSON": (200, {}, f"<h1>{MARK}</h1>".encode()),
    "no UTF-8": (200, {}, b'{"a": "\xff\xfe\xfa"}'),
    "null": (200, {}, b"null"),
    "a list": (200, {}, json.dumps([MARK]).encode()),
    "a number without end": (200, {}, b'{"issuer": ' + b"9" * 10_000 + b"}"),
    "too deep": (200, {}, b"[" * 200_000),
    "huge": (200, {}, b'{"a": "' + b"x" * 2_000_000 + b'"}'),
    "huge once it is unpacked": (200, PACKED, gzip.compress(b'{"a": "' + b"x" * 20_000_000 + b'"}')),
    "another address": (302, {"Location": f"http://127.0.0.1:1/{MARK}"}, b""),
    "an address that is none": (302, {"Location": "http://[::1"}, b""),
    "not found": (404, {}, MARK.encode()),
    "an error": (500, {}, MARK.encode()),
    "an odd status": (599, {}, b"{}"),
}


def each(*values: Any) -> tuple[Any, ...]:
    return values


def fill(**values: Any) -> Spoil:
    """Let it answer with other values: of the discovery document, of the tokens, or its keys."""

    def spoil(provider: Provider) -> None:
        vars(provider).update(values)

    return spoil


DOCUMENTS: Final[dict[str, Spoil]] = {
    **{
        f"methods are {value!r}": fill(discovery={"token_endpoint_auth_methods_supported": value})
        for value in each(5, True, "client_secret_basic", {MARK: 1})
    },
    **{
        f"{name} is {value!r:.30}": fill(discovery={name: value})
        for name in ("token_endpoint", "jwks_uri", "userinfo_endpoint", "authorization_endpoint")
        for value in each(5, "https://[::1")
    },
    **{
        f"the page there is {value!r:.30}": fill(discovery={"authorization_endpoint": value})
        for value in each([MARK], "", "https://a:99999999/", "https://a\nb/", "https://a/#b", f"https://{LONE}.x/")
    },
    "an endpoint without end": fill(discovery={"authorization_endpoint": "https://a.example/" + "x" * 5_000}),
    "the issuer is a list": fill(discovery={"issuer": [MARK]}),
    **{f"keys are {value!r:.30}": fill(keys=value) for value in each(5, MARK, {MARK: 1}, [{}] * 101)},
    **{
        f"{name} is {value!r:.30}": fill(tokens={name: value})
        for name in ("id_token", "access_token")
        for value in each({MARK: 1}, f"{MARK}\r\nX: y", LONE, MARK * 100_000)
    },
}


def said_in_log(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(WithoutMessages().format(record) for record in caplog.records)


def assert_well_again(provider: Provider) -> None:
    provider.reset()
    client = Client()
    sign_in(client, provider)
    assert is_in(client)


def assert_told(page: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert page.status_code == 200
    assert "Example ID does not answer just now, or not as it should" in text_of(page)
    assert "Try again in a few minutes" in text_of(page)
    log = said_in_log(caplog)
    assert "The sign-in provider does not answer rightly" in log
    assert "ProviderAway" in log
    assert ".py:" in log
    assert MARK not in log


@pytest.mark.parametrize(
    ("path", "odd"),
    [
        *((DISCOVERY, odd) for odd in BODIES),
        *((path, odd) for path in ("/token", "/keys", "/userinfo") for odd in ("broken gzip", "null", "an error")),
    ],
)
def test_an_odd_body_is_told_on_a_page_and_passes(
    provider: Provider, linked: User, visitor: Client, path: str, odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.odd = {path: BODIES[odd]}
    if path == DISCOVERY:
        page = press(visitor, visitor.get(reverse("admin:login")), BUTTON, follow=True)
    else:
        page = sign_in(visitor, provider)
    assert_told(page, caplog)
    assert not is_in(visitor)
    assert_well_again(provider)


@pytest.mark.parametrize("odd", DOCUMENTS)
def test_an_odd_document_is_told_on_a_page_and_passes(
    provider: Provider, linked: User, visitor: Client, odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    page = visitor.get(reverse("admin:login"))
    DOCUMENTS[odd](provider)
    sent = press(visitor, page, BUTTON)
    back = sent.url if sent.url.startswith("/") else provider.approve(sent.url).removeprefix("http://testserver")
    assert_told(visitor.get(back, follow=True), caplog)
    assert not is_in(visitor)
    assert_well_again(provider)


def test_one_that_trickles_is_not_waited_for(
    provider: Provider, linked: User, visitor: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(answers, "LONGEST_SECONDS", -1)
    assert_told(press(visitor, visitor.get(reverse("admin:login")), BUTTON, follow=True), caplog)
    monkeypatch.undo()


def test_what_nobody_foresaw_is_told_likewise(
    provider: Provider, linked: User, visitor: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_any: Any, **_more: Any) -> None:
        raise LookupError(MARK)

    with monkeypatch.context() as patched:
        patched.setattr("requests.request", fails)
        assert_told(press(visitor, visitor.get(reverse("admin:login")), BUTTON, follow=True), caplog)
    assert "LookupError" in said_in_log(caplog)
    assert_well_again(provider)


# --- Claims ---

UNBELIEVED: Final[dict[str, dict[str, Any]]] = {
    **{
        f"{name} is {value!r}": {name: value}
        for name in ("exp", "iat", "nbf")
        for value in each([], {MARK: 1}, "", float("inf"))
    },
    **{f"exp is {value!r}": {"exp": value} for value in each(None, True)},
    **{f"sub is {value!r:.30}": {"sub": value} for value in each(None, [], {}, 5, LONE, f"{MARK}\0", MARK * 100)},
    **{f"nonce is {value!r}": {"nonce": value} for value in each(None, [MARK], LONE, f"{MARK}é")},
    **{f"azp is {value!r}": {"azp": value} for value in each(5, LONE)},
    **{f"aud is {value!r}": {"aud": value} for value in each(5, [5], [LONE])},
    **{f"iss is {value!r}": {"iss": value} for value in each([], LONE)},
}


@pytest.mark.parametrize("odd", UNBELIEVED)
def test_an_odd_claim_that_counts_signs_nobody_in(
    provider: Provider, linked: User, visitor: Client, odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.spoil = lambda header, claims: claims.update(UNBELIEVED[odd])
    page = sign_in(visitor, provider)
    assert page.status_code == 200
    assert "Example ID's answer could not be believed" in text_of(page)
    assert not is_in(visitor)
    assert MARK not in said_in_log(caplog)
    assert_well_again(provider)


@pytest.mark.parametrize("value", [5, None, {}, LONE, "\0@example.com", "x" * 3_000, [[MARK], LONE], float("inf")])
def test_an_odd_value_of_what_is_not_needed_is_left_out(
    provider: Provider, linked: User, visitor: Client, settings: Settings, value: Any
) -> None:
    settings.OIDC_ROLES, settings.OIDC_LINK_BY_VERIFIED_EMAIL = [("people", HR_ADMIN)], True
    names = ("email", "name", "given_name", "groups", "email_verified", "auth_time")
    provider.person |= dict.fromkeys(names, value)
    assert sign_in(visitor, provider).status_code == 200
    assert is_in(visitor)


@pytest.mark.parametrize("email", [5, LONE, f"{MARK}\0@example.com", ["hanna@example.com"]])
def test_an_odd_address_links_nobody(
    provider: Provider, hanna: User, visitor: Client, settings: Settings, email: Any
) -> None:
    settings.OIDC_LINK_BY_VERIFIED_EMAIL = True
    provider.person["email"] = email
    assert "No account here goes with that account" in text_of(sign_in(visitor, provider))
    assert not ProviderLink.objects.exists()
    provider.reset()
    sign_in(visitor, provider)
    assert is_in(visitor)


def test_keys_of_an_unknown_kind_do_not_harm_the_one_that_counts(
    provider: Provider, linked: User, visitor: Client
) -> None:
    good = provider._public_key()
    odd: list[Any] = [5, None, {}, {"kty": 5}, {**good, "kid": 5}, {**good, "kid": "b", "n": "AA"}]
    odd += [{**good, "kid": "c", "e": "é"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": LONE}]
    provider.keys = [*odd, good]
    sign_in(visitor, provider)
    assert is_in(visitor)
