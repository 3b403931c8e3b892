"""What the answers to a run's calls mean, and what keeps its rows from being written."""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.foreign_text import quoting
from integrations.core import budget
from integrations.core.declare import NOTHING, Record
from integrations.core.deliver import ATTEMPTS, end_delivery, mark_retry, mark_unknown
from integrations.core.dispatching import Outcome, Renewal, counts_as_attempt, is_unknown, pause_after
from integrations.core.endpoints import Accepted
from integrations.core.errors import (
    AlreadyThere,
    Forbidden,
    LicenceMissing,
    Moved,
    NotFound,
    OutcomeUnknown,
    PutDown,
    ReauthorisationRequired,
    Refused,
    RightMissing,
    TemporarilyUnavailable,
    Throttled,
    VendorError,
)
from integrations.core.gone import note_gone
from integrations.core.jobs import Poll, mark_waiting
from integrations.core.models import Delivery, SyncField, SyncRow, SyncRun
from integrations.core.polls import Polls
from integrations.core.problems import EXISTS, GONE, JOB_LATE, cause_of, report_problem, solve_causes
from integrations.core.readback import about_another, answers
from integrations.core.rights import Rights
from integrations.core.runs.hub_writing import HubWriter
from integrations.core.runs.preparing import Reading, RowPreparer, Step
from integrations.core.runs.session import Session
from integrations.core.runs.settling import Settler
from integrations.core.runs.verifying import verify_row

State = SyncRow.State
Kind = SyncRow.Kind
LEFT, RIGHT = SyncField.Decision.LEFT, SyncField.Decision.RIGHT
# A row whose record cannot be read so many times is given up.
READ_TRIES: Final = 5
# So often a row is decided again because the record moved at the last moment, and the longest rest before that.
MOVED_TRIES: Final = 8
LONGEST_REST: Final = 60.0
# After these a whole connection cannot go on.
STOPPING: Final = (ReauthorisationRequired, LicenceMissing, RightMissing)


