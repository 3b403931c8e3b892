"""Pairing, duplicates, three-way comparison and suggestions: pure functions on plain values.

``today`` and everything else from outside is passed in; no ORM, no HTTP, no clock.
"""

from integrations.core.compare.ending import Asked, finish
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
from integrations.core.compare.found import Counts, Found, InStep, InSteps, LinkState, Row
from integrations.core.compare.holding import SAME_ID
from integrations.core.compare.pairing import Comparison, cannot_create

__all__ = [
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
    "Row",
    "blocked",
    "cannot_create",
    "compare_records",
    "difference",
    "finish",
    "pair_now",
    "pair_to_json",
    "pairs_digest",
    "pairs_from_json",
    "pairs_in_step",
    "unfit_together",
]
