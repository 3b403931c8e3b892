"""Draining a connection's marks, under a lease, for about as long as a task may last (architecture, push)."""

import time
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Min, Q
from django.utils import timezone

from employees.zones import zone_of
from integrations.core import budget, jobs, leases
from integrations.core.budget import SHORT_PAUSE
from integrations.core.calls import VendorCalls, connector_of
from integrations.core.deliver import recover_interrupted
from integrations.core.dispatching import Dispatcher
from integrations.core.errors import VendorError
from integrations.core.hub.endpoint import hub_people
from integrations.core.marks import may_go, nobody_holds
from integrations.core.models import Connection, Delivery, Mark
from integrations.core.push.creating import Creator
from integrations.core.push.others import others_of, release_others
from integrations.core.push.sending import Pusher
from integrations.core.push.session import PushSession
from integrations.core.sharing import release_settled
from integrations.core.work.ringing import bell_stands, ring_push, ring_push_bulk

# So many seconds a task sleeps at most for the vendor's job, holding no lease; for a later one a bell is set.
LONGEST_NAP: Final = SHORT_PAUSE


def drain(*, connection_id: int, bulk: bool = False) -> None:
    """Send what waits, people's own edits first; safe to call at any time from any process.

    Without ``bulk`` only people's own edits are sent, so that they never queue behind an import; ``bulk`` sends
    those that come meanwhile as well. Rings again for what is left: at once, or when the vendor may be called again.
    """
    if budget.pausing(connection_id=connection_id):
        free = budget.free_at(connection_id=connection_id)
        if bell_stands("push", connection_id, until=free):
            # Every edit rings: while the vendor pauses, one bell is enough for all of them.
            return
    deadline = time.monotonic() + settings.TASK_SECONDS
    least = timedelta(0)
    try:
        while _claim_and_drain(connection_id, bulk=bulk, deadline=deadline):
            # A mark that came while the lease was given back found it taken: look once more.
            if time.monotonic() >= deadline:
                break
            if not _waits(connection_id, bulk=bulk) and not _nap_for_job(connection_id, deadline=deadline):
                break
    except VendorError:
        # What the error means stands with the connection and its marks; nothing is gained by being quick.
        least = timedelta(seconds=settings.RETRY_SECONDS)
    _ring_for_rest(connection_id, least=least)


def _nap_for_job(connection_id: int, *, deadline: float) -> bool:
    """Sleep until the vendor's next job is to be asked about, where that is soon; for a later one a bell is set."""
    waiting = jobs.asked_soon().filter(connection=connection_id, mark_version__isnull=False)
    due = waiting.aggregate(Min("not_before"))["not_before__min"]
    seconds = (due - timezone.now()).total_seconds() if due is not None else LONGEST_NAP + 1
    if seconds > LONGEST_NAP or time.monotonic() + seconds > deadline:
        return False
    time.sleep(max(seconds, 0.0))
    return True


def _claim_and_drain(connection_id: int, *, bulk: bool, deadline: float) -> bool:
    """Return whether everything that could be sent was sent, by us; raises VendorError."""
    connection = (
        Connection.objects.select_related("company").filter(pk=connection_id, state=Connection.State.ACTIVE).first()
    )
    if connection is None or budget.pausing(connection_id=connection_id) or not _waits(connection_id, bulk=bulk):
        return False
    held = leases.claim(name=f"push:{connection_id}")
    if held is None:
        return False
    try:
        with timezone.override(zone_of(connection)):
            return _drain(connection, held, bulk=bulk, deadline=deadline)
    except leases.LeaseLost:
        return False
    finally:
        held.release()


def _drain(connection: Connection, held: leases.Held, *, bulk: bool, deadline: float) -> bool:
    connector = connector_of(connection)
    in_time = True
    for resource in connector.resources():
        left = hub_people(connection=connection, resource=resource.name)
        # The hub's side knows what the company lets go.
        calls = VendorCalls(connection=connection, connector=connector, resource=left.resource, held=held)
        session = PushSession(connection, left.resource, left, calls, held, deadline, bulk)
        recover_interrupted(connection=connection, resource=left.resource, pushed=True)
        in_time = _drain_resource(session) and in_time
    for other in others_of(connection, connector):
        in_time = other.drain(held=held, deadline=deadline, bulk=bulk) and in_time
    return in_time


