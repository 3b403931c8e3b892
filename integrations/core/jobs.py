"""Writes that the vendor does later, as a job: which are under way, which are to be asked about now, and what.

One clock per write, from its sending: while it runs, the vendor may still do what it took in, so nothing is sent
again. A job outlives workers: whoever comes next goes on asking (`core.polls`).
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.core.endpoints import Accepted, Found, JobListEndpoint, Jobs, KeyEndpoint, Reply, VendorEndpoint
from integrations.core.models import Delivery

State = Delivery.State
# Seconds until a job is asked about, doubled each time: about four times in its first five seconds.
FIRST_POLL: Final = 0.5
# The vendor's clock may be another.
SKEW: Final = timedelta(minutes=2)
Ask = Callable[[VendorEndpoint], Reply]


class Asked(enum.Enum):
    """What is asked about a write: its job, the list of jobs, its record, or who holds its natural key."""

    JOB = enum.auto()
    LIST = enum.auto()
    RECORD = enum.auto()
    KEY = enum.auto()


LOOKS: Final = (Asked.RECORD, Asked.KEY)


@dataclass(frozen=True)
class Poll:
    """The vendor is asked how a write goes on, or what it made."""

    delivery: Delivery
    asked: Asked = Asked.JOB

    @property
    def subject(self) -> tuple[str, str]:
        return self.delivery.left_id, self.delivery.right_id or self.delivery.left_id

    @property
    def kind(self) -> str:
        return type(self).__name__


def mark_waiting(*, delivery: Delivery, accepted: Accepted) -> None:
    """The vendor took the write in: from now on it is asked about, never sent again."""
    Delivery.objects.filter(pk=delivery.pk, state=State.SENDING).update(
        state=State.WAITING,
        job_address=accepted.job_address,
        note=accepted.note,
        polls=0,
        not_before=timezone.now() + timedelta(seconds=FIRST_POLL),
    )


def under_way() -> QuerySet[Delivery]:
    """Return the writes that the vendor took in and that have not been seen to end: never to be sent again."""
    return Delivery.objects.filter(Q(state=State.WAITING) | Q(state=State.UNKNOWN) & ~Q(job_address=""))


def asked_soon() -> QuerySet[Delivery]:
    """Return the writes that are asked about at ``not_before``, while their time runs."""
    lost = Q(state=State.UNKNOWN, job_address="", not_before__isnull=False, settle_until__gt=timezone.now())
    return Delivery.objects.filter(Q(state=State.WAITING) | lost)


def due_jobs() -> QuerySet[Delivery]:
    """Return the writes to be asked about now: jobs, and whatever may have become one though no answer came."""
    now = timezone.now()
    late = Q(state=State.UNKNOWN, settle_until__lte=now) & ~Q(job_address="")
    lost = Q(state=State.UNKNOWN, job_address="", not_before__lte=now, settle_until__gt=now)
    return Delivery.objects.filter(Q(state=State.WAITING, not_before__lte=now) | late | lost)


def list_jobs(endpoint: VendorEndpoint, *, delivery: Delivery) -> Reply:
    if not isinstance(endpoint, JobListEndpoint):
        return Jobs(())
    return endpoint.list_jobs(right_id=delivery.right_id, step=delivery.step, since=delivery.sent_at - SKEW)


def find(endpoint: VendorEndpoint, *, key: str, since: date) -> Reply:
    return endpoint.find(key, since=since) if isinstance(endpoint, KeyEndpoint) else Found(())
