"""The second factor: demanded, set up, proven, lost, and nowhere to be walked around."""

import re
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from employees.access import second_factor
from employees.groups import HR_ADMIN, PAYROLL
from tests.access.conftest import MakeUser
from tests.access.signing_in import (
    PASSWORD,
    code_of,
    codes_on,
    give_phone,
    is_in,
    key_on,
    text_of,
    try_password,
)
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]


@pytest.fixture
def demanded(settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN, "Operator"]


def set_up(client: Client, page: Any, *, later: int = 0) -> Any:
    return press(client, page, "Confirm", {"code": code_of(key_on(page), later=later)})


def test_whoever_needs_none_signs_in_with_the_password(visitor: Client, hanna: User) -> None:
    assert try_password(visitor).url == reverse("admin:index")
    assert is_in(visitor)


def test_whoevers_role_demands_one_sets_it_up_at_the_first_sign_in(
    demanded: None, visitor: Client, hanna: User
) -> None:
    page = try_password(visitor, follow=True)
    assert "Your role asks for a second factor" in text_of(page)
    assert "<svg" in page.content.decode()
    assert not is_in(visitor)

    wrong = press(visitor, page, "Confirm", {"code": "000000"})
    assert "not the code of this key" in text_of(wrong)
    assert key_on(wrong) == key_on(page)
    assert not is_in(visitor)

    codes = codes_on(set_up(visitor, wrong))
    assert len(set(codes)) == 10
    assert is_in(visitor)
    assert "A second factor was set up" in mail.outbox[-1].subject


def test_the_page_with_the_key_asks_no_other_address_for_anything(demanded: None, visitor: Client, hanna: User) -> None:
    page = try_password(visitor, follow=True).content.decode()
    assert re.findall(r"(?:src|href|action)=[\"']?(?:https?:)?//", page) == []


def test_an_operator_is_a_role_too(demanded: None, visitor: Client, make_user: MakeUser) -> None:
    make_user("olga", groups=(), is_superuser=True)
    assert "asks for a second factor" in text_of(try_password(visitor, "olga", follow=True))


def test_whoever_has_one_is_asked_for_its_code_and_each_code_is_good_once(visitor: Client, hanna: User) -> None:
    phone = give_phone(hanna)
    with time_machine.travel("2026-03-02 10:00:05Z") as clock:
        page = try_password(visitor, follow=True)
        assert not is_in(visitor)
        code = code_of(phone.key)
        assert press(visitor, page, "Go on", {"code": f"{code[:3]} {code[3:]}"}).url == reverse("admin:index")
        assert is_in(visitor)

        other = Client(REMOTE_ADDR="192.0.2.8")
        page = try_password(other, follow=True)
        replayed = press(other, page, "Go on", {"code": code})
        assert "not right" in text_of(replayed)
        assert not is_in(other)

        waiting = press(other, page, "Go on", {"code": code_of(phone.key, later=1)})
        assert "there is a pause" in text_of(waiting)
        clock.shift(31)
        assert press(other, page, "Go on", {"code": code_of(phone.key)}).status_code == 302
        assert is_in(other)


def test_codes_cannot_be_tried_out(visitor: Client, hanna: User) -> None:
    phone = give_phone(hanna)
    with time_machine.travel("2026-03-02 10:00:05Z") as clock:
        page = try_password(visitor, follow=True)
        for _number in range(5):
            answer = press(visitor, page, "Go on", {"code": "aaaa-bbbb-cccc"})
        assert answer.status_code == 429

        right = press(visitor, page, "Go on", {"code": code_of(phone.key)})
        assert right.status_code == 429
        assert not is_in(visitor)

        clock.shift(901)
        page = try_password(visitor, follow=True)
        assert press(visitor, page, "Go on", {"code": code_of(phone.key)}).status_code == 302


def addresses() -> list[str]:
    """Return every address of the site whose places can be filled with a number or a word."""
    found = []

    def walk(patterns: Any, before: str) -> None:
        for pattern in patterns:
            route = before + str(pattern.pattern).lstrip("^").replace("\\Z", "")
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route)
            elif "(?P" not in route:
                found.append("/" + re.sub(r"<(?:\w+:)?\w+>", "1", route))

    walk(get_resolver().url_patterns, "")
    return found


OPEN_TO_ANYBODY = ("/healthz", "/login/", "/sign-in/", "/i18n/", "/jsi18n/", "/static/")


def test_no_address_answers_whoever_is_half_signed_in(visitor: Client, make_user: MakeUser) -> None:
    olga = make_user("olga", groups=(), is_superuser=True)
    half, forced, stranger = visitor, Client(), Client()
    give_phone(olga)
    try_password(half, "olga")
    # Also where the session itself is whole: a phone that came later, or a session from elsewhere.
    forced.force_login(olga)
    guarded = [address for address in addresses() if not address.startswith(OPEN_TO_ANYBODY)]
    assert len(guarded) > 100
    for address in guarded:
        for headers in ({}, {"HX-Request": "true"}):
            expected = stranger.get(address, headers=headers)
            for client in (half, forced):
                answer = client.get(address, headers=headers)
                assert (answer.status_code, getattr(answer, "url", "")) == (
                    expected.status_code,
                    getattr(expected, "url", ""),
                ), address
                assert "olga" not in answer.content.decode()


