"""Another password: the former one cannot be tried out, the user is told, and it is kept."""

from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.access import recovery_codes
from employees.access.models import AccessEvent
from tests.access.account_steps import choose_password, link_in
from tests.access.conftest import MakeUser
from tests.access.signing_in import PASSWORD, code_of, give_phone, is_in, text_of, try_password
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]
NEW = "another-long-password-for-a-test"
LIMIT = 5


def change(client: Client, old: str, new: str = NEW) -> Any:
    page = client.get(reverse("admin:password_change"))
    typed = {"old_password": old, "new_password1": new, "new_password2": new}
    return press(client, page, "Change password", typed)


def kept() -> list[tuple[str, str]]:
    events = AccessEvent.objects.order_by("pk").select_related("by")
    return [(event.kind, event.by.username if event.by else event.operator) for event in events]


# --- Tried out ---


def test_the_former_password_cannot_be_tried_out_from_an_open_session(visitor: Client, hanna: User) -> None:
    with time_machine.travel("2026-03-02 09:00:00Z", tick=False) as clock:
        try_password(visitor)
        assert "not your password" in text_of(change(visitor, "a-guess"))
        for number in range(LIMIT - 1):
            answer = change(visitor, f"guess-{number}")
        assert answer.status_code == 429
        assert "for 15 minutes, until 10:15" in text_of(answer)

        assert change(visitor, PASSWORD).status_code == 429
        hanna.refresh_from_db()
        assert hanna.check_password(PASSWORD)
        # What is shut is shut at the page to sign in as well.
        visitor.post(reverse("admin:logout"))
        assert try_password(visitor).status_code == 429

        clock.shift(901)
        try_password(visitor)
        assert change(visitor, PASSWORD).status_code == 302
        hanna.refresh_from_db()
        assert hanna.check_password(NEW)


def test_codes_and_passwords_are_counted_together(visitor: Client, hanna: User) -> None:
    try_password(visitor)
    session = visitor.session
    for number in range(LIMIT - 2):
        change(visitor, f"guess-{number}")
    phone = give_phone(hanna)
    session["otp_device_id"] = phone.persistent_id
    session.save()
    page = visitor.get(reverse("admin:account_recovery_codes"))
    assert press(visitor, page, "Make new codes", {"code": "aaaa-bbbb-cccc"}).status_code == 200
    assert press(visitor, page, "Make new codes", {"code": "aaaa-bbbb-dddd"}).status_code == 429
    good, *_rest = recovery_codes.renew(hanna)
    assert press(visitor, page, "Make new codes", {"code": good}).status_code == 429
    assert recovery_codes.left(hanna) == 10
    assert change(visitor, PASSWORD).status_code == 429


def test_whoever_typed_the_right_one_begins_to_count_anew(visitor: Client, hanna: User) -> None:
    try_password(visitor)
    for number in range(LIMIT - 1):
        change(visitor, f"guess-{number}")
    assert change(visitor, PASSWORD, new="short").status_code == 200
    assert change(visitor, "a-guess").status_code == 200
    assert change(visitor, PASSWORD).status_code == 302


def test_where_codes_are_asked_for_the_right_password_lets_nobody_try_more_of_them(
    visitor: Client, hanna: User
) -> None:
    phone = give_phone(hanna)
    press(visitor, try_password(visitor, follow=True), "Go on", {"code": code_of(phone.key)})
    page = visitor.get(reverse("admin:account_recovery_codes"))
    for _number in range(LIMIT - 1):
        assert press(visitor, page, "Make new codes", {"code": "aaaa-bbbb-cccc"}).status_code == 200
    assert change(visitor, PASSWORD, new="short").status_code == 200
    assert press(visitor, page, "Make new codes", {"code": "aaaa-bbbb-cccc"}).status_code == 429


# --- Told, and kept ---


def test_whoever_changes_it_is_told_when_and_from_where_and_stays_in(visitor: Client, hanna: User) -> None:
    with time_machine.travel("2026-03-02 09:00:00Z"):
        elsewhere = Client(REMOTE_ADDR="192.0.2.8")
        for client in (visitor, elsewhere):
            try_password(client)
        mail.outbox.clear()
        change(visitor, PASSWORD)

    told: Any = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert (told.to, told.subject) == (["hanna@example.com"], "The password of your account was changed")
    html = str(told.alternatives[0][0])
    for part in (told.body, html):
        assert "2 March 2026" in part or "Mar" in part
        assert "from 192.0.2.7" in part
        assert "tell the person who administers accounts at once" in part
        assert reverse("password_forgotten") in part
    assert kept() == [("password_changed", "hanna")]


