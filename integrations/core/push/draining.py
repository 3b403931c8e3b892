"""Draining a connection's marks, under a lease, for about as long as a task may last (architecture, push)."""

import time
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Min, Q
from django.utils import timezone

from integrations.core import jobs, leases
from integrations.core.calls import VendorCalls, connector_of
from integrations.core.deliver import Dispatcher, recover_interrupted
from integrations.core.errors import VendorError
from integrations.core.hub.endpoint import hub_people
from integrations.core.marks import may_go
from integrations.core.models import Connection, Delivery, Mark
from integrations.core.push.creating import Creator
from integrations.core.push.others import others_of
from integrations.core.push.sending import Pusher
from integrations.core.push.session import PushSession
from integrations.core.registry import manifests
from integrations.core.sharing import release_settled
from integrations.core.work.ringing import ring_push, ring_push_bulk

# A vendor that asked for a longer pause is called again by the sweep, not by a task that waits for it.
SHORT_PAUSE: Final = 5.0
# So many seconds a task sleeps at most for the vendor's job, holding no lease.
LONGEST_NAP: Final = 4.5


def drain(*, connection_id: int, bulk: bool = False) -> None:
    """Send what waits, people's own edits first; safe to call at any time from any process.

    Without ``bulk`` only people's own edits are sent, so that they never queue behind an import; ``bulk`` sends
    those that come meanwhile as well. Rings again for what is left.
    """
    deadline = time.monotonic() + settings.TASK_SECONDS
    while _claim_and_drain(connection_id, bulk=bulk, deadline=deadline):
        # A mark that came while the lease was given back found it taken: look once more.
        if time.monotonic() >= deadline:
            break
        if not _waits(connection_id, bulk=bulk) and not _nap_for_job(connection_id, deadline=deadline):
            break
    _ring_for_rest(connection_id)


def _nap_for_job(connection_id: int, *, deadline: float) -> bool:
    """Sleep until the vendor's next job is to be asked about, where that is soon; a later one is the sweep's."""
    waiting = jobs.asked_soon().filter(connection=connection_id, mark_version__isnull=False)
    due = waiting.aggregate(Min("not_before"))["not_before__min"]
    seconds = (due - timezone.now()).total_seconds() if due is not None else LONGEST_NAP + 1
    if seconds > LONGEST_NAP or time.monotonic() + seconds > deadline:
        return False
    time.sleep(max(seconds, 0.0))
    return True


def _claim_and_drain(connection_id: int, *, bulk: bool, deadline: float) -> bool:
    """Return whether everything that could be sent was sent, by us."""
    connection = (
        Connection.objects.select_related("company").filter(pk=connection_id, state=Connection.State.ACTIVE).first()
    )
    if connection is None or not _waits(connection_id, bulk=bulk):
        return False
    held = leases.claim(name=f"push:{connection_id}")
    if held is None:
        return False
    try:
        return _drain(connection, held, bulk=bulk, deadline=deadline)
    except (leases.LeaseLost, VendorError):
        # What the error means stands with the connection and its marks; the sweep rings again.
        return False
    finally:
        held.release()


def _drain(connection: Connection, held: leases.Held, *, bulk: bool, deadline: float) -> bool:
    connector = connector_of(connection)
    in_time = True
    for resource in connector.resources():
        left = hub_people(connection=connection, resource=resource.name)
        calls = VendorCalls(connection=connection, connector=connector, resource=resource)
        session = PushSession(connection, resource, left, calls, held, deadline, bulk)
        recover_interrupted(connection=connection, resource=resource, pushed=True)
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


def _ring_for_rest(connection_id: int) -> None:
    connection = Connection.objects.filter(pk=connection_id, state=Connection.State.ACTIVE).first()
    if connection is None or connection.next_slot > time.time() + SHORT_PAUSE:
        return
    if leases.is_taken(name=f"push:{connection_id}"):
        # Whoever has it looks after itself.
        return
    if _waits(connection_id, bulk=False):
        ring_push(connection_id)
    elif _waits(connection_id, bulk=True):
        ring_push_bulk(connection_id)


def ring_waiting() -> int:
    """Ring for every connection whose marks, or writes that were left open, may go on now; return how many."""
    now = timezone.now()
    _release_others()
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


def _release_others() -> None:
    """What waited for something, such as a person's link, may have got it."""
    release_settled(Connection.objects.filter(state=Connection.State.ACTIVE))
    pushing = [name for name, manifest in manifests().items() if manifest.pushes]
    for connection in Connection.objects.filter(state=Connection.State.ACTIVE, integration__in=pushing):
        try:
            connector = connector_of(connection)
            for other in others_of(connection, connector):
                other.release()
        except ValidationError:
            # Settings that cannot be read are one connection's trouble, and its pages say so.
            continue
