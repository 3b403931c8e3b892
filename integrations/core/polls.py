"""Asks the vendor what became of writes that it does later, until that is known (G-39, G-40).

A job is asked about by its address. Where that is not known, or not found, the vendor's list of jobs is asked, and by
turns the record itself: only what it shows to have been done counts before the write's time is over. A success is
read: the record must be the one that was sent, and show it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter, methodcaller
from typing import Any, Final, Protocol

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from integrations.core import jobs
from integrations.core.arriving import not_arrived, written_by
from integrations.core.calls import VendorCalls
from integrations.core.declare import Record
from integrations.core.deliver import settle_seconds
from integrations.core.dispatching import pause_after
from integrations.core.endpoints import Found, JobReport, Jobs, JobState, ListedJob, Reply, reading
from integrations.core.errors import (
    AnotherRecord,
    CannotBeRead,
    Forbidden,
    Forgotten,
    NotFound,
    Refused,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.jobs import LOOKS, Ask, Asked, Poll
from integrations.core.models import Delivery, Link
from integrations.core.readback import TO_BE_READ_AGAIN

State = Delivery.State
CREATE: Final = Delivery.Action.CREATE
LONGEST_POLL: Final = 60.0
# A job that was given up is asked about so seldom, until it is known.
LATE_POLL: Final = timedelta(minutes=10)
# The vendor's days may begin elsewhere.
DAY: Final = timedelta(days=1)
# The classes of error under which a delivery is shown whose job has not ended in time; whose job is not to be seen, so
# that the record is looked at next; and whose record does not show it either.
NOT_OVER: Final = "JobNotOver"
NOT_SEEN: Final = "JobNotSeen"
NOT_SHOWN: Final = "JobNotShown"


class Done(Protocol):
    def __call__(self, delivery: Delivery, record: Record, /, *, looked_up: bool = False) -> None: ...


class Polls:
    """Asks for whoever sent the writes, a run or the push; ORM work stays in the calling thread.

    ``deliveries`` are the sender's own. ``done`` gets a write that the vendor did, with the record as it was read;
    ``refused`` one that it did not, or of which nobody can say, and why; ``late`` one that has not ended in time, once.
    """

    def __init__(
        self,
        *,
        calls: VendorCalls,
        deliveries: Callable[[], QuerySet[Delivery]],
        done: Done,
        refused: Callable[[Delivery, VendorError], None],
        late: Callable[[Delivery, str], None],
    ) -> None:
        self._calls = calls
        self._resource = calls.resource
        self._deliveries, self._done, self._refused, self._late = deliveries, done, refused, late
        self._asking: set[int] = set()

    # --- Asking -------------------------------------------------------------------------------------------

    def has_job(self) -> bool:
        return self._due().exists()

    def next_job(self) -> tuple[Poll, Ask] | None:
        """Return the next question and the call that asks it, or None when there is none now."""
        delivery = self._due().select_related("row__link", "row__run").order_by("not_before", "pk").first()
        if delivery is None:
            return None
        self._asking.add(delivery.pk)
        asked, ask = self._question(delivery)
        return Poll(delivery, asked), ask

    def over(self, step: Poll) -> None:
        """The call has ended, however it did."""
        self._asking.discard(step.delivery.pk)

    def _due(self) -> QuerySet[Delivery]:
        return self._deliveries().filter(pk__in=jobs.due_jobs().values("pk")).exclude(pk__in=self._asking)

    def _question(self, delivery: Delivery) -> tuple[Asked, Ask]:
        # By turns, where the job is not to be seen.
        if delivery.job_ended_at is None and delivery.error_class != NOT_SEEN:
            if delivery.job_address:
                return Asked.JOB, methodcaller("poll", delivery.job_address)
            return Asked.LIST, partial(jobs.list_jobs, delivery=delivery)
        if delivery.right_id:
            return Asked.RECORD, reading(delivery.right_id)
        return Asked.KEY, partial(jobs.find, key=delivery.natural_key, since=delivery.sent_at.date() - DAY)

    def _is_over(self, delivery: Delivery) -> bool:
        """Whether the vendor has had its time to do the write, and to show it."""
        until = delivery.sent_at + timedelta(seconds=self._resource.job_seconds)
        if delivery.job_ended_at is not None:
            until = max(until, self._shown_until(delivery.job_ended_at))
        return timezone.now() > until

    def _shown_until(self, ended_at: datetime) -> datetime:
        return ended_at + timedelta(seconds=settle_seconds(self._resource))

    # --- What it says ---------------------------------------------------------------------------------------

    def settle(self, step: Poll, reply: Reply | None, error: Exception | None) -> None:
        """Write down what the vendor said, or how the call failed (a whole connection's trouble is the caller's)."""
        delivery = step.delivery
        if isinstance(reply, JobReport):
            self._read_report(delivery, reply)
        elif isinstance(reply, Jobs):
            self._adopt(step, reply)
        elif isinstance(reply, Record):
            self._read_record(step, reply)
        elif isinstance(reply, Found):
            self._read_found(step, reply)
        elif isinstance(error, Forbidden | CannotBeRead) and step.asked in (Asked.JOB, Asked.RECORD):
            self._may_not_ask(delivery, error)
        elif isinstance(error, Refused):
            # Also one that the vendor does not have: it says nothing while the write may still be done.
            self._not_seen(step, error)
        else:
            failed = error if isinstance(error, VendorError) else TemporarilyUnavailable(type(error).__name__)
            self._ask_again(delivery, least=pause_after(calls=self._calls, error=failed))

    def _read_report(self, delivery: Delivery, report: JobReport) -> None:
        if report.state is JobState.UNDER_WAY:
            self._change(delivery, error_class="")
            self._ask_again(delivery)
            return
        self._change(delivery, warnings=list(report.warnings))
        if report.state is JobState.FAILED:
            self._refused(delivery, Refused(report.message))
            return
        # A success is read, at the next slot.
        self._change(
            delivery,
            right_id=report.right_id if delivery.action == CREATE else delivery.right_id,
            state=State.WAITING,
            job_ended_at=timezone.now(),
            polls=0,
            not_before=timezone.now(),
        )

    def _read_record(self, step: Poll, record: Record) -> None:
        delivery = step.delivery
        if delivery.job_ended_at is None:
            if all(self._shows(record, name, key) for name, key in delivery.left_keys.items()):
                self._done(delivery, record)
            else:
                self._not_seen(step)
        elif delivery.action == CREATE and not self._is_who_was_sent(delivery, record):
            # Whoever the job names is somebody else: the one who was created is looked for by the natural key.
            self._change(delivery, right_id="", error_class=NOT_SEEN)
            self._ask_again(delivery)
        elif self._is_stale(delivery, record) and timezone.now() < self._shown_until(delivery.job_ended_at):
            self._ask_again(delivery)
        else:
            # It has had the settle time to show: what stands there is judged now.
            delivery.error_class = TO_BE_READ_AGAIN
            self._done(delivery, record)

    def _shows(self, record: Record, name: str, key: Any) -> bool:
        declared = self._resource.field(name)
        return bool(declared.key(self._resource.value(record, name)) == declared.from_json(key))

    def _is_who_was_sent(self, delivery: Delivery, record: Record) -> bool:
        natural = self._resource.field(self._resource.natural_key)
        return str(natural.key(self._resource.value(record, natural.name))) == delivery.natural_key

    def _is_stale(self, delivery: Delivery, record: Record) -> bool:
        written = written_by(self._resource, [delivery])
        return bool(not_arrived(resource=self._resource, record=record, written=written))

    def _read_found(self, step: Poll, found: Found) -> None:
        """Nobody is found twice: who is linked to somebody else is not the one who was created."""
        delivery = step.delivery
        links = Link.objects.filter(
            connection_id=delivery.connection_id,
            resource=delivery.resource,
            right_id__in=[record.id for record in found.records],
        ).exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
        linked = set(links.values_list("right_id", flat=True))
        candidates = [record for record in found.records if record.id not in linked]
        if len(candidates) == 1:
            self._done(delivery, candidates[0], looked_up=True)
        elif candidates:
            self._refused(
                delivery,
                Refused(
                    _("Several people with this %(field)s stand in the other system by now. Remove the one too many.")
                    % {"field": self._resource.field(self._resource.natural_key).label}
                ),
            )
        else:
            self._not_seen(step)

    # --- Jobs whose address is not known ----------------------------------------------------------------------

    def _adopt(self, step: Poll, found: Jobs) -> None:
        """Take a listed job for the write's own, where it can be no other's; what it made is looked at all the same."""
        delivery = step.delivery
        addresses = [job.address for job in found.listed]
        sent = Delivery.objects.filter(connection_id=delivery.connection_id, resource=delivery.resource)
        known = set(sent.filter(job_address__in=addresses).values_list("job_address", flat=True))
        since = delivery.sent_at - jobs.SKEW
        free = [
            job for job in found.listed if job.address not in known and job.created is not None and job.created >= since
        ]
        # Of creations nothing but their time tells one from another.
        rivals = sent.filter(action=CREATE, job_address="", state__in=Delivery.SENT).exclude(pk=delivery.pk)
        if not free or (delivery.action == CREATE and (len(free) > 1 or rivals.exists())):
            self._not_seen(step)
            return
        first: ListedJob = min(free, key=attrgetter("created"))
        self._change(
            delivery, state=State.WAITING, job_address=first.address, error_class="", polls=0, not_before=timezone.now()
        )

    # --- Asking again -----------------------------------------------------------------------------------------

    def _not_seen(self, step: Poll, error: VendorError | None = None) -> None:
        """It shows nothing: asked again while the write's time runs; then a person decides, nothing is sent again."""
        delivery = step.delivery
        looked = step.asked in LOOKS
        self._change(delivery, error_class=NOT_SHOWN if looked else NOT_SEEN)
        if delivery.action == CREATE and isinstance(error, AnotherRecord):
            # Who was created is looked for by the natural key instead.
            self._change(delivery, right_id="")
        if looked and self._is_over(delivery) and not _is_lost(delivery):
            new = isinstance(error, NotFound) and delivery.action == CREATE
            tells = error is not None and step.asked is Asked.RECORD and not new
            self._refused(delivery, error if tells and error else Forgotten(_why_unknown(delivery)))
        else:
            self._ask_again(delivery)

    def _ask_again(self, delivery: Delivery, *, least: float = 0.0) -> None:
        now = timezone.now()
        # The exponent is bounded, because a job may be waited for a day.
        pause = max(least, min(jobs.FIRST_POLL * 2.0 ** min(delivery.polls + 1, 16), LONGEST_POLL))
        if _is_lost(delivery):
            self._still_open(delivery).update(polls=F("polls") + 1, not_before=now + timedelta(seconds=pause))
            return
        over, looks = self._is_over(delivery), delivery.error_class == NOT_SEEN
        if delivery.state == State.UNKNOWN:
            wait = timedelta(seconds=least) if looks else LATE_POLL
            self._still_open(delivery).update(polls=F("polls") + 1, settle_until=now + wait)
        elif over and (looks or not delivery.job_address):
            # The last look: what it shows decides.
            self._still_open(delivery).update(polls=F("polls") + 1, not_before=now + timedelta(seconds=least))
        elif over:
            self._give_over(delivery, now)
        else:
            self._still_open(delivery).update(polls=F("polls") + 1, not_before=now + timedelta(seconds=pause))

    def _may_not_ask(self, delivery: Delivery, error: Forbidden | CannotBeRead) -> None:
        """What became of this one we may not see, or cannot read: it is told, asked about seldom, and not sent again.

        That is its own matter, not the connection's (G-23, G-41).
        """
        if not delivery.job_address:
            # Nobody knows that it was taken in at all, or where its job is: the list may still say so.
            self._change(delivery, error_class=NOT_SHOWN)
            self._ask_again(delivery)
            return
        known = delivery.state == State.UNKNOWN
        message = quoting(_("What became of it may not be seen: %(reason)s"), reason=error.message)
        kept = self._still_open(delivery).update(
            state=State.UNKNOWN,
            settle_until=timezone.now() + LATE_POLL,
            error_class=type(error).__name__,
            message=message,
        )
        if kept and not known:
            self._late(delivery, message)

    def _give_over(self, delivery: Delivery, now: datetime) -> None:
        message = _("The other system has not finished it after %(minutes)d minutes.") % {
            "minutes": self._resource.job_seconds // 60
        }
        if self._still_open(delivery).update(
            state=State.UNKNOWN, settle_until=now + LATE_POLL, error_class=NOT_OVER, message=message
        ):
            self._late(delivery, message)

    def _change(self, delivery: Delivery, **values: Any) -> None:
        for name, value in values.items():
            setattr(delivery, name, value)
        self._still_open(delivery).update(**values)

    def _still_open(self, delivery: Delivery) -> QuerySet[Delivery]:
        return Delivery.objects.filter(Q(state=State.WAITING) | Q(state=State.UNKNOWN), pk=delivery.pk)


def _is_lost(delivery: Delivery) -> bool:
    """Whether nobody knows that the vendor took it in at all: it is looked up when its time is over."""
    return delivery.state == State.UNKNOWN and not delivery.job_address


def _why_unknown(delivery: Delivery) -> str:
    if delivery.job_ended_at is None:
        return _("The other system took it in, but shows nowhere what became of it.")
    return _("The other system says that it has done it, but does not show it.")
