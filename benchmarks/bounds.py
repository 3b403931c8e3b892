"""What the figures must keep to."""

import operator
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple


class Bound(NamedTuple):
    sign: str
    keeps: Callable[[float, float], bool]
    value: float


def at_least(value: float) -> Bound:
    return Bound("≥", operator.ge, value)


def at_most(value: float) -> Bound:
    return Bound("≤", operator.le, value)


def exactly(value: float) -> Bound:
    return Bound("=", operator.eq, value)


BOUNDS: Final[Mapping[str, Bound]] = {
    "compare_vs_diffsync_10k": at_least(8),
    "compare_growth_10k_100k": at_most(2),
    "index_bytes_per_person_100k": at_most(400),
    "plan_vs_import_export_10k": at_least(2),
    "plan_vs_import_export_10k_postgresql": at_least(2),
    "plan_vs_import_export_skip_diff_10k": at_least(10),
    "plan_vs_import_export_skip_diff_10k_postgresql": at_least(10),
    "import_10k_vs_import_export": at_most(2),
    "apply_vs_limit_200": at_most(1.05),
    "throttled_200": exactly(0),
    "calls_per_change_200": exactly(1),
    "readback_extra_calls_200": exactly(0),
    "push_busy_excess_slots": at_most(2),
    "push_throttled": exactly(0),
    "push_beside_outage_p95": at_most(1.5),
    "save_beside_first_sync_p95": at_most(3),
    "save_beside_first_sync_errors": exactly(0),
    "bulk_mark_cost": at_most(1.3),
    "absence_calls_60": exactly(1),
    "absence_vs_limit_60": at_most(1.05),
    "absence_throttled_60": exactly(0),
    "visma_reads_per_change_60": exactly(2),
    "visma_position_reads_per_change_60": exactly(1),
    "visma_writes_per_change_60": exactly(1),
    "visma_most_polls_60": at_most(3),
    "visma_throttled_60": exactly(0),
    "visma_pages_10k": exactly(1),
    "visma_raw_documents_10k": at_most(50),
    "visma_narrowed_calls_1k": exactly(1),
    "absence_push_excess_slots": at_most(2),
    "absence_push_throttled": exactly(0),
    "conflict_page_10k_vs_100": at_most(1.5),
    "conflict_page_10k_vs_100_postgresql": at_most(1.5),
    "conflict_page_queries_more": exactly(0),
    "conflict_page_queries_more_postgresql": exactly(0),
}
# These pairs must be the same: the number of queries does not grow with the people.
SAME: Final = (("plan_queries_1k", "plan_queries_10k"), ("plan_queries_1k_postgresql", "plan_queries_10k_postgresql"))


def missed(found: Mapping[str, float]) -> list[str]:
    """Return a sentence per bound that the figures do not keep; figures that were not measured are passed over."""
    broken = [
        f"{name} is {found[name]:.4g}, and must be {bound.sign} {bound.value:g}."
        for name, bound in BOUNDS.items()
        if name in found and not bound.keeps(found[name], bound.value)
    ]
    return broken + [
        f"{small} is {found[small]:g} and {large} is {found[large]:g}: they must be the same."
        for small, large in SAME
        if small in found and found[small] != found[large]
    ]
