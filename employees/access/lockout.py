"""How many wrong passwords are taken, from whom, and until when it is shut: django-axes with counters of our own.

Three counters, so that trying passwords is slow and nobody can shut others out:

- per user and address: a few. Whoever tries somebody's name from elsewhere does not shut her own address.
- per address, whatever names are tried from it; not for a user who has signed in from that address before.
- per user, from however many addresses; not for an address from which she has signed in before.

A browser with which the user has signed in before has a counter of its own and none of the others.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from employees.access.addresses import is_somebodys_own
from employees.access.browsers import known_mark
from employees.access.models import KnownPlace
from employees.access.names import alike, user_named

logger = logging.getLogger(__name__)
# What stands in the column of the browser; a browser writes what it likes there, so it is not kept.
UNKNOWN_BROWSER: Final = "unknown"
OF_USER: Final = "user:"
OF_NOBODY: Final = "nobody:"
SALT: Final = "employees.access.lockout"


class Counter(NamedTuple):
    attempts: "QuerySet[AccessAttempt]"
    limit: int

    @property
    def reached(self) -> bool:
        return self.failures >= self.limit

    @property
    def failures(self) -> int:
        return self.attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0

    def ends(self) -> datetime | None:
        """Return when so many failures are forgotten that fewer than the limit are left."""
        left = self.failures
        if left < self.limit:
            return None
        for at, failures in self.attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start"):
            left -= failures
            if left < self.limit:
                end: datetime = at + timedelta(seconds=settings.LOCKOUT_SECONDS)
                return end
        return None


def counted_name(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str | None:
    """Return what stands for a typed name: the user's number, else a keyed hash.

    People type passwords in the field of the name, so that it is neither kept nor logged.
    """
    typed = (credentials or {}).get("username") or request.POST.get("username")
    if not typed:
        return None
    known: dict[str, str] = request.__dict__.setdefault("_counted_names", {})
    if typed not in known:
        user = user_named(str(typed))
        hashed = salted_hmac(SALT, alike(str(typed)), algorithm="sha256").hexdigest()
        known[typed] = name_of(user.pk) if user else f"{OF_NOBODY}{hashed}"
    return known[typed]


def name_of(user_id: int) -> str:
    return f"{OF_USER}{user_id}"


def caller_in_log(username: str | None, address: str | None, *_rest: Any) -> str:
    """Return who called, as the log may hold it."""
    who = username.replace(":", " ") if username and username.startswith(OF_USER) else "nobody's name"
    return f"{who} from {address or 'an unknown address'}"


class LockoutHandler(AxesDatabaseHandler):
    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the failures of the narrowest counter, axes' limit where any counter is full."""
        counters = list(_counters(request, credentials))
        if any(counter.reached for counter in counters):
            return int(settings.AXES_FAILURE_LIMIT)
        return min(counters[0].failures, settings.AXES_FAILURE_LIMIT - 1) if counters else 0

    def user_login_failed(self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
        """Count it; keep neither what was posted nor which browser it says it is (axes' own does)."""
        if request is None:
            return
        self.clean_expired_user_attempts(request, credentials)
        request.axes_credentials = credentials
        name = counted_name(request, credentials)
        # While it is shut nothing is counted, or hammering would keep it shut for ever.
        if request.axes_locked_out or name is None:
            return
        logger.warning("Sign-in failed: %s", caller_in_log(name, request.axes_ip_address))
        _count(request, name)
        if self.get_failures(request, credentials) >= settings.AXES_FAILURE_LIMIT:
            logger.warning("Sign-in shut after failures: %s", caller_in_log(name, request.axes_ip_address))
            request.axes_locked_out = True

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forget the failures of the caller alone: one's own success says nothing of others."""
        callers_own = next(iter(_counters(request, credentials)), None)
        return int(callers_own.attempts.delete()[0]) if callers_own else 0


def is_shut(request: HttpRequest, user: AbstractBaseUser) -> bool:
    """Whether nothing is taken of the user from here; the answer then becomes the page that says so."""
    credentials = {"username": user.get_username()}
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
    return True


def count_failure(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Count a wrong code as a wrong password is counted."""
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)


def forget_callers_failures(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Let whoever has proven to be the user by other means try again at once."""
    AxesProxyHandler.update_request(request)
    LockoutHandler().reset_user_attempts(request, {"username": user.get_username()})


def shut_until(request: HttpRequest, credentials: dict[str, Any] | None) -> datetime:
    ends = [end for end in (counter.ends() for counter in _counters(request, credentials)) if end]
    return max(ends, default=timezone.now() + timedelta(seconds=settings.LOCKOUT_SECONDS))


def forget_old_attempts() -> int:
    """Delete what counts no more; also where nobody has tried to sign in since."""
    before = timezone.now() - timedelta(seconds=settings.LOCKOUT_SECONDS)
    return int(AccessAttempt.objects.filter(attempt_time__lte=before).delete()[0])


def _count(request: Any, name: str) -> None:
    with transaction.atomic():
        attempt, _created = AccessAttempt.objects.select_for_update().get_or_create(
            username=name,
            ip_address=request.axes_ip_address,
            user_agent=_browser(request, name),
            defaults={"failures_since_start": 0, "http_accept": "", "path_info": "", "get_data": "", "post_data": ""},
        )
        AccessAttempt.objects.filter(pk=attempt.pk).update(
            failures_since_start=F("failures_since_start") + 1, attempt_time=timezone.now()
        )


def _browser(request: HttpRequest, name: str) -> str:
    user_id = name.removeprefix(OF_USER)
    return (known_mark(request, user_id=int(user_id)) if user_id.isdecimal() else "") or UNKNOWN_BROWSER


def _counters(request: Any, credentials: Mapping[str, Any] | None) -> Iterator[Counter]:
    """Return what is counted of this caller, its own counter first."""
    name, address = counted_name(request, credentials), request.axes_ip_address
    if name is None:
        return
    since = timezone.now() - timedelta(seconds=settings.LOCKOUT_SECONDS)
    recent = AccessAttempt.objects.filter(attempt_time__gt=since)
    browser = _browser(request, name)
    if browser != UNKNOWN_BROWSER:
        yield Counter(recent.filter(username=name, user_agent=browser), settings.AXES_FAILURE_LIMIT)
        return
    unknown = recent.filter(user_agent=UNKNOWN_BROWSER)
    yield Counter(unknown.filter(username=name, ip_address=address), settings.AXES_FAILURE_LIMIT)
    if not is_known_place(name, address):
        yield Counter(unknown.filter(username=name), settings.LOCKOUT_PER_USER)
        if is_somebodys_own(address):
            yield Counter(unknown.filter(ip_address=address), settings.LOCKOUT_PER_ADDRESS)


def is_known_place(name: str, address: str | None) -> bool:
    user_id = name.removeprefix(OF_USER)
    return (
        user_id.isdecimal()
        and is_somebodys_own(address)
        and KnownPlace.objects.filter(user=int(user_id), address=address).exists()
    )
