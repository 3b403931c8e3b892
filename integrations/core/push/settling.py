"""The transactions that end what was pushed: delivery, pairs, history, problems, the review's rows, the mark."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import joined
from integrations.core.agreed import (
    holding_links,
    make_link,
    move_pairs,
    record_sent,
    remaining,
    take_created,
)
from integrations.core.compare import Pair
from integrations.core.declare import Record
from integrations.core.deliver import end_delivery, keep_only
from integrations.core.errors import Refused, VendorError
from integrations.core.hub.acting import acting_as
from integrations.core.marks import mark
from integrations.core.models import Delivery, Link, Mark, SyncRow
from integrations.core.problems import (
    CREATED_APART,
    JOB_LATE,
    LIST_UNSOUND,
    REMAINS,
    WARNED,
    Became,
    cause_of,
    report_problem,
    solve_causes,
    solve_fields,
)
from integrations.core.push.holding import MarkHolder
from integrations.core.push.overwritten import record_overwritten
from integrations.core.push.reviewed import settle_fields, settle_rows
from integrations.core.readback import Judged, judge, put_down, tell
from integrations.core.takeovers import wake_successors


class PushSettler(MarkHolder):
    """Every method is one transaction, and does nothing the second time."""

    def settle(self, delivery: Delivery, record: Record, *, looked_up: bool = False) -> None:
        """The vendor has done a write as a job, and this is the record that was read then, or was looked up."""
        if delivery.action == Delivery.Action.CREATE:
            self.settle_created(delivery, record, was_read=True, looked_up=looked_up)
        else:
            self.settle_updated(delivery, record, was_read=True, looked_up=looked_up)

    def settle_updated(
        self, delivery: Delivery, reply: Record, *, was_read: bool = False, looked_up: bool = False
    ) -> None:
        """The vendor says that it has done it: end the delivery with what its record proves (G-19).

        ``was_read``: the record was read after the write. Of a write that was ``looked_up``, because nobody knows
        whether it was done, what did not arrive goes anew.
        """
        with transaction.atomic():
            judged = judge(resource=self.resource, delivery=delivery, record=reply, before=delivery.before)
            if not looked_up and put_down(delivery=delivery, judged=judged, record=reply, was_read=was_read):
                return
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=reply.id):
                return
            done = judged.proof.done if looked_up else judged.proof.not_contradicted
            record_sent(delivery=delivery, names=done, before=delivery.before)
            record_overwritten(delivery=delivery, names=done)
            if looked_up and done != set(judged.sent):
                keep_only(delivery, done)
                self._move(delivery, judged.pairs(done), reply)
                self._after_arrival(delivery, done)
                self._send_rest(delivery, done)
                return
            self._move(delivery, judged.pairs(judged.sent), reply)
            self._after_arrival(delivery, done)
            self._end_updated(delivery, judged)
            self._tell_warnings(delivery)
            self._tell_remaining(delivery, reply, names=done)

    def _move(self, delivery: Delivery, moved: Mapping[str, Pair], reply: Record) -> None:
        link = holding_links(connection=self.connection, resource=self.resource).filter(left_id=delivery.left_id)
        link_id = link.filter(right_id=delivery.right_id).values_list("pk", flat=True).first()
        if link_id is not None:
            move_pairs(link_id=link_id, resource=self.resource, moved=moved, options=reply.options)

    def _after_arrival(self, delivery: Delivery, done: Collection[str]) -> None:
        settle_fields(**self._subject(delivery.left_id), names=done)
        wake_successors(self.session.left, delivery, names=done)

    def _end_updated(self, delivery: Delivery, judged: Judged) -> None:
        """What the vendor did not keep is told and not sent again by itself: its pair holds what both sides have."""
        if len(self.resource.steps) > 1:
            # Perhaps another document is to be written: the mark goes once nothing is left to send.
            self._go_on(delivery, judged.sent)
        else:
            self.solve_all(delivery.left_id)
            self._take_off_sent(delivery)
        self._tell(delivery, judged)

    def _tell_remaining(self, delivery: Delivery, reply: Record, *, names: Collection[str]) -> None:
        """Say what stays at the vendor beside what was sent: a mail would say that it was not sent."""
        sent = {name: value for name, value in delivery.wanted.items() if name in names}
        left = self.session.left.read_one(delivery.left_id)
        for name, text in remaining(resource=self.resource, sent=sent, reply=reply).items():
            report_problem(
                **self._subject(delivery.left_id),
                right_id=delivery.right_id,
                label=left.label if left is not None else delivery.left_id,
                action=Delivery.Action.UPDATE,
                message=text,
                cause=f"{REMAINS}{name}",
                wanted={"fields": [name]},
                told=True,
            )

    def _tell(self, delivery: Delivery, judged: Judged) -> None:
        left = self.session.left.read_one(delivery.left_id) if judged.proof.differing else None
        tell(
            connection=self.connection,
            delivery=delivery,
            judged=judged,
            label=left.label if left is not None else delivery.left_id,
            told=False,
        )

    def settle_created(
        self, delivery: Delivery, reply: Record, *, was_read: bool = False, looked_up: bool = False
    ) -> None:
        """The vendor has the new person: link the two, and take over what it assigned (FX-07)."""
        try:
            self._link_created(delivery, reply, was_read=was_read, looked_up=looked_up)
        except IntegrityError:
            # Matched with somebody else by hand, between the call and its answer.
            message = _("Created, but one of the two is linked to somebody else. Synchronise to see both.")
            self.refuse(delivery, Refused(message), cause=CREATED_APART, message=message, became=Became.REMARK)

    def _link_created(self, delivery: Delivery, reply: Record, *, was_read: bool, looked_up: bool) -> None:
        with transaction.atomic():
            judged = judge(resource=self.resource, delivery=delivery, record=reply, before={})
            if not looked_up and put_down(delivery=delivery, judged=judged, record=reply, was_read=was_read):
                return
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=reply.id):
                return
            delivery.right_id = reply.id
            record_sent(delivery=delivery, names=judged.proof.not_contradicted, before={})
            created = take_created(
                resource=self.resource,
                people=self.session.left,
                delivery=delivery,
                sent=judged.sent,
                reply=reply,
                acting=acting_as(connection_id=self.connection.pk),
            )
            make_link(
                connection=self.connection,
                resource=self.resource,
                left_id=delivery.left_id,
                right_id=reply.id,
                pairs=created.pairs,
                options=reply.options,
            )
            self.solve_all(delivery.left_id)
            kinds = (SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.CANNOT_SEND)
            settle_rows(**self._subject(delivery.left_id), kinds=kinds)
            self._take_off_sent(delivery)
            self._tell(delivery, judged)
            self._tell_warnings(delivery)

    def _tell_warnings(self, delivery: Delivery) -> None:
        """The vendor did it and had something to say: a person is told, until the next write of the same person."""
        solve_causes(**self._subject(delivery.left_id), causes={WARNED})
        said = joined([delivery.note, *delivery.warnings])
        if said:
            self.report(
                Mark(left_id=delivery.left_id),
                action=delivery.action,
                message=said,
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

    def refuse(
        self, delivery: Delivery, error: VendorError, *, cause: str = "", message: str = "", became: str = ""
    ) -> None:
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
                causes={JOB_LATE, LIST_UNSOUND},
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
                became=became,
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

    def agree(self, *, link: Link, pairs: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        """The vendor holds it already: the pairs settle without a write."""
        if not pairs:
            return
        with transaction.atomic():
            move_pairs(link_id=link.pk, resource=self.resource, moved=pairs, options=options)
            solve_fields(**self._subject(link.left_id), names=pairs)
            settle_fields(**self._subject(link.left_id), names=pairs)

    def _subject(self, left_id: str) -> dict[str, Any]:
        return {"connection": self.connection, "resource": self.resource.name, "left_id": left_id}