def _drain_resource(session: PushSession) -> bool:
    release_settled([session.connection])
    pusher, creator = Pusher(session), Creator(session)
    creator.look_up()
    in_time = Dispatcher(
        calls=session.calls,
        held=session.held,
        next_job=pusher.preparer.next_job,
        settle=pusher.settle,
        stopped=pusher.failures.stopped,
        deadline=session.deadline,
        workers=session.workers,
        has_job=pusher.preparer.has_job,
    ).run()
    pusher.failures.raise_stop()
    if pusher.preparer.new:
        in_time = creator.create(pusher.preparer.new) and in_time
    return in_time


def _waits(connection_id: int, *, bulk: bool) -> bool:
    now = timezone.now()
    marks = may_go().filter(connection=connection_id)
    if not bulk:
        marks = marks.filter(priority=Mark.Priority.INTERACTIVE)
    deliveries = Delivery.objects.filter(connection=connection_id, mark_version__isnull=False)
    left_open = (
        Q(state=Delivery.State.SENDING)
        | Q(pk__in=jobs.due_jobs().values("pk"))
        | Q(state=Delivery.State.UNKNOWN, settle_until__lte=now)
    )
    return marks.exists() or deliveries.filter(left_open).exists()


def _ring_for_rest(connection_id: int, *, least: timedelta) -> None:
    """Ring for what is left when it is due, and not before the vendor may be called."""
    if not Connection.objects.filter(pk=connection_id, state=Connection.State.ACTIVE).exists():
        return
    if leases.is_taken(name=f"push:{connection_id}"):
        # Whoever has it looks after itself.
        return
    earliest = max(timezone.now() + least, budget.free_at(connection_id=connection_id))
    own, many = _next_due(connection_id)
    if own is not None:
        ring_push(connection_id, at=max(own, earliest))
    if many is not None and (own is None or many < own):
        ring_push_bulk(connection_id, at=max(many, earliest))


def _next_due(connection_id: int) -> tuple[datetime | None, datetime | None]:
    """Return when the next of people's own edits, or of what was sent, is due, and the next of many people's."""
    marks = nobody_holds().filter(connection=connection_id)
    due = dict(marks.order_by().values_list("priority").annotate(Min("due")))
    deliveries = Delivery.objects.filter(connection=connection_id, mark_version__isnull=False)
    moments = [
        due.get(Mark.Priority.INTERACTIVE),
        # Left by somebody who died.
        deliveries.filter(state=Delivery.State.SENDING).aggregate(Min("sent_at"))["sent_at__min"],
        deliveries.filter(state=Delivery.State.WAITING).aggregate(Min("not_before"))["not_before__min"],
        deliveries.filter(state=Delivery.State.UNKNOWN).aggregate(Min("settle_until"))["settle_until__min"],
    ]
    return min((moment for moment in moments if moment is not None), default=None), due.get(Mark.Priority.BULK)


def ring_waiting() -> int:
    """Ring for every connection whose marks, or writes that were left open, may go on now; return how many."""
    now = timezone.now()
    release_settled(Connection.objects.filter(state=Connection.State.ACTIVE))
    release_others()
    marks = may_go().filter(connection__state=Connection.State.ACTIVE)
    waiting = dict(marks.order_by().values_list("connection").annotate(first=Min("priority")))
    left_open = Delivery.objects.filter(
        Q(state=Delivery.State.SENDING, sent_at__lt=now - timedelta(seconds=settings.LEASE_SECONDS))
        | Q(pk__in=jobs.due_jobs().values("pk"))
        | Q(state=Delivery.State.UNKNOWN, settle_until__lte=now),
        connection__state=Connection.State.ACTIVE,
        mark_version__isnull=False,
    )
    for connection_id in left_open.order_by().values_list("connection", flat=True).distinct():
        waiting.setdefault(connection_id, Mark.Priority.INTERACTIVE)
    for connection_id, first in waiting.items():
        if first == Mark.Priority.INTERACTIVE:
            ring_push(connection_id)
        else:
            ring_push_bulk(connection_id)
    return len(waiting)
