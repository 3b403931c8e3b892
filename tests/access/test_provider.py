"""Sign-in with an OpenID Connect provider: a real one, and all that can be wrong with what it says."""

import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.access import invitations
from employees.access.models import AccessEvent, ProviderLink
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL
from tests.access.conftest import MakeUser
from tests.access.provider_server import CLIENT_ID, CLIENT_SECRET, Provider
from tests.access.signing_in import PASSWORD, code_of, give_phone, is_in, text_of, try_password
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]
BUTTON: Final = "Sign in with Example ID"


@pytest.fixture(scope="module")
def _running() -> Iterator[Provider]:
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def provider(_running: Provider, settings: Settings) -> Provider:
    _running.reset()
    settings.OIDC_ISSUER, settings.OIDC_NAME = _running.issuer, "Example ID"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.PUBLIC_URL, settings.DEBUG_PROVIDER = "http://testserver", True
    return _running


@pytest.fixture
def linked(provider: Provider, hanna: User) -> User:
    ProviderLink.objects.create(user=hanna, issuer=provider.issuer, subject="subject-1")
    return hanna


def sign_in(client: Client, provider: Provider) -> Any:
    """Press the button, sign in there, and come back; return the page that is shown then."""
    sent = press(client, client.get(reverse("admin:login")), BUTTON)
    return come_back(client, provider, sent)


def come_back(client: Client, provider: Provider, sent: Any) -> Any:
    assert sent.url.startswith(f"{provider.issuer}/authorize?"), sent.url
    return client.get(provider.approve(sent.url).removeprefix("http://testserver"), follow=True)


def test_whoever_is_linked_signs_in(provider: Provider, linked: User, visitor: Client) -> None:
    assert "Example ID" not in text_of(sign_in(visitor, provider))
    assert is_in(visitor)
    assert ProviderLink.objects.get().last_used_at is not None


def test_the_page_that_was_asked_for_is_shown_afterwards(provider: Provider, linked: User, visitor: Client) -> None:
    asked = visitor.get(reverse("admin:account"), follow=True)
    page = come_back(visitor, provider, press(visitor, asked, BUTTON))
    assert page.request["PATH_INFO"] == reverse("admin:account")


def test_no_other_site_is_led_to_afterwards(provider: Provider, linked: User, visitor: Client) -> None:
    sent = visitor.post(reverse("provider_sign_in"), {"next": "https://evil.example/"})
    page = come_back(visitor, provider, sent)
    assert page.request["PATH_INFO"] == reverse("admin:index")


@pytest.mark.parametrize("verified", [True, False])
def test_nobody_is_signed_in_by_an_e_mail_address(
    provider: Provider, hanna: User, visitor: Client, verified: bool
) -> None:
    provider.person["email_verified"] = verified
    assert "No account here goes with that account" in text_of(sign_in(visitor, provider))
    assert not is_in(visitor)
    assert not ProviderLink.objects.exists()


def test_where_the_setting_allows_it_a_verified_address_links_once(
    provider: Provider, settings: Settings, hanna: User, visitor: Client
) -> None:
    settings.OIDC_LINK_BY_VERIFIED_EMAIL = True
    sign_in(visitor, provider)
    assert is_in(visitor)
    assert "linked to Example ID" in mail.outbox[-1].subject

    # Somebody else who has that address at the provider later is nobody here.
    provider.person["sub"] = "subject-2"
    stranger = Client()
    assert "No account here" in text_of(sign_in(stranger, provider))
    assert not is_in(stranger)


@pytest.mark.parametrize("verified", [False, "true", "false", 1, None])
def test_an_address_that_is_not_truly_verified_links_nobody(
    provider: Provider, settings: Settings, hanna: User, visitor: Client, verified: Any
) -> None:
    settings.OIDC_LINK_BY_VERIFIED_EMAIL = True
    provider.person["email_verified"] = verified
    sign_in(visitor, provider)
    assert not is_in(visitor)
    assert not ProviderLink.objects.exists()


def test_an_address_that_two_users_have_links_neither(
    provider: Provider, settings: Settings, hanna: User, make_user: MakeUser, visitor: Client
) -> None:
    settings.OIDC_LINK_BY_VERIFIED_EMAIL = True
    make_user("henrik", email="Hanna@Example.com")
    sign_in(visitor, provider)
    assert not ProviderLink.objects.exists()


