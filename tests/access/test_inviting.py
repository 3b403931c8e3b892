"""Colleagues are invited by e-mail, and choose their password themselves (HR-08)."""

from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.forms.utils import ErrorDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from employees.access.admin.account_forms import InviteForm
from employees.access.companies import companies_seen
from employees.access.models import AccessEvent, Invitation
from employees.groups import HR_ADMIN
from tests.access.account_steps import ADD, EVA, NEW_PASSWORD, choose_password, invite, link_in, take
from tests.access.conftest import MakeUser
from tests.access.signing_in import is_in, text_of, try_password
from tests.factories import CompanyFactory
from tests.pages import form_of, press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("HR-08"), pytest.mark.usefixtures("here")]


def test_an_operator_invites_with_a_role_in_words_and_the_invited_one_chooses_the_password(
    operator: Client, visitor: Client
) -> None:
    page = operator.get(ADD)
    assert "Payroll – Pay: bank accounts and compensation" in text_of(page)
    assert not {"password1", "user_permissions", "is_staff", "is_superuser", "way"} & set(form_of(page).values())

    answer = invite(operator)

    eva = User.objects.get(email="Eva@example.com")
    assert (eva.username, eva.is_staff, eva.has_usable_password()) == ("Eva@example.com", True, False)
    assert "invitation was e-mailed to Eva@example.com" in text_of(answer)
    message: Any = mail.outbox[0]
    assert len(mail.outbox) == 1
    assert message.to == ["Eva@example.com"]
    assert "Otto Vik invites you" in message.subject
    assert "Your role: HR admin – People, positions" in message.body
    assert "until" in message.body
    assert "Choose your password" in message.alternatives[0][0]

    done = choose_password(visitor, link_in(message))

    assert "Sign in with it, as Eva@example.com" in text_of(done)
    assert not is_in(visitor)
    try_password(visitor, "Eva@example.com", NEW_PASSWORD)
    assert is_in(visitor)
    kinds = list(AccessEvent.objects.filter(user=eva).order_by("pk").values_list("kind", "by__username"))
    assert kinds == [("invited_to_password", "otto"), ("password_set", "Eva@example.com")]


def test_an_invitation_limits_to_companies(operator: Client) -> None:
    company = CompanyFactory.create(name="Alpha")

    invite(operator, only_chosen=True, companies=[str(company.pk)])

    assert companies_seen(User.objects.get(email="Eva@example.com")) == frozenset({company.pk})


def test_an_invitation_works_once(operator: Client, visitor: Client) -> None:
    invite(operator)
    link = link_in(mail.outbox[0])
    choose_password(visitor, link)

    assert "does not work any more" in text_of(Client().get(link, follow=True))


def test_two_windows_with_one_link_set_one_password(operator: Client, visitor: Client) -> None:
    invite(operator)
    link, other = link_in(mail.outbox[0]), Client()
    late = other.get(link, follow=True)
    choose_password(visitor, link)

    refused = press(other, late, "Set the password", {"new_password1": "x" * 20, "new_password2": "x" * 20})

    assert "does not work any more" in text_of(refused)
    try_password(visitor, "Eva@example.com", NEW_PASSWORD)
    assert is_in(visitor)


@pytest.mark.parametrize("why", ["late", "again", "deactivated", "moved", "moved and back"])
def test_an_invitation_is_void_and_a_new_one_works(operator: Client, visitor: Client, why: str) -> None:
    invite(operator)
    link, eva = link_in(mail.outbox[0]), User.objects.get(email="Eva@example.com")
    if why == "late":
        Invitation.objects.update(expires_at=timezone.now())
    elif why == "deactivated":
        take(operator, "deactivate", eva, "Deactivate")
        take(operator, "let_in", eva, "Let in again")
    elif why.startswith("moved"):
        for email in ("new@example.com", "Eva@example.com")[: why.count(" ") or 1]:
            press(operator, operator.get(reverse("admin:auth_user_change", args=[eva.pk])), "", {"email": email})
    else:
        take(operator, "invite", eva, "Send the invitation")

    assert "does not work any more" in text_of(visitor.get(link, follow=True))

    take(operator, "invite", eva, "Send the invitation")
    choose_password(visitor, link_in(mail.outbox[-1]))
    try_password(visitor, "Eva@example.com", NEW_PASSWORD)
    assert is_in(visitor)


