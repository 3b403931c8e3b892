"""Whether the product is well: for machines at ``/healthz``, and for pages (G-15)."""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django import db
from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker
from redis import RedisError

from integrations.core import clocks
from integrations.core.models import Canary, Connection, Mark, SyncRun
from integrations.core.storage import Trouble, trouble_of

# So many connections whose vendor does not answer are told at most.
MOST_AWAY: Final = 100
logger = logging.getLogger(__name__)

PATH: Final = "/healthz"
# The row that is written to see whether anything can be; no queue is called so.
WRITTEN: Final = "healthz"
# What SQLite's database may have to grow by at the next save.
ROOM_BYTES: Final = 2**18
# How long a look waits for others that write.
BUSY_MILLISECONDS: Final = 2000


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
    """200 when the database answers and takes writes, the broker answers, every queue's tasks are taken and the clocks
    agree; else 503.

    Shape: ``{"healthy", "database", "writable", "broker", "clocks_agree": bool, "clock_seconds_apart": float,
    "queues": {name: {"running": bool, "proved_at": ISO or null, "age_seconds": float or null}},
    "oldest_mark_seconds": float or null, "runs_waiting": int, "vendors_away": [{"connection", "integration",
    "since_seconds", "changes", "oldest_mark_seconds"}]}``; what could not be found out for want of the database is
    missing. The oldest mark is that of the changes that may be sent now: what waits for a vendor that does not answer
    is told with that vendor's connection, and is nobody else's delay.
    """
    broker = _answers(lambda: get_broker(settings.BULK_QUEUE).queue_size(), of="The queue's broker does not answer")
    try:
        found = _look()
    except db.Error as error:
        logger.error("The database does not answer (%s)", type(error).__name__)
        found = {"database": False}
    else:
        found["writable"] = _answers(_write, of="The database cannot be written to")
    healthy = (
        broker
        and found["database"]
        and found["writable"]
        and found["clocks_agree"]
        and all(queue["running"] for queue in found["queues"].values())
    )
    return JsonResponse({"healthy": healthy, "broker": broker, **found}, status=200 if healthy else 503)


class HealthMiddleware:
    """Answers before anything else asks the database who calls: with a session's cookie that would fail instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return healthz(request) if request.path_info == PATH else self.get_response(request)


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
    proofs = _proofs()
    apart = _seconds_apart(proofs, now)
    return {
        "database": True,
        "clocks_agree": apart <= clocks.MOST_APART,
        "clock_seconds_apart": round(apart, 1),
        "queues": {
            queue: {
                "running": _queue_service(proved_at).running,
                "proved_at": proved_at.isoformat() if proved_at else None,
                "age_seconds": _age(proved_at, now),
            }
            for queue, proved_at in proofs.items()
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
    now = timezone.now()
    if proved_at is None or clocks.is_in_future(proved_at, now=now):
        # A proof that is to come proves nothing.
        return Service(running=False, since=None)
    return Service(running=now - proved_at < patience, since=proved_at)


def _seconds_apart(proofs: dict[str, datetime | None], now: datetime) -> float:
    """Return by how much this machine's clock differs from the database's, and is behind those that serve queues."""
    behind = [(proved_at - now).total_seconds() for proved_at in proofs.values() if proved_at is not None]
    return max(0.0, abs(clocks.seconds_ahead(now) or 0.0), *behind)


def _write() -> None:
    """Write a row, and on SQLite what the next save may need of the disk; raises what the database or the disk says."""
    now = timezone.now()
    on_sqlite = db.connection.vendor == "sqlite"
    with db.connection.cursor() as cursor:
        if on_sqlite:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        try:
            if not Canary.objects.filter(queue=WRITTEN).update(asked_at=now):
                Canary.objects.get_or_create(queue=WRITTEN, defaults={"asked_at": now})
        except db.OperationalError as error:
            # Somebody else writes just now, which is all that is asked.
            if trouble_of(error) != Trouble.BUSY:
                raise
        finally:
            if on_sqlite:
                cursor.execute(f"PRAGMA busy_timeout = {int(db.connection.settings_dict['OPTIONS']['timeout']) * 1000}")
    if on_sqlite:
        _find_room(Path(db.connection.settings_dict["NAME"]).parent)


def _find_room(folder: Path) -> None:
    # A row that is there already is written into pages that are: on a full disk that goes well until the next new row.
    with tempfile.TemporaryFile(dir=folder) as room:
        room.write(bytes(ROOM_BYTES))
        room.flush()


def _answers(question: Callable[[], object], *, of: str) -> bool:
    try:
        question()
    except (db.Error, RedisError, OSError) as error:
        logger.error("%s (%s)", of, type(error).__name__)
        return False
    return True


def _age(moment: datetime | None, now: datetime) -> float | None:
    return round((now - moment).total_seconds(), 1) if moment else None