def test_the_same_address_with_another_subject_is_somebody_else(
    provider: Provider, linked: User, visitor: Client
) -> None:
    provider.person["sub"] = "subject-2"
    assert "No account here" in text_of(sign_in(visitor, provider))
    assert not is_in(visitor)


def test_the_same_subject_of_another_issuer_is_somebody_else(provider: Provider, hanna: User, visitor: Client) -> None:
    ProviderLink.objects.create(user=hanna, issuer="https://other.example", subject="subject-1")
    sign_in(visitor, provider)
    assert not is_in(visitor)


def test_a_deactivated_user_stays_out(provider: Provider, linked: User, visitor: Client) -> None:
    User.objects.update(is_active=False)
    assert "No account here" in text_of(sign_in(visitor, provider))
    assert not is_in(visitor)
    User.objects.update(is_active=True)
    sign_in(visitor, provider)
    assert is_in(visitor)


# --- What is wrong with the answer ---


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


def test_with_passwords_off_only_the_emergency_account_has_one(
    provider: Provider, settings: Settings, linked: User, make_user: MakeUser, visitor: Client
) -> None:
    make_user("emergency", groups=())
    settings.PASSWORD_SIGN_IN, settings.EMERGENCY_USER = False, "emergency"
    provider.away = True
    assert "Log in" not in buttons_of(visitor.get(reverse("admin:login")))

    page = visitor.get(f"{reverse('admin:login')}?emergency=1")
    refused = press(visitor, page, "Log in", {"username": "hanna", "password": PASSWORD})
    assert "Only the emergency account has a password" in text_of(refused)
    assert not is_in(visitor)
    press(visitor, page, "Log in", {"username": "emergency", "password": PASSWORD})
    assert is_in(visitor)

    provider.away = False
    other = Client()
    sign_in(other, provider)
    assert is_in(other)


def test_without_a_provider_none_of_its_addresses_answers(visitor: Client, hanna: User) -> None:
    assert BUTTON not in buttons_of(visitor.get(reverse("admin:login")))
    assert visitor.get(reverse("provider_callback")).status_code == 404
    assert visitor.post(reverse("provider_sign_in")).status_code == 404


# --- The second factor, roles ---


def test_a_role_that_demands_a_second_factor_demands_it_here_too(
    provider: Provider, settings: Settings, linked: User, visitor: Client
) -> None:
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN]
    phone = give_phone(linked)
    page = sign_in(visitor, provider)
    assert "Type the code" in text_of(page)
    assert not is_in(visitor)
    press(visitor, page, "Go on", {"code": code_of(phone.key)})
    assert is_in(visitor)


@pytest.mark.parametrize("told_by", ["ID token", "userinfo"])
def test_groups_there_give_roles_here_and_lost_groups_take_them(
    provider: Provider, settings: Settings, linked: User, told_by: str
) -> None:
    settings.OIDC_ROLES = [("pay", PAYROLL), ("it", INTEGRATION_ADMIN), ("people", HR_ADMIN)]
    other = Group.objects.create(name="Helpdesk")
    linked.groups.set([other, Group.objects.get(name=HR_ADMIN)])

    def with_groups(*groups: str) -> set[str]:
        if told_by == "userinfo":
            provider.userinfo = {**provider.person, "groups": list(groups)}
        else:
            provider.person["groups"] = list(groups)
        sign_in(Client(), provider)
        return set(linked.groups.values_list("name", flat=True))

    assert with_groups("pay", "it", "unknown") == {PAYROLL, INTEGRATION_ADMIN, "Helpdesk"}
    assert with_groups("it") == {INTEGRATION_ADMIN, "Helpdesk"}
    assert with_groups() == {"Helpdesk"}
    assert with_groups("people") == {HR_ADMIN, "Helpdesk"}


def test_a_provider_that_tells_no_groups_any_more_gives_no_roles(
    provider: Provider, settings: Settings, linked: User, visitor: Client
) -> None:
    settings.OIDC_ROLES = [("people", HR_ADMIN)]
    sign_in(visitor, provider)
    assert not linked.groups.exists()


