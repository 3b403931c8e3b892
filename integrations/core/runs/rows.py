"""One row after the other: what to send, and the one transaction that settles it."""

from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core import budget
from integrations.core.compare import blocked, cannot_create
from integrations.core.declare import NOTHING, Record, Side
from integrations.core.deliver import (
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
from integrations.core.endpoints import VendorEndpoint
from integrations.core.errors import (
    LicenceMissing,
    OutcomeUnknown,
    ReauthorisationRequired,
    RightMissing,
    TemporarilyUnavailable,
    VendorError,
)
from integrations.core.models import Delivery, Link, SyncField, SyncRow, SyncRun
from integrations.core.problems import cause_of, report_problem
from integrations.core.runs.session import Session
from integrations.core.runs.settling import Settler

State = SyncRow.State
Kind = SyncRow.Kind
LEFT, RIGHT = SyncField.Decision.LEFT, SyncField.Decision.RIGHT
# After these a whole connection cannot go on.
STOPPING: Final = (ReauthorisationRequired, LicenceMissing, RightMissing)


class RowWriter:
    """Prepares and settles the writes of a run's rows; all of it in the calling thread."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.settler = Settler(session)
        self._stop: VendorError | None = None
        self._renewal = Renewal(session.calls)

    # --- What is left to do ---------------------------------------------------------------------------

    def has_work(self) -> bool:
        """Whether something can be written now (unknown outcomes are looked up elsewhere)."""
        return self._approved().exists() or self._due().exists()

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

    # --- Preparing ----------------------------------------------------------------------------------

    def write_hub_only(self) -> None:
        """Settle the rows that need no call to the vendor."""
        to_vendor = Q(kind=Kind.ONLY_LEFT) | Q(kind=Kind.DIFFERS, fields__decision=LEFT)
        for row in self._approved().exclude(pk__in=self._approved().filter(to_vendor).values("pk")):
            self.session.held.check()
            if self.must_stop():
                return
            self.settler.settle_hub_only(row)

    def next_job(self) -> Job[Delivery] | None:
        """Return the next write, committed ahead; rows that turn out to need none are settled on the way."""
        for due in self._due().select_related("row__link").order_by("not_before")[:50]:
            job = self._again(due)
            if job is not None:
                return job
        for row in self._approved().order_by("pk")[:50]:
            job = self._prepare(row)
            if job is not None:
                return job
        return None

    def _again(self, delivery: Delivery) -> Job[Delivery] | None:
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
        return self._job(delivery) if moved else None

    def _prepare(self, row: SyncRow) -> Job[Delivery] | None:
        try:
            return self._prepare_now(row)
        except IntegrityError:
            # The push writes this person right now: the row waits for its end.
            return None

    def _prepare_now(self, row: SyncRow) -> Job[Delivery] | None:
        with transaction.atomic():
            if not SyncRow.objects.filter(pk=row.pk, state=State.APPROVED).update(state=State.WORKING):
                return None
            left = self.session.left.read_one(row.left_id)
            wanted = {field.field for field in row.fields.all() if field.decision == LEFT}
            reason = self._why_not(row, left, wanted)
            if reason or left is None:
                self.settler.end(row, State.MOVED, reason)
                return None
            if row.kind == Kind.ONLY_LEFT:
                return self._job(self._write_ahead(row, Delivery.Action.CREATE, **self._creation(left)))
            if wanted:
                values = {name: value for name, value in self.session.resource.values(left).items() if name in wanted}
                return self._job(
                    self._write_ahead(
                        row, Delivery.Action.UPDATE, right_id=row.right_id, **stored(self.session.resource, values)
                    )
                )
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

    def _job(self, delivery: Delivery) -> Job[Delivery]:
        field = self.session.resource.field
        values = {name: field(name).from_json(value) for name, value in delivery.wanted.items()}
        right_id, row = delivery.right_id, delivery.row
        options = row.link.options if row is not None and row.link is not None else NOTHING
        if delivery.action == Delivery.Action.CREATE:
            settings = (row.options if row is not None else {}).get("settings", NOTHING)

            def send(endpoint: VendorEndpoint) -> Record:
                return endpoint.create(values, settings=settings)

        else:

            def send(endpoint: VendorEndpoint) -> Record:
                return endpoint.update(right_id, values, options=options)

        return Job(delivery, send)

    # --- Settling ------------------------------------------------------------------------------------

    def settle(self, outcome: Outcome[Delivery]) -> None:
        """Write down how a call ended."""
        delivery, error = outcome.job.subject, outcome.error
        if outcome.record is not None:
            budget.succeeded(connection_id=self.session.connection.pk)
            self._renewal.served(outcome.endpoint)
            self.settler.settle_written(delivery, outcome.record)
        elif error is None or is_unknown(error):
            self._unknown(delivery, error)
        elif isinstance(error, STOPPING):
            self._stopped_by(outcome, error)
        elif isinstance(error, TemporarilyUnavailable):
            self._retry(delivery, error)
        elif isinstance(error, VendorError):
            self.refuse(delivery, error)

    def _unknown(self, delivery: Delivery, error: Exception | None) -> None:
        unknown = error if isinstance(error, OutcomeUnknown) else OutcomeUnknown(type(error).__name__)
        with transaction.atomic():
            mark_unknown(delivery=delivery, resource=self.session.resource, error=unknown)
            SyncRow.objects.filter(deliveries=delivery, state=State.WORKING).update(state=State.UNKNOWN)
        pause_after(calls=self.session.calls, error=unknown)

    def _retry(self, delivery: Delivery, error: TemporarilyUnavailable) -> None:
        pause = pause_after(calls=self.session.calls, error=error)
        if not mark_retry(delivery=delivery, error=error, pause=pause, counts=counts_as_attempt(error)):
            self.refuse(delivery, error, given_up=True)

    def _stopped_by(self, outcome: Outcome[Delivery], error: VendorError) -> None:
        """The write was not done; it is sent again once the connection may be used."""
        mark_retry(delivery=outcome.job.subject, error=error, pause=0, counts=False)
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
            report_problem(
                connection=self.session.connection,
                resource=delivery.resource,
                left_id=delivery.left_id,
                right_id=delivery.right_id,
                label=row.label if row is not None else delivery.left_id,
                action=delivery.action,
                message=error.message,
                cause=cause_of(error, fields=tried.get("fields", ())),
                wanted=tried,
                told=row is not None,
            )


def _tried(delivery: Delivery, row: SyncRow | None) -> dict[str, Any]:
    """Return what trying again from the error log sends: a person decided on it, whether or not it was edited."""
    if delivery.action == Delivery.Action.CREATE:
        return {"create": dict((row.options if row is not None else {}).get("settings", NOTHING))}
    return {"fields": sorted(delivery.wanted)}
