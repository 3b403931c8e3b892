"""Without the phone: recovery codes, and a second factor that is lost."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from employees.access import recovery_codes
from employees.access.models import AccessEvent, RecoveryCode
from tests.access.conftest import MakeUser
from tests.access.signing_in import (
    code_of,
    codes_on,
    give_phone,
    is_in,
    text_of,
    try_password,
)
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]


# --- Recovery codes ---


def test_a_recovery_code_signs_in_once(visitor: Client, hanna: User) -> None:
    give_phone(hanna)
    code, _other, *_rest = recovery_codes.renew(hanna)
    page = try_password(visitor, follow=True)
    assert press(visitor, page, "Go on", {"code": code.upper().replace("-", " ")}).status_code == 302
    assert is_in(visitor)
    assert "9 recovery codes are left" in mail.outbox[-1].body

    other = Client(REMOTE_ADDR="192.0.2.8")
    page = try_password(other, follow=True)
    assert "no recovery code that is left" in text_of(press(other, page, "Go on", {"code": code}))
    assert press(other, page, "Go on", {"code": _other}).status_code == 302


def test_nobody_elses_recovery_code_helps(visitor: Client, hanna: User, make_user: MakeUser) -> None:
    give_phone(hanna)
    codes = recovery_codes.renew(make_user("henrik"))
    page = try_password(visitor, follow=True)
    press(visitor, page, "Go on", {"code": codes[0]})
    assert not is_in(visitor)


def test_recovery_codes_stand_nowhere_in_the_database(hanna: User) -> None:
    codes = recovery_codes.renew(hanna)
    stored = " ".join(map(str, RecoveryCode.objects.values_list()))
    assert not [code for code in codes if code in stored or code.replace("-", "") in stored]


def test_recovery_codes_outlive_a_change_of_the_secret_key(settings: Settings, hanna: User) -> None:
    codes = recovery_codes.renew(hanna)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another-secret-key-of-this-installation",
    )
    assert recovery_codes.use(hanna, codes[0])


def test_recovery_codes_are_made_anew_on_the_account_page(visitor: Client, hanna: User) -> None:
    phone = give_phone(hanna)
    old, spare, *_rest = recovery_codes.renew(hanna)
    try_password(visitor)
    press(visitor, visitor.get(reverse("second_factor")), "Go on", {"code": code_of(phone.key)})

    page = visitor.get(reverse("admin:account_recovery_codes"))
    assert codes_on(press(visitor, page, "Make new codes", {"code": "aaaa-bbbb-cccc"})) == []
    new = codes_on(press(visitor, page, "Make new codes", {"code": old}))
    assert len(new) == 10
    assert codes_on(visitor.get(reverse("admin:account"))) == []
    assert not recovery_codes.use(hanna, spare)
    assert recovery_codes.use(hanna, new[3])


# --- A lost phone ---


def test_an_operator_resets_a_lost_one_and_it_is_kept_who_did_it(visitor: Client, make_user: MakeUser) -> None:
    hanna = make_user()
    olga = make_user("olga", groups=(), is_superuser=True)
    phone = give_phone(hanna)
    recovery_codes.renew(hanna)
    try_password(visitor)
    press(visitor, visitor.get(reverse("second_factor")), "Go on", {"code": code_of(phone.key)})
    assert is_in(visitor)
    operator = Client()
    operator.force_login(olga)

    page = operator.get(reverse("admin:reset_second_factor", args=[hanna.pk]))
    press(operator, page, "Reset the second factor")

    event = AccessEvent.objects.get(kind=AccessEvent.Kind.SECOND_FACTOR_RESET)
    assert (event.user, event.by) == (hanna, olga)
    assert (mail.outbox[-1].to, "olga" in mail.outbox[-1].body) == (["hanna@example.com"], True)
    assert not TOTPDevice.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert not is_in(visitor)
    try_password(visitor)
    assert is_in(visitor)


def test_the_action_on_users_leads_to_the_question(make_user: MakeUser) -> None:
    hanna, olga = make_user(), make_user("olga", groups=(), is_superuser=True)
    give_phone(hanna)
    operator = Client()
    operator.force_login(olga)
    chosen = {"action": "reset_second_factor", "_selected_action": [hanna.pk]}
    answer: Any = operator.post(reverse("admin:auth_user_changelist"), chosen)
    assert answer.url == reverse("admin:reset_second_factor", args=[hanna.pk])
    assert TOTPDevice.objects.exists()


def test_nobody_else_resets_one(make_user: MakeUser) -> None:
    hanna, henrik = make_user(), make_user("henrik")
    olga = make_user("olga", groups=(), is_superuser=True)
    give_phone(hanna)
    give_phone(olga)
    address = reverse("admin:reset_second_factor", args=[hanna.pk])
    client = Client()
    client.force_login(henrik)
    assert client.post(address).status_code == 403
    # With the right, still not the operator's, and not the own one.
    right = Group.objects.create(name="Helpdesk")
    right.permissions.set([_permission("reset_second_factor")])
    henrik.groups.add(right)
    client.force_login(henrik)
    assert client.post(reverse("admin:reset_second_factor", args=[olga.pk])).status_code == 403
    assert client.post(reverse("admin:reset_second_factor", args=[henrik.pk])).status_code == 403
    assert TOTPDevice.objects.count() == 2
    assert press(client, client.get(address), "Reset the second factor").status_code == 302
    assert TOTPDevice.objects.count() == 1


def _permission(codename: str) -> Any:
    return Permission.objects.get(codename=codename)


def test_the_command_resets_one_and_names_the_database(hanna: User, capsys: pytest.CaptureFixture[str]) -> None:
    give_phone(hanna)
    call_command("reset_second_factor", "hanna", "--by", "Olga at the console")
    said = capsys.readouterr().out
    assert f"user {hanna.pk} (hanna)" in said
    assert "Database: " in said
    assert AccessEvent.objects.get().operator == "Olga at the console"
    assert "Olga at the console" in mail.outbox[-1].body
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_second_factor", "hanna", "--by", "Olga")
    with pytest.raises(CommandError, match="No user"):
        call_command("reset_second_factor", "nobody", "--by", "Olga")