def test_other_sign_ins_end_with_it(visitor: Client, hanna: User) -> None:
    elsewhere = Client(REMOTE_ADDR="192.0.2.8")
    for client in (visitor, elsewhere):
        try_password(client)
    change(visitor, PASSWORD)
    assert is_in(visitor)
    assert not is_in(elsewhere)


def test_where_nobody_can_have_a_new_one_sent_the_mail_leads_to_the_account(
    visitor: Client, hanna: User, settings: Settings
) -> None:
    settings.PASSWORD_SIGN_IN, settings.EMERGENCY_USER = False, "hanna"
    visitor.force_login(hanna)
    change(visitor, PASSWORD)
    assert reverse("password_forgotten") not in mail.outbox[-1].body
    assert reverse("admin:account") in mail.outbox[-1].body


def test_one_set_with_a_link_is_told_with_when_and_from_where(hanna: User, operator: Client, here: None) -> None:
    page = operator.get(reverse("admin:auth_user_send_link", args=[hanna.pk]))
    press(operator, page, "Send the link")
    choose_password(Client(REMOTE_ADDR="192.0.2.9"), link_in(mail.outbox[-1]))

    assert "with the link of an e-mail to you" in mail.outbox[-1].body
    assert "from 192.0.2.9" in mail.outbox[-1].body
    assert kept() == [("password_link_sent", "otto"), ("password_set", "hanna")]


def test_one_that_a_superuser_sets_or_removes_is_told_and_kept_and_ends_the_sign_ins(
    visitor: Client, hanna: User, make_user: MakeUser
) -> None:
    root = Client(REMOTE_ADDR="192.0.2.5")
    root.force_login(make_user("olga", groups=(), is_superuser=True))
    try_password(visitor)
    address = reverse("admin:auth_user_password_change", args=[hanna.pk])

    refused = press(root, root.get(address), "Change password", {"password1": NEW, "password2": "other"})
    assert refused.status_code == 200
    assert kept() == []

    press(root, root.get(address), "Change password", {"password1": NEW, "password2": NEW})
    assert not is_in(visitor)
    assert mail.outbox[-1].subject == "A new password was set for your account"
    assert "by olga" in mail.outbox[-1].body
    assert "from 192.0.2.5" in mail.outbox[-1].body

    root.post(address, {"usable_password": "false", "unset-password": "1"})
    assert mail.outbox[-1].subject == "The password of your account was removed"
    assert kept() == [("password_set_for", "olga")] * 2


def test_a_superuser_changes_the_own_one_with_the_former_one_only(make_user: MakeUser) -> None:
    olga = make_user("olga", groups=(), is_superuser=True)
    root = Client()
    root.force_login(olga)
    for number in (str(olga.pk), f"0{olga.pk}"):
        address = reverse("admin:auth_user_password_change", args=[number])
        for answer in (root.get(address), root.post(address, {"password1": NEW, "password2": NEW})):
            assert getattr(answer, "url", "") == reverse("admin:password_change")
    olga.refresh_from_db()
    assert olga.check_password(PASSWORD)


def test_the_command_tells_and_keeps_it_too(
    visitor: Client, hanna: User, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try_password(visitor)
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", "hanna", "--by", "Olga at the console")
    assert "successfully" in capsys.readouterr().out
    assert not is_in(visitor)
    assert "by Olga at the console" in mail.outbox[-1].body
    assert "from the command line" in mail.outbox[-1].body
    assert kept() == [("password_set_for", "Olga at the console")]


def test_whoever_has_no_password_is_told_where_it_is_changed(visitor: Client, hanna: User, settings: Settings) -> None:
    settings.OIDC_NAME = "Example ID"
    hanna.set_unusable_password()
    hanna.save()
    visitor.force_login(hanna)
    page = visitor.get(reverse("admin:password_change"), follow=True)
    assert page.request["PATH_INFO"] == reverse("admin:account")
    assert "You have no password here: you sign in with Example ID" in text_of(page)
