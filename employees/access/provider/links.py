"""Which user an identity at the provider is: the link is made on purpose, and never guessed from an address."""

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from employees.access import invitations, mails
from employees.access.models import AccessEvent, ProviderLink
from employees.access.provider.answers import Identity


class LinkedOtherwise(Exception):
    """The identity is somebody else's already, or the user has another one."""


def user_of(identity: Identity) -> User | None:
    """Return the linked user, also an inactive one.

    Where the setting allows it, whoever has an e-mail address that the provider has verified, and that is exactly one
    active user's without a link, is linked now.
    """
    link = ProviderLink.objects.filter(issuer=identity.issuer, subject=identity.subject).select_related("user").first()
    if link is not None:
        ProviderLink.objects.filter(pk=link.pk).update(last_used_at=timezone.now())
        return link.user
    if not settings.OIDC_LINK_BY_VERIFIED_EMAIL:
        return None
    user = _by_verified_email(identity)
    if user is not None:
        link_user(user, identity, by=None)
    return user


def link_user(user: User, identity: Identity, *, by: User | None) -> None:
    """Link, once and for one user each. Raises LinkedOtherwise."""
    issuer, subject = identity.issuer, identity.subject
    if ProviderLink.objects.filter(user=user, issuer=issuer, subject=subject).exists():
        return
    try:
        with transaction.atomic():
            ProviderLink.objects.create(user=user, issuer=issuer, subject=subject, last_used_at=timezone.now())
            AccessEvent.objects.create(user=user, kind=AccessEvent.Kind.LINKED, by=by)
            invitations.note_used(user)
    except IntegrityError as error:
        raise LinkedOtherwise from error
    mails.linked(user)


def unlink(user: User, *, by: User | None) -> None:
    if ProviderLink.objects.filter(user=user, issuer=settings.OIDC_ISSUER).delete()[0]:
        tell_unlinked(user, by=by)


def tell_unlinked(user: User, *, by: User | None) -> None:
    """Keep that a link was removed, and tell the user."""
    AccessEvent.objects.create(user=user, kind=AccessEvent.Kind.UNLINKED, by=by)
    mails.unlinked(user, by=by)


def is_of(user: User, identity: Identity) -> bool:
    return ProviderLink.objects.filter(user=user, issuer=identity.issuer, subject=identity.subject).exists()


def _by_verified_email(identity: Identity) -> User | None:
    if not identity.email:
        return None
    found = list(User.objects.filter(email__iexact=identity.email)[:2])
    if len(found) != 1 or not found[0].is_active:
        return None
    linked = ProviderLink.objects.filter(user=found[0], issuer=identity.issuer).exists()
    return None if linked else found[0]
