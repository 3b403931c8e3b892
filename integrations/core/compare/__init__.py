"""Pairing, duplicates, three-way comparison and suggestions: pure functions on plain values.

``today`` and everything else from outside is passed in; no ORM, no HTTP, no clock.
"""

from integrations.core.compare.ending import finish
from integrations.core.compare.fields import (
    Change,
    Decision,
    FieldDifference,
    Pair,
    PairState,
    blocked,
    compare_records,
    difference,
    pair_now,
    pair_to_json,
    pairs_digest,
    pairs_from_json,
    pairs_in_step,
    unfit_together,
)
from integrations.core.compare.found import Asked, Counts, Found, InStep, InSteps, LinkState, Row
from integrations.core.compare.holding import LIKE, SAME_ID
from integrations.core.compare.likeness import CLUE, Wanted, came_there, signs_of
from integrations.core.compare.pairing import Comparison, cannot_create
from integrations.core.compare.parts import (
    NO_PARTS,
    Parts,
    all_parts,
    edited_parts,
    merged,
    overwrites,
    pair_after,
    pair_left,
    with_neighbours,
)
from integrations.core.compare.proof import Proof, held_keys, is_about, prove

__all__ = [
    "CLUE",
    "LIKE",
    "NO_PARTS",
    "SAME_ID",
    "Asked",
    "Change",
    "Comparison",
    "Counts",
    "Decision",
    "FieldDifference",
    "Found",
    "InStep",
    "InSteps",
    "LinkState",
    "Pair",
    "PairState",
    "Parts",
    "Proof",
    "Row",
    "Wanted",
    "all_parts",
    "blocked",
    "came_there",
    "cannot_create",
    "compare_records",
    "difference",
    "edited_parts",
    "finish",
    "held_keys",
    "is_about",
    "merged",
    "overwrites",
    "pair_after",
    "pair_left",
    "pair_now",
    "pair_to_json",
    "pairs_digest",
    "pairs_from_json",
    "pairs_in_step",
    "prove",
    "signs_of",
    "unfit_together",
    "with_neighbours",
]