def test_without_the_setting_roles_are_left_alone(provider: Provider, linked: User, visitor: Client) -> None:
    provider.person["groups"] = ["boss"]
    sign_in(visitor, provider)
    assert set(linked.groups.values_list("name", flat=True)) == {HR_ADMIN}


# --- The first link ---


def test_a_signed_in_user_links_and_unlinks(provider: Provider, hanna: User, visitor: Client) -> None:
    try_password(visitor)
    sent = press(visitor, visitor.get(reverse("admin:account")), "Link to Example ID")
    page = come_back(visitor, provider, sent)
    assert "Linked since" in text_of(page)
    link = ProviderLink.objects.get()
    assert (link.user, link.issuer, link.subject) == (hanna, provider.issuer, "subject-1")
    assert AccessEvent.objects.filter(user=hanna, kind=AccessEvent.Kind.LINKED).exists()

    other = Client()
    sign_in(other, provider)
    assert is_in(other)

    press(visitor, visitor.get(reverse("admin:account")), "Remove the link")
    assert not ProviderLink.objects.exists()


def test_an_identity_is_one_users_only(provider: Provider, linked: User, make_user: MakeUser, visitor: Client) -> None:
    make_user("henrik")
    try_password(visitor, "henrik")
    sent = press(visitor, visitor.get(reverse("admin:account")), "Link to Example ID")
    assert "linked to another user" in text_of(come_back(visitor, provider, sent))
    assert ProviderLink.objects.get().user == linked


def test_a_link_that_was_begun_signed_in_links_nobody_once_signed_out(
    provider: Provider, hanna: User, make_user: MakeUser, visitor: Client
) -> None:
    make_user("henrik")
    try_password(visitor)
    sent = press(visitor, visitor.get(reverse("admin:account")), "Link to Example ID")
    back = provider.approve(sent.url).removeprefix("http://testserver")
    visitor.post(reverse("admin:logout"))
    try_password(visitor, "henrik")
    visitor.get(back)
    assert not ProviderLink.objects.exists()


def test_an_invitation_links_once(provider: Provider, hanna: User, make_user: MakeUser, visitor: Client) -> None:
    olga = make_user("olga", groups=(), is_superuser=True)
    operator = Client()
    operator.force_login(olga)
    chosen = {"action": "invite_to_provider", "_selected_action": [hanna.pk]}
    operator.post(reverse("admin:auth_user_changelist"), chosen)
    (invitation,) = [word for word in mail.outbox[-1].body.split() if word.startswith("http://testserver/sign-in/")]
    assert mail.outbox[-1].to == ["hanna@example.com"]
    address = invitation.removeprefix("http://testserver")

    come_back(visitor, provider, press(visitor, visitor.get(address), "Go to Example ID"))
    assert is_in(visitor)
    assert ProviderLink.objects.get().user == hanna

    again = Client()
    assert "used up or too old" in text_of(again.get(address, follow=True))
    assert "used up or too old" in text_of(again.get(address[:-3] + "abc/", follow=True))
    assert "used up or too old" in text_of(again.get(reverse("provider_invited", args=["9" * 30 + ".x"]), follow=True))


def test_an_invitation_ends_with_time_and_with_the_user(provider: Provider, hanna: User) -> None:
    with time_machine.travel("2026-03-02 09:00:00Z") as clock:
        invitations.send(invitations.make(hanna, by=None, with_provider=True))
        (address,) = [word for word in mail.outbox[-1].body.split() if "/sign-in/provider/invited/" in word]
        invitation = address.rstrip("/").rpartition("/")[2]
        assert invitations.invited_to_provider(invitation) == hanna
        User.objects.update(is_active=False)
        assert invitations.invited_to_provider(invitation) is None
        User.objects.update(is_active=True)
        clock.shift(6 * 24 * 3600)
        assert invitations.invited_to_provider(invitation) == hanna
        clock.shift(2 * 24 * 3600)
        assert invitations.invited_to_provider(invitation) is None


def test_nothing_of_the_sign_in_stands_in_the_log(
    provider: Provider, linked: User, visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="employees")
    sign_in(visitor, provider)
    assert not [secret for secret in (CLIENT_SECRET, "subject-1", "hanna", "eyJ") if secret in caplog.text]
