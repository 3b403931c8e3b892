"""From a password, or the provider's word, to a session: whoever has proven only half is not signed in at all.

Until the second factor is proven, the session holds who it would be, and every page sees nobody.
"""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import login as prove
from django_otp.plugins.otp_totp.models import TOTPDevice

from employees.access import second_factor
from employees.access.sign_ins import password_mark

# In the session: {"user", "backend", "at", "password", "next"}.
HALF: Final = "half_signed_in"
HALF_MINUTES: Final = 15


def accept(request: HttpRequest, user: User, *, next_url: str = "") -> str:
    """Sign in, or go on to the second factor; return where to go."""
    if not second_factor.is_needed(user):
        login(request, user, backend=_backend_of(user))
        return allowed_next(request, next_url)
    # Also whoever was here before and is half signed in by now: what that one has proven is not this one's.
    if request.user.is_authenticated or hasattr(request, "half_signed_in"):
        logout(request)
    request.session.cycle_key()
    request.session[HALF] = {
        "user": user.pk,
        "backend": _backend_of(user),
        "at": timezone.now().isoformat(),
        "password": password_mark(user),
        "next": allowed_next(request, next_url),
    }
    return step_of(user)


def step_of(user: User) -> str:
    """Return the page of what is missing: a code, or first of all an app that makes codes."""
    return reverse("second_factor" if second_factor.device_of(user) else "second_factor_set_up")


def half_signed_in(request: HttpRequest) -> User | None:
    """Return who has proven only half, None for anybody else."""
    unproven: User | None = getattr(request, "half_signed_in", None)
    if unproven is not None:
        return unproven
    half = request.session.get(HALF)
    if not half:
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    at = parse_datetime(half["at"])
    late = at is None or timezone.now() - at > timedelta(minutes=HALF_MINUTES)
    if user is None or late or not constant_time_compare(half["password"], password_mark(user)):
        del request.session[HALF]
        return None
    return user


def forget_half(request: HttpRequest) -> None:
    logout(request)


def finish(request: HttpRequest, user: User, device: TOTPDevice | None) -> str:
    """Sign in whoever has proven the second half; return where to go."""
    half: dict[str, Any] = request.session.pop(HALF, {})
    login(request, user, backend=half.get("backend") or _backend_of(user))
    if device is not None:
        prove(request, device)
    return allowed_next(request, half.get("next", ""))


def allowed_next(request: HttpRequest, url: str) -> str:
    ours = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if url and ours else reverse("admin:index")


def _backend_of(user: User) -> str:
    return getattr(user, "backend", "") or settings.AUTHENTICATION_BACKENDS[-1]
