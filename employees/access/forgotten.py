"""A forgotten password: the same answer to everybody, and an e-mail in the background to whom it helps (HR-08).

A request is a row, and the queue a doorbell: what was not sent is found by the sweep for as long as a link is good.
Nobody gets more than a few, so that nobody's mailbox can be flooded from here.
"""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import base36_to_int, urlsafe_base64_encode
from django_q.tasks import async_task

from employees.access import invitations, mails
from employees.access.accounts import may_use_password, passwords_let_in
from employees.access.addresses import is_somebodys_own
from employees.access.models import AccessEvent, Invitation, PasswordRequest

WINDOW: Final = timedelta(hours=1)
# Longer than a mail server is waited for; then somebody else tries.
PAUSE: Final = timedelta(minutes=5)
KEPT: Final = timedelta(days=1)
TASK: Final = "employees.access.tasks.send_password_links"


class PasswordLinkTokens(PasswordResetTokenGenerator):
    """Django's, for a shorter time than invitations, and void for an account that was deactivated."""

    key_salt = "employees.access.password_link"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        # Whoever was let in again since asks again: the link may be in somebody else's hands, which was the reason.
        left = AccessEvent.objects.filter(user=user.pk, kind=AccessEvent.Kind.DEACTIVATED).aggregate(last=Max("pk"))
        return f"{super()._make_hash_value(user, timestamp)}{user.is_active}{left['last'] or ''}"

    def check_token(self, user: Any, token: str | None) -> bool:
        if not token or not super().check_token(user, token):
            return False
        made = base36_to_int(token.partition("-")[0])
        age: int = self._num_seconds(self._now()) - made
        return bool(age <= settings.PASSWORD_LINK_SECONDS)


def ask(*, email: str, address: str | None) -> None:
    """Keep that somebody asked for the account of an e-mail address, and ring; whoever asks too often is not heard."""
    now = timezone.now()
    asked = PasswordRequest.objects.filter(asked_at__gt=now - WINDOW)
    with transaction.atomic():
        if _is_too_much(asked, address):
            return
        # Locked, so that a burst is counted one after the other.
        found = list(User.objects.select_for_update().filter(email__iexact=email, is_active=True, is_staff=True))
        users = [user for user in found if asked.filter(user=user).count() < settings.PASSWORD_LINKS_PER_USER]
        wanted = users if found else [None]
        PasswordRequest.objects.bulk_create(
            [PasswordRequest(user=user, address=address, asked_at=now, next_try_at=now) for user in wanted]
        )
    # A queue that is away loses nothing: the sweep rings again.
    transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    async_task(TASK, cluster=settings.SHORT_QUEUE, save=False)


def _is_too_much(asked: "QuerySet[PasswordRequest]", address: str | None) -> bool:
    own = is_somebodys_own(address)
    return own and asked.filter(address=address).count() >= settings.PASSWORD_LINKS_PER_ADDRESS


def send_due() -> int:
    """Send what was asked for; returns how many mails were sent. Safe to call at any time from any process."""
    return sum(_send_one(request) for request in _due().order_by("pk"))


def ring_waiting() -> int:
    """Ring where a mail waits that nobody tries just now; returns how many do."""
    waiting = _due().count()
    if waiting:
        _ring()
    return waiting


def _due() -> "QuerySet[PasswordRequest]":
    now = timezone.now()
    since = now - timedelta(seconds=settings.PASSWORD_LINK_SECONDS)
    waiting = PasswordRequest.objects.filter(sent_at=None, next_try_at__lte=now, asked_at__gt=since)
    return waiting.filter(user__is_active=True, user__is_staff=True).select_related("user")


def _send_one(request: PasswordRequest) -> bool:
    now = timezone.now()
    mine = PasswordRequest.objects.filter(pk=request.pk, sent_at=None, next_try_at__lte=now)
    if request.user is None or not mine.update(next_try_at=now + PAUSE):
        return False
    error = _mail(request.user)
    if not error:
        PasswordRequest.objects.filter(pk=request.pk).update(sent_at=timezone.now())
    return not error


def _mail(user: User) -> str:
    """Send what helps this user, if anything does; return why it could not be sent."""
    invited = invitations.open_of(user, with_provider=False) is not None
    if may_use_password(user) or (invited and passwords_let_in(user)):
        return send_link(user, by=None)
    if settings.OIDC_ISSUER and (_is_linked(user) or invitations.open_of(user, with_provider=True)):
        return mails.no_password_here(user)
    if Invitation.objects.filter(user=user, used_at=None).exists():
        return mails.invitation_is_over(user)
    return ""


def send_link(user: User, *, by: User | None) -> str:
    """Send a link for a new password; return why it could not be sent, empty when it was."""
    uid, token = urlsafe_base64_encode(force_bytes(user.pk)), PasswordLinkTokens().make_token(user)
    url = f"{settings.PUBLIC_URL}{reverse('password_link', args=[uid, token])}"
    until = timezone.now() + timedelta(seconds=settings.PASSWORD_LINK_SECONDS)
    error = mails.password_link(user, url=url, until=until, by=by)
    if not error:
        AccessEvent.objects.create(user=user, kind=AccessEvent.Kind.PASSWORD_LINK_SENT, by=by)
    return error


def forget_old_requests() -> int:
    return int(PasswordRequest.objects.filter(asked_at__lt=timezone.now() - KEPT).delete()[0])


def _is_linked(user: User) -> bool:
    return user.provider_links.filter(issuer=settings.OIDC_ISSUER).exists()
