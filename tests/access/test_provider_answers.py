"""What is wrong with an answer of the sign-in provider, and one that is away."""

from collections.abc import Callable
from typing import Any, Final

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.access.provider_server import CLIENT_ID, Provider
from tests.access.provider_steps import BUTTON, come_back, sign_in
from tests.access.signing_in import is_in, text_of
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]


def claim(**changed: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda header, claims: claims.update(changed)


def without(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda header, claims: claims.pop(name)


WRONG: Final = {
    "wrong issuer": claim(iss="https://other.example"),
    "no issuer": without("iss"),
    "wrong audience": claim(aud="another-client"),
    "no audience": without("aud"),
    "several audiences without ours": claim(aud=["a", "b"]),
    "several audiences, for another": claim(aud=[CLIENT_ID, "other"], azp="other"),
    "several audiences, for nobody": claim(aud=[CLIENT_ID, "other"]),
    "for another client": claim(azp="other"),
    "expired": claim(exp=1_700_000_000),
    "never expires": without("exp"),
    "not valid yet": claim(nbf=4_000_000_000),
    "from the future": claim(iat=4_000_000_000),
    "wrong nonce": claim(nonce="another"),
    "no nonce": without("nonce"),
    "no subject": without("sub"),
    "empty subject": claim(sub=""),
    "subject is a number": claim(sub=7),
    "subject without end": claim(sub="x" * 10_000),
    "unknown key": lambda header, claims: header.update(kid="key-2"),
    "symmetric": lambda header, claims: header.update(alg="HS256"),
    "alg is no text": lambda header, claims: header.update(alg=None),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_proves_nothing_signs_nobody_in(
    provider: Provider, linked: User, visitor: Client, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider.spoil = WRONG[wrong]
    said = text_of(sign_in(visitor, provider))
    assert "Example ID's answer could not be believed" in said
    assert not is_in(visitor)
    assert "The provider's answer was not believed" in caplog.text
    assert "subject-1" not in caplog.text
    assert "hanna" not in caplog.text

    provider.reset()
    sign_in(visitor, provider)
    assert is_in(visitor)


@pytest.mark.parametrize("algorithm", ["none", "None", "RS256"])
def test_what_is_not_signed_is_not_believed(provider: Provider, linked: User, visitor: Client, algorithm: str) -> None:
    provider.unsigned = True
    provider.spoil = lambda header, claims: header.update(alg=algorithm)
    sign_in(visitor, provider)
    assert not is_in(visitor)


def test_what_somebody_else_has_signed_is_not_believed(provider: Provider, linked: User, visitor: Client) -> None:
    provider.signing_key = provider.other_key
    sign_in(visitor, provider)
    assert not is_in(visitor)


def test_userinfo_of_somebody_else_is_not_believed(provider: Provider, linked: User, visitor: Client) -> None:
    provider.userinfo = {"sub": "subject-2", "groups": ["boss"]}
    sign_in(visitor, provider)
    assert not is_in(visitor)


def test_an_answer_is_good_once_and_in_the_browser_that_asked(
    provider: Provider, linked: User, visitor: Client
) -> None:
    sent = press(visitor, visitor.get(reverse("admin:login")), BUTTON)
    back = provider.approve(sent.url).removeprefix("http://testserver")
    stranger = Client()
    assert "begun in another window" in text_of(stranger.get(back, follow=True))
    assert "begun in another window" in text_of(visitor.get(back + "x", follow=True))
    # The state is used up by the attempt, right or wrong.
    assert "begun in another window" in text_of(visitor.get(back, follow=True))
    sign_in(visitor, provider)
    assert is_in(visitor)
    visitor.post(reverse("admin:logout"))
    visitor.get(back)
    assert not is_in(visitor)


def test_an_answer_of_yesterday_is_too_old(provider: Provider, linked: User, visitor: Client) -> None:
    with time_machine.travel("2026-03-02 09:00:00Z") as clock:
        sent = press(visitor, visitor.get(reverse("admin:login")), BUTTON)
        clock.shift(16 * 60)
        assert "too old" in text_of(come_back(visitor, provider, sent))
        assert not is_in(visitor)


def test_whoever_refuses_there_is_told_so_here(provider: Provider, linked: User, visitor: Client) -> None:
    provider.refuses = "access_denied"
    assert "Example ID did not sign you in" in text_of(sign_in(visitor, provider))


# --- The provider is away ---


@pytest.mark.parametrize(
    "trouble",
    [
        {"away": True},
        {"discovery": {"issuer": "https://other.example"}},
        {"discovery": {"authorization_endpoint": "http://evil.example/"}},
        {"discovery": {"authorization_endpoint": None}},
    ],
)
def test_a_provider_that_does_not_answer_is_told_on_the_page_to_sign_in(
    provider: Provider, linked: User, visitor: Client, trouble: dict[str, Any]
) -> None:
    vars(provider).update(trouble)
    said = press(visitor, visitor.get(reverse("admin:login")), BUTTON, follow=True)
    assert "Example ID does not answer just now" in text_of(said)
    provider.reset()
    sign_in(visitor, provider)
    assert is_in(visitor)


def test_a_provider_that_goes_away_meanwhile_is_told_too(provider: Provider, linked: User, visitor: Client) -> None:
    sent = press(visitor, visitor.get(reverse("admin:login")), BUTTON)
    back = provider.approve(sent.url).removeprefix("http://testserver")
    provider.away = True
    assert "does not answer just now" in text_of(visitor.get(back, follow=True))
    provider.away = False
    sign_in(visitor, provider)
    assert is_in(visitor)
