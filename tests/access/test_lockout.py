"""Failed sign-ins: counted, told, forgotten; and nobody can shut somebody else out."""

import logging
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from employees.access.addresses import client_address
from employees.access.cleaning import clean
from tests.access.conftest import MakeUser
from tests.access.signing_in import PASSWORD, is_in, text_of, try_password

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]
LIMIT = 5


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-03-02 09:00:00Z", tick=False) as traveller:
        yield traveller


def hammer(client: Client, username: str = "hanna", *, times: int = LIMIT) -> Any:
    answer = None
    for _number in range(times):
        answer = client.post(reverse("admin:login"), {"username": username, "password": secrets.token_hex(8)})
    return answer


def test_after_five_failures_nothing_is_taken_and_a_page_says_until_when(
    visitor: Client, hanna: User, clock: Any
) -> None:
    assert "Name or password is not right" in text_of(try_password(visitor, password="wrong"))
    shut = hammer(visitor, times=LIMIT - 1)
    assert shut.status_code == 429
    assert "for 15 minutes, until 10:15" in text_of(shut)
    assert shut.headers["Retry-After"] == "900"

    clock.shift(14 * 60)
    assert "for 1 minute, until 10:15" in text_of(try_password(visitor))
    assert not is_in(visitor)
    clock.shift(61)
    assert try_password(visitor).status_code == 302
    assert is_in(visitor)


def test_the_right_user_gets_in_while_somebody_hammers_her_name_from_elsewhere(visitor: Client, hanna: User) -> None:
    assert hammer(Client(REMOTE_ADDR="198.51.100.1"), times=40).status_code == 429
    assert try_password(visitor).status_code == 302
    assert is_in(visitor)


def test_her_success_does_not_let_the_other_one_go_on(visitor: Client, hanna: User) -> None:
    attacker = Client(REMOTE_ADDR="198.51.100.1")
    hammer(attacker)
    try_password(visitor)
    assert try_password(attacker).status_code == 429


def test_many_addresses_at_one_name_are_shut_but_not_where_she_has_been_before(visitor: Client, hanna: User) -> None:
    try_password(visitor)
    for number in range(20):
        hammer(Client(REMOTE_ADDR=f"198.51.100.{number}"), times=3)

    assert try_password(Client(REMOTE_ADDR="198.51.100.77")).status_code == 429
    # Her address, with a fresh browser; and her browser at another address.
    assert try_password(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302
    visitor.defaults["REMOTE_ADDR"] = "203.0.113.9"
    visitor.cookies.pop("sessionid")
    assert try_password(visitor).status_code == 302


def test_many_names_from_one_address_shut_it_but_not_for_whoever_has_been_there_before(make_user: MakeUser) -> None:
    office = "192.0.2.50"
    make_user("hanna"), make_user("henrik")
    try_password(Client(REMOTE_ADDR=office), "hanna")
    for number in range(30):
        hammer(Client(REMOTE_ADDR=office), f"name{number}", times=1)

    assert try_password(Client(REMOTE_ADDR=office), "henrik").status_code == 429
    assert try_password(Client(REMOTE_ADDR=office), "hanna").status_code == 302
    assert try_password(Client(REMOTE_ADDR="192.0.2.51"), "henrik").status_code == 302


def test_whoever_sits_beside_her_cannot_shut_the_browser_that_she_uses(visitor: Client, hanna: User) -> None:
    try_password(visitor)
    visitor.cookies.pop("sessionid")
    assert hammer(Client(REMOTE_ADDR="192.0.2.7"), times=20).status_code == 429
    assert try_password(visitor).status_code == 302


def test_a_known_browser_is_no_way_to_go_on_trying(visitor: Client, hanna: User, make_user: MakeUser) -> None:
    make_user("henrik")
    try_password(visitor)
    visitor.cookies.pop("sessionid")
    assert hammer(visitor).status_code == 429
    # Nor is one's own browser a way to try others' names.
    attacker = Client(REMOTE_ADDR="198.51.100.1")
    try_password(attacker, "henrik")
    attacker.cookies.pop("sessionid")
    assert hammer(attacker).status_code == 429


def test_other_browsers_names_are_no_way_to_go_on_trying(hanna: User) -> None:
    for number in range(LIMIT):
        answer = hammer(Client(REMOTE_ADDR="198.51.100.1", HTTP_USER_AGENT=f"Agent {number}"), times=1)
    assert answer.status_code == 429


def test_a_shut_name_is_not_kept_shut_by_hammering_on(visitor: Client, hanna: User, clock: Any) -> None:
    hammer(visitor)
    for _minute in range(15):
        clock.shift(60)
        hammer(visitor, times=1)
    clock.shift(2)
    assert try_password(visitor).status_code == 302


# --- Addresses ---


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.1", "10.0.0.1"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "203.0.113.66, 203.0.113.1", "203.0.113.1"),
        (1, "203.0.113.1:4711", "203.0.113.1"),
        (1, "[2001:db8:1:2:3::1]:4711", "2001:db8:1:2::"),
        (1, "2001:db8:1:2:3::1", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.1", "203.0.113.1"),
        (1, "", "10.0.0.1"),
        (1, "unknown", "10.0.0.1"),
        (2, "203.0.113.66, 203.0.113.1, 198.51.100.2", "203.0.113.1"),
        (2, "203.0.113.1", "10.0.0.1"),
    ],
)
def test_the_address_is_what_the_outermost_proxy_of_ours_saw(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address


def test_a_forged_header_is_no_way_to_go_on_trying(settings: Settings, hanna: User) -> None:
    for number in range(LIMIT):
        answer = hammer(Client(REMOTE_ADDR="198.51.100.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}"), times=1)
    assert answer.status_code == 429

    AccessAttempt.objects.all().delete()
    settings.PROXIES = 1
    for number in range(LIMIT):
        forged = f"203.0.113.{number}, 198.51.100.1"
        answer = hammer(Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forged), times=1)
    assert answer.status_code == 429


