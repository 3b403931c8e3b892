"""One row after the other: what to send, and the one transaction that settles it."""

from collections import Counter
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core import budget
from integrations.core.compare import blocked, cannot_create, unfit_together
from integrations.core.declare import NOTHING, Record, Side
from integrations.core.deliver import (
    ATTEMPTS,
    Job,
    Outcome,
    Renewal,
    counts_as_attempt,
    creation_values,
    end_delivery,
    is_unknown,
    mark_retry,
    mark_unknown,
    pause_after,
    stored,
    write_ahead,
)
from integrations.core.endpoints import Accepted
from integrations.core.errors import (
    LicenceMissing,
    Moved,
    NotFound,
    OutcomeUnknown,
    PutDown,
    ReauthorisationRequired,
    RightMissing,
    TemporarilyUnavailable,
    Throttled,
    VendorError,
)
from integrations.core.jobs import Poll, Polls, mark_waiting, under_way
from integrations.core.models import Delivery, Link, SyncField, SyncRow, SyncRun
from integrations.core.problems import JOB_LATE, cause_of, report_problem, solve_causes
from integrations.core.runs.session import Session
from integrations.core.runs.settling import Settler
from integrations.core.runs.verifying import verify_row

State = SyncRow.State
Kind = SyncRow.Kind
LEFT, RIGHT = SyncField.Decision.LEFT, SyncField.Decision.RIGHT
# A row whose record cannot be read so many times is given up.
READ_TRIES: Final = 5
# After these a whole connection cannot go on.
STOPPING: Final = (ReauthorisationRequired, LicenceMissing, RightMissing)


@dataclass(frozen=True)
class Reading:
    """The vendor's record of a row is being read, because it is written whole."""

    row: SyncRow


Step = Delivery | Reading | Poll


