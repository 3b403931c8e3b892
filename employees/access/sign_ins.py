"""The user's sign-ins: recorded, listed, ended. A session is over as soon as its row here is gone."""

from datetime import timedelta
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice

from employees.access.addresses import client_address, is_somebodys_own
from employees.access.browsers import in_words
from employees.access.models import KnownPlace, SignIn

IN_SESSION: Final = "sign_in"
SALT: Final = "employees.access.sign_in"
# How exactly it is known when a session was last used: a row is written so often, not at every request.
SEEN_SECONDS: Final = 60
KNOWN_PLACE_DAYS: Final = 180


def record(request: HttpRequest, user: User) -> None:
    """Write the sign-in of a session that has just begun."""
    session: Any = request.session
    if session.session_key is None:
        session.create()
    now, address = timezone.now(), client_address(request)
    SignIn.objects.filter(pk=session.get(IN_SESSION, 0)).delete()
    sign_in = SignIn.objects.create(
        user=user,
        session_key=session.session_key,
        signed_in_at=now,
        last_seen_at=now,
        address=address,
        browser=in_words(request.META.get("HTTP_USER_AGENT", "")),
        password_mark=password_mark(user),
        rights_mark=rights_mark(user),
    )
    session[IN_SESSION] = sign_in.pk
    if is_somebodys_own(address):
        KnownPlace.objects.update_or_create(user=user, address=address, defaults={"last_used_at": now})


class Current(NamedTuple):
    sign_in: SignIn
    has_device: bool


def current(request: HttpRequest) -> Current | None:
    """Return the sign-in of the request's session, and whether its user has a second factor; None when it is over."""
    device = Exists(TOTPDevice.objects.filter(user=OuterRef("user"), confirmed=True))
    found = (
        SignIn.objects.filter(pk=request.session.get(IN_SESSION, 0), user=request.user.pk)
        .annotate(has_device=device)
        .first()
    )
    if found is None or is_over(found, request.user):
        return None
    return Current(found, bool(found.has_device))


def is_over(sign_in: SignIn, user: Any) -> bool:
    now = timezone.now()
    return (
        now - sign_in.last_seen_at > timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        or now - sign_in.signed_in_at > timedelta(seconds=settings.SESSION_SECONDS)
        or sign_in.rights_mark != rights_mark(user)
    )


def seen(sign_in: SignIn, session: SessionBase, user: Any, *, used: bool) -> None:
    """Keep the row in step with its session; ``used``: by the person, not by a page that looks by itself."""
    now = timezone.now()
    changed: dict[str, Any] = {}
    if sign_in.session_key != session.session_key:
        changed["session_key"] = session.session_key
    # Another password, and Django has let this session stay: it is the one that changed it.
    if sign_in.password_mark != password_mark(user):
        changed["password_mark"] = password_mark(user)
    if used and now - sign_in.last_seen_at > timedelta(seconds=SEEN_SECONDS):
        changed["last_seen_at"] = now
    if changed:
        SignIn.objects.filter(pk=sign_in.pk).update(**changed)


def of_user(user: User) -> "QuerySet[SignIn]":
    """Return those that are not over, the one used last first."""
    now = timezone.now()
    return SignIn.objects.filter(
        user=user,
        last_seen_at__gte=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS),
        signed_in_at__gte=now - timedelta(seconds=settings.SESSION_SECONDS),
        password_mark=password_mark(user),
        rights_mark=rights_mark(user),
    )


def end(sign_ins: "QuerySet[SignIn]") -> int:
    """End sign-ins; return how many it were."""
    keys = list(sign_ins.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    return sign_ins.delete()[1].get(SignIn._meta.label, 0)


def end_all(user: User, *, but: int = 0) -> int:
    return end(SignIn.objects.filter(user=user).exclude(pk=but))


def forget_old() -> None:
    """Delete what is over: sign-ins, sessions, and places that nobody has come from for long."""
    now = timezone.now()
    over = Q(last_seen_at__lt=now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)) | Q(
        signed_in_at__lt=now - timedelta(seconds=settings.SESSION_SECONDS)
    )
    end(SignIn.objects.filter(over))
    Session.objects.filter(expire_date__lt=now).delete()
    KnownPlace.objects.filter(last_used_at__lt=now - timedelta(days=KNOWN_PLACE_DAYS)).delete()


def password_mark(user: Any) -> str:
    return salted_hmac(SALT, user.password, algorithm="sha256").hexdigest()


def rights_mark(user: Any) -> str:
    return salted_hmac(SALT, f"{user.is_staff}:{user.is_superuser}", algorithm="sha256").hexdigest()