def test_a_weak_password_is_refused_and_the_link_still_works(operator: Client, visitor: Client) -> None:
    invite(operator)
    link = link_in(mail.outbox[0])

    refused = choose_password(visitor, link, "password")

    assert "too common" in text_of(refused)
    assert "Sign in with it" in text_of(choose_password(visitor, link))


def test_an_invitation_that_was_not_sent_is_not_called_sent(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: Any, **kwargs: Any) -> int:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", away)
        answer = text_of(invite(operator))
    eva = User.objects.get(email="Eva@example.com")
    assert "could not be e-mailed to Eva@example.com: the mail server" in answer
    assert "was e-mailed" not in answer
    page = operator.get(reverse("admin:auth_user_change", args=[eva.pk]))
    assert "could not be e-mailed" in text_of(page)

    again = take(operator, "invite", eva, "Send the invitation")

    assert "was e-mailed to Eva@example.com" in text_of(again)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("taken", [{"username": "EVA@example.com"}, {"username": "eva", "email": "eva@EXAMPLE.com"}])
def test_a_second_account_with_the_same_name_or_address_is_refused_with_what_to_do(
    operator: Client, make_user: MakeUser, taken: dict[str, str]
) -> None:
    other = make_user(**taken)

    refused = invite(operator)

    assert "has this already. Open that account" in text_of(refused)
    assert reverse("admin:auth_user_change", args=[other.pk]) in refused.content.decode()
    other.is_active = False
    other.save()
    assert "has left" in text_of(invite(operator))
    assert mail.outbox == []
    invite(operator, email="ev@example.com")
    assert len(mail.outbox) == 1


def test_an_address_that_cannot_be_a_name_asks_for_one(operator: Client, visitor: Client) -> None:
    refused = invite(operator, email="eva.o'neil@example.com")
    assert "Type another name" in text_of(refused)

    invite(operator, email="eva.o'neil@example.com", username="eva")

    choose_password(visitor, link_in(mail.outbox[0]))
    try_password(visitor, "eva", NEW_PASSWORD)
    assert is_in(visitor)


def test_whoever_needs_a_second_factor_sets_it_up_after_the_password(
    operator: Client, visitor: Client, settings: Settings
) -> None:
    settings.SECOND_FACTOR_ROLES = [HR_ADMIN]
    invite(operator)
    choose_password(visitor, link_in(mail.outbox[0]))

    answer = try_password(visitor, "Eva@example.com", NEW_PASSWORD, follow=True)

    assert "Set up a second factor" in text_of(answer)
    assert not is_in(visitor)


def test_with_a_provider_the_operator_chooses_how_somebody_signs_in(operator: Client, settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.com", "Example ID"
    invite(operator, way="provider")

    assert "/sign-in/provider/invited/" in mail.outbox[0].body
    assert Invitation.objects.get().with_provider
    settings.PASSWORD_SIGN_IN = False
    assert "way" not in form_of(operator.get(ADD)).values()
    invite(operator, email="bo@example.com")
    assert "/sign-in/provider/invited/" in mail.outbox[1].body


@pytest.mark.parametrize("again", [EVA, {**EVA, "email": "eva.ek@example.com", "username": "EVA@example.com"}])
def test_whoever_invites_the_same_one_at_the_same_moment_is_told_who_has_the_name(
    operator: Client, monkeypatch: pytest.MonkeyPatch, again: dict[str, str]
) -> None:
    invite(operator)
    name = User.objects.get(first_name="Eva").username
    looked = iter([True])
    form: Any = InviteForm
    form_clean = form._post_clean

    def as_at_the_same_moment(self: Any) -> None:
        if next(looked, False):
            self._errors = ErrorDict()
            self._validate_unique = False
            self.instance.username = name
        else:
            form_clean(self)

    monkeypatch.setattr(InviteForm, "_post_clean", as_at_the_same_moment)
    second = invite(operator, **again)

    assert second.status_code == 200
    assert "Eva Ek" in text_of(second)
    assert "has this already" in text_of(second)
    assert User.objects.filter(first_name="Eva").count() == Invitation.objects.count() == 1
    assert len(mail.outbox) == 1


def test_the_button_says_that_an_e_mail_goes(operator: Client) -> None:
    page = operator.get(ADD)

    assert form_of(page, button="Invite").button("_save")
    assert "Save" not in text_of(page)
