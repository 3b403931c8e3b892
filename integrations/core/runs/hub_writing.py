"""Rows that only write the hub, in batches of one transaction each (G-33).

A batch does with a fixed number of queries what `HubSettler.settle_hub_only` does row by row, and to the same end: the
rows are looked at in their order, and the batch ends before the first that cannot be shown beforehand to go well, or
that has to do with another one in it. That row is written alone. Where the database refuses a batch all the same, its
halves are tried, down to the row that is to blame.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from employees import bulk
from integrations.core.agreed import PAIR_COLUMNS, holding_links, new_link, put_pairs
from integrations.core.compare import Pair, signs_of
from integrations.core.compare.likeness import Sign
from integrations.core.declare import Record
from integrations.core.hub.lookalikes import signs_there
from integrations.core.hub.many import UNIQUE, ManyPeople, Prepared, save_together
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Link, SyncRow, SyncRun
from integrations.core.problems import open_problems
from integrations.core.runs.deciders import Deciders
from integrations.core.runs.hub_settling import HubSettler, fitting
from integrations.core.runs.pacing import Pace
from integrations.core.runs.session import Session
from integrations.core.runs.verifying import CLUES

State = SyncRow.State
LEAST_ROWS: Final = 4


@dataclass
class Planned:
    """What becomes of one row; ``person`` is None where only the row and its link change."""

    row: SyncRow
    state: str
    reason: str = ""
    person: Prepared | None = None
    values: dict[str, Any] = field(default_factory=dict)
    moved: dict[str, Pair] = field(default_factory=dict)

    @property
    def creates(self) -> bool:
        return self.row.kind == SyncRow.Kind.ONLY_RIGHT


class HubWriter:
    """Writes approved rows until they are written, time is over, or ``stopped`` says so."""

    def __init__(self, session: Session, settler: HubSettler, *, stopped: Callable[[], bool]) -> None:
        self.session = session
        self.settler = settler
        self._stopped = stopped
        self._pace = Pace()

    def write(self, row_ids: Sequence[int]) -> None:
        waiting = list(row_ids)
        while waiting and time.monotonic() < self.session.deadline and not self._stopped():
            self.session.held.check()
            asked = waiting[: self._pace.rows]
            with self._pace.batch():
                done = self._write_some(asked)
            if done < len(asked):
                # Where many have to be written alone, it is no use to read many for each of them.
                self._pace.rows = min(self._pace.rows, max(LEAST_ROWS, 2 * done))
            del waiting[:done]

    def _write_some(self, row_ids: Sequence[int]) -> int:
        """Write some of the first rows; returns how many, at least one."""
        try:
            done = self._write_together(row_ids) if len(row_ids) > 1 else 0
        except IntegrityError:
            return self._write_some(row_ids[: len(row_ids) // 2])
        if not done:
            for row in _approved(row_ids[:1]):
                self.settler.settle_hub_only(row)
        return max(done, 1)

    def _write_together(self, row_ids: Sequence[int]) -> int:
        """Write the first rows that can be written together, in one transaction; returns how many."""
        with transaction.atomic():
            rows = {row.pk: row for row in _approved(row_ids)}
            batch = _Batch(self.session, self.settler, list(rows.values()))
            done = 0
            for row_id in row_ids:
                if row_id in rows and not batch.take(rows[row_id]):
                    break
                done += 1
            batch.write()
        return done


class _Batch:
    def __init__(self, session: Session, settler: HubSettler, rows: Sequence[SyncRow]) -> None:
        self.session, self.settler, self.resource = session, settler, settler.resource
        if any(row.kind == SyncRow.Kind.ONLY_RIGHT for row in rows):
            settler.lock_company()
        left_ids = [row.left_id for row in rows if row.left_id]
        self._people = ManyPeople(session.left, left_ids)
        self._left = {record.id: record for record in session.left.read(left_ids)}
        self._there = self._who_is_there([row for row in rows if row.kind == SyncRow.Kind.ONLY_RIGHT])
        self._planned: list[Planned] = []
        self._signs: set[Any] = set()
        self._decided: dict[str, Deciders] = {}

    # --- What goes together ------------------------------------------------------------------------------

    def take(self, row: SyncRow) -> bool:
        """Plan the row; False, and nothing is planned, where it has to be written alone."""
        planned = self._plan_new(row) if row.kind == SyncRow.Kind.ONLY_RIGHT else self._plan(row)
        if planned is None:
            return False
        if planned.person is not None:
            signs = self._signs_of(planned, planned.person)
            if not self._signs.isdisjoint(signs):
                return False
            self._signs |= signs
        self._planned.append(planned)
        return True

    def _signs_of(self, planned: Planned, person: Prepared) -> set[Any]:
        """Return what only one may hold, or by which one is found: who shares it waits for what is written first."""
        if planned.creates:
            signs: set[Any] = set(self._signs_of_new(planned.row, planned.values))
        else:
            known = tuple(planned.values.get(declared.name, UNKNOWN) for declared in self.resource.fields)
            signs = set(signs_of(self.resource, Record(planned.row.right_id, known, clues=person.clues)))
        return signs | ({(UNIQUE, person.employee.employment_id)} if UNIQUE in person.fields else set())

    def _plan(self, row: SyncRow) -> Planned | None:
        left = self._left.get(row.left_id)
        moved = self.settler.not_as_shown(row, left)
        if moved:
            return Planned(row, State.MOVED, moved)
        fields = list(row.fields.all())
        pairs, values = self.settler.left_as_is(fields), self.settler.values_taken(fields)
        if not values:
            return Planned(row, State.SKIPPED, moved=pairs)
        person = self._people.change(row.left_id, values)
        return Planned(row, State.WRITTEN, person=person, values=values, moved=pairs) if person else None

    def _plan_new(self, row: SyncRow) -> Planned | None:
        values = self.settler.values_of_new(row)
        left_out = self.settler.unfit_for_hub(values)
        if self._may_be_there(row, values) and self.settler.known_in_hub(row, values):
            return None
        person = self._people.add(fitting(values, left_out))
        return Planned(row, State.WRITTEN, " ".join(left_out.values()), person, values) if person else None

    def _who_is_there(self, rows: Sequence[SyncRow]) -> set[Any]:
        """Return what of the new people, vendor's ids and signs, somebody in the hub may have already."""
        links = holding_links(connection=self.session.connection, resource=self.resource)
        linked = set(links.filter(right_id__in=[row.right_id for row in rows]).values_list("right_id", flat=True))
        signs = {sign for row in rows for sign in self._signs_of_new(row, self.settler.values_of_new(row))}
        return {*linked, *signs_there(self.session.left, signs)}

    def _may_be_there(self, row: SyncRow, values: Mapping[str, Any]) -> bool:
        return row.right_id in self._there or not self._there.isdisjoint(self._signs_of_new(row, values))

    def _signs_of_new(self, row: SyncRow, values: Mapping[str, Any]) -> frozenset[Sign]:
        return signs_of(self.resource, self.settler.record_of_new(row, values))

    # --- What is written ---------------------------------------------------------------------------------

    def write(self) -> None:
        if not self._planned:
            return
        people = [planned.person for planned in self._planned if planned.person is not None]
        with self.settler.acting_for(self._deciders):
            save_together(people)
        self._left = {record.id: record for record in self.session.left.read([each.left_id for each in people])}
        self._move_pairs([planned for planned in self._planned if not planned.creates and planned.state != State.MOVED])
        self._link_new([planned for planned in self._planned if planned.creates])
        self._solve_decided()
        self._end_rows()

    def _deciders(self, left_id: str) -> Deciders:
        """Return who decided on somebody; the ids of those who are new are known once they are saved."""
        if left_id not in self._decided:
            rows = {each.person.left_id: each.row for each in self._planned if each.person is not None}
            self._decided = {of: self.settler.deciders(row) for of, row in rows.items()}
        return self._decided[left_id]

    def _move_pairs(self, changed: Sequence[Planned]) -> None:
        links = Link.objects.select_for_update().filter(rows__in=[planned.row for planned in changed])
        found = {link.pk: link for link in links.order_by("pk")}
        for planned in changed:
            moved = {
                **self.settler.taken_over(self._left.get(planned.row.left_id), planned.values),
                **planned.moved,
            }
            planned.moved = moved
            put_pairs(link=found[planned.row.link_id or 0], resource=self.resource, moved=moved)
        bulk.update(list(found.values()), PAIR_COLUMNS)

    def _link_new(self, created: Sequence[Planned]) -> None:
        for planned in created:
            if planned.person is None:
                raise TypeError("Only who is added is linked.")
            row, left_id = planned.row, planned.person.left_id
            row.left_id = left_id
            row.link = new_link(
                connection=self.session.connection,
                resource=self.resource,
                left_id=left_id,
                right_id=row.right_id,
                pairs=self.settler.pairs_of_new(self._left[left_id], planned.values),
                options=row.options.get("options", {}),
            )
        Link.objects.bulk_create([planned.row.link for planned in created if planned.row.link])
        rows = [planned.row for planned in created]
        for row in rows:
            row.link_id = row.link.pk if row.link else None
        bulk.update(rows, ("left_id", "link"))

    def _solve_decided(self) -> None:
        """As `HubSettler.solve_decided`, asking once who of all has something open."""
        left_ids = [planned.row.left_id for planned in self._planned if planned.moved]
        of_people = open_problems(connection=self.session.connection, resource=self.resource.name, left_ids=left_ids)
        for planned in self._planned:
            if planned.moved and planned.row.left_id in of_people:
                self.settler.solve_decided(planned.row, planned.moved)

    def _end_rows(self) -> None:
        ends: dict[tuple[str, str], list[int]] = {}
        for planned in self._planned:
            ends.setdefault((planned.state, planned.reason), []).append(planned.row.pk)
        with_clues = [planned.row for planned in self._planned if planned.row.options.pop(CLUES, None) is not None]
        bulk.update(with_clues, ("options",))
        now = timezone.now()
        for (state, reason), row_ids in ends.items():
            SyncRow.objects.filter(pk__in=row_ids, state__in=SyncRow.TO_DO).update(
                state=state, reason=reason, ended_at=now
            )
        SyncRun.objects.filter(pk=self.session.run.pk, attempts__gt=0).update(attempts=0, failure="")


def _approved(row_ids: Sequence[int]) -> list[SyncRow]:
    """Return those rows that still wait, in their order."""
    rows = SyncRow.objects.filter(pk__in=row_ids, state=State.APPROVED).order_by("pk")
    return list(rows.select_related("link", "run").prefetch_related("fields"))
