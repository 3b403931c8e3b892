"""What a person decided on a run, drawn from the seed, and what both sides must therefore hold afterwards."""

import random
from dataclasses import dataclass
from typing import Final

from config.soak.sides import People
from integrations.core.models import SyncField, SyncRow, SyncRun
from integrations.core.runs.deciding import approve_run, decide_field, decide_row

Decision = SyncField.Decision
Kind = SyncRow.Kind
# How often each decision is taken, where the field allows it.
WEIGHTS: Final = {Decision.LEFT: 60, Decision.RIGHT: 25, Decision.LEAVE: 8, Decision.OPEN: 7}
CREATED: Final = 0.85


@dataclass(frozen=True)
class Approval:
    """An approved run: both sides as they stood, and the decisions of its rows.

    ``fields`` is {(left id, right id): {field: decision}} of the rows with a decision; ``created_right`` are the
    hub's ids to be created at the vendor, ``created_left`` the vendor's to be created in the hub.
    """

    run_id: int
    left: People
    right: People
    fields: dict[tuple[str, str], dict[str, str]]
    created_right: frozenset[str]
    created_left: frozenset[str]


def approve(*, run: SyncRun, left: People, right: People, chance: random.Random) -> Approval:
    """Decide every row, some of each kind, and confirm the review."""
    fields: dict[tuple[str, str], dict[str, str]] = {}
    created: dict[str, set[str]] = {Kind.ONLY_LEFT: set(), Kind.ONLY_RIGHT: set()}
    for row in SyncRow.objects.filter(run=run).prefetch_related("fields").order_by("pk"):
        if row.kind == Kind.DIFFERS:
            decided = {field.field: _decide(field, chance) for field in row.fields.all()}
            if set(decided.values()) != {Decision.OPEN}:
                fields[row.left_id, row.right_id] = decided
        elif row.kind in created and not row.hold_reason and chance.random() < CREATED:
            decide_row(row=row, decision=SyncRow.Decision.CREATE, by=None)
            created[row.kind].add(row.left_id or row.right_id)
    approve_run(run=run, by=None, made_from=None)
    return Approval(
        run.pk, left, right, fields, frozenset(created[Kind.ONLY_LEFT]), frozenset(created[Kind.ONLY_RIGHT])
    )


def _decide(field: SyncField, chance: random.Random) -> str:
    allowed = dict(WEIGHTS)
    if field.reason_right:
        del allowed[Decision.LEFT]
    if field.reason_left:
        del allowed[Decision.RIGHT]
    decision = chance.choices(list(allowed), weights=list(allowed.values()))[0]
    decide_field(field=field, decision=decision, by=None)
    return str(decision)