def test_the_site_itself_asks_for_the_second_factor(make_user: MakeUser) -> None:
    olga = make_user("olga", groups=(), is_superuser=True)
    request = RequestFactory().get("/")
    request.user = olga
    assert admin.site.has_permission(request)

    give_phone(olga)
    assert not admin.site.has_permission(request)


def test_half_a_sign_in_ends_with_another_password_and_after_a_while(visitor: Client, hanna: User) -> None:
    phone = give_phone(hanna)
    with time_machine.travel("2026-03-02 10:00:05Z") as clock:
        page = try_password(visitor, follow=True)
        hanna.set_password("another-long-password")
        hanna.save()
        assert press(visitor, page, "Go on", {"code": code_of(phone.key)}).url == reverse("admin:login")

        page = try_password(visitor, password="another-long-password", follow=True)
        clock.shift(16 * 60)
        assert press(visitor, page, "Go on", {"code": code_of(phone.key)}).url == reverse("admin:login")
        page = try_password(visitor, password="another-long-password", follow=True)
        assert press(visitor, page, "Go on", {"code": code_of(phone.key)}).url == reverse("admin:index")


def test_whoever_is_half_signed_in_cannot_put_another_phone_in_the_place_of_the_first(
    demanded: None, visitor: Client, hanna: User
) -> None:
    phone = give_phone(hanna)
    try_password(visitor)
    page: Any = visitor.get(reverse("second_factor_set_up"))
    assert page.url == reverse("second_factor")
    visitor.post(reverse("second_factor_set_up"), {"code": code_of(phone.key)})
    assert TOTPDevice.objects.get().key == phone.key
    assert not is_in(visitor)


def test_changing_the_password_keeps_it_demanded(demanded: None, visitor: Client, hanna: User) -> None:
    set_up(visitor, try_password(visitor, follow=True))
    page = visitor.get(reverse("admin:password_change"))
    new = "another-long-password-for-a-test"
    typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    button = next(name for name in buttons_of(page) if "assword" in name)
    assert press(visitor, page, button, typed).status_code == 302
    assert is_in(visitor)

    other = Client(REMOTE_ADDR="192.0.2.9")
    assert "Type the code" in text_of(try_password(other, password=new, follow=True))
    assert not is_in(other)


def test_a_role_that_is_given_later_demands_it_at_the_next_page(
    settings: Settings, visitor: Client, make_user: MakeUser
) -> None:
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN]
    paula = make_user("paula", groups=(PAYROLL,))
    try_password(visitor, "paula")
    assert is_in(visitor)

    settings.SECOND_FACTOR_ROLES = [PAYROLL]
    page = visitor.get(reverse("admin:index"), follow=True)
    assert "asks for a second factor" in text_of(page)
    assert set_up(visitor, page).status_code == 200
    assert is_in(visitor)
    assert second_factor.is_needed(paula)


# --- The account page ---


def test_anybody_may_set_one_up_and_turn_it_off_with_a_code(visitor: Client, hanna: User) -> None:
    with time_machine.travel("2026-03-02 10:00:05Z") as clock:
        try_password(visitor)
        elsewhere = Client(REMOTE_ADDR="192.0.2.8")
        try_password(elsewhere)
        page = visitor.get(reverse("admin:account_second_factor"))
        key = key_on(page)
        assert len(codes_on(set_up(visitor, page))) == 10
        assert is_in(visitor)
        assert not is_in(elsewhere)

        clock.shift(31)
        page = visitor.get(reverse("admin:account_second_factor"))
        assert "Turn off" in buttons_of(page)
        refused = press(visitor, page, "Turn off", {"code": "123456"})
        assert refused.status_code == 200
        clock.shift(31)
        press(visitor, page, "Turn off", {"code": code_of(key)})
        assert not TOTPDevice.objects.exists()
        assert is_in(visitor)
        assert "turned off" in mail.outbox[-1].subject


def test_a_demanded_one_cannot_be_turned_off_and_is_moved_after_a_code(
    demanded: None, visitor: Client, hanna: User
) -> None:
    page = try_password(visitor, follow=True)
    first = key_on(page)
    spare = codes_on(set_up(visitor, page))[0]
    page = visitor.get(reverse("admin:account_second_factor"))
    assert "Turn off" not in buttons_of(page)
    visitor.post(reverse("admin:account_second_factor"), {"code": spare, "turn_off": "1"})
    assert TOTPDevice.objects.get().key == first

    page = visitor.get(reverse("admin:account_second_factor"))
    second = key_on(page)
    assert second != first
    set_up(visitor, page)
    assert TOTPDevice.objects.get().key == second
    assert is_in(visitor)


def test_no_page_of_the_admin_shows_anybodys_key(hanna: User) -> None:
    assert not [model for model in admin.site._registry if model._meta.app_label in ("otp_totp", "axes")]
