"""The life of an account: invited, active, left; who may be deactivated, and what deleting would lose (HR-08)."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.dispatch import Signal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from employees.access.companies import companies_seen
from employees.access.models import AccessEvent, ProviderLink
from employees.shown import Happened
from employees.users import user_name

LOOKS_AFTER_USERS: Final = "auth.change_user"
BACKEND: Final = "employees.access.backends.PasswordBackend"
# Sends `user`; a receiver returns sentences: which mails, and what else, were the user's.
left_behind_asked = Signal()


class State(models.TextChoices):
    ACTIVE = "active", gettext_lazy("Active")
    INVITED = "invited", gettext_lazy("Invited, not in yet")
    LEFT = "left", gettext_lazy("Left")


def may_use_password(user: User) -> bool:
    """Whether the user has a password, and passwords let the user in."""
    return user.has_usable_password() and passwords_let_in(user)


def passwords_let_in(user: User) -> bool:
    return bool(settings.PASSWORD_SIGN_IN) or user.get_username() == settings.EMERGENCY_USER


def with_state(users: "QuerySet[User]") -> "QuerySet[Any]":
    """Add ``state``: left is whoever may not sign in, invited whoever may and has neither password nor link."""
    ways = Exists(ProviderLink.objects.filter(user=OuterRef("pk"), issuer=settings.OIDC_ISSUER)) | _has_password()
    return users.annotate(
        state=Case(
            When(Q(is_active=False) | Q(is_staff=False), then=Value(State.LEFT)),
            When(ways, then=Value(State.ACTIVE)),
            default=Value(State.INVITED),
            output_field=models.CharField(),
        )
    )


def _has_password() -> Q:
    usable = ~Q(password="") & ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return usable if settings.PASSWORD_SIGN_IN else usable & Q(username=settings.EMERGENCY_USER)


def state_of(user: User) -> str:
    return str(with_state(User.objects.filter(pk=user.pk)).values_list("state", flat=True).get())


def why_not_deactivated(user: User, *, by: Any) -> str:
    """Return why the account stays, empty where it may go."""
    if user.pk == by.pk:
        return _("Nobody deactivates the own account. Ask another operator.")
    return why_it_stays(user)


def why_it_stays(user: User) -> str:
    """Return why the account keeps its way in, whoever asks; empty where it may lose it."""
    if is_emergency(user.get_username()):
        return _("This is the emergency account (EMERGENCY_USER): name another one there first.")
    if is_last_superuser(user):
        return _("This is the last superuser who can sign in. Make another one first.")
    if is_last_operator(user):
        return _("Nobody else could look after users. Give somebody else the role Operator first.")
    return ""


def is_emergency(name: str) -> bool:
    """Whether the settings name the account by this name, which pages neither take from one nor give to another."""
    return bool(settings.EMERGENCY_USER) and name.casefold() == settings.EMERGENCY_USER.casefold()


def is_last_superuser(user: User) -> bool:
    if not user.is_superuser:
        return False
    return (
        not with_state(User.objects.filter(is_superuser=True).exclude(pk=user.pk)).filter(state=State.ACTIVE).exists()
    )


def is_last_operator(user: User) -> bool:
    """Whether the user looks after users, and nobody else who can sign in does."""
    if not user.has_perm(LOOKS_AFTER_USERS):
        return False
    others = User.objects.with_perm(LOOKS_AFTER_USERS, backend=BACKEND).exclude(pk=user.pk)
    active = with_state(User.objects.filter(pk__in=others.values("pk"))).filter(state=State.ACTIVE)
    return not any(companies_seen(other) is None for other in active)


def deactivate(user: User, *, by: User) -> None:
    """Let the user in no more: sessions end and mails stop (``receivers``), an open invitation is void."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    AccessEvent.objects.create(user=user, kind=AccessEvent.Kind.DEACTIVATED, by=by)


def let_in(user: User, *, by: User) -> None:
    """Let the user in again, with the roles and the password of before."""
    user.is_active = user.is_staff = True
    user.save(update_fields=["is_active", "is_staff"])
    AccessEvent.objects.create(user=user, kind=AccessEvent.Kind.LET_IN, by=by)


def left_behind(user: User) -> list[str]:
    """Return sentences about what was the user's, such as mails that nobody else gets."""
    answers: Any = left_behind_asked.send(sender=User, user=user)
    return [sentence for _receiver, sentences in answers for sentence in sentences]


def has_history(user: User) -> bool:
    """Whether something was done by the user that would not say any more by whom."""
    if user.last_login is not None or LogEntry.objects.filter(user=user).exists():
        return True
    relations: Any = User._meta.get_fields(include_hidden=True)
    kept = [each for each in relations if each.auto_created and not each.concrete and _is_kept(each)]
    return any(each.related_model._base_manager.filter(**{each.field.name: user.pk}).exists() for each in kept)


def _is_kept(relation: Any) -> bool:
    """What goes with an account is the account's own; what stays would lose its name."""
    return (relation.one_to_many or relation.one_to_one) and relation.on_delete is not models.CASCADE


def happened_to(user: User, since: datetime | None) -> list[Happened]:
    """Return what was done to an account since then, newest first."""
    if since is None:
        return []
    account = ContentType.objects.get_for_model(User)
    events = AccessEvent.objects.filter(user=user, at__gte=since).select_related("by")
    logged = LogEntry.objects.filter(content_type=account, object_id=str(user.pk), action_time__gte=since)
    found = [Happened(user_name(each.by), each.get_kind_display(), each.at) for each in events]
    found += [
        Happened(user_name(each.user), str(each.get_change_message()) or _("changed"), each.action_time)
        for each in logged.select_related("user").order_by(F("action_time").desc())
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)