def test_behind_a_proxy_that_was_not_told_of_one_cannot_shut_the_address_of_all(make_user: MakeUser) -> None:
    make_user("hanna")
    for number in range(60):
        hammer(Client(REMOTE_ADDR="127.0.0.1"), f"name{number}", times=1)
    assert try_password(Client(REMOTE_ADDR="127.0.0.1")).status_code == 302


# --- What is kept ---


def test_neither_what_was_typed_as_a_name_nor_a_password_is_kept_or_logged(
    visitor: Client, hanna: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    visitor.post(
        reverse("admin:login"), {"username": "my-secret-password", "password": "typed-too-early", "x": "and-more"}
    )
    visitor.post(reverse("admin:login"), {"username": "hanna", "password": "nearly-right"})

    kept = str(list(AccessAttempt.objects.values())) + caplog.text
    assert not [typed for typed in ("my-secret", "typed-too", "and-more", "hanna", "nearly") if typed in kept]
    assert f"Sign-in failed: user {hanna.pk} from 192.0.2.7" in caplog.text
    assert "Sign-in failed: nobody's name from 192.0.2.7" in caplog.text


def test_old_failures_are_deleted(visitor: Client, hanna: User, clock: Any) -> None:
    hammer(visitor, times=2)
    clean()
    assert AccessAttempt.objects.exists()
    clock.shift(901)
    clean()
    assert not AccessAttempt.objects.exists()


# --- Unlocking ---


def test_an_operator_unlocks_a_user_and_an_address(
    visitor: Client, hanna: User, capsys: pytest.CaptureFixture[str]
) -> None:
    hammer(visitor)
    call_command("unlock_sign_in", "--user", "hanna")
    said = capsys.readouterr().out
    assert f"Unlocked user {hanna.pk} (hanna): 5 failed sign-ins from 1 addresses" in said
    assert "Database: " in said
    assert try_password(visitor).status_code == 302

    visitor.post(reverse("admin:logout"))
    other = Client(REMOTE_ADDR="192.0.2.8")
    hammer(other)
    call_command("unlock_sign_in", "--address", "192.0.2.8")
    assert "Unlocked the address 192.0.2.8" in capsys.readouterr().out
    assert try_password(other).status_code == 302


def test_unlocking_says_when_there_is_nothing_to_unlock_or_nobody(
    hanna: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("unlock_sign_in", "--user", "hanna")
    assert "Nothing to unlock" in capsys.readouterr().out
    with pytest.raises(CommandError, match="No user signs in with the name “nobody”"):
        call_command("unlock_sign_in", "--user", "nobody")
    with pytest.raises(CommandError, match="is no address"):
        call_command("unlock_sign_in", "--address", "somewhere")


def test_the_right_password_after_a_few_failures_starts_the_count_anew(visitor: Client, hanna: User) -> None:
    for _round in range(3):
        hammer(visitor, times=LIMIT - 1)
        assert try_password(visitor, password=PASSWORD).status_code == 302
        visitor.post(reverse("admin:logout"))


@pytest.mark.parametrize("typed", ["hanna", "nobod"])
def test_a_name_that_nobody_has_is_shut_like_one_that_somebody_has(visitor: Client, hanna: User, typed: str) -> None:
    writings = [typed, typed.upper(), typed.capitalize(), f" {typed}", typed.swapcase(), typed]

    answers = [try_password(visitor, name, "wrong").status_code for name in writings]

    assert answers == [200] * 4 + [429] * 2


def test_a_name_of_any_length_is_nobodys(visitor: Client, hanna: User) -> None:
    assert try_password(visitor, "h" * 100_000, "wrong").status_code == 200
    assert try_password(visitor, follow=True).status_code == 200
    assert is_in(visitor)
