"""Inviting somebody who has an account to sign in: with a password that only the invited one knows, or the provider.

An invitation is good once, until it ends, and for the newest e-mail alone. It is void for good with a deactivated
account or another e-mail address: its row is gone.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from employees.access import mails
from employees.access.models import AccessEvent, Invitation
from employees.groups import BUILT_IN

Kind = AccessEvent.Kind


class InvitationTokens(PasswordResetTokenGenerator):
    """Hangs on the invitation's row, the password and the provider's link, and what Django lets it hang on."""

    key_salt = "employees.access.invitation"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        invitation = of(user)
        made = f"{invitation.made_at.isoformat()}{invitation.with_provider}" if invitation else ""
        links = user.provider_links.filter(issuer=settings.OIDC_ISSUER).count()
        return f"{super()._make_hash_value(user, timestamp)}{made}{settings.OIDC_ISSUER}{links}{user.is_active}"


def of(user: User) -> Invitation | None:
    return Invitation.objects.filter(user=user.pk).first()


def open_of(user: User, *, with_provider: bool) -> Invitation | None:
    """Return the user's invitation if it may still be used."""
    found = of(user)
    good = (
        found is not None
        and found.used_at is None
        and not found.is_over
        and user.is_active
        and found.email == user.email
        and found.with_provider == with_provider
    )
    return found if good else None


def make(user: User, *, by: User | None, with_provider: bool) -> Invitation:
    """Make a new invitation, in place of the one before; it is sent with ``send``, outside of a transaction."""
    now = timezone.now()
    values = {
        "by": by,
        "with_provider": with_provider,
        "email": user.email,
        "made_at": now,
        "expires_at": now + timedelta(seconds=settings.INVITATION_SECONDS),
        "sent_at": None,
        "error": "",
        "used_at": None,
    }
    with transaction.atomic():
        invitation, _made = Invitation.objects.update_or_create(user=user, defaults=values)
        AccessEvent.objects.create(user=user, kind=Kind.INVITED if with_provider else Kind.INVITED_TO_PASSWORD, by=by)
    return invitation


def send(invitation: Invitation) -> Invitation:
    """Mail it, and keep whether the mail server took it."""
    user = User.objects.get(pk=invitation.user_id)
    write = mails.provider_invitation if invitation.with_provider else mails.invitation
    invitation.error = write(
        user, by=invitation.by, roles=roles_in_words(user), url=_url(invitation, user), until=invitation.expires_at
    )
    invitation.sent_at = None if invitation.error else timezone.now()
    newest = Invitation.objects.filter(pk=invitation.pk, made_at=invitation.made_at)
    newest.update(error=invitation.error, sent_at=invitation.sent_at)
    return invitation


def roles_in_words(user: User) -> list[str]:
    """Return what each of the user's roles is called and for whom it is."""
    return [role_in_words(group) for group in user.groups.order_by("name")]


def role_in_words(group: Group) -> str:
    text = BUILT_IN.get(group.name)
    return f"{group.name} – {text}" if text else group.name


def invited_to_provider(text: str) -> User | None:
    """Return whom an invitation's address is for, None for one that is used up, too old, or none at all."""
    number, _dot, token = text.partition(".")
    # Longer than any number of a row.
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        return None
    user = User.objects.filter(pk=int(number), is_active=True).first()
    if user is None or open_of(user, with_provider=True) is None:
        return None
    return user if InvitationTokens().check_token(user, token) else None


def note_used(user: User) -> None:
    Invitation.objects.filter(user=user, used_at=None).update(used_at=timezone.now())


def forget_void(user: User) -> None:
    """Take away an invitation that is void: for good, also where the account or the address becomes what it was."""
    mine = Invitation.objects.filter(user=user, used_at=None)
    (mine.exclude(email=user.email) if user.is_active else mine).delete()


def _url(invitation: Invitation, user: User) -> str:
    token = InvitationTokens().make_token(user)
    if invitation.with_provider:
        return f"{settings.PUBLIC_URL}{reverse('provider_invited', args=[f'{user.pk}.{token}'])}"
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"{settings.PUBLIC_URL}{reverse('invited', args=[uid, token])}"
