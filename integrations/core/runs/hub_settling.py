"""What ends in the hub: rows that need no call, people who are created there, and the pairs that a person decided."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.models import Company
from employees.tracking import Operation, operating
from integrations.core.agreed import holding_links, make_link, move_pairs, pair_of
from integrations.core.compare import LIKE, Pair, PairState, came_there
from integrations.core.compare.holding import shown_name
from integrations.core.declare import NOTHING, Record, Side
from integrations.core.hub.acting import acting_as
from integrations.core.hub.endpoint import HubRefused
from integrations.core.hub.lookalikes import alike_in_hub
from integrations.core.hub.people import history_names
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Link, SyncField, SyncRow, SyncRun
from integrations.core.problems import solve_fields
from integrations.core.runs.deciders import Deciders
from integrations.core.runs.reaching import operation_of, values_of_new
from integrations.core.runs.session import Session
from integrations.core.runs.standing import LINKED_HERE, moved_in_hub, takes_no_part
from integrations.core.runs.verifying import CLUES

State = SyncRow.State
LEFT, RIGHT, LEAVE = SyncField.Decision.LEFT, SyncField.Decision.RIGHT, SyncField.Decision.LEAVE


class HubSettler:
    """Ends rows in the hub; every method is one transaction and may be called again after a crash."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.resource = session.resource

    @property
    def ended(self) -> bool:
        """Whether the run has ended: only what was sent before is settled."""
        return self.session.run.state in SyncRun.ENDED

    def end(self, row: SyncRow, state: str, reason: str = "") -> None:
        """End a row; progress of a run clears its count of interrupted starts."""
        row.state, row.reason = state, reason
        if row.options.pop(CLUES, None) is not None:
            row.save(update_fields=["options"])
        # A row that was put aside, because its job did not end in time, still learns what became of it.
        states = (*SyncRow.TO_DO, State.HELD) if self.ended else SyncRow.TO_DO
        SyncRow.objects.filter(pk=row.pk, state__in=states).update(state=state, reason=reason, ended_at=timezone.now())
        SyncRun.objects.filter(pk=row.run_id, attempts__gt=0).update(attempts=0, failure="")

    def moved_on_the_left(self, row: SyncRow, left: Record, *, decided: tuple[str, ...] = (LEFT, RIGHT, LEAVE)) -> str:
        """Return why a row is not written any more: a decided value of the hub is not the one that was shown."""
        return moved_in_hub(self.resource, left, [field for field in row.fields.all() if field.decision in decided])

    # --- Rows without a call to the vendor ----------------------------------------------------------------

    def settle_hub_only(self, row: SyncRow) -> None:
        """End a row whose fields are all taken from the vendor, or left as they are."""
        if row.kind == SyncRow.Kind.ONLY_RIGHT:
            self._create_in_hub(row)
            return
        with transaction.atomic():
            left = self.session.left.read_one(row.left_id)
            moved = self.not_as_shown(row, left)
            if moved or left is None:
                self.end(row, State.MOVED, moved)
                return
            state, reason = self._finish_pair(row, moved={})
            written = any(field.decision == RIGHT for field in row.fields.all())
            self.end(row, state if written else State.SKIPPED, reason)

    def not_as_shown(self, row: SyncRow, left: Record | None) -> str:
        """Return why a row that only writes the hub is not written any more, or an empty string."""
        return self.takes_no_part(row, left) or (self.moved_on_the_left(row, left) if left else "")

    def takes_no_part(self, row: SyncRow, left: Record | None) -> str:
        """Return why nothing is written of somebody of the hub any more, on either side (G-13), or an empty string."""
        return takes_no_part(row, left, linked=(Link.State.ACTIVE,))

    def _create_in_hub(self, row: SyncRow) -> None:
        values = self.values_of_new(row)
        left_out = self.unfit_for_hub(values)
        try:
            with transaction.atomic():
                self.lock_company()
                if known := self.known_in_hub(row, values):
                    self.end(row, State.MOVED, known)
                    return
                with self.acting(row):
                    left_id = self.session.left.create(fitting(values, left_out))
                left = self.session.left.read_one(left_id)
                if left is None:
                    raise LookupError(left_id)
                pairs = self.pairs_of_new(left, values)
                SyncRow.objects.filter(pk=row.pk).update(
                    left_id=left_id, link=self._new_link(left_id, row.right_id, pairs, row.options.get("options", {}))
                )
                self.end(row, State.WRITTEN, " ".join(left_out.values()))
        except HubRefused as error:
            self.end(row, State.REFUSED, _("The hub refuses the person: %(reason)s") % {"reason": error})

    def lock_company(self) -> None:
        """Nobody is added by another connection of the company between the look at the hub and the write."""
        Company.objects.select_for_update().get(pk=self.session.left.company.pk)

    def values_of_new(self, row: SyncRow) -> dict[str, Any]:
        return values_of_new(self.resource, row)

    def record_of_new(self, row: SyncRow, values: Mapping[str, Any]) -> Record:
        """Return the vendor's person, as far as the hub would take the values, with the clues to whom it is."""
        known = tuple(values.get(declared.name, UNKNOWN) for declared in self.resource.fields)
        return Record(row.right_id, known, clues=tuple(row.options.get(CLUES, ())))

    def pairs_of_new(self, left: Record, values: Mapping[str, Any]) -> dict[str, Pair | None]:
        return {
            name: pair_of(self.resource.field(name), self.resource.value(left, name), value)
            for name, value in values.items()
            if self.resource.field(name).compared
        }

    def known_in_hub(self, row: SyncRow, values: Mapping[str, Any]) -> str:
        """Return why nobody is created: somebody else has added or linked the person since (G-10, G-20)."""
        if self._links().filter(right_id=row.right_id).exists():
            return str(LINKED_HERE)
        record = self.record_of_new(row, values)
        found = alike_in_hub(self.session.left, record, apart=row.options.get(LIKE, ()), is_linked=self._is_linked)
        if found is None:
            return ""
        name = shown_name(found.record.label, in_scope=found.record.in_scope, has_left=not found.record.active)
        return came_there(name=name, shared=found.shared, side=Side.LEFT)

    def _is_linked(self, left_id: str) -> bool:
        return self._links().filter(left_id=left_id).exists()

    def _links(self) -> QuerySet[Link]:
        return holding_links(connection=self.session.connection, resource=self.resource)

    def unfit_for_hub(self, values: Mapping[str, Any]) -> dict[str, str]:
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

    # --- What was decided about a pair ------------------------------------------------------------------

    def _finish_pair(
        self, row: SyncRow, *, moved: dict[str, Pair], options: Mapping[str, Any] = NOTHING
    ) -> tuple[str, str]:
        """Write what goes into the hub and move the decided pairs; returns how the row ends, and why.

        Of an earlier run's row only what was sent is settled: the rest was given up with its run.
        """
        fields = {field.field: field for field in row.fields.all()} if self._is_ours(row) else {}
        ended = self._write_to_hub(row, fields, moved)
        moved.update(self.left_as_is(fields.values()))
        self.solve_decided(row, moved)
        self._move(row, moved, options)
        return ended

    def _move(self, row: SyncRow, moved: Mapping[str, Pair], options: Mapping[str, Any]) -> None:
        link_id = Link.objects.values_list("pk", flat=True).get(rows=row)
        move_pairs(link_id=link_id, resource=self.resource, moved=moved, options=options)

    def left_as_is(self, fields: Iterable[SyncField]) -> dict[str, Pair]:
        """Return the pairs of the fields that a person leaves as they are on both sides."""
        moved = {}
        for field in fields:
            if field.decision == LEAVE:
                declared = self.resource.field(field.field)
                left, right = declared.from_json(field.left), declared.from_json(field.right)
                moved[field.field] = Pair(declared.key(left), declared.key(right), PairState.LEFT_AS_IS)
        return moved

    def values_taken(self, fields: Iterable[SyncField]) -> dict[str, Any]:
        """Return the vendor's values that go into the hub."""
        return {
            field.field: self.resource.field(field.field).from_json(field.right)
            for field in fields
            if field.decision == RIGHT
        }

    def taken_over(self, left: Record | None, values: Mapping[str, Any]) -> dict[str, Pair]:
        """Return the pairs of values that the hub took from the vendor, as it holds them by now."""
        moved = {}
        for name, value in values.items():
            declared = self.resource.field(name)
            if pair := pair_of(declared, self.resource.value(left, name) if left else value, value):
                moved[name] = pair
        return moved

    def solve_decided(self, row: SyncRow, moved: Mapping[str, Pair]) -> None:
        """Nothing is to be said any more of the fields that both sides agree about, or that a person leaves."""
        decided = [name for name, pair in moved.items() if pair.state is not PairState.OPEN]
        solve_fields(
            connection=self.session.connection, resource=self.resource.name, left_id=row.left_id, names=decided
        )

    def _write_to_hub(self, row: SyncRow, fields: Mapping[str, SyncField], moved: dict[str, Pair]) -> tuple[str, str]:
        values = self.values_taken(fields.values())
        if not values:
            return State.WRITTEN, ""
        before = self.session.left.read_one(row.left_id)
        late = self.moved_on_the_left(row, before, decided=(RIGHT,)) if before else ""
        if late:
            return State.MOVED, late
        try:
            with transaction.atomic(), self.acting(row):
                self.session.left.update(row.left_id, values)
        except HubRefused as error:
            return State.REFUSED, _("The hub refuses the other system's value. %(reason)s") % {"reason": error}
        moved.update(self.taken_over(self.session.left.read_one(row.left_id), values))
        return State.WRITTEN, ""

    def _is_ours(self, row: SyncRow) -> bool:
        return row.run_id == self.session.run.pk and not self.ended

    # --- What both have in common -----------------------------------------------------------------------

    @cached_property
    def operation(self) -> Operation:
        """What the run writes into the hub, in all its parts: other connections hold it as they hold an import."""
        return operation_of(self.session.run)

    def acting(self, row: SyncRow) -> AbstractContextManager[None]:
        deciders = self.deciders(row)
        return self.acting_for(lambda left_id: deciders)

    @contextmanager
    def acting_for(self, deciders_of: Callable[[str], Deciders]) -> Iterator[None]:
        """Name in the hub's history who decided on each person's fields, by the person's id (G-22)."""
        run = self.session.run

        def decided_by(left_id: str, field: str) -> int | None:
            return deciders_of(left_id).of_column(field)

        with (
            operating(self.operation),
            acting_as(
                user_id=run.approved_by_id, run_id=run.pk, connection_id=run.connection_id, decided_by=decided_by
            ),
        ):
            yield

    def deciders(self, row: SyncRow) -> Deciders:
        sources = self.session.left.sources
        columns = {name: history_names(sources[name]) for name in self.resource.position if name in sources}
        return Deciders(row, run=row.run, columns=columns)

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


def fitting(values: Mapping[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and name not in left_out}
