"""Whether the product is well: for machines at ``/healthz``, and for pages (G-15)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import db
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from redis import RedisError

from integrations.core.models import Canary, Connection, Mark, SyncRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """Whether the background service runs; ``since`` is the last proof of it, None when there never was one."""

    running: bool
    since: datetime | None


def background_service() -> Service:
    """Running means that every queue's tasks are taken (G-15); of several that are not, the longest is told."""
    services = [_queue_service(proved_at) for proved_at in _proofs().values()]
    failing = [service for service in services if not service.running]
    if not failing:
        return Service(running=True, since=min(service.since for service in services if service.since))
    never = any(service.since is None for service in failing)
    return Service(running=False, since=None if never else min(service.since for service in failing if service.since))


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, the broker answers and every queue's tasks are taken; else 503.

    Shape: ``{"healthy", "database", "broker": bool, "queues": {name: {"running": bool, "proved_at": ISO or null,
    "age_seconds": float or null}}, "oldest_mark_seconds": float or null, "runs_waiting": int}``; what could not be
    found out for want of the database is missing. The oldest mark is that of the changes that may be sent now.
    """
    broker = _answers(lambda: get_broker(settings.BULK_QUEUE).queue_size())
    try:
        found = _look()
    except db.Error as error:
        logger.error("The database does not answer (%s)", type(error).__name__)
        found = {"database": False}
    healthy = broker and found["database"] and all(queue["running"] for queue in found["queues"].values())
    return JsonResponse({"healthy": healthy, "broker": broker, **found}, status=200 if healthy else 503)


def _look() -> dict[str, Any]:
    now = timezone.now()
    # What is held waits for a person, and what is not connected for a sign-in: neither is the service's delay.
    waiting = Mark.objects.filter(held_by="", connection__state=Connection.State.ACTIVE)
    oldest_mark = waiting.order_by("changed_at").values_list("changed_at", flat=True).first()
    return {
        "database": True,
        "queues": {
            queue: {
                "running": _queue_service(proved_at).running,
                "proved_at": proved_at.isoformat() if proved_at else None,
                "age_seconds": _age(proved_at, now),
            }
            for queue, proved_at in _proofs().items()
        },
        "oldest_mark_seconds": _age(oldest_mark, now),
        "runs_waiting": SyncRun.objects.filter(state__in=SyncRun.AT_WORK).count(),
    }


def _proofs() -> dict[str, datetime | None]:
    proofs = dict(Canary.objects.values_list("queue", "answered_at"))
    return {queue: proofs.get(queue) for queue in (settings.PUSH_QUEUE, settings.BULK_QUEUE)}


def _queue_service(proved_at: datetime | None) -> Service:
    patience = timedelta(seconds=settings.CANARY_PATIENCE_SECONDS)
    return Service(running=proved_at is not None and timezone.now() - proved_at < patience, since=proved_at)


def _answers(question: Callable[[], object]) -> bool:
    try:
        question()
    except (db.Error, RedisError, OSError) as error:
        logger.error("The queue's broker does not answer (%s)", type(error).__name__)
        return False
    return True


def _age(moment: datetime | None, now: datetime) -> float | None:
    return round((now - moment).total_seconds(), 1) if moment else None
