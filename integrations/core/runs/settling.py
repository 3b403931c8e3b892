"""The one transaction that ends a row that was sent: the delivery, the link's pairs, the field changes, the row."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from employees.foreign_text import joined, quoting
from integrations.core.agreed import record_sent, remaining, take_created
from integrations.core.compare import Pair, blocked
from integrations.core.declare import Record, Side
from integrations.core.deliver import end_delivery, keep_only
from integrations.core.models import Delivery, SyncField, SyncRow
from integrations.core.problems import FIELD, solve_causes, solve_problems
from integrations.core.readback import Judged, judge, put_down, tell
from integrations.core.report.outcomes import NOT_KEPT
from integrations.core.runs.deciders import Deciders
from integrations.core.runs.hub_settling import HubSettler
from integrations.core.runs.verifying import names_sent

State = SyncRow.State


class Settler(HubSettler):
    """Ends rows; every method is one transaction and may be called again after a crash."""

    def unsent(self, row: SyncRow) -> set[str]:
        """Return the fields that are to be written to the vendor and have not been."""
        wanted = {field.field for field in row.fields.all() if field.decision == SyncField.Decision.LEFT}
        return wanted - names_sent(row)

    def settle_written(
        self, delivery: Delivery, reply: Record, *, was_read: bool = False, looked_up: bool = False
    ) -> None:
        """The vendor says that it has done it: end the delivery and its row with what its record proves (G-19).

        ``was_read``: the record was read after the write. Of an update that was ``looked_up``, because nobody knows
        whether it was done, for what did not arrive the row's turn comes again.
        """
        with transaction.atomic():
            row = delivery.row
            before = {field.field: field.right for field in row.fields.all()} if row is not None else {}
            judged = judge(resource=self.resource, delivery=delivery, record=reply, before=before)
            if not (looked_up or self.ended) and put_down(
                delivery=delivery, judged=judged, record=reply, was_read=was_read
            ):
                SyncRow.objects.filter(deliveries=delivery, state=State.WORKING).update(state=State.UNKNOWN)
                return
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=reply.id):
                return
            delivery.right_id = reply.id
            subject: dict[str, Any] = {
                "connection": delivery.connection,
                "resource": self.resource.name,
                "left_id": delivery.left_id,
            }
            solve_problems(**subject)
            # What was kept back before has been written.
            solve_causes(**subject, causes={f"{FIELD}{name}" for name in delivery.wanted})
            if row is not None:
                self._settle_row(row, delivery, judged, reply, before=before, looked_up=looked_up)

    def _settle_row(
        self,
        row: SyncRow,
        delivery: Delivery,
        judged: Judged,
        reply: Record,
        *,
        before: Mapping[str, Any],
        looked_up: bool,
    ) -> None:
        done = judged.proof.done if looked_up else judged.proof.not_contradicted
        decided_by = Deciders(row, run=row.run).of_field
        record_sent(delivery=delivery, names=done, before=before, run=row.run, decided_by=decided_by)
        updates = delivery.action == Delivery.Action.UPDATE
        if looked_up and updates and done != set(judged.sent):
            keep_only(delivery, done)
            self._go_on(row, judged.pairs(done), reply)
            return
        self._remember_not_kept(row, delivery, judged)
        if updates and not self.ended and self.unsent(row):
            self._go_on(row, judged.pairs(judged.sent), reply)
            return
        if updates:
            state, reason = self._finish_pair(row, moved=judged.pairs(judged.sent), options=reply.options)
            reasons = [reason, *remaining(resource=self.resource, sent=delivery.wanted, reply=reply).values()]
        elif self._links().filter(Q(left_id=row.left_id) | Q(right_id=reply.id)).exists():
            state = State.REFUSED
            reasons = [_("Created, but one of the two is linked to somebody else. Compare again.")]
        else:
            state, reasons = State.WRITTEN, [self._created_at_vendor(row, delivery, judged, reply)]
        self._end_told(row, state, [*reasons, *said_by_vendor(delivery)])

    def _remember_not_kept(self, row: SyncRow, delivery: Delivery, judged: Judged) -> None:
        """Tell what the vendor did not keep; the row says it at its end, whatever is written of it meanwhile."""
        said = tell(
            connection=self.session.connection,
            delivery=delivery,
            judged=judged,
            label=row.label,
            told=not self.ended,
        )
        if said:
            row.options = {**row.options, NOT_KEPT: {**row.options.get(NOT_KEPT, {}), **said}}
            row.save(update_fields=["options"])

    def _end_told(self, row: SyncRow, state: str, reasons: Collection[str]) -> None:
        """End a row; one of which the vendor holds something else than was sent is no written one."""
        not_kept = row.options.get(NOT_KEPT, {})
        if not_kept and state == State.WRITTEN:
            state = State.REFUSED
            if row.kind == SyncRow.Kind.ONLY_LEFT:
                reasons = [_("Created, but not all of it as it was sent."), *reasons]
        self.end(row, state, joined([*not_kept.values(), *reasons]))

    def _go_on(self, row: SyncRow, moved: Mapping[str, Pair], reply: Record) -> None:
        """One document is written, or what arrived of it; the row's turn comes again for the rest."""
        self._move(row, moved, reply.options)
        self.write_again(row)

    def write_again(self, row: SyncRow) -> None:
        """Let the row's turn come again, unless its run has ended."""
        if row.run_id != self.session.run.pk or self.ended:
            part = _("Written in part only: the synchronisation ended before the rest.")
            self.end(row, State.HELD, part if names_sent(row) else _("Not written: the synchronisation ended early."))
        else:
            SyncRow.objects.filter(pk=row.pk, state__in=SyncRow.TO_DO).update(state=State.APPROVED)

    def _created_at_vendor(self, row: SyncRow, delivery: Delivery, judged: Judged, reply: Record) -> str:
        created = take_created(
            resource=self.resource,
            people=self.session.left,
            delivery=delivery,
            sent=judged.sent,
            reply=reply,
            acting=self.acting(row),
        )
        SyncRow.objects.filter(pk=row.pk).update(
            right_id=reply.id, link=self._new_link(delivery.left_id, reply.id, created.pairs, reply.options)
        )
        note = str(self.resource.created_note)
        return joined([note, delivery.note, created.refused, *self._not_sent(delivery, created.left)])

    def _not_sent(self, delivery: Delivery, left: Record | None) -> Iterator[str]:
        """Yield a sentence per value that was kept back when the person was created (FX-09, G-18)."""
        if left is None:
            return
        for declared in self.resource.fields:
            value = self.resource.value(left, declared.name)
            if value is None or declared.name in delivery.wanted or not declared.may_go(Side.RIGHT):
                continue
            reason = blocked(declared, to=Side.RIGHT, value=value, protected=left.protected)
            if reason:
                yield quoting(_("%(field)s was not sent: %(reason)s"), field=declared.label, reason=reason)


def said_by_vendor(delivery: Delivery) -> list[str]:
    """Return a sentence with the vendor's warnings about a write that it did, where there are any."""
    if not delivery.warnings:
        return []
    return [quoting(_("The other system warns: %(text)s"), text=joined(delivery.warnings))]
