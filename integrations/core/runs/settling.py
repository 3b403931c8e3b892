"""The one transaction that ends a row: the hub's write, the link's pairs, the field changes, the row."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.agreed import (
    holding_links,
    keys_held,
    keys_sent,
    make_link,
    move_pairs,
    pair_of,
    pairs_of_created,
    record_sent,
    sent_pairs,
    take_over,
)
from integrations.core.compare import Pair, PairState, blocked
from integrations.core.declare import Record, Side
from integrations.core.deliver import end_delivery, keep_only
from integrations.core.hub.acting import acting_as
from integrations.core.hub.endpoint import HubRefused
from integrations.core.models import Delivery, Link, SyncField, SyncRow, SyncRun
from integrations.core.problems import FIELD, solve_causes, solve_problems
from integrations.core.runs.session import Session
from integrations.core.runs.verifying import names_sent

State = SyncRow.State
LEFT, RIGHT, LEAVE = SyncField.Decision.LEFT, SyncField.Decision.RIGHT, SyncField.Decision.LEAVE


class Settler:
    """Ends rows; every method is one transaction and may be called again after a crash."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.resource = session.resource

    @property
    def ended(self) -> bool:
        """Whether the run has ended: only what was sent before is settled."""
        return self.session.run.state in SyncRun.ENDED

    def unsent(self, row: SyncRow) -> set[str]:
        """Return the fields that are to be written to the vendor and have not been."""
        wanted = {field.field for field in row.fields.all() if field.decision == LEFT}
        return wanted - names_sent(row)

    def end(self, row: SyncRow, state: str, reason: str = "") -> None:
        """End a row; progress of a run clears its count of interrupted starts."""
        row.state, row.reason = state, reason
        # A row that was put aside, because its job did not end in time, still learns what became of it.
        states = (*SyncRow.TO_DO, State.HELD) if self.ended else SyncRow.TO_DO
        SyncRow.objects.filter(pk=row.pk, state__in=states).update(state=state, reason=reason, ended_at=timezone.now())
        SyncRun.objects.filter(pk=row.run_id, attempts__gt=0).update(attempts=0)

    def moved_on_the_left(self, row: SyncRow, left: Record, *, decided: tuple[str, ...] = (LEFT, RIGHT, LEAVE)) -> str:
        """Return why a row is not written any more: a decided value of the hub is not the one that was shown."""
        for field in row.fields.all():
            if field.decision not in decided:
                continue
            declared = self.resource.field(field.field)
            if declared.key(self.resource.value(left, field.field)) != declared.key(declared.from_json(field.left)):
                return _("%(field)s was changed in the hub meanwhile.") % {"field": declared.label}
        return ""

    # --- Rows without a call to the vendor ----------------------------------------------------------------

    def settle_hub_only(self, row: SyncRow) -> None:
        """End a row whose fields are all taken from the vendor, or left as they are."""
        if row.kind == SyncRow.Kind.ONLY_RIGHT:
            self._create_in_hub(row)
            return
        with transaction.atomic():
            left = self.session.left.read_one(row.left_id)
            moved = self.moved_on_the_left(row, left) if left else _("The person has been deleted from the hub.")
            if row.link is None or row.link.state != Link.State.ACTIVE:
                moved = _("The person was disconnected meanwhile.")
            if moved or left is None:
                self.end(row, State.MOVED, moved)
                return
            state, reason = self._finish_pair(row, sent={}, reply=None)
            written = any(field.decision == RIGHT for field in row.fields.all())
            self.end(row, state if written else State.SKIPPED, reason)

    def _create_in_hub(self, row: SyncRow) -> None:
        stored: Mapping[str, Any] = row.options.get("values", {})
        values = {name: self.resource.field(name).from_json(value) for name, value in stored.items()}
        left_out = self._unfit_for_hub(values)
        known = self._known_in_hub(row, values)
        if known:
            self.end(row, State.MOVED, known)
            return
        try:
            with transaction.atomic():
                with self._acting():
                    fit = {name: value for name, value in values.items() if value is not None and name not in left_out}
                    left_id = self.session.left.create(fit)
                left = self.session.left.read_one(left_id)
                if left is None:
                    raise LookupError(left_id)
                pairs = {
                    name: pair_of(self.resource.field(name), self.resource.value(left, name), value)
                    for name, value in values.items()
                    if self.resource.field(name).compared
                }
                SyncRow.objects.filter(pk=row.pk).update(
                    left_id=left_id, link=self._new_link(left_id, row.right_id, pairs, row.options.get("options", {}))
                )
                self.end(row, State.WRITTEN, " ".join(left_out.values()))
        except HubRefused as error:
            self.end(row, State.REFUSED, _("The hub refuses the person: %(reason)s") % {"reason": error})

    def _known_in_hub(self, row: SyncRow, values: Mapping[str, Any]) -> str:
        """Return why nobody is created: somebody else has added or linked the person since (G-10)."""
        if self._links().filter(right_id=row.right_id).exists():
            return _("The person was linked to somebody in the hub meanwhile.")
        for name in self.resource.match_keys:
            if values.get(name) and self.session.left.holders(name, values[name]):
                return _("Somebody with this %(field)s exists in the hub by now.") % {
                    "field": self.resource.field(name).label
                }
        return ""

    def _links(self) -> QuerySet[Link]:
        return holding_links(connection=self.session.connection, resource=self.resource)

    def _unfit_for_hub(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return the fields that the hub would refuse, with a sentence each: the rest of the person is created."""
        unfit = {}
        for name, value in values.items():
            declared = self.resource.field(name)
            if reason := declared.refuses(value, to=Side.LEFT):
                unfit[name] = _("%(field)s was not taken over: %(reason)s") % {
                    "field": declared.label,
                    "reason": reason,
                }
        return unfit

    # --- Rows that were sent --------------------------------------------------------------------------

    def settle_written(
        self, delivery: Delivery, reply: Record, *, looked_up: bool = False, arrived: Collection[str] | None = None
    ) -> None:
        """The vendor has it: end the delivery and its row with everything that belongs to it.

        Of a new person who was ``looked_up`` only equal values are settled: somebody else may have added the person. Of
        an update that was looked up, what ``arrived``: for the rest the row's turn comes again.
        """
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=reply.id):
                return
            is_whole = arrived is None or set(arrived) == set(delivery.wanted)
            if not is_whole:
                keep_only(delivery, arrived or ())
            subject = {"connection": delivery.connection, "resource": self.resource.name, "left_id": delivery.left_id}
            solve_problems(**subject)
            # What was kept back before has been written.
            solve_causes(**subject, causes={f"{FIELD}{name}" for name in delivery.wanted})
            row = delivery.row
            if row is None:
                return
            sent = keys_sent(self.resource, delivery)
            before = {field.field: field.right for field in row.fields.all()}
            record_sent(delivery=delivery, before=before, run=row.run, user_id=row.run.by_id)
            if not is_whole:
                self._go_on(row, sent=sent, reply=reply)
                return
            if delivery.action == Delivery.Action.UPDATE and not self.ended and self.unsent(row):
                self._go_on(row, sent=sent, reply=reply)
                return
            if delivery.action == Delivery.Action.UPDATE:
                state, reason = self._finish_pair(row, sent=sent, reply=reply)
            elif self._links().filter(Q(left_id=row.left_id) | Q(right_id=reply.id)).exists():
                state, reason = (
                    State.REFUSED,
                    _("Created, but one of the two is linked to somebody else. Compare again."),
                )
            else:
                state = State.WRITTEN
                reason = self._created_at_vendor(row, delivery, sent, reply, looked_up=looked_up)
            self.end(row, state, " ".join(filter(None, [reason, *said_by_vendor(delivery)])))

    def _go_on(self, row: SyncRow, *, sent: Mapping[str, Any], reply: Record) -> None:
        """One document is written, or what arrived of it; the row's turn comes again for the rest."""
        moved = sent_pairs(resource=self.resource, sent=sent, reply=reply)
        move_pairs(link_id=Link.objects.values_list("pk", flat=True).get(rows=row), resource=self.resource, moved=moved)
        self.write_again(row)

    def write_again(self, row: SyncRow) -> None:
        """Let the row's turn come again, unless its run has ended."""
        if row.run_id != self.session.run.pk or self.ended:
            part = names_sent(row)
            self.end(
                row,
                State.HELD,
                _("Written in part only: the synchronisation ended before the rest.")
                if part
                else _("Not written: the synchronisation ended early."),
            )
        else:
            SyncRow.objects.filter(pk=row.pk, state__in=SyncRow.TO_DO).update(state=State.APPROVED)

    def _created_at_vendor(
        self, row: SyncRow, delivery: Delivery, sent: Mapping[str, Any], reply: Record, *, looked_up: bool
    ) -> str:
        taken = take_over(
            resource=self.resource,
            people=self.session.left,
            left_id=delivery.left_id,
            reply=reply,
            acting=self._acting(),
        )
        left = self.session.left.read_one(delivery.left_id)
        pairs = pairs_of_created(
            resource=self.resource,
            sent=sent,
            held=keys_held(self.resource, delivery),
            left=left,
            reply=reply,
            looked_up=looked_up,
        )
        SyncRow.objects.filter(pk=row.pk).update(
            right_id=reply.id, link=self._new_link(delivery.left_id, reply.id, pairs, reply.options)
        )
        note = str(self.resource.created_note)
        return " ".join(filter(None, [note, delivery.note, taken, *self._not_sent(delivery, left)]))

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
                yield _("%(field)s was not sent: %(reason)s") % {"field": declared.label, "reason": reason}

    def _finish_pair(self, row: SyncRow, *, sent: Mapping[str, Any], reply: Record | None) -> tuple[str, str]:
        """Write what goes into the hub and move the decided pairs; returns how the row ends, and why.

        Of an earlier run's row only what was sent is settled: the rest was given up with its run.
        """
        fields = {field.field: field for field in row.fields.all()} if self._is_ours(row) else {}
        moved = sent_pairs(resource=self.resource, sent=sent, reply=reply) if reply else {}
        ended = self._write_to_hub(row, fields, moved)
        for name, field in fields.items():
            if field.decision == LEAVE:
                declared = self.resource.field(name)
                left, right = declared.from_json(field.left), declared.from_json(field.right)
                moved[name] = Pair(declared.key(left), declared.key(right), PairState.LEFT_AS_IS)
        move_pairs(link_id=Link.objects.values_list("pk", flat=True).get(rows=row), resource=self.resource, moved=moved)
        return ended

    def _write_to_hub(self, row: SyncRow, fields: Mapping[str, SyncField], moved: dict[str, Pair]) -> tuple[str, str]:
        values = {
            name: self.resource.field(name).from_json(field.right)
            for name, field in fields.items()
            if field.decision == RIGHT
        }
        if not values:
            return State.WRITTEN, ""
        before = self.session.left.read_one(row.left_id)
        late = self.moved_on_the_left(row, before, decided=(RIGHT,)) if before else ""
        if late:
            return State.MOVED, late
        try:
            with transaction.atomic(), self._acting():
                self.session.left.update(row.left_id, values)
        except HubRefused as error:
            return State.REFUSED, _("The hub refuses the other system's value. %(reason)s") % {"reason": error}
        left = self.session.left.read_one(row.left_id)
        for name, value in values.items():
            declared = self.resource.field(name)
            left_key = declared.key(self.resource.value(left, name)) if left else declared.key(value)
            moved[name] = Pair(left_key, declared.key(value), PairState.SETTLED)
        return State.WRITTEN, ""

    def _is_ours(self, row: SyncRow) -> bool:
        return row.run_id == self.session.run.pk and not self.ended

    # --- What both have in common -----------------------------------------------------------------------

    def _acting(self) -> Any:
        run = self.session.run
        return acting_as(user_id=run.by_id, run_id=run.pk, connection_id=run.connection_id)

    def _new_link(
        self, left_id: str, right_id: str, pairs: Mapping[str, Pair | None], options: Mapping[str, Any]
    ) -> Link:
        return make_link(
            connection=self.session.connection,
            resource=self.resource,
            left_id=left_id,
            right_id=right_id,
            pairs=pairs,
            options=options,
        )


def said_by_vendor(delivery: Delivery) -> list[str]:
    """Return a sentence with the vendor's warnings about a write that it did, where there are any."""
    if not delivery.warnings:
        return []
    return [_("The other system warns: %(text)s") % {"text": " ".join(delivery.warnings)}]
