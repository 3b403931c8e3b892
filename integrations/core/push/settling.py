"""The transactions that end what was pushed: delivery, pairs, history, problems, the review's rows, the mark."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.agreed import (
    holding_links,
    keys_held,
    keys_sent,
    make_link,
    move_pairs,
    pairs_of_created,
    record_sent,
    sent_pairs,
    take_over,
)
from integrations.core.declare import Record
from integrations.core.deliver import end_delivery, keep_only
from integrations.core.errors import Refused, VendorError
from integrations.core.hub.acting import acting_as
from integrations.core.marks import mark
from integrations.core.models import Delivery, Link, Mark, SyncField, SyncRow, SyncRun
from integrations.core.problems import (
    EXISTS,
    FIELD,
    GIVEN_UP,
    JOB_LATE,
    WARNED,
    cause_of,
    open_causes,
    report_problem,
    solve_causes,
    solve_problems,
)
from integrations.core.push.session import PushSession
from integrations.core.takeovers import wake_successors

# So often one mark is tried, whether its worker died or the vendor failed over it, before a person is asked.
TRIES: Final = 8
# How soon a record is looked at again that somebody else is writing.
BUSY_PAUSE: Final = timedelta(seconds=1)


class PushSettler:
    """Every method is one transaction, and does nothing the second time."""

    def __init__(self, session: PushSession) -> None:
        self.session = session
        self.connection = session.connection
        self.resource = session.resource

    # --- Marks ------------------------------------------------------------------------------------------

    def count_start(self, found: Mark) -> bool:
        """Count a start that never came back, should this one not; returns False if the mark is not to be tried."""
        if found.attempts >= TRIES:
            self.give_up(found)
            return False
        counted = Mark.objects.filter(pk=found.pk, version=found.version, held_by="")
        return bool(counted.update(attempts=F("attempts") + 1))

    def take_off(self, found: Mark) -> None:
        """Nothing is left to send at this version; of a newer one the work goes on."""
        if not Mark.objects.filter(pk=found.pk, version=found.version).delete()[0]:
            Mark.objects.filter(pk=found.pk).update(attempts=0, due=timezone.now())

    def hold(self, found: Mark, reason: str) -> None:
        Mark.objects.filter(pk=found.pk, held_by="").update(held_by=reason, attempts=0)

    def postpone(self, found: Mark, *, counts: bool = False, pause: timedelta = BUSY_PAUSE) -> None:
        """Let the mark wait; what is not the fault of its record does not count as a try."""
        if counts:
            # Doubled by each further failure over the record: about 20 minutes in all.
            pause = timedelta(seconds=settings.RETRY_SECONDS) * 2 ** max(found.attempts, 0)
            Mark.objects.filter(pk=found.pk).update(due=timezone.now() + pause)
        else:
            Mark.objects.filter(pk=found.pk).update(due=timezone.now() + pause, attempts=Greatest(F("attempts") - 1, 0))

    def give_up(self, found: Mark) -> None:
        with transaction.atomic():
            self.report(
                found,
                action=Delivery.Action.UPDATE,
                message=_("Tried %(count)d times without an answer that says what is wrong.") % {"count": TRIES},
                cause=GIVEN_UP,
                wanted=found.wanted,
            )
            self.hold(found, Mark.Hold.PROBLEM)

    # --- Problems ---------------------------------------------------------------------------------------

    def report(
        self, found: Mark, *, action: str, message: str, cause: str, wanted: Mapping[str, Any], right_id: str = ""
    ) -> None:
        left = self.session.left.read_one(found.left_id)
        report_problem(
            connection=self.connection,
            resource=self.resource.name,
            left_id=found.left_id,
            right_id=right_id,
            label=left.label if left is not None else found.left_id,
            action=action,
            message=message,
            cause=cause,
            wanted=wanted,
        )

    def tell_kept(self, found: Mark, kept: Mapping[str, str], *, right_id: str) -> None:
        """Say which fields were kept back, and why (FX-09); those that are not any more are solved."""
        with transaction.atomic():
            self._solve_sent(found.left_id, but=kept)
            for name, reason in kept.items():
                self.report(
                    found,
                    action=Delivery.Action.UPDATE,
                    message=f"{self.resource.field(name).label}: {reason}",
                    cause=f"{FIELD}{name}",
                    wanted={"fields": [name]},
                    right_id=right_id,
                )

    def _solve_sent(self, left_id: str, *, but: Collection[str]) -> None:
        connection, resource = self.connection, self.resource.name
        open_ones = open_causes(connection=connection, resource=resource, left_id=left_id)
        over = {cause for cause in open_ones if cause.startswith(FIELD) and cause.removeprefix(FIELD) not in but}
        solve_causes(connection=connection, resource=resource, left_id=left_id, causes=over)

    def solve_all(self, left_id: str) -> None:
        """Both sides agree: what was refused before has been settled otherwise, and the connection works."""
        solve_problems(connection=self.connection, resource=self.resource.name, left_id=left_id)
        solve_problems(connection=self.connection, resource=self.resource.name, left_id="")

    # --- Writes -----------------------------------------------------------------------------------------

    def settle(self, delivery: Delivery, record: Record, *, looked_up: bool = False) -> None:
        """The vendor has done a write whose job has ended."""
        if delivery.action == Delivery.Action.CREATE:
            self.settle_created(delivery, record, looked_up=looked_up)
        else:
            self.settle_updated(delivery, record)

    def settle_updated(self, delivery: Delivery, reply: Record, *, arrived: Collection[str] | None = None) -> None:
        """The vendor holds what was sent, or of a write that was looked up what ``arrived``: the rest goes anew."""
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=reply.id):
                return
            is_whole = arrived is None or set(arrived) == set(delivery.wanted)
            if not is_whole:
                keep_only(delivery, arrived or ())
            sent = keys_sent(self.resource, delivery)
            record_sent(delivery=delivery, before=delivery.before)
            link = holding_links(connection=self.connection, resource=self.resource).filter(left_id=delivery.left_id)
            link_id = link.filter(right_id=delivery.right_id).values_list("pk", flat=True).first()
            if link_id is not None:
                moved = sent_pairs(resource=self.resource, sent=sent, reply=reply)
                move_pairs(link_id=link_id, resource=self.resource, moved=moved)
            self._settle_reviews(delivery.left_id, sent)
            wake_successors(self.session.left, delivery)
            self._tell_warnings(delivery)
            if not is_whole:
                self._send_rest(delivery, sent)
                return
            if len(self.resource.steps) > 1:
                # Perhaps another document is to be written: the mark goes once nothing is left to send.
                self._go_on(delivery, sent)
                return
            self.solve_all(delivery.left_id)
            self._take_off_sent(delivery)

    def settle_created(self, delivery: Delivery, reply: Record, *, looked_up: bool = False) -> None:
        """The vendor has the new person: link the two, and take over what it assigned (FX-07)."""
        try:
            self._link_created(delivery, reply, looked_up=looked_up)
        except IntegrityError:
            # Matched with somebody else by hand, between the call and its answer.
            message = _("Created, but one of the two is linked to somebody else. Synchronise to see both.")
            self.refuse(delivery, Refused(message), cause=EXISTS, message=message)

    def _link_created(self, delivery: Delivery, reply: Record, *, looked_up: bool) -> None:
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=reply.id):
                return
            record_sent(delivery=delivery, before={})
            take_over(
                resource=self.resource,
                people=self.session.left,
                left_id=delivery.left_id,
                reply=reply,
                acting=acting_as(connection_id=self.connection.pk),
            )
            left = self.session.left.read_one(delivery.left_id)
            make_link(
                connection=self.connection,
                resource=self.resource,
                left_id=delivery.left_id,
                right_id=reply.id,
                pairs=pairs_of_created(
                    resource=self.resource,
                    sent=keys_sent(self.resource, delivery),
                    held=keys_held(self.resource, delivery),
                    left=left,
                    reply=reply,
                    looked_up=looked_up,
                ),
                options=reply.options,
            )
            self.solve_all(delivery.left_id)
            self._tell_warnings(delivery)
            self._end_rows(delivery.left_id, kinds=(SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.CANNOT_SEND))
            self._take_off_sent(delivery)

    def _tell_warnings(self, delivery: Delivery) -> None:
        """The vendor did it and had something to say: a person is told, until the next write of the same person."""
        subject = {"connection": self.connection, "resource": self.resource.name, "left_id": delivery.left_id}
        solve_causes(**subject, causes={WARNED})
        said = [delivery.note, *delivery.warnings]
        if any(said):
            self.report(
                Mark(left_id=delivery.left_id),
                action=delivery.action,
                message=" ".join(filter(None, said)),
                cause=WARNED,
                wanted={},
                right_id=delivery.right_id,
            )

    def _take_off_sent(self, delivery: Delivery) -> None:
        found = self._mark_of(delivery)
        if found is not None:
            found.version = delivery.mark_version or 0
            self.take_off(found)

    def _go_on(self, delivery: Delivery, sent: Collection[str]) -> None:
        found = self._mark_of(delivery)
        if found is None:
            self.solve_all(delivery.left_id)
            return
        wanted = dict(found.wanted)
        if "fields" in wanted:
            wanted["fields"] = [name for name in wanted["fields"] if name not in sent]
        Mark.objects.filter(pk=found.pk).update(wanted=wanted, attempts=0, due=timezone.now())

    def _send_rest(self, delivery: Delivery, sent: Collection[str]) -> None:
        """What was overwritten at the vendor meanwhile is looked at anew, though nobody edited it since."""
        if self._mark_of(delivery) is None:
            mark(connection_id=self.connection.pk, resource=self.resource.name, left_ids=[delivery.left_id])
        self._go_on(delivery, sent)

    def _mark_of(self, delivery: Delivery) -> Mark | None:
        marks = Mark.objects.filter(connection=self.connection, resource=self.resource.name)
        return marks.filter(left_id=delivery.left_id).first()

    def refuse(self, delivery: Delivery, error: VendorError, *, cause: str = "", message: str = "") -> None:
        """The vendor refused: it holds what it held, the pairs stay, a person is told (G-09)."""
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.REFUSED, error=error):
                return
            found = self._mark_of(delivery)
            if found is None:
                return
            solve_causes(
                connection=self.connection,
                resource=self.resource.name,
                left_id=delivery.left_id,
                causes={JOB_LATE},
            )
            creates = delivery.action == Delivery.Action.CREATE
            wanted = {"create": found.wanted.get("create", {})} if creates else {"fields": sorted(delivery.wanted)}
            self.report(
                found,
                action=delivery.action,
                message=message or error.message or _("The other system gave no reason."),
                cause=cause or cause_of(error, fields=wanted.get("fields", ())),
                wanted=wanted,
                right_id=delivery.right_id,
            )
            if found.version == delivery.mark_version:
                self.hold(found, Mark.Hold.PROBLEM)
            else:
                # Edited since: perhaps that mends it.
                Mark.objects.filter(pk=found.pk).update(attempts=0, due=timezone.now())

    def tell_late(self, delivery: Delivery, message: str) -> None:
        """The vendor's job has not ended in time: a person is told, and it is asked about until it is known."""
        creates = delivery.action == Delivery.Action.CREATE
        self.report(
            self._mark_of(delivery) or Mark(left_id=delivery.left_id),
            action=delivery.action,
            message=message,
            cause=JOB_LATE,
            wanted={} if creates else {"fields": sorted(delivery.wanted)},
            right_id=delivery.right_id,
        )

    def not_done(self, delivery: Delivery, error: VendorError | None, *, counts: bool) -> None:
        """Nothing was written: the person's edits are looked at anew when they are sent again."""
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.VOID, error=error):
                return
            found = self._mark_of(delivery)
            if found is None:
                # Taken off by a comparison that found both in step; looked at once more, to be sure.
                mark(connection_id=self.connection.pk, resource=self.resource.name, left_ids=[delivery.left_id])
            else:
                self.postpone(found, counts=counts, pause=timedelta(0))

    def agree(self, *, link: Link, pairs: Mapping[str, Any]) -> None:
        """The vendor holds it already: the pairs settle without a write."""
        if not pairs:
            return
        with transaction.atomic():
            move_pairs(link_id=link.pk, resource=self.resource, moved=pairs)
            self._settle_reviews(link.left_id, pairs)

    # --- What waits in a synchronisation ------------------------------------------------------------------

    def _settle_reviews(self, left_id: str, names: Collection[str]) -> None:
        """A field that went by itself is no question any more; a row without another one ends."""
        rows = self._waiting_rows(left_id).filter(kind=SyncRow.Kind.DIFFERS)
        SyncField.objects.filter(row__in=rows, field__in=list(names)).delete()
        left_over = SyncField.objects.filter(row=OuterRef("pk"))
        self._end(rows.exclude(Exists(left_over)))

    def _end_rows(self, left_id: str, *, kinds: Collection[str]) -> None:
        self._end(self._waiting_rows(left_id).filter(kind__in=kinds))

    def _waiting_rows(self, left_id: str) -> Any:
        return SyncRow.objects.filter(
            run__connection=self.connection,
            run__resource=self.resource.name,
            run__state__in=(SyncRun.State.REVIEW, *SyncRun.APPLY_WAITS),
            state__in=(SyncRow.State.OPEN, SyncRow.State.APPROVED),
            left_id=left_id,
        )

    def _end(self, rows: Any) -> None:
        rows.update(
            state=SyncRow.State.SKIPPED,
            reason=_("Settled meanwhile: the hub's change was sent by itself."),
            ended_at=timezone.now(),
        )
