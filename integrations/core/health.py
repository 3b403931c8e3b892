"""Whether the product is well: for machines at ``/healthz``, and for pages (G-15)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import db
from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from redis import RedisError

from integrations.core.models import Canary, Connection, Mark, SyncRun

# So many connections whose vendor does not answer are told at most.
MOST_AWAY: Final = 100
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
    "age_seconds": float or null}}, "oldest_mark_seconds": float or null, "runs_waiting": int, "vendors_away":
    [{"connection", "integration", "since_seconds", "changes", "oldest_mark_seconds"}]}``; what could not be found out
    for want of the database is missing. The oldest mark is that of the changes that may be sent now: what waits for a
    vendor that does not answer is told with that vendor's connection, and is nobody else's delay.
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
    oldest_mark = (
        waiting.filter(connection__failing_since=None)
        .order_by("changed_at")
        .values_list("changed_at", flat=True)
        .first()
    )
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
        "vendors_away": _away(waiting, now),
    }


def _away(waiting: QuerySet[Mark], now: datetime) -> list[dict[str, Any]]:
    """Return the connections whose vendor does not answer, the longest first, and what waits for each of them.

    Nothing that names anybody: this is shown without a sign-in.
    """
    failing = Connection.objects.filter(failing_since__isnull=False, state__in=Connection.WORKING)
    shown = failing.order_by("failing_since", "pk").values_list("pk", "integration", "failing_since")[:MOST_AWAY]
    connections = list(shown)
    marks = waiting.filter(connection__in=[pk for pk, _integration, _since in connections]).order_by()
    counted = marks.values("connection").annotate(count=Count("pk"), oldest=Min("changed_at"))
    waits = {each["connection"]: (each["count"], each["oldest"]) for each in counted}
    return [
        {
            "connection": pk,
            "integration": integration,
            "since_seconds": _age(since, now),
            "changes": waits.get(pk, (0, None))[0],
            "oldest_mark_seconds": _age(waits.get(pk, (0, None))[1], now),
        }
        for pk, integration, since in connections
    ]


def _proofs() -> dict[str, datetime | None]:
    """Return when each queue was last proved to be served; a service from before it knows no queue of short work."""
    proofs = dict(Canary.objects.values_list("queue", "answered_at"))
    known = [queue for queue in settings.QUEUES if queue != settings.SHORT_QUEUE or queue in proofs]
    return {queue: proofs.get(queue) for queue in known}


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
