"""Sign-in with an OpenID Connect provider: a real one."""

import logging
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.access.models import ProviderLink
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL
from tests.access.conftest import MakeUser
from tests.access.provider_server import CLIENT_SECRET, Provider
from tests.access.provider_steps import BUTTON, come_back, sign_in
from tests.access.signing_in import PASSWORD, code_of, give_phone, is_in, text_of
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]


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


def test_nothing_of_the_sign_in_stands_in_the_log(
    provider: Provider, linked: User, visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="employees")
    sign_in(visitor, provider)
    assert not [secret for secret in (CLIENT_SECRET, "subject-1", "hanna", "eyJ") if secret in caplog.text]
