"""Wrong codes of somebody who knows the password: slow from everywhere, and no pause for the user's own browser."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from employees.access import forgotten
from employees.access.models import PasswordRequest
from tests.access.account_steps import NEW_PASSWORD, choose_password, link_in
from tests.access.signing_in import PASSWORD, code_of, give_phone, is_in, text_of, try_password
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("here"), pytest.mark.behaviour("OP-01")]
LONG = timedelta(hours=2)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel("2026-03-02 10:00:05Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone(hanna: User) -> TOTPDevice:
    return give_phone(hanna)


def type_code(client: Client, phone: TOTPDevice, *, password: str = PASSWORD, code: str = "") -> Any:
    """Begin at the password, as somebody who comes back later."""
    client.cookies.pop("sessionid", None)
    page = try_password(client, password=password, follow=True)
    return press(client, page, "Go on", {"code": code or code_of(phone.key)}, follow=True)


def try_codes(clock: Any, *, times: int) -> None:
    """Try wrong codes, each from another address, as soon as one is looked at."""
    for number in range(times):
        clock.shift(LONG)
        stranger = Client(REMOTE_ADDR=f"198.51.100.{number + 1}")
        assert "not right" in text_of(type_code(stranger, TOTPDevice.objects.get(), code="000000"))


def sign_in_and_out(client: Client, phone: TOTPDevice) -> None:
    type_code(client, phone)
    assert is_in(client)
    client.post(reverse("admin:logout"))


def test_wrong_codes_from_elsewhere_make_nobody_wait_in_the_own_browser(
    visitor: Client, phone: TOTPDevice, clock: Any
) -> None:
    sign_in_and_out(visitor, phone)
    try_codes(clock, times=15)
    assert "a pause of 60 minutes" in text_of(type_code(Client(REMOTE_ADDR="203.0.113.9"), phone))
    type_code(visitor, phone)
    assert is_in(visitor)


def test_an_own_browser_is_no_way_to_go_on_trying_codes(visitor: Client, phone: TOTPDevice, clock: Any) -> None:
    sign_in_and_out(visitor, phone)
    for _number in range(5):
        answer = type_code(visitor, phone, code="000000")
    assert answer.status_code == 429
    clock.shift(timedelta(minutes=16))
    type_code(visitor, phone)
    assert is_in(visitor)


def test_after_the_longest_pause_of_an_hour_a_code_is_looked_at(phone: TOTPDevice, clock: Any) -> None:
    try_codes(clock, times=20)
    stranger = Client(REMOTE_ADDR="203.0.113.9")
    clock.shift(timedelta(minutes=59))
    type_code(stranger, phone)
    assert not is_in(stranger)
    clock.shift(timedelta(minutes=1))
    type_code(stranger, phone)
    assert is_in(stranger)


def test_many_addresses_try_no_more_codes_than_one(phone: TOTPDevice, clock: Any) -> None:
    type_code(Client(REMOTE_ADDR="198.51.100.1"), phone, code="000000")
    for number in range(2, 12):
        stranger = Client(REMOTE_ADDR=f"198.51.100.{number}")
        assert "there is a pause" in text_of(type_code(stranger, phone, code="000000"))
    phone.refresh_from_db()
    assert phone.throttling_failure_count == 1


def test_another_password_ends_the_pause(visitor: Client, hanna: User, phone: TOTPDevice, clock: Any) -> None:
    try_codes(clock, times=15)
    assert "somebody knows your password" in text_of(type_code(visitor, phone))
    assert not is_in(visitor)
    PasswordRequest.objects.create(user=hanna)
    forgotten.send_due()
    choose_password(visitor, link_in(mail.outbox[-1]))
    type_code(visitor, phone, password=NEW_PASSWORD)
    assert is_in(visitor)


@pytest.mark.parametrize("whom", [("--user", "hanna"), ("--all",)])
def test_an_operator_ends_the_pause(
    visitor: Client, phone: TOTPDevice, clock: Any, capsys: pytest.CaptureFixture[str], whom: tuple[str, ...]
) -> None:
    try_codes(clock, times=15)
    type_code(visitor, phone)
    assert not is_in(visitor)
    call_command("unlock_sign_in", *whom)
    assert "The pause after wrong codes is over." in capsys.readouterr().out
    type_code(visitor, phone)
    assert is_in(visitor)
