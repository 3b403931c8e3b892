"""Canaries: tasks that do nothing but prove that a queue's tasks are taken.

One row per queue, shared by all machines: ``asked_at`` is the latest question, ``answered_at`` the time until
which it is proved that somebody takes tasks from the queue. The proof is the latest question that was answered,
or a worker seen inside a task. Which cluster answered is not said here: see ``core.work.pulse``.
"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from integrations.core.clocks import MOST_APART
from integrations.core.models import Canary


def ask(*, queue: str, at: datetime) -> None:
    """Put a canary into the queue; raises the database's or the broker's error when it is away."""
    Canary.objects.get_or_create(queue=queue, defaults={"asked_at": at})
    Canary.objects.filter(Q(asked_at__lt=at) | _in_future("asked_at"), queue=queue).update(asked_at=at)
    async_task("integrations.core.tasks.canary", queue, at.isoformat(), cluster=queue, save=False)


def prove(*, queue: str, at: datetime) -> None:
    """Write down that the queue's tasks were taken at that time; a late answer never moves the proof back."""
    _row, created = Canary.objects.get_or_create(queue=queue, defaults={"asked_at": at, "answered_at": at})
    if not created:
        older = Q(answered_at__isnull=True) | Q(answered_at__lt=at) | _in_future("answered_at")
        Canary.objects.filter(older, queue=queue).update(answered_at=at)


def _in_future(column: str) -> Q:
    """Written by a clock that was ahead: it would be newer than every proof to come."""
    return Q(**{f"{column}__gt": timezone.now() + timedelta(seconds=MOST_APART)})


def proved_at(*, queue: str) -> datetime | None:
    return Canary.objects.filter(queue=queue).values_list("answered_at", flat=True).first()
