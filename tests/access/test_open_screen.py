"""A screen that was left open: whoever passes by makes no way in of it, and the user meets no dead end."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from employees.access import recovery_codes
from employees.access.models import AccessEvent, ProviderLink
from employees.groups import HR_ADMIN, PAYROLL
from tests.access.conftest import MakeUser
from tests.access.provider_server import Provider
from tests.access.provider_steps import come_back, sign_in
from tests.access.signing_in import PASSWORD, code_of, codes_on, give_phone, is_in, key_on, text_of, try_password
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]
ASKED = "Is it you?"
LINK, UNLINK, SHOW = "Link to Example ID", "Remove the link", "Show it with Example ID"
# A while after signing in, and not yet the end of the session.
WHILE = 11 * 60


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-03-02 09:00:00Z") as traveller:
        yield traveller


@pytest.fixture
def left_open(visitor: Client, hanna: User, clock: Any) -> Client:
    try_password(visitor)
    clock.shift(WHILE)
    return visitor


@pytest.fixture
def without_password(provider: Provider, linked: User) -> User:
    linked.set_unusable_password()
    linked.save()
    return linked


def second_factor_page(client: Client) -> Any:
    return client.get(reverse("admin:account_second_factor"))


def press_on_account(client: Client, button: str) -> Any:
    return press(client, client.get(reverse("admin:account")), button)


def set_up(client: Client, page: Any) -> Any:
    return press(client, page, "Confirm", {"code": code_of(key_on(page))})


# --- With the password ---


def test_a_second_factor_is_set_up_after_the_password_only(left_open: Client) -> None:
    page = second_factor_page(left_open)
    assert ASKED in text_of(page)
    assert "Key:" not in text_of(page)
    left_open.post(reverse("admin:account_second_factor"), {"code": "123456"})
    assert "not your password" in text_of(press(left_open, page, "Go on", {"password": "a-guess"}))
    assert "Key:" not in text_of(second_factor_page(left_open))

    assert press(left_open, page, "Go on", {"password": PASSWORD}).url == reverse("admin:account_second_factor")
    assert len(codes_on(set_up(left_open, second_factor_page(left_open)))) == 10
    assert TOTPDevice.objects.exists()


def test_the_password_cannot_be_tried_out_there(left_open: Client, clock: Any) -> None:
    page = second_factor_page(left_open)
    for number in range(5):
        answer = press(left_open, page, "Go on", {"password": f"guess-{number}"})
    assert answer.status_code == 429
    assert press(left_open, page, "Go on", {"password": PASSWORD}).status_code == 429
    assert ASKED in text_of(second_factor_page(left_open))

    clock.shift(901)
    assert press(left_open, page, "Go on", {"password": PASSWORD}).status_code == 302


def test_a_proof_counts_for_some_minutes_and_for_everything(
    provider: Provider, left_open: Client, hanna: User, clock: Any
) -> None:
    press(left_open, second_factor_page(left_open), "Go on", {"password": PASSWORD})
    clock.shift(9 * 60)
    assert press_on_account(left_open, LINK).url.startswith(provider.issuer)
    clock.shift(61)
    assert ASKED in text_of(press_on_account(left_open, LINK))
    assert ASKED in text_of(second_factor_page(left_open))


def test_whoever_has_just_signed_in_is_not_asked(provider: Provider, visitor: Client, hanna: User) -> None:
    try_password(visitor)
    assert "Key:" in text_of(second_factor_page(visitor))
    assert press_on_account(visitor, LINK).url.startswith(provider.issuer)


def test_linking_and_unlinking_ask_for_the_password_and_go_on(
    provider: Provider, left_open: Client, hanna: User, clock: Any
) -> None:
    page = press_on_account(left_open, LINK)
    assert ASKED in text_of(page)
    assert ASKED in text_of(press(left_open, page, "Go on", {"password": "a-guess"}))
    come_back(left_open, provider, press(left_open, page, "Go on", {"password": PASSWORD}))
    assert ProviderLink.objects.get().user == hanna

    clock.shift(WHILE)
    page = press_on_account(left_open, UNLINK)
    assert ASKED in text_of(page)
    assert ProviderLink.objects.exists()
    press(left_open, page, "Go on", {"password": PASSWORD})
    assert not ProviderLink.objects.exists()
    assert mail.outbox[-1].subject == "The link of your account to Example ID was removed"
    assert AccessEvent.objects.filter(user=hanna, kind="unlinked", by=hanna).exists()


# --- With a code ---


def test_whoever_has_a_second_factor_is_asked_for_a_code_and_not_for_the_password(
    provider: Provider, visitor: Client, hanna: User, clock: Any
) -> None:
    phone = give_phone(hanna)
    spare, *_rest = recovery_codes.renew(hanna)
    press(visitor, try_password(visitor, follow=True), "Go on", {"code": code_of(phone.key)})
    clock.shift(WHILE)
    page = press_on_account(visitor, LINK)
    visitor.post(reverse("admin:account_link"), {"password": PASSWORD})
    assert not any(name in buttons_of(page) for name in (SHOW, LINK))
    assert "no recovery code that is left" in text_of(press(visitor, page, "Go on", {"code": "aaaa-bbbb-cccc"}))
    come_back(visitor, provider, press(visitor, page, "Go on", {"code": spare}))
    assert ProviderLink.objects.exists()


# --- With the provider ---


@pytest.mark.parametrize("told", [True, False])
def test_whoever_has_no_password_proves_it_with_the_provider(
    provider: Provider, without_password: User, visitor: Client, clock: Any, told: bool
) -> None:
    sign_in(visitor, provider)
    clock.shift(WHILE)
    page = second_factor_page(visitor)
    assert "Go on" not in buttons_of(page)
    sent = press(visitor, page, SHOW)
    assert "prompt=login" in sent.url
    assert "max_age=0" in sent.url
    if told:
        provider.person["auth_time"] = int(time.time())
    assert "Key:" in text_of(come_back(visitor, provider, sent))


def test_a_sign_in_of_before_at_the_provider_proves_nothing(
    provider: Provider, without_password: User, visitor: Client, clock: Any
) -> None:
    provider.person["auth_time"] = int(time.time()) - 3600
    sign_in(visitor, provider)
    assert is_in(visitor)
    page = second_factor_page(visitor)
    assert ASKED in text_of(page)
    said = text_of(come_back(visitor, provider, press(visitor, page, SHOW)))
    assert "did not ask you to sign in anew" in said
    assert ASKED in text_of(second_factor_page(visitor))

    provider.person["auth_time"] = int(time.time())
    assert "Key:" in text_of(come_back(visitor, provider, press(visitor, page, SHOW)))


def test_somebody_elses_sign_in_at_the_provider_proves_nothing(
    provider: Provider, without_password: User, make_user: MakeUser, visitor: Client, clock: Any
) -> None:
    ProviderLink.objects.create(user=make_user("henrik"), issuer=provider.issuer, subject="subject-2")
    sign_in(visitor, provider)
    clock.shift(WHILE)
    for subject in ("subject-2", "subject-3"):
        provider.person["sub"] = subject
        page = come_back(visitor, provider, press(visitor, second_factor_page(visitor), SHOW))
        assert "That was another account at Example ID" in text_of(page)
        assert ASKED in text_of(second_factor_page(visitor))
    assert ProviderLink.objects.count() == 2

    provider.person["sub"] = "subject-1"
    assert "Key:" in text_of(come_back(visitor, provider, press(visitor, second_factor_page(visitor), SHOW)))


def test_what_was_pressed_is_pressed_again_after_the_provider(
    provider: Provider, linked: User, visitor: Client, clock: Any
) -> None:
    sign_in(visitor, provider)
    clock.shift(WHILE)
    page = come_back(visitor, provider, press(visitor, press_on_account(visitor, UNLINK), SHOW))
    assert "Now press again" in text_of(page)
    press(visitor, page, UNLINK)
    assert not ProviderLink.objects.exists()


def test_without_password_an_operator_removes_the_link_and_the_user_is_told(
    provider: Provider, without_password: User, visitor: Client, operator: Client
) -> None:
    sign_in(visitor, provider)
    page = press_on_account(visitor, UNLINK)
    assert "An operator can remove it" in text_of(visitor.get(page.url))
    address = reverse("admin:access_providerlink_delete", args=[ProviderLink.objects.get().pk])
    press(operator, operator.get(address), "Yes, I’m sure")
    assert not ProviderLink.objects.exists()
    assert (mail.outbox[-1].to, "by Otto Vik" in mail.outbox[-1].body) == (["hanna@example.com"], True)
    assert AccessEvent.objects.get(kind="unlinked").by == User.objects.get(username="otto")


def test_whoever_has_neither_signs_in_again(visitor: Client, hanna: User, clock: Any) -> None:
    visitor.force_login(hanna)
    hanna.set_unusable_password()
    hanna.save()
    visitor.force_login(hanna)
    clock.shift(WHILE)
    page = second_factor_page(visitor)
    assert "Sign out and sign in again" in text_of(page)
    press(visitor, page, "Sign out")
    assert not is_in(visitor)


def test_a_superuser_without_password_sets_one_after_a_proof(
    provider: Provider, make_user: MakeUser, visitor: Client, clock: Any
) -> None:
    olga = make_user("olga", groups=(), is_superuser=True)
    olga.set_unusable_password()
    olga.save()
    ProviderLink.objects.create(user=olga, issuer=provider.issuer, subject="subject-1")
    sign_in(visitor, provider)
    clock.shift(WHILE)
    address = reverse("admin:auth_user_password_change", args=[olga.pk])
    new = {"password1": PASSWORD, "password2": PASSWORD}
    assert ASKED in text_of(visitor.post(address, new))
    page = come_back(visitor, provider, press(visitor, visitor.get(address), SHOW))
    press(visitor, page, "Change password", new)
    olga.refresh_from_db()
    assert olga.check_password(PASSWORD)
    assert is_in(visitor)
    assert AccessEvent.objects.get().kind == "password_changed"


# --- A role that demands one meanwhile ---


def test_a_demand_that_comes_meanwhile_is_met_after_signing_in_again(
    settings: Settings, left_open: Client, hanna: User
) -> None:
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN]
    page = left_open.get(reverse("admin:index"), follow=True)
    assert "Sign in again, then set it up" in text_of(page)
    assert "Key:" not in text_of(left_open.get(reverse("second_factor_set_up"), follow=True))

    page = try_password(left_open, follow=True)
    assert "Your role asks for a second factor" in text_of(page)
    assert set_up(left_open, page).status_code == 200
    assert is_in(left_open)


def test_a_colleagues_password_sets_up_no_second_factor_for_whoever_was_here(
    settings: Settings, left_open: Client, hanna: User, make_user: MakeUser
) -> None:
    henrik = make_user("henrik", groups=(PAYROLL,))
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN, PAYROLL]
    left_open.post(reverse("admin:login"), {"username": "henrik", "password": PASSWORD})
    page = left_open.get(reverse("second_factor_set_up"))
    assert "You are signing in as henrik" in text_of(page)
    set_up(left_open, page)
    assert TOTPDevice.objects.get().user == henrik
