"""Sessions: how long they live, what ends them, and the list that their user has of them."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.access.cleaning import clean
from employees.access.models import SignIn
from employees.groups import HR_ADMIN, PAYROLL
from tests.access.conftest import MakeUser
from tests.access.signing_in import PASSWORD, is_in, text_of, try_password
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-03-02 09:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone(hanna: User) -> Client:
    client = Client(REMOTE_ADDR="203.0.113.5", HTTP_USER_AGENT=SAFARI)
    try_password(client)
    return client


@pytest.fixture
def desk(hanna: User) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT=FIREFOX)
    try_password(client)
    return client


def test_a_session_ends_when_it_is_idle_and_lives_on_while_it_is_used(
    settings: Settings, desk: Client, clock: Any
) -> None:
    for _time in range(3):
        clock.shift(50 * 60)
        assert is_in(desk)
    clock.shift(61 * 60)
    answer = desk.get(reverse("admin:index"), follow=True)
    assert "Your sign-in has ended" in text_of(answer)
    assert try_password(desk).status_code == 302
    assert is_in(desk)


def test_a_session_ends_after_its_whole_life_however_much_it_is_used(desk: Client, clock: Any) -> None:
    for _time in range(24):
        assert is_in(desk)
        clock.shift(30 * 60)
    clock.shift(1)
    assert not is_in(desk)


def test_a_page_that_looks_by_itself_keeps_nobody_signed_in(desk: Client, clock: Any) -> None:
    for _time in range(6):
        clock.shift(10 * 60)
        fragment = desk.get(reverse("admin:index"), headers={"HX-Request": "true"})
        assert fragment.status_code == 200
    clock.shift(60)
    fragment = desk.get(reverse("admin:index"), headers={"HX-Request": "true"})
    # The whole page becomes the one to sign in, not the fragment.
    assert (fragment.headers["HX-Refresh"], fragment.content) == ("true", b"")
    assert not is_in(desk)


def test_another_password_ends_every_other_session(desk: Client, phone: Client) -> None:
    new = "another-long-password-for-a-test"
    page = desk.get(reverse("admin:password_change"))
    button = next(name for name in buttons_of(page) if "assword" in name)
    typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert press(desk, page, button, typed).status_code == 302
    assert is_in(desk)
    listed = text_of(desk.get(reverse("admin:account")))
    assert "Safari" not in listed
    assert not is_in(phone)


def test_an_operators_change_of_the_password_ends_them_all(desk: Client, hanna: User) -> None:
    hanna.set_password("another-long-password")
    hanna.save()
    assert not is_in(desk)


def test_a_deactivated_user_is_out_and_stays_out_when_activated_again(desk: Client, hanna: User) -> None:
    hanna.is_active = False
    hanna.save()
    assert not SignIn.objects.exists()
    assert not is_in(desk)
    hanna.is_active = True
    hanna.save()
    assert not is_in(desk)
    try_password(desk)
    assert is_in(desk)


@pytest.mark.parametrize("change", ["given", "taken", "taken by the group", "all taken", "no staff", "operator"])
def test_other_roles_end_the_sessions(desk: Client, hanna: User, change: str) -> None:
    if change == "given":
        hanna.groups.add(Group.objects.get(name=PAYROLL))
    elif change == "taken":
        hanna.groups.remove(Group.objects.get(name=HR_ADMIN))
    elif change == "taken by the group":
        Group.objects.get(name=HR_ADMIN).user_set.remove(hanna)
    elif change == "all taken":
        Group.objects.get(name=HR_ADMIN).user_set.clear()
    else:
        # Also where no signal is sent.
        User.objects.update(**{"is_staff": False} if change == "no staff" else {"is_superuser": True})
    assert not is_in(desk)
    try_password(desk)
    assert is_in(desk) == (change != "no staff")


def test_saving_a_user_unchanged_ends_nothing(desk: Client, hanna: User) -> None:
    hanna.last_name = "Berg"
    hanna.save()
    assert is_in(desk)


def test_the_users_sign_ins_are_listed_in_words_and_the_current_one_is_marked(desk: Client, phone: Client) -> None:
    page = text_of(desk.get(reverse("admin:account")))
    assert "Firefox on Windows 192.0.2.7 2026-03-02 10:00 2026-03-02 10:00 This one" in page
    assert "Safari on iPhone 203.0.113.5 2026-03-02 10:00 2026-03-02 10:00 End" in page


def test_a_sign_in_is_ended_from_the_list(desk: Client, phone: Client) -> None:
    page = desk.get(reverse("admin:account"))
    ends = [name for name in buttons_of(page) if name.startswith("End")]
    assert len(ends) == 1
    press(desk, page, ends[0])
    assert not is_in(phone)
    assert is_in(desk)
    try_password(phone)
    assert is_in(phone)


def test_everywhere_else_is_signed_out_at_once(desk: Client, phone: Client, hanna: User) -> None:
    third = Client()
    try_password(third)
    said = press(desk, desk.get(reverse("admin:account")), "Sign out everywhere else", follow=True)
    assert "signed out in 2 other places" in text_of(said)
    assert (is_in(desk), is_in(phone), is_in(third)) == (True, False, False)


def test_nobody_ends_or_sees_somebody_elses(desk: Client, make_user: MakeUser) -> None:
    make_user("henrik")
    henrik = Client()
    try_password(henrik, "henrik")
    theirs = SignIn.objects.get(user__username="hanna")
    henrik.post(reverse("admin:account_end_sign_in", args=[theirs.pk]))
    henrik.post(reverse("admin:account_end_others"))
    assert is_in(desk)
    assert "Firefox" not in text_of(henrik.get(reverse("admin:account")))


def test_only_a_post_ends_something(desk: Client, phone: Client) -> None:
    assert desk.get(reverse("admin:account_end_others")).status_code == 405
    assert is_in(phone)


def test_signing_out_takes_it_off_the_list(desk: Client, phone: Client) -> None:
    phone.post(reverse("admin:logout"))
    assert "Safari" not in text_of(desk.get(reverse("admin:account")))


def test_a_session_without_its_row_is_over(desk: Client) -> None:
    SignIn.objects.all().delete()
    assert not is_in(desk)


def test_a_copied_session_cannot_take_another_ones_row(desk: Client, phone: Client) -> None:
    session = phone.session
    session["sign_in"] = SignIn.objects.create(
        user=User.objects.create(username="olga"),
        session_key="x",
        signed_in_at="2026-03-02T09:00:00Z",
        last_seen_at="2026-03-02T09:00:00Z",
    ).pk
    session.save()
    assert not is_in(phone)


def test_what_is_over_is_deleted(desk: Client, clock: Any) -> None:
    clean()
    assert is_in(desk)
    clock.shift(3601)
    clean()
    assert (SignIn.objects.count(), Session.objects.count()) == (0, 0)


def test_a_name_is_found_capitals_aside_and_wrong_passwords_count_for_its_user(
    make_user: MakeUser, visitor: Client
) -> None:
    make_user("Eva@example.com")
    for attempt in range(5):
        try_password(visitor, "eva@example.com" if attempt % 2 else "EVA@example.com", "wrong")
    assert try_password(visitor, "Eva@example.com").status_code == 429

    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    try_password(elsewhere, "eva@EXAMPLE.com")
    assert is_in(elsewhere)


def test_of_two_names_that_differ_by_capitals_the_exact_one_signs_in(make_user: MakeUser, visitor: Client) -> None:
    make_user("eva")
    make_user("Eva", email="other@example.com")

    try_password(visitor, "EVA")
    assert not is_in(visitor)
    try_password(visitor, "Eva")
    assert visitor.session["_auth_user_id"] == str(User.objects.get(username="Eva").pk)
