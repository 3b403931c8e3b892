"""The pause after wrong codes, twice as long after each: what keeps whoever knows a password from trying codes out.

It holds for all browsers together but those in which the user has signed in before, which the lock-out counts by
themselves: so nobody can make the user wait there.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from employees.access.browsers import known_mark

LONGEST_SECONDS: Final = 3600
# Enough to reach the longest; more would only be a huge number.
MOST_DOUBLINGS: Final = 12


class Paused(Exception):
    """No code is looked at yet."""

    def __init__(self, until: datetime) -> None:
        super().__init__("paused")
        self.until = until


def check(request: HttpRequest, device: TOTPDevice) -> None:
    """Raise ``Paused`` where the browser has to wait; django-otp counts the wrong codes of the device."""
    at: datetime | None = device.throttling_failure_timestamp
    if at is None or not device.throttling_failure_count or known_mark(request, user_id=device.user_id):
        return
    doublings = min(device.throttling_failure_count - 1, MOST_DOUBLINGS)
    until = at + timedelta(seconds=min(2**doublings, LONGEST_SECONDS))
    if timezone.now() < until:
        raise Paused(until)


def lift(user_ids: Iterable[int] | None = None) -> int:
    """End the pauses of these users, or everybody's; return of how many."""
    devices = TOTPDevice.objects.exclude(throttling_failure_count=0)
    if user_ids is not None:
        devices = devices.filter(user__in=user_ids)
    return int(devices.update(throttling_failure_count=0, throttling_failure_timestamp=None))
