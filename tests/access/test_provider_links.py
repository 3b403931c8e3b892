"""Linking a user to an identity at the sign-in provider: by oneself, or by invitation."""

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from employees.access import invitations
from employees.access.models import AccessEvent, ProviderLink
from tests.access.conftest import MakeUser
from tests.access.provider_server import Provider
from tests.access.provider_steps import come_back, sign_in
from tests.access.signing_in import is_in, text_of, try_password
from tests.pages import press

pytestmark = [pytest.mark.django_db, pytest.mark.behaviour("OP-01")]


def test_a_signed_in_user_links_and_unlinks(provider: Provider, hanna: User, visitor: Client) -> None:
    try_password(visitor)
    sent = press(visitor, visitor.get(reverse("admin:account")), "Link to Example ID")
    page = come_back(visitor, provider, sent)
    assert "Linked since" in text_of(page)
    link = ProviderLink.objects.get()
    assert (link.user, link.issuer, link.subject) == (hanna, provider.issuer, "subject-1")
    assert AccessEvent.objects.filter(user=hanna, kind=AccessEvent.Kind.LINKED).exists()

    other = Client()
    sign_in(other, provider)
    assert is_in(other)

    press(visitor, visitor.get(reverse("admin:account")), "Remove the link")
    assert not ProviderLink.objects.exists()


def test_an_identity_is_one_users_only(provider: Provider, linked: User, make_user: MakeUser, visitor: Client) -> None:
    make_user("henrik")
    try_password(visitor, "henrik")
    sent = press(visitor, visitor.get(reverse("admin:account")), "Link to Example ID")
    assert "linked to another user" in text_of(come_back(visitor, provider, sent))
    assert ProviderLink.objects.get().user == linked


def test_a_link_that_was_begun_signed_in_links_nobody_once_signed_out(
    provider: Provider, hanna: User, make_user: MakeUser, visitor: Client
) -> None:
    make_user("henrik")
    try_password(visitor)
    sent = press(visitor, visitor.get(reverse("admin:account")), "Link to Example ID")
    back = provider.approve(sent.url).removeprefix("http://testserver")
    visitor.post(reverse("admin:logout"))
    try_password(visitor, "henrik")
    visitor.get(back)
    assert not ProviderLink.objects.exists()


def test_an_invitation_links_once(provider: Provider, hanna: User, make_user: MakeUser, visitor: Client) -> None:
    olga = make_user("olga", groups=(), is_superuser=True)
    operator = Client()
    operator.force_login(olga)
    chosen = {"action": "invite_to_provider", "_selected_action": [hanna.pk]}
    operator.post(reverse("admin:auth_user_changelist"), chosen)
    (invitation,) = [word for word in mail.outbox[-1].body.split() if word.startswith("http://testserver/sign-in/")]
    assert mail.outbox[-1].to == ["hanna@example.com"]
    address = invitation.removeprefix("http://testserver")

    come_back(visitor, provider, press(visitor, visitor.get(address), "Go to Example ID"))
    assert is_in(visitor)
    assert ProviderLink.objects.get().user == hanna

    again = Client()
    assert "used up or too old" in text_of(again.get(address, follow=True))
    assert "used up or too old" in text_of(again.get(address[:-3] + "abc/", follow=True))
    assert "used up or too old" in text_of(again.get(reverse("provider_invited", args=["9" * 30 + ".x"]), follow=True))


def test_an_invitation_ends_with_time_and_with_the_user(provider: Provider, hanna: User) -> None:
    with time_machine.travel("2026-03-02 09:00:00Z") as clock:
        invitations.send(invitations.make(hanna, by=None, with_provider=True))
        (address,) = [word for word in mail.outbox[-1].body.split() if "/sign-in/provider/invited/" in word]
        invitation = address.rstrip("/").rpartition("/")[2]
        assert invitations.invited_to_provider(invitation) == hanna
        User.objects.update(is_active=False)
        assert invitations.invited_to_provider(invitation) is None
        User.objects.update(is_active=True)
        clock.shift(6 * 24 * 3600)
        assert invitations.invited_to_provider(invitation) == hanna
        clock.shift(2 * 24 * 3600)
        assert invitations.invited_to_provider(invitation) is None
