"""Which row is next, and what is sent for it: prepared at the last moment, committed ahead."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.compare import cannot_create, pairs_from_json, unfit_together
from integrations.core.declare import NOTHING, Record, Side
from integrations.core.deliver import end_delivery, stored, stored_creation, update_call, write_ahead
from integrations.core.dispatching import Job
from integrations.core.endpoints import creating, reading
from integrations.core.hub.given_away import given_away, is_on_its_way
from integrations.core.jobs import Poll
from integrations.core.models import Delivery, Link, SyncRow
from integrations.core.polls import Polls
from integrations.core.runs.session import Session
from integrations.core.runs.settling import Settler
from integrations.core.runs.standing import LINKED_THERE, not_sendable
from integrations.core.sharing import said_of_same, unanswered_in_row
from integrations.core.takeovers import holder_of

State = SyncRow.State
Kind = SyncRow.Kind


@dataclass(frozen=True)
class Reading:
    """The vendor's record of a row is being read, because it is written whole."""

    row: SyncRow


Step = Delivery | Reading | Poll


class RowPreparer:
    """Prepares the calls of a run's rows; rows that turn out to need none are settled on the way."""

    def __init__(self, session: Session, settler: Settler, polls: Polls) -> None:
        self.session = session
        self.settler = settler
        self.polls = polls
        # Rows whose record at the vendor is being read, and those that were read and wait for a slot to write.
        self._reading: set[int] = set()
        self._read: list[tuple[SyncRow, Record]] = []
        # Rows that wait for an address, and whoever has left and still holds it at the vendor (D-10).
        self._behind: dict[int, str] = {}
        # Rows whose record moved at the last moment, and until when (monotonic) they rest.
        self._resting: dict[int, float] = {}

    def has_work(self) -> bool:
        """Whether something can be called for now (unknown outcomes are looked up elsewhere)."""
        return self.has_new() or self.polls.has_job()

    def has_new(self) -> bool:
        """Whether something is to be sent, besides the questions about what is under way."""
        return self.session.run.cancelled_at is None and (self.approved().exists() or self._due().exists())

    def ready(self, row: SyncRow, record: Record) -> None:
        """The vendor's record is there and as it was shown: it is written at the next slot."""
        self._read.append((row, record))

    def over(self, row: SyncRow) -> None:
        """The reading has ended without a record to write."""
        self._reading.discard(row.pk)

    def rest(self, row: SyncRow, *, seconds: float) -> None:
        """Let the row's turn come later."""
        self._resting[row.pk] = time.monotonic() + seconds

    def next_turn(self) -> datetime | None:
        """Return when the first row that rests has its turn again, None where none does."""
        if not self._resting:
            return None
        return timezone.now() + timedelta(seconds=min(self._resting.values()) - time.monotonic())

    def approved(self) -> QuerySet[SyncRow]:
        """Return what can be written now: a person with an open delivery, of an earlier run too, waits for its end."""
        open_ones = Delivery.objects.filter(
            connection=self.session.connection, resource=self.session.resource.name, state__in=Delivery.OPEN
        )
        self._behind = {pk: left_id for pk, left_id in self._behind.items() if self._is_at_work(left_id)}
        now = time.monotonic()
        self._resting = {pk: until for pk, until in self._resting.items() if until > now}
        aside = {*self._behind, *self._resting}
        approved = SyncRow.objects.filter(run=self.session.run, state=State.APPROVED).exclude(pk__in=aside)
        return approved.exclude(left_id__in=open_ones.values("left_id"))

    def _is_at_work(self, left_id: str) -> bool:
        to_do = SyncRow.objects.filter(run=self.session.run, left_id=left_id, state__in=SyncRow.TO_DO)
        return to_do.exists() or is_on_its_way(self.session.connection, self.session.left, left_id)

    def _due(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(
            row__run=self.session.run, state=Delivery.State.RETRY, not_before__lte=timezone.now()
        )

    def next_job(self) -> Job[Step] | None:
        """Return the next write, committed ahead; rows that turn out to need none are settled on the way.

        Before it the questions about writes under way, so that they end; and where the vendor's record is read
        first, the reading. Of a run that was cancelled nothing but the questions.
        """
        asking = self.polls.next_job()
        if asking is not None:
            return Job(*asking)
        if not self.session.may_begin:
            return None
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
        for row in self.approved().exclude(pk__in=self._reading).select_related("link").order_by("pk")[:50]:
            if row.kind == Kind.DIFFERS and self.session.resource.read_first and self.settler.unsent(row):
                self._reading.add(row.pk)
                options = row.link.options if row.link is not None else NOTHING
                return Job(Reading(row), reading(row.right_id, options=options))
            job = self._prepare(row, None)
            if job is not None:
                return job
        return None

    def _again(self, delivery: Delivery) -> Job[Step] | None:
        """Return what was not done, to be sent once more, unless it is not what was approved any more."""
        row = delivery.row
        if row is None:
            return None
        if self.session.resource.read_first and delivery.action == Delivery.Action.UPDATE:
            # Its record must be read again: the row's turn comes anew.
            with transaction.atomic():
                if end_delivery(delivery=delivery, state=Delivery.State.VOID):
                    self.settler.write_again(row)
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
            if self._lacks_address(row, left, wanted):
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
                if right is not None and row.link is not None:
                    self.session.calls.remember_written(row.link, right, names)
                values = {name: value for name, value in resource.values(left).items() if name in names}
                ahead = {"right_id": row.right_id, "step": step, **stored(resource, values)}
                return self._job(self._write_ahead(row, Delivery.Action.UPDATE, **ahead), right)
        # Every field is taken from the vendor or left: no call.
        SyncRow.objects.filter(pk=row.pk).update(state=State.APPROVED)
        self.settler.settle_hub_only(row)
        return None

    def _lacks_address(self, row: SyncRow, left: Record, wanted: set[str]) -> bool:
        """Whether somebody who has left still holds the address there: the row waits for that to end, or is over."""
        names = None if row.kind == Kind.ONLY_LEFT else wanted
        holder = holder_of(self.session.connection, self.session.left, left, names=names)
        if holder is None:
            return False
        if self._is_at_work(holder.left_id):
            SyncRow.objects.filter(pk=row.pk, state=State.WORKING).update(state=State.APPROVED)
            self._behind[row.pk] = holder.left_id
        else:
            self.settler.end(row, State.MOVED, holder.reason)
        return True

    def _why_not(self, row: SyncRow, left: Record | None, wanted: set[str]) -> str:
        """Return why a row is not what was approved any more, or an empty string."""
        resource = self.session.resource
        no_part = self.settler.takes_no_part(row, left)
        if no_part or left is None:
            return no_part
        if row.kind == Kind.ONLY_LEFT:
            links = Link.objects.filter(connection=self.session.connection, resource=resource.name, left_id=left.id)
            if links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT)).exists():
                return str(LINKED_THERE)
            if same := unanswered_in_row(row, self.session.left):
                return said_of_same(self.session.left, same)
            return cannot_create(resource, left, to=Side.RIGHT)
        pairs = pairs_from_json(resource, row.link.pairs) if row.link is not None else {}
        emptied = given_away(self.session.left, left, pairs)
        return not_sendable(resource, left, wanted, emptied=emptied) or self.settler.moved_on_the_left(row, left)

    def _creation(self, left: Record) -> dict[str, Any]:
        """Return a delivery's columns that say what a new person at the vendor holds."""
        resource = self.session.resource
        natural_key = resource.field(resource.natural_key).key(resource.value(left, resource.natural_key))
        return {**stored_creation(resource, left), "natural_key": str(natural_key)}

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
            since = timezone.now().date() - timedelta(days=1)
            return Job(delivery, creating(values, settings=settings, key=delivery.natural_key, since=since))
        options = row.link.options if row is not None and row.link is not None else NOTHING
        call = update_call(
            self.session.resource, right_id=delivery.right_id, values=values, options=options, right=right
        )
        return Job(delivery, call)
