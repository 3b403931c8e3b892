"""Proving who it is: a typed password or code judged, by whoever asks for one, and how long a proof counts.

All wrong ones are counted alike, and shut alike.
"""

import math
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.access import code_pauses, lockout, recovery_codes, second_factor

DIGITS: Final = 6
# In the session: when its user last proved who it is, by signing in or since.
PROVEN_AT: Final = "proven_at"
FRESH_MINUTES: Final = 10
# Of a shorter pause the seconds are said alone.
LONG_PAUSE: Final = 120


def note(request: HttpRequest, at: datetime | None = None) -> None:
    """Keep that the session's user has proven it, now or earlier; a clock that is ahead gives nobody longer."""
    now = timezone.now()
    request.session[PROVEN_AT] = min(at or now, now).isoformat()


def is_fresh(request: HttpRequest) -> bool:
    at = parse_datetime(request.session.get(PROVEN_AT, ""))
    return at is not None and timezone.now() - at < timedelta(minutes=FRESH_MINUTES)


def refusal_of_password(request: HttpRequest, user: User, typed: str) -> str:
    """Return why the password does not prove that it is the user, empty when it does."""
    if lockout.is_shut(request, user):
        return _nothing_is_taken()
    if user.check_password(typed):
        # Else whoever knows the password could try out codes in between for ever.
        if second_factor.device_of(user) is None:
            lockout.forget_callers_failures(request, user)
        return ""
    lockout.count_failure(request, user)
    return _("That is not your password. It knows capital and small letters.")


def refusal_of_code(request: HttpRequest, user: User, typed: str) -> str:
    """Use the code up; return why it is not taken, empty when it is."""
    if lockout.is_shut(request, user):
        return _nothing_is_taken()
    digits = second_factor.typed_digits(typed)
    if digits.isdecimal() and len(digits) == DIGITS:
        return _refusal_of_apps_code(request, user, digits)
    if recovery_codes.use(user, typed):
        return ""
    lockout.count_failure(request, user)
    return _("That is no code of the app, which has six digits, and no recovery code that is left.")


def _refusal_of_apps_code(request: HttpRequest, user: User, digits: str) -> str:
    try:
        if second_factor.verify(request, user, digits) is not None:
            return ""
    except code_pauses.Paused as paused:
        return _pause(second_factor.seconds_until(paused.until))
    lockout.count_failure(request, user)
    return _(
        "That code is not right. Each code is good for half a minute, and once: type the one that the app shows now."
        " If none is right, see that the time on the phone is."
    )


def _pause(seconds: int) -> str:
    if seconds < LONG_PAUSE:
        return ngettext(
            "After a wrong code there is a pause. Wait %(seconds)d second, then type the code that the app shows.",
            "After a wrong code there is a pause. Wait %(seconds)d seconds, then type the code that the app shows.",
            seconds,
        ) % {"seconds": seconds}
    return _(
        "Many wrong codes were typed for your account, so there is a pause of %(minutes)d minutes. If it was not you,"
        " somebody knows your password: choose another one, with “Forgot password?”, and the pause ends. A recovery"
        " code is taken at once, and there is no pause in a browser in which you have signed in before."
    ) % {"minutes": math.ceil(seconds / 60)}


def _nothing_is_taken() -> str:
    """Return what the page would say in whose place the one of the lock-out comes."""
    return _("Nothing is taken for a while.")
