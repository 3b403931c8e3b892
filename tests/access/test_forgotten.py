"""A forgotten password: the same answer to everybody, no flood, and no way round the second factor (HR-08)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from employees.access import accounts, forgotten
from employees.access.cleaning import clean
from employees.access.models import Invitation, PasswordRequest, ProviderLink, SignIn
from tests.access.account_steps import NEW_PASSWORD, choose_password, link_in
from tests.access.conftest import MakeUser
from tests.access.signing_in import give_phone, is_in, text_of, try_password
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-08")]


@pytest.fixture(autouse=True)
def here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PUBLIC_URL = "http://testserver"
    monkeypatch.setattr("employees.access.forgotten.async_task", lambda *task, **options: None)


def ask(visitor: Client, email: str = "hanna@example.com") -> Any:
    return press(visitor, visitor.get(reverse("password_forgotten")), "Send the link", {"email": email}, follow=True)


def test_a_forgotten_password_is_chosen_anew_with_the_link_of_an_e_mail(hanna: User, visitor: Client) -> None:
    assert reverse("password_forgotten") in visitor.get(reverse("admin:login")).content.decode()
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    try_password(elsewhere)
    ask(visitor, "Hanna@Example.com")
    assert mail.outbox == []
    forgotten.send_due()

    choose_password(visitor, link_in(mail.outbox[0]))

    assert not SignIn.objects.filter(user=hanna).exists()
    assert not is_in(elsewhere)
    assert not is_in(visitor)
    try_password(visitor, password=NEW_PASSWORD)
    assert is_in(visitor)
    assert "A new password was set" in mail.outbox[-1].subject


def test_the_answer_is_the_same_whether_or_not_there_is_an_account(
    hanna: User, make_user: MakeUser, visitor: Client
) -> None:
    make_user("gone", is_active=False)
    emails = ("hanna@example.com", "gone@example.com", "nobody@example.com")

    answers = {text_of(ask(visitor, email)) for email in emails}

    assert len(answers) == 1
    forgotten.send_due()
    assert [message.to for message in mail.outbox] == [["hanna@example.com"]]


def test_no_mailbox_is_flooded_and_later_it_works_again(hanna: User) -> None:
    for number in range(10):
        ask(Client(REMOTE_ADDR=f"192.0.2.{number}"))
        forgotten.send_due()
    assert len(mail.outbox) == 3

    PasswordRequest.objects.update(asked_at=timezone.now() - timedelta(hours=2))
    ask(Client())
    forgotten.send_due()
    assert len(mail.outbox) == 4


def test_one_address_asks_for_so_many_accounts_and_not_for_more(
    make_user: MakeUser, visitor: Client, settings: Settings
) -> None:
    settings.PASSWORD_LINKS_PER_ADDRESS = 2
    for name in ("ada", "bo", "cia"):
        make_user(name)
        ask(visitor, f"{name}@example.com")
    ask(Client(REMOTE_ADDR="192.0.2.9"), "cia@example.com")
    forgotten.send_due()

    assert [message.to[0] for message in mail.outbox] == ["ada@example.com", "bo@example.com", "cia@example.com"]


def test_the_second_factor_is_asked_for_after_a_new_password(hanna: User, visitor: Client) -> None:
    give_phone(hanna)
    ask(visitor)
    forgotten.send_due()
    choose_password(visitor, link_in(mail.outbox[0]))

    try_password(visitor, password=NEW_PASSWORD)

    assert not is_in(visitor)
    assert "code" in text_of(visitor.get(reverse("second_factor"))).lower()


def test_a_new_password_opens_what_wrong_ones_have_shut(hanna: User, visitor: Client) -> None:
    for _attempt in range(5):
        try_password(visitor, password="wrong")
    assert try_password(visitor).status_code == 429
    ask(visitor)
    forgotten.send_due()

    choose_password(visitor, link_in(mail.outbox[0]))

    try_password(visitor, password=NEW_PASSWORD)
    assert is_in(visitor)


@pytest.mark.parametrize("why", ["late", "used", "deactivated", "another address"])
def test_a_link_that_is_void_changes_nothing(hanna: User, visitor: Client, settings: Settings, why: str) -> None:
    ask(visitor)
    forgotten.send_due()
    link = link_in(mail.outbox[0])
    if why == "late":
        settings.PASSWORD_LINK_SECONDS = -1
    elif why == "used":
        choose_password(Client(), link)
    elif why == "deactivated":
        User.objects.update(is_active=False)
    else:
        User.objects.update(email="hanna@elsewhere.example")
    before = User.objects.get().password

    assert "does not work any more" in text_of(visitor.get(link, follow=True))
    visitor.post(link, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})
    assert User.objects.get().password == before


def test_whoever_signs_in_with_the_provider_is_told_so(hanna: User, visitor: Client, settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.com", "Example ID"
    hanna.set_unusable_password()
    hanna.save()
    ProviderLink.objects.create(user=hanna, issuer=settings.OIDC_ISSUER, subject="1")
    ask(visitor)
    forgotten.send_due()

    (message,) = mail.outbox
    assert "you sign in with Example ID" in message.body
    assert "/sign-in/password/" not in message.body


@pytest.mark.parametrize("days", [7, -1])
def test_whoever_is_invited_gets_a_link_while_the_invitation_is_good(hanna: User, visitor: Client, days: int) -> None:
    hanna.set_unusable_password()
    hanna.save()
    Invitation.objects.create(user=hanna, email=hanna.email, expires_at=timezone.now() + timedelta(days=days))
    ask(visitor)
    forgotten.send_due()

    assert ("/sign-in/password/" in mail.outbox[0].body) == (days > 0)
    assert ("invitation does not work any more" in mail.outbox[0].body) == (days < 0)


def test_without_passwords_there_is_no_forgotten_one(hanna: User, visitor: Client, settings: Settings) -> None:
    settings.PASSWORD_SIGN_IN, settings.OIDC_ISSUER, settings.EMERGENCY_USER = False, "https://id.example.com", "root"

    assert "Forgot password?" not in text_of(visitor.get(reverse("admin:login"), {"emergency": "1"}))
    assert visitor.get(reverse("password_forgotten")).status_code == 404
    assert visitor.post(reverse("password_forgotten"), {"email": hanna.email}).status_code == 404


def test_what_a_mail_server_did_not_take_is_sent_later(
    hanna: User, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Any, **kwargs: Any) -> int:
        raise OSError

    ask(visitor)
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", away)
        assert forgotten.send_due() == 0
    assert forgotten.send_due() == 0

    PasswordRequest.objects.update(next_try_at=timezone.now())
    assert (forgotten.send_due(), forgotten.send_due()) == (1, 0)


def test_old_requests_are_forgotten(hanna: User, visitor: Client) -> None:
    ask(visitor)
    clean()
    assert PasswordRequest.objects.exists()

    PasswordRequest.objects.update(asked_at=timezone.now() - timedelta(days=2))
    clean()
    assert not PasswordRequest.objects.exists()


def test_a_typed_address_that_is_none_is_refused_beside_the_field(visitor: Client) -> None:
    refused = ask(visitor, "hanna")

    assert "not a valid e-mail address" in text_of(refused)
    assert "Send the link" in buttons_of(refused)


def test_a_link_from_before_somebody_was_deactivated_stays_void_and_a_new_one_works(
    hanna: User, make_user: MakeUser, visitor: Client
) -> None:
    otto = make_user("otto")
    ask(visitor)
    forgotten.send_due()
    old = link_in(mail.outbox[0])
    accounts.deactivate(hanna, by=otto)
    accounts.let_in(hanna, by=otto)

    assert "Choose a password" not in text_of(visitor.get(old, follow=True))
    ask(visitor)
    forgotten.send_due()
    choose_password(visitor, link_in(mail.outbox[-1]))
    try_password(visitor, password=NEW_PASSWORD)
    assert is_in(visitor)
