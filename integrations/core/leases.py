"""Exclusivity by name, until a time: one process at a time refreshes a token, works on a run, drains marks.

A lease is claimed, renewed and given back by conditional UPDATE, which SQLite and PostgreSQL both do one after
the other. Time is this machine's clock: machines that share a database must agree to within a few seconds, well
below ``LEASE_SECONDS``. A holder that was killed blocks the others until its time is over, and no longer. A lease that
ends later than any that is taken now was written by a clock that was ahead: it is not believed.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from employees.holders import new_holder
from integrations.core.models import Lease

POLL_SECONDS: Final = 0.1
# A lease may be twice as long as one that is claimed now (the pauses that leases stand for vary), and at least so long
# (a service may be started with other lengths while one that was taken before still runs).
LONGEST_SECONDS: Final = 300.0
CLOCK: Final = "clock-"


class LeaseTaken(Exception):
    """Somebody else holds the lease."""


class LeaseLost(Exception):
    """The lease ran out and somebody else took it: stop without writing anything more."""


class Held:
    """A lease that this process holds."""

    def __init__(self, *, name: str, holder: str, seconds: float, until: datetime) -> None:
        self.name = name
        self.holder = holder
        # Whoever waits for longer than this keeps the lease in between.
        self.renew_seconds = seconds / 4
        self._checked = time.monotonic()
        self._seconds = timedelta(seconds=seconds)
        self._until = until

    def check(self) -> None:
        """Raise LeaseLost if the lease is no longer ours; renew it when more than a third of its time has gone."""
        now, self._checked = timezone.now(), time.monotonic()
        mine = Lease.objects.filter(name=self.name, holder=self.holder)
        # One that ends too late was taken before the clock went back.
        if now + self._seconds * 2 / 3 < self._until <= now + self._seconds:
            still_ours = mine.exists()
        else:
            # Also when our time is over: until somebody else claims it, nobody worked beside us.
            still_ours = mine.update(until=now + self._seconds) == 1
            self._until = now + self._seconds
        if not still_ours:
            raise LeaseLost(self.name)

    def keep(self) -> None:
        """Check the lease if that was not done lately; for whoever waits, again and again."""
        if time.monotonic() - self._checked >= self.renew_seconds:
            self.check()

    def release(self) -> None:
        """Give the lease back; does nothing when it is no longer ours."""
        Lease.objects.filter(name=self.name, holder=self.holder).update(holder="", until=timezone.now())


def claim(*, name: str, seconds: float | None = None, longest: float = 0.0, clock: bool = False) -> Held | None:
    """Return the lease for ``seconds`` (default LEASE_SECONDS), or None when somebody else holds it.

    ``longest``: others may have claimed it for so long. One that is a ``clock`` says when something is done again: it
    outlives the process that claimed it.
    """
    length = settings.LEASE_SECONDS if seconds is None else seconds
    now = timezone.now()
    held = Held(
        name=name,
        holder=f"{CLOCK}{uuid.uuid4().hex}" if clock else new_holder(),
        seconds=length,
        until=now + timedelta(seconds=length),
    )
    until = now + timedelta(seconds=length)
    if Lease.objects.filter(~held_now(seconds=max(length, longest)), name=name).update(holder=held.holder, until=until):
        return held
    if Lease.objects.filter(name=name).exists():
        return None
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=held.holder, until=until)
    except IntegrityError:
        return None
    return held


def set_clock(*, name: str, seconds: float) -> None:
    """Let a clock run for so many seconds from now on, whatever it showed before."""
    until = timezone.now() + timedelta(seconds=seconds)
    if not Lease.objects.filter(name=name).update(until=until):
        Lease.objects.bulk_create([Lease(name=name, holder=CLOCK, until=until)], ignore_conflicts=True)


def release_of(*, holders: str) -> list[str]:
    """Give back every lease whose holder's name begins so: its process is known to be dead. Returns their names."""
    held = Lease.objects.filter(holder__startswith=holders, until__gt=timezone.now())
    names = list(held.values_list("name", flat=True))
    Lease.objects.filter(name__in=names, holder__startswith=holders).update(holder="", until=timezone.now())
    return names


def parts(name: str) -> tuple[str, str]:
    """Return what a lease is for, and whose: ``push:17`` is for the push of connection 17."""
    kind, _colon, subject = name.partition(":")
    return kind, subject


def is_taken(*, name: str, seconds: float | None = None) -> bool:
    """Whether somebody holds the lease, which is claimed for ``seconds`` (default LEASE_SECONDS)."""
    return Lease.objects.filter(held_now(seconds=seconds), name=name).exists()


def held_now(*, seconds: float | None = None) -> Q:
    """Return whether leases that are claimed for so many seconds are held, as a condition on leases."""
    now = timezone.now()
    longest = max(2 * (settings.LEASE_SECONDS if seconds is None else seconds), LONGEST_SECONDS)
    return Q(until__gt=now, until__lte=now + timedelta(seconds=longest))


@contextmanager
def holding(*, name: str, seconds: float | None = None, wait: float = 0) -> Iterator[Held]:
    """Hold the lease inside the block; raises LeaseTaken when it did not come free within ``wait`` seconds."""
    deadline = time.monotonic() + wait
    while (held := claim(name=name, seconds=seconds)) is None:
        if time.monotonic() >= deadline:
            raise LeaseTaken(name)
        time.sleep(POLL_SECONDS)
    try:
        yield held
    finally:
        held.release()
