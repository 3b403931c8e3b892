"""What the answers to the push's calls mean: each ends its mark, or lets it wait (invariant 9)."""

from datetime import timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.utils import timezone

from integrations.core import budget
from integrations.core.declare import NOTHING, Record
from integrations.core.deliver import mark_unknown
from integrations.core.dispatching import Outcome, Renewal, counts_as_attempt, is_unknown, pause_after
from integrations.core.endpoints import Accepted, Reply
from integrations.core.errors import (
    AlreadyThere,
    LicenceMissing,
    Moved,
    NotFound,
    OutcomeUnknown,
    ReauthorisationRequired,
    RightMissing,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.gone import note_gone
from integrations.core.jobs import Poll, mark_waiting
from integrations.core.models import Connection, Delivery, Link, Mark
from integrations.core.polls import Polls
from integrations.core.problems import EXISTS, GONE, cause_of, report_problem
from integrations.core.push.preparing import Preparer
from integrations.core.push.session import PushSession
from integrations.core.push.settling import PushSettler
from integrations.core.push.steps import Read, Step, Write
from integrations.core.readback import about_another, answers, is_to_be_read, judge
from integrations.core.rights import Rights, unreadable

# After these a whole connection cannot go on.
STOPPING: Final = (ReauthorisationRequired, LicenceMissing, RightMissing)
# How long a record waits after the vendor refused the whole connection.
STOPPED_PAUSE: Final = timedelta(minutes=15)
NO_PAUSE: Final = timedelta(0)


class Failures:
    """What both kinds of push, of updates and of creations, do after a call that was not served."""

    def __init__(self, session: PushSession, settler: PushSettler) -> None:
        self.session = session
        self.settler = settler
        self._stop: VendorError | None = None
        self._renewal = Renewal(session.calls)
        self._rights = Rights(connection=session.connection, resource=session.resource.name)

    def stopped(self) -> bool:
        return self._stop is not None or not self.session.may_go_on()

    def raise_stop(self) -> None:
        if self._stop is not None:
            raise self._stop

    def served(self, outcome: Outcome[Step]) -> None:
        budget.succeeded(connection_id=self.session.connection.pk)
        self._renewal.served(outcome.endpoint)
        self._rights.served(kind=outcome.job.subject.kind)

    def stops(self, outcome: Outcome[Step]) -> bool:
        """Whether it says that the connection as a whole cannot go on, or only with another token.

        Nothing was done then, and no record is to blame.
        """
        step = outcome.job.subject
        left_id, about = step.subject
        error = self._rights.meaning(outcome.error, left_id=left_id, about=about, kind=step.kind)
        if not isinstance(error, STOPPING):
            return False
        self._again(step, error)
        if isinstance(error, ReauthorisationRequired):
            # Whoever finds the authorisation lost writes that down.
            if not self._renewal.helps(outcome.endpoint, error):
                self._stop = error
            return True
        self._stop = error
        if not isinstance(step, Poll) and step.mark is not None:
            self.settler.postpone(step.mark, pause=STOPPED_PAUSE)
        self._report_stopped(error)
        return True

    def _again(self, step: Step, error: VendorError) -> None:
        if isinstance(step, Write):
            self.settler.not_done(step.delivery, error, counts=False)
        elif isinstance(step, Poll):
            # The vendor goes on with it meanwhile.
            return
        elif step.unknown is None and step.mark is not None:
            self.settler.postpone(step.mark, pause=NO_PAUSE)

    def _report_stopped(self, error: VendorError) -> None:
        """A licence or a right is missing: one problem of the whole connection; its marks wait."""
        connection = self.session.connection
        report_problem(
            connection=connection,
            resource=self.session.resource.name,
            left_id="",
            right_id="",
            label=connection.label,
            action=Delivery.Action.UPDATE,
            message=error.message,
            cause=cause_of(error),
        )

    def write_failed(self, delivery: Delivery, error: Exception | None) -> None:
        """End or put down a write that was not served, by what its error says."""
        counts = self.blames_record(error)
        if error is None or is_unknown(error):
            unknown = error if isinstance(error, OutcomeUnknown) else OutcomeUnknown(type(error).__name__)
            mark_unknown(delivery=delivery, resource=self.session.resource, error=unknown)
            pause_after(calls=self.session.calls, error=unknown)
        elif isinstance(error, Moved):
            # Read again, and decided again on that.
            self.settler.not_done(delivery, error, counts=True)
        elif isinstance(error, TemporarilyUnavailable):
            self.settler.not_done(delivery, error, counts=counts)
            pause_after(calls=self.session.calls, error=error)
        elif isinstance(error, VendorError):
            refuse_write(self.settler, delivery, error)

    def blames_record(self, error: Exception | None) -> bool:
        """Whether a failure says something about the record: the vendor served others a moment ago."""
        failures = Connection.objects.values_list("failures", flat=True).get(pk=self.session.connection.pk)
        return not failures and isinstance(error, VendorError) and counts_as_attempt(error)


class Pusher:
    """Settles the calls that a `Preparer` prepared; all of it in the calling thread."""

    def __init__(self, session: PushSession) -> None:
        self.session = session
        self.settler = PushSettler(session)
        self.polls = self._polls()
        self.preparer = Preparer(session, self.settler, self.polls)
        self.failures = Failures(session, self.settler)

    def _polls(self) -> Polls:
        connection, resource = self.session.connection, self.session.resource
        pushed = Delivery.objects.filter(connection=connection, resource=resource.name, mark_version__isnull=False)
        return Polls(
            calls=self.session.calls,
            deliveries=lambda: pushed,
            done=self.settler.settle,
            refused=partial(refuse_write, self.settler),
            late=self.settler.tell_late,
        )

    def settle(self, outcome: Outcome[Step]) -> None:
        """Write down how a call ended."""
        step = outcome.job.subject
        self.preparer.over(step)
        if outcome.reply is not None:
            self.failures.served(outcome)
        elif self.failures.stops(outcome):
            return
        if isinstance(step, Poll):
            self.polls.settle(step, outcome.reply, outcome.error)
        elif outcome.reply is not None:
            self._served(step, outcome.reply)
        else:
            self._failed(step, outcome)

    def _failed(self, step: Read | Write, outcome: Outcome[Step]) -> None:
        if isinstance(step, Write):
            self.failures.write_failed(step.delivery, outcome.error)
        elif step.unknown is not None:
            self._look_up_failed(step, step.unknown, outcome.error)
        elif step.mark is not None:
            self._read_failed(step, step.mark, outcome.error)

    def _served(self, step: Read | Write, right: Reply) -> None:
        if isinstance(right, Accepted) and isinstance(step, Write):
            mark_waiting(delivery=step.delivery, accepted=right)
        elif not isinstance(right, Record):
            raise TypeError(right)
        elif isinstance(step, Write):
            if answers(self.session.resource, step.delivery, right):
                self.settler.settle_updated(step.delivery, right)
            else:
                self.failures.write_failed(step.delivery, about_another())
        elif step.unknown is not None:
            self._looked_up(step.unknown, right)
        elif step.mark is not None:
            self.preparer.ready(step, step.mark, right)

    def _looked_up(self, unknown: Delivery, right: Record) -> None:
        """A write that is not known to be done, or not known what it made: the record shows it."""
        resource = self.session.resource
        if not answers(resource, unknown, right):
            self.settler.refuse(unknown, about_another())
        elif is_to_be_read(unknown):
            self.settler.settle_updated(unknown, right, was_read=True)
        elif judge(resource=resource, delivery=unknown, record=right, before=NOTHING).proof.done:
            self.settler.settle_updated(unknown, right, looked_up=True)
        else:
            self.settler.not_done(unknown, None, counts=True)

    def _look_up_failed(self, step: Read, unknown: Delivery, error: Exception | None) -> None:
        if isinstance(error, NotFound):
            self._note_gone(step.link)
            self.settler.refuse(unknown, error, cause=GONE)
        elif isinstance(error, VendorError) and not isinstance(error, TemporarilyUnavailable):
            self.settler.refuse(unknown, unreadable(error))
        else:
            pause = self._pause(error)
            Delivery.objects.filter(pk=unknown.pk, state=Delivery.State.UNKNOWN).update(
                settle_until=timezone.now() + pause
            )

    def _read_failed(self, step: Read, found: Mark, error: Exception | None) -> None:
        if isinstance(error, VendorError) and not isinstance(error, TemporarilyUnavailable):
            self._refused_reading(step, found, error)
            return
        counts = self.failures.blames_record(error) or not isinstance(error, VendorError)
        self.settler.postpone(found, counts=counts, pause=self._pause(error))

    def _pause(self, error: Exception | None) -> timedelta:
        failed = error if isinstance(error, VendorError) else TemporarilyUnavailable(type(error).__name__)
        return timedelta(seconds=pause_after(calls=self.session.calls, error=failed))

    def _refused_reading(self, step: Read, found: Mark, error: VendorError) -> None:
        """Somebody gone at the vendor is shown as gone; what becomes of the link, a person decides (G-16)."""
        gone = isinstance(error, NotFound)
        with transaction.atomic():
            if gone:
                self._note_gone(step.link)
            self.settler.report(
                found,
                action=Delivery.Action.UPDATE,
                message=error.message,
                cause=GONE if gone else cause_of(error),
                wanted=found.wanted,
                right_id=step.link.right_id,
            )
            self.settler.hold(found, Mark.Hold.PROBLEM)

    def _note_gone(self, link: Link) -> None:
        Link.objects.filter(pk=link.pk, state=Link.State.ACTIVE, gone_at=None).update(gone_at=timezone.now())


def refuse_write(settler: PushSettler, delivery: Delivery, error: VendorError) -> None:
    """The vendor refused: also because it does not have the person any more, which is told as gone (G-16)."""
    gone = isinstance(error, NotFound) and delivery.action == Delivery.Action.UPDATE
    if gone:
        note_gone(delivery)
    settler.refuse(delivery, error, cause=GONE if gone else EXISTS if isinstance(error, AlreadyThere) else "")
