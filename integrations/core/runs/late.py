"""Jobs of runs that have ended: asked about until it is known what became of them."""

import time

from django.conf import settings

from integrations.core import leases
from integrations.core.endpoints import Then
from integrations.core.errors import ReauthorisationRequired, VendorError
from integrations.core.jobs import due_jobs
from integrations.core.models import Connection, SyncRun
from integrations.core.runs.rows import RowWriter
from integrations.core.runs.session import open_session
from integrations.core.work.ringing import ring_late_jobs


def ring_due() -> int:
    """Ring for every working connection with a job to be asked about that its run did not wait for."""
    left_over = due_jobs().filter(row__run__state__in=SyncRun.ENDED, connection__state__in=Connection.CONNECTED)
    connections = set(left_over.values_list("connection", flat=True))
    for connection_id in connections:
        ring_late_jobs(connection_id)
    return len(connections)


def look_after(*, connection_id: int) -> None:
    """Ask about each such job once; safe to call at any time from any process."""
    held = leases.claim(name=f"run:{connection_id}")
    if held is None:
        return
    try:
        due = due_jobs().filter(connection=connection_id, row__run__state__in=SyncRun.ENDED)
        runs = SyncRun.objects.filter(pk__in=due.values("row__run")).select_related("connection__company", "by")
        for run in runs:
            _look_after(run, held)
    except (leases.LeaseLost, VendorError):
        # The connection's own trouble is written down where it was found; the sweep rings again.
        return
    finally:
        held.release()


def _look_after(run: SyncRun, held: leases.Held) -> None:
    session = open_session(run=run, held=held, deadline=time.monotonic() + settings.TASK_SECONDS)
    polls = RowWriter(session).polls
    while (asking := polls.next_job()) is not None:
        held.check()
        # A pause says nothing about a job.
        session.calls.require_no_pause()
        step, ask = asking
        try:
            reply = session.calls.read(ask, deadline=session.deadline)
            while isinstance(reply, Then):
                reply = session.calls.read(reply.send, deadline=session.deadline)
        except ReauthorisationRequired:
            raise
        except VendorError as error:
            polls.settle(step, None, error)
        else:
            polls.settle(step, reply, None)
        polls.over(step)
