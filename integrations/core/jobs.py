"""Writes that the vendor does later, as a job: its address is stored before it is asked, and then polled to its end.

A job outlives workers: whoever comes next polls on, and nothing is sent twice. One that does not end in time is shown
as unknown and asked further, seldom; only a job that the vendor has forgotten is looked up by its record.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from operator import methodcaller
from typing import Final

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.calls import VendorCalls
from integrations.core.declare import Record, Resource
from integrations.core.deliver import pause_after
from integrations.core.endpoints import Accepted, JobReport, JobState, Reply, VendorEndpoint
from integrations.core.errors import CannotBeRead, Forbidden, NotFound, Refused, TemporarilyUnavailable, VendorError
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Delivery

State = Delivery.State
Ask = Callable[[VendorEndpoint], Reply]
# Seconds until a job is asked about, doubled each time: about four times in its first five seconds.
FIRST_POLL: Final = 0.5
LONGEST_POLL: Final = 60.0
# A job that was given up is asked about so seldom, until it is known.
LATE_POLL: Final = timedelta(minutes=10)
# The class of error under which a delivery whose job has not ended in time is shown.
NOT_OVER: Final = "JobNotOver"


@dataclass(frozen=True)
class Poll:
    """The vendor is asked how a write goes on, or what it made."""

    delivery: Delivery

    @property
    def subject(self) -> tuple[str, str]:
        return self.delivery.left_id, self.delivery.right_id or self.delivery.left_id

    @property
    def kind(self) -> str:
        return type(self).__name__


def mark_waiting(*, delivery: Delivery, accepted: Accepted) -> None:
    """The vendor took the write in: from now on it is polled, never sent again."""
    Delivery.objects.filter(pk=delivery.pk, state=State.SENDING).update(
        state=State.WAITING,
        job_address=accepted.job_address,
        polls=0,
        not_before=timezone.now() + timedelta(seconds=FIRST_POLL),
    )


def under_way() -> QuerySet[Delivery]:
    """Return the writes whose job has not been seen to end: to be polled, never to be looked up or sent."""
    return Delivery.objects.filter(Q(state=State.WAITING) | Q(state=State.UNKNOWN) & ~Q(job_address=""))


def due_jobs() -> QuerySet[Delivery]:
    """Return the writes whose job is to be asked about now."""
    now = timezone.now()
    return under_way().filter(
        Q(state=State.WAITING, not_before__lte=now) | Q(state=State.UNKNOWN, settle_until__lte=now)
    )


class Polls:
    """Asks about jobs for whoever sent their writes, a run or the push; ORM work stays in the calling thread.

    ``deliveries`` are the sender's own. ``done`` gets a write that the vendor did, with the record as far as it is
    known; ``refused`` one that it did not, and why; ``late`` one that has not ended in time, once.
    """

    def __init__(
        self,
        *,
        calls: VendorCalls,
        deliveries: Callable[[], QuerySet[Delivery]],
        done: Callable[[Delivery, Record], None],
        refused: Callable[[Delivery, VendorError], None],
        late: Callable[[Delivery, str], None],
    ) -> None:
        self._calls = calls
        self._resource = calls.resource
        self._deliveries, self._done, self._refused, self._late = deliveries, done, refused, late
        self._asking: set[int] = set()

    def has_job(self) -> bool:
        return self._due().exists()

    def next_job(self) -> tuple[Poll, Ask] | None:
        """Return the next question and the call that asks it, or None when there is none now."""
        delivery = self._due().select_related("row__link", "row__run").order_by("not_before", "pk").first()
        if delivery is None:
            return None
        self._asking.add(delivery.pk)
        if _is_made(delivery):
            return Poll(delivery), methodcaller("read", delivery.right_id)
        return Poll(delivery), methodcaller("poll", delivery.job_address)

    def over(self, step: Poll) -> None:
        """The call has ended, however it did."""
        self._asking.discard(step.delivery.pk)

    def settle(self, step: Poll, reply: Reply | None, error: Exception | None) -> None:
        """Write down what the vendor said, or how the call failed (a whole connection's trouble is the caller's)."""
        delivery = step.delivery
        if isinstance(reply, Record):
            self._done(delivery, reply)
        elif isinstance(reply, JobReport):
            self._read(delivery, reply)
        elif isinstance(error, NotFound) and not _is_made(delivery):
            # The vendor has forgotten the job: its record shows what became of it.
            self._still_open(delivery).update(
                state=State.UNKNOWN, job_address="", settle_until=timezone.now(), message=error.message
            )
        elif isinstance(error, Forbidden | CannotBeRead):
            self._may_not_ask(delivery, error)
        else:
            failed = error if isinstance(error, VendorError) else TemporarilyUnavailable(type(error).__name__)
            self._ask_again(delivery, least=pause_after(calls=self._calls, error=failed))

    def _read(self, delivery: Delivery, report: JobReport) -> None:
        if report.state is JobState.UNDER_WAY:
            self._ask_again(delivery)
            return
        delivery.warnings = list(report.warnings)
        if report.state is JobState.FAILED:
            self._still_open(delivery).update(warnings=delivery.warnings)
            self._refused(delivery, Refused(report.message))
            return
        if delivery.action == Delivery.Action.CREATE:
            # What the vendor made of the new record is read, at the next slot.
            delivery.right_id = report.right_id
            self._still_open(delivery).update(
                warnings=delivery.warnings, right_id=report.right_id, state=State.WAITING, not_before=timezone.now()
            )
            return
        self._still_open(delivery).update(warnings=delivery.warnings)
        self._done(delivery, written_record(resource=self._resource, delivery=delivery))

    def _ask_again(self, delivery: Delivery, *, least: float = 0.0) -> None:
        now = timezone.now()
        if delivery.state == State.UNKNOWN:
            self._still_open(delivery).update(settle_until=now + LATE_POLL)
        elif now - delivery.sent_at > timedelta(seconds=self._resource.job_seconds):
            message = _("The other system has not finished it after %(minutes)d minutes.") % {
                "minutes": self._resource.job_seconds // 60
            }
            if self._still_open(delivery).update(
                state=State.UNKNOWN, settle_until=now + LATE_POLL, error_class=NOT_OVER, message=message
            ):
                self._late(delivery, message)
        else:
            # The exponent is bounded, because a job may be waited for a day.
            pause = max(least, min(FIRST_POLL * 2.0 ** min(delivery.polls + 1, 16), LONGEST_POLL))
            self._still_open(delivery).update(polls=F("polls") + 1, not_before=now + timedelta(seconds=pause))

    def _may_not_ask(self, delivery: Delivery, error: Forbidden | CannotBeRead) -> None:
        """What became of this one we may not see, or cannot read: it is told, asked about seldom, and not sent again.

        That is its own matter, not the connection's (G-23, G-41).
        """
        known = delivery.state == State.UNKNOWN
        message = _("What became of it may not be seen: %(reason)s") % {"reason": error.message}
        kept = self._still_open(delivery).update(
            state=State.UNKNOWN,
            settle_until=timezone.now() + LATE_POLL,
            error_class=type(error).__name__,
            message=message,
        )
        if kept and not known:
            self._late(delivery, message)

    def _still_open(self, delivery: Delivery) -> QuerySet[Delivery]:
        return Delivery.objects.filter(pk=delivery.pk, state__in=(State.WAITING, State.UNKNOWN))

    def _due(self) -> QuerySet[Delivery]:
        return self._deliveries().filter(pk__in=due_jobs().values("pk")).exclude(pk__in=self._asking)


def written_record(*, resource: Resource, delivery: Delivery) -> Record:
    """Return the record as far as a finished job shows it: it holds what was sent, and all else is not known."""
    values = (
        declared.from_json(delivery.wanted[declared.name]) if declared.name in delivery.wanted else UNKNOWN
        for declared in resource.fields
    )
    return Record(id=delivery.right_id, values=tuple(values))


def _is_made(delivery: Delivery) -> bool:
    """Whether the job of a creation has ended, and the new record is to be read."""
    return delivery.action == Delivery.Action.CREATE and bool(delivery.right_id)