class RowWriter:
    """Prepares and settles the writes of a run's rows; all of it in the calling thread."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.settler = Settler(session)
        self.polls = Polls(
            calls=session.calls,
            deliveries=self._sent_by_us,
            done=self.settler.settle_written,
            refused=self.refuse,
            late=self._late,
        )
        self._stop: VendorError | None = None
        self._renewal = Renewal(session.calls)
        # Rows whose record at the vendor is being read, was read, and could not be read so many times.
        self._reading: set[int] = set()
        self._read: list[tuple[SyncRow, Record]] = []
        self._unread: Counter[int] = Counter()

    # --- What is left to do ---------------------------------------------------------------------------

    def has_work(self) -> bool:
        """Whether something can be written now (unknown outcomes are looked up elsewhere)."""
        return self._approved().exists() or self._due().exists() or self.polls.has_job()

    def must_stop(self) -> bool:
        return self._stop is not None or self._cancelled()

    def raise_stop(self) -> None:
        if self._stop is not None:
            stop, self._stop = self._stop, None
            raise stop

    def _cancelled(self) -> bool:
        return not SyncRun.objects.filter(
            pk=self.session.run.pk, state=SyncRun.State.APPLYING, cancelled_at__isnull=True
        ).exists()

    def _approved(self) -> QuerySet[SyncRow]:
        """Return what can be written now: a person with an open delivery, of an earlier run too, waits for its end."""
        open_ones = Delivery.objects.filter(
            connection=self.session.connection, resource=self.session.resource.name, state__in=Delivery.OPEN
        )
        return SyncRow.objects.filter(run=self.session.run, state=State.APPROVED).exclude(
            left_id__in=open_ones.values("left_id")
        )

    def _sent_by_us(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(row__run=self.session.run)

    def _due(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(
            row__run=self.session.run, state=Delivery.State.RETRY, not_before__lte=timezone.now()
        )

    def take_back_interrupted(self) -> None:
        """Rows whose holder died before or after sending: to be written, or to be looked up."""
        rows = SyncRow.objects.filter(run=self.session.run)
        unknown = Delivery.objects.filter(row__run=self.session.run, state=Delivery.State.UNKNOWN)
        rows.filter(state=State.WORKING, pk__in=unknown.values("row")).update(state=State.UNKNOWN)
        open_ones = Delivery.objects.filter(row__run=self.session.run, state__in=Delivery.OPEN)
        rows.filter(state=State.WORKING).exclude(pk__in=open_ones.values("row")).update(state=State.APPROVED)

    def skip_cancelled(self) -> None:
        """After a cancel nothing new is sent; what is unknown is still looked up."""
        now = timezone.now()
        with transaction.atomic():
            waiting = Delivery.objects.filter(row__run=self.session.run, state=Delivery.State.RETRY)
            SyncRow.objects.filter(
                Q(state=State.APPROVED) | Q(pk__in=waiting.values("row")), run=self.session.run
            ).update(state=State.SKIPPED, reason=_("Not written: the synchronisation was cancelled."), ended_at=now)
            waiting.update(state=Delivery.State.VOID, ended_at=now)

    def hold_behind_late(self) -> None:
        """Whoever waits for a job that has not ended in time is left for a later synchronisation."""
        late = under_way().filter(
            connection=self.session.connection, resource=self.session.resource.name, state=Delivery.State.UNKNOWN
        )
        for row in SyncRow.objects.filter(
            run=self.session.run, state=State.APPROVED, left_id__in=late.values("left_id")
        ):
            self.settler.end(
                row, State.HELD, _("Not written: what became of an earlier change of the person is not known yet.")
            )

    # --- Preparing ----------------------------------------------------------------------------------

    def write_hub_only(self) -> None:
        """Settle the rows that need no call to the vendor."""
        to_vendor = Q(kind=Kind.ONLY_LEFT) | Q(kind=Kind.DIFFERS, fields__decision=LEFT)
        for row in self._approved().exclude(pk__in=self._approved().filter(to_vendor).values("pk")):
            self.session.held.check()
            if self.must_stop():
                return
            self.settler.settle_hub_only(row)

    def next_job(self) -> Job[Step] | None:
        """Return the next write, committed ahead; rows that turn out to need none are settled on the way.

        Before it the questions about writes under way, so that they end; and where the vendor's record is read
        first, the reading.
        """
        asking = self.polls.next_job()
        if asking is not None:
            return Job(*asking)
        while self._read:
            job = self._prepare(*self._read.pop(0))
            if job is not None:
                return job
        return self._next_write()

    def _next_write(self) -> Job[Step] | None:
        for due in self._due().select_related("row__link").order_by("not_before")[:50]:
            job = self._again(due)
            if job is not None:
                return job
        for row in self._approved().exclude(pk__in=self._reading).order_by("pk")[:50]:
            if row.kind == Kind.DIFFERS and self.session.resource.read_first and self.settler.unsent(row):
                self._reading.add(row.pk)
                return Job(Reading(row), methodcaller("read", row.right_id))
            job = self._prepare(row, None)
            if job is not None:
                return job
        return None

    def _again(self, delivery: Delivery) -> Job[Step] | None:
        """Return what was not done, to be sent once more, unless it is not what was approved any more."""
        row = delivery.row
        if row is None:
            return None
        with transaction.atomic():
            left = self.session.left.read_one(row.left_id)
            reason = self._why_not(row, left, set(delivery.wanted))
            if reason or left is None:
                if end_delivery(delivery=delivery, state=Delivery.State.VOID):
                    self.settler.end(row, State.MOVED, reason)
                return None
            if delivery.action == Delivery.Action.CREATE:
                # A new person is sent as the hub knows the person now, after hours of waiting too.
                for name, value in self._creation(left).items():
                    setattr(delivery, name, value)
            delivery.state, delivery.sent_at = Delivery.State.SENDING, timezone.now()
            moved = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RETRY).update(
                state=delivery.state,
                sent_at=delivery.sent_at,
                wanted=delivery.wanted,
                left_keys=delivery.left_keys,
                natural_key=delivery.natural_key,
            )
        return self._job(delivery, None) if moved else None

    def _prepare(self, row: SyncRow, right: Record | None) -> Job[Step] | None:
        """Return the row's write; ``right`` is the vendor's record, where it was read first."""
        self._reading.discard(row.pk)
        try:
            return self._prepare_now(row, right)
        except IntegrityError:
            # The push writes this person right now: the row waits for its end.
            return None

    def _prepare_now(self, row: SyncRow, right: Record | None) -> Job[Step] | None:
        resource = self.session.resource
        with transaction.atomic():
            if not SyncRow.objects.filter(pk=row.pk, state=State.APPROVED).update(state=State.WORKING):
                return None
            left = self.session.left.read_one(row.left_id)
            wanted = self.settler.unsent(row)
            reason = self._why_not(row, left, wanted)
            if reason or left is None:
                self.settler.end(row, State.MOVED, reason)
                return None
            if row.kind == Kind.ONLY_LEFT:
                return self._job(self._write_ahead(row, Delivery.Action.CREATE, **self._creation(left)), None)
            if wanted:
                unfit = unfit_together(resource, left=left, right=right) if right is not None else {}
                if reasons := [f"{resource.field(name).label}: {unfit[name]}" for name in sorted(wanted & set(unfit))]:
                    self.settler.end(row, State.MOVED, " ".join(reasons))
                    return None
                # One document at a time; the row's turn comes again for the next.
                step, names = resource.next_step(wanted)
                values = {name: value for name, value in resource.values(left).items() if name in names}
                ahead = {"right_id": row.right_id, "step": step, **stored(resource, values)}
                return self._job(self._write_ahead(row, Delivery.Action.UPDATE, **ahead), right)
        # Every field is taken from the vendor or left: no call.
        SyncRow.objects.filter(pk=row.pk).update(state=State.APPROVED)
        self.settler.settle_hub_only(row)
        return None

    def _why_not(self, row: SyncRow, left: Record | None, wanted: set[str]) -> str:
        """Return why a row is not what was approved any more, or an empty string."""
        resource = self.session.resource
        if left is None:
            return _("The person has been deleted from the hub.")
        if row.kind == Kind.ONLY_LEFT:
            links = Link.objects.filter(connection=self.session.connection, resource=resource.name, left_id=left.id)
            if links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT)).exists():
                return _("The person was linked to somebody in the other system meanwhile.")
            return cannot_create(resource, left, to=Side.RIGHT)
        if row.link is None or row.link.state != Link.State.ACTIVE:
            return _("The person was disconnected meanwhile.")
        for name in sorted(wanted):
            declared, value = resource.field(name), resource.value(left, name)
            reason = blocked(declared, to=Side.RIGHT, value=value, protected=left.protected)
            if reason:
                return f"{declared.label}: {reason}"
        return self.settler.moved_on_the_left(row, left)

    def _creation(self, left: Record) -> dict[str, Any]:
        """Return a delivery's columns that say what a new person at the vendor holds."""
        resource = self.session.resource
        natural_key = resource.field(resource.natural_key).key(resource.value(left, resource.natural_key))
        return {**stored(resource, creation_values(resource, left)), "natural_key": str(natural_key)}

    def _write_ahead(self, row: SyncRow, action: str, **fields: Any) -> Delivery:
        return write_ahead(
            connection=self.session.connection,
            resource=self.session.resource,
            left_id=row.left_id,
            action=action,
            row=row,
            **fields,
        )

    def _job(self, delivery: Delivery, right: Record | None) -> Job[Step]:
        field = self.session.resource.field
        values = {name: field(name).from_json(value) for name, value in delivery.wanted.items()}
        row = delivery.row
        if delivery.action == Delivery.Action.CREATE:
            settings = (row.options if row is not None else {}).get("settings", NOTHING)
            return Job(delivery, methodcaller("create", values, settings=settings))
        if right is not None:
            return Job(delivery, methodcaller("replace", right, values))
        options = row.link.options if row is not None and row.link is not None else NOTHING
        return Job(delivery, methodcaller("update", delivery.right_id, values, options=options))

    # --- Settling ------------------------------------------------------------------------------------

    def settle(self, outcome: Outcome[Step]) -> None:
        """Write down how a call ended."""
        step, error = outcome.job.subject, outcome.error
        if isinstance(step, Poll):
            self.polls.over(step)
        if outcome.reply is not None:
            budget.succeeded(connection_id=self.session.connection.pk)
            self._renewal.served(outcome.endpoint)
        elif isinstance(error, STOPPING):
            self._stopped_by(outcome, error)
            return
        if isinstance(step, Poll):
            self.polls.settle(step, outcome.reply, error)
        elif isinstance(step, Reading):
            self._settle_reading(step.row, outcome.record, error)
        elif isinstance(outcome.reply, Accepted):
            mark_waiting(delivery=step, accepted=outcome.reply)
        elif outcome.record is not None:
            self.settler.settle_written(step, outcome.record)
        else:
            self._not_written(step, error)

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
                self._read.append((row, record))
                return
        elif isinstance(error, NotFound):
            self.settler.end(row, State.MOVED, _("The person is gone from the other system."))
        else:
            failed = error if isinstance(error, VendorError) else TemporarilyUnavailable(type(error).__name__)
            pause_after(calls=self.session.calls, error=failed)
            self._unread[row.pk] += counts_as_attempt(failed)
            if self._unread[row.pk] >= READ_TRIES:
                self.settler.end(row, State.REFUSED, failed.message or _("The other system gave no reason."))
        self._reading.discard(row.pk)

    def write_anew(self, delivery: Delivery, error: VendorError | None = None) -> None:
        """It was not done: the row is written anew, unless that has been tried too often."""
        row = delivery.row
        tries = 1 + _times_void(row) if row is not None else 0
        if tries >= ATTEMPTS:
            delivery.attempts = tries
            said = delivery.message or _("The other system never did what it was sent.")
            self.refuse(delivery, error or OutcomeUnknown(said), given_up=True)
            return
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.VOID, error=error) or row is None:
                return
            if row.run_id != self.session.run.pk or self.settler.ended:
                self.settler.end(row, State.HELD, _("Not written: the synchronisation ended early."))
            else:
                SyncRow.objects.filter(pk=row.pk, state__in=SyncRow.TO_DO).update(state=State.APPROVED)

    def _late(self, delivery: Delivery, message: str) -> None:
        """The vendor's job has not ended in time: the run ends without it, and it is asked about until it is known."""
        row = delivery.row
        with transaction.atomic():
            if row is not None:
                self.settler.end(row, State.HELD, _("Not known yet: %(reason)s") % {"reason": message})
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
            self._reading.discard(step.row.pk)
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
        reason = error.message or _("The other system gave no reason.")
        if given_up:
            reason = _("Given up after %(count)d tries: %(reason)s") % {"count": delivery.attempts, "reason": reason}
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
            self._report(delivery, message=error.message, cause=cause_of(error, fields=tried.get("fields", ())))

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


def _times_void(row: SyncRow) -> int:
    """Return how often the row's write was not done; the rate limit says nothing about a write."""
    void = Delivery.objects.filter(row=row, state=Delivery.State.VOID)
    return void.exclude(error_class__in=(Throttled.__name__, PutDown.__name__)).count()


def _tried(delivery: Delivery, row: SyncRow | None) -> dict[str, Any]:
    """Return what trying again from the error log sends: a person decided on it, whether or not it was edited."""
    if delivery.action == Delivery.Action.CREATE:
        return {"create": dict((row.options if row is not None else {}).get("settings", NOTHING))}
    return {"fields": sorted(delivery.wanted)}