class RowWriter:
    """Settles the calls that a `RowPreparer` prepares; all of it in the calling thread."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.settler = Settler(session)
        self.polls = Polls(
            calls=session.calls,
            deliveries=self._sent_by_us,
            done=self._job_done,
            refused=self.refuse,
            late=self._late,
        )
        self.preparer = RowPreparer(session, self.settler, self.polls)
        self._stop: VendorError | None = None
        self._renewal = Renewal(session.calls)
        self._rights = Rights(connection=session.connection, resource=session.resource.name)
        # How often a row's record could not be read.
        self._unread: Counter[int] = Counter()

    # --- What is left to do ---------------------------------------------------------------------------

    def must_stop(self) -> bool:
        """Whether nothing goes on, not even what is under way; notes on the way whether the run was cancelled."""
        run = self.session.run
        now = SyncRun.objects.filter(pk=run.pk, state=SyncRun.State.APPLYING).values_list("cancelled_at").first()
        if now is not None:
            (run.cancelled_at,) = now
        return self._stop is not None or now is None

    def raise_stop(self) -> None:
        if self._stop is not None:
            stop, self._stop = self._stop, None
            raise stop

    def _sent_by_us(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(row__run=self.session.run)

    def take_back_interrupted(self) -> None:
        """Rows whose holder died before or after sending: to be written, or to be looked up."""
        rows = SyncRow.objects.filter(run=self.session.run)
        unknown = Delivery.objects.filter(row__run=self.session.run, state=Delivery.State.UNKNOWN)
        rows.filter(state=State.WORKING, pk__in=unknown.values("row")).update(state=State.UNKNOWN)
        open_ones = Delivery.objects.filter(row__run=self.session.run, state__in=Delivery.OPEN)
        rows.filter(state=State.WORKING).exclude(pk__in=open_ones.values("row")).update(state=State.APPROVED)

    # --- Preparing ----------------------------------------------------------------------------------

    def write_hub_only(self, *, until: Callable[[], bool]) -> None:
        """Settle the rows that need no call to the vendor, until the task should end."""
        to_vendor = Q(kind=Kind.ONLY_LEFT) | Q(kind=Kind.DIFFERS, fields__decision=LEFT)
        rows = self.preparer.approved().exclude(pk__in=self.preparer.approved().filter(to_vendor).values("pk"))
        writer = HubWriter(self.session, self.settler, stopped=lambda: self._begins_nothing() or until())
        writer.write(list(rows.order_by("pk").values_list("pk", flat=True)))

    def _begins_nothing(self) -> bool:
        return self.must_stop() or self.session.run.cancelled_at is not None

    # --- Settling ------------------------------------------------------------------------------------

    def settle(self, outcome: Outcome[Step]) -> None:
        """Write down how a call ended."""
        step = outcome.job.subject
        error = self._rights.meaning(outcome.error, **_subject(step), kind=_kind(step))
        if isinstance(step, Poll):
            self.polls.over(step)
        if outcome.reply is not None:
            budget.succeeded(connection_id=self.session.connection.pk)
            self._renewal.served(outcome.endpoint)
            self._rights.served(kind=_kind(step))
        elif isinstance(error, STOPPING):
            self._stopped_by(outcome, error)
            return
        if isinstance(step, Poll):
            self.polls.settle(step, outcome.reply, error)
        elif isinstance(step, Reading):
            self._settle_reading(step.row, outcome.record, error)
        elif isinstance(outcome.reply, Accepted):
            mark_waiting(delivery=step, accepted=outcome.reply)
        elif outcome.record is not None and answers(self.session.resource, step, outcome.record):
            self.settler.settle_written(step, outcome.record)
        else:
            self._not_written(step, error or about_another())

    def _job_done(self, delivery: Delivery, record: Record, *, looked_up: bool = False) -> None:
        self.settler.settle_written(delivery, record, was_read=True, looked_up=looked_up)

    def _not_written(self, delivery: Delivery, error: Exception | None) -> None:
        if error is None or is_unknown(error):
            self._unknown(delivery, error)
        elif isinstance(error, Moved):
            # Read again, and decided again on that.
            self.write_anew(delivery, error)
        elif isinstance(error, TemporarilyUnavailable):
            self._retry(delivery, error)
        elif isinstance(error, VendorError):
            self.refuse(delivery, error)

    def _settle_reading(self, row: SyncRow, record: Record | None, error: Exception | None) -> None:
        """What is to be written is decided on the vendor's record of now: one that moved stays open (invariant 3)."""
        if record is not None:
            with transaction.atomic():
                verify_row(self.session, row, record)
                approved = SyncRow.objects.filter(pk=row.pk, state=State.APPROVED).exists()
            if approved:
                self.preparer.ready(row, record)
                return
        elif isinstance(error, NotFound):
            self.settler.end(row, State.MOVED, _("The person is gone from the other system."))
        elif isinstance(error, Forbidden):
            self._unreadable(row, error)
        elif isinstance(error, Refused):
            # Nothing about the connection: everybody else is read on.
            self.settler.end(row, State.REFUSED, error.message or _("The other system gave no reason."))
        else:
            failed = error if isinstance(error, VendorError) else TemporarilyUnavailable(type(error).__name__)
            pause_after(calls=self.session.calls, error=failed)
            self._unread[row.pk] += counts_as_attempt(failed)
            if self._unread[row.pk] >= READ_TRIES:
                self.settler.end(row, State.REFUSED, failed.message or _("The other system gave no reason."))
        self.preparer.over(row)

    def _unreadable(self, row: SyncRow, error: Forbidden) -> None:
        """The row's record may not be read: nothing is written, and it is this record's problem (G-41)."""
        with transaction.atomic():
            wanted = {"fields": sorted(self.settler.unsent(row))}
            self.settler.end(row, State.REFUSED, error.message)
            report_problem(
                connection=self.session.connection,
                resource=self.session.resource.name,
                left_id=row.left_id,
                right_id=row.right_id,
                label=row.label,
                action=Delivery.Action.UPDATE,
                message=error.message,
                cause=cause_of(error),
                wanted=wanted,
                told=True,
            )

    def write_anew(self, delivery: Delivery, error: VendorError | None = None) -> None:
        """It was not done: the row is written anew, unless that has been tried too often."""
        row = delivery.row
        tries = 1 + _times_void(row) if row is not None else 0
        if tries >= (MOVED_TRIES if isinstance(error, Moved) else ATTEMPTS):
            delivery.attempts = tries
            said = delivery.message or _("The other system never did what it was sent.")
            self.refuse(delivery, error or OutcomeUnknown(said), given_up=True)
            return
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.VOID, error=error) or row is None:
                return
            self.settler.write_again(row)
        if isinstance(error, Moved):
            # Who changes it there may not be ready: everybody else goes first.
            self.preparer.rest(row, seconds=min(settings.RETRY_SECONDS * 2.0 ** (tries - 1), LONGEST_REST))

    def _late(self, delivery: Delivery, message: str) -> None:
        """The vendor's job has not ended in time: the run ends without it, and it is asked about until it is known."""
        row = delivery.row
        with transaction.atomic():
            if row is not None:
                self.settler.end(row, State.HELD, quoting(_("Not known yet: %(reason)s"), reason=message))
            self._report(delivery, message=message, cause=JOB_LATE)

    def _unknown(self, delivery: Delivery, error: Exception | None) -> None:
        unknown = error if isinstance(error, OutcomeUnknown) else OutcomeUnknown(type(error).__name__)
        with transaction.atomic():
            mark_unknown(delivery=delivery, resource=self.session.resource, error=unknown)
            SyncRow.objects.filter(deliveries=delivery, state=State.WORKING).update(state=State.UNKNOWN)
        pause_after(calls=self.session.calls, error=unknown)

    def _retry(self, delivery: Delivery, error: TemporarilyUnavailable) -> None:
        pause = pause_after(calls=self.session.calls, error=error)
        if self._is_read_first(delivery):
            self.write_anew(delivery, error)
        elif not mark_retry(delivery=delivery, error=error, pause=pause, counts=counts_as_attempt(error)):
            self.refuse(delivery, error, given_up=True)

    def _is_read_first(self, delivery: Delivery) -> bool:
        """Whether the vendor's record must be read again before it is written again."""
        return self.session.resource.read_first and delivery.action == Delivery.Action.UPDATE

    def _stopped_by(self, outcome: Outcome[Step], error: VendorError) -> None:
        """The write was not done; it is sent again once the connection may be used."""
        step = outcome.job.subject
        if isinstance(step, Reading):
            self.preparer.over(step.row)
        elif isinstance(step, Delivery) and self._is_read_first(step):
            self.write_anew(step, error)
        elif isinstance(step, Delivery):
            mark_retry(delivery=step, error=error, pause=0, counts=False)
        if isinstance(error, ReauthorisationRequired) and self._renewal.helps(outcome.endpoint, error):
            return
        self._stop = error

    def refuse(self, delivery: Delivery, error: VendorError, *, given_up: bool = False) -> None:
        """The vendor refused: the row ends, the pairs stay, the error log tells it (G-09)."""
        row, tried = delivery.row, _tried(delivery, delivery.row)
        gone = isinstance(error, NotFound) and delivery.action == Delivery.Action.UPDATE
        reason = error.message or _("The other system gave no reason.")
        if gone:
            reason = _("The person is gone from the other system.")
        if given_up:
            text = ngettext(
                "Given up after %(count)d try: %(reason)s",
                "Given up after %(count)d tries: %(reason)s",
                delivery.attempts,
            )
            reason = quoting(text, count=delivery.attempts, reason=reason)
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.REFUSED, error=error):
                return
            if row is not None:
                self.settler.end(row, State.REFUSED, reason)
            solve_causes(
                connection=self.session.connection,
                resource=delivery.resource,
                left_id=delivery.left_id,
                causes={JOB_LATE},
            )
            if gone:
                note_gone(delivery)
            own = GONE if gone else EXISTS if isinstance(error, AlreadyThere) else ""
            cause = own or cause_of(error, fields=tried.get("fields", ()))
            self._report(delivery, message=error.message, cause=cause)

    def _report(self, delivery: Delivery, *, message: str, cause: str) -> None:
        row = delivery.row
        report_problem(
            connection=self.session.connection,
            resource=delivery.resource,
            left_id=delivery.left_id,
            right_id=delivery.right_id,
            label=row.label if row is not None else delivery.left_id,
            action=delivery.action,
            message=message,
            cause=cause,
            wanted=_tried(delivery, row),
            told=row is not None and not self.settler.ended,
        )


def _subject(step: Step) -> dict[str, str]:
    about = step.row if isinstance(step, Reading) else step.delivery if isinstance(step, Poll) else step
    return {"left_id": about.left_id, "about": about.right_id or about.left_id}


def _kind(step: Step) -> str:
    return step.action if isinstance(step, Delivery) else type(step).__name__


def _times_void(row: SyncRow) -> int:
    """Return how often the row's write was not done; the rate limit says nothing about a write."""
    void = Delivery.objects.filter(row=row, state=Delivery.State.VOID)
    return void.exclude(error_class__in=(Throttled.__name__, PutDown.__name__)).count()


def _tried(delivery: Delivery, row: SyncRow | None) -> dict[str, Any]:
    """Return what trying again from the error log sends: a person decided on it, whether or not it was edited."""
    if delivery.action == Delivery.Action.CREATE:
        return {"create": dict((row.options if row is not None else {}).get("settings", NOTHING))}
    return {"fields": sorted(delivery.wanted)}
