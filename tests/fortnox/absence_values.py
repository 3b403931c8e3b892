"""Absences and rows as the rules of the transfer take them, for tests without a database."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from integrations.fortnox.absence_rules import (
    AbsenceValues,
    KnownRow,
    ListedRow,
    Mapped,
    Plan,
    Schedule,
    TransferSettings,
    Wanted,
    WantedRow,
    plan_changes,
    wanted_rows,
)

MONDAY = date(2026, 3, 2)
ON = TransferSettings(create_absences=True)
SICK = Mapped(answered=True, cause="SJK")


def absence(**changes: Any) -> AbsenceValues:
    usual: dict[str, Any] = {"start": MONDAY, "end": MONDAY + timedelta(days=4), "grade": 100}
    return AbsenceValues(**{**usual, "approved": True, "counts_as_work_days": True, **changes})


def lasting(days: int, **changes: Any) -> AbsenceValues:
    return absence(end=MONDAY + timedelta(days=days - 1), **changes)


def want(
    values: AbsenceValues,
    *,
    mapped: Mapped = SICK,
    settings: TransferSettings = ON,
    schedule: Schedule | None = None,
) -> Wanted:
    return wanted_rows(values, mapped=mapped, settings=settings, schedule=schedule or Schedule())


def known(rows: Iterable[WantedRow]) -> list[KnownRow]:
    """Return the rows as they stand once they have been created."""
    return [KnownRow(f"{row.cause} {row.day}", row.day, row.cause, row.extent) for row in rows]


def listed(rows: Iterable[WantedRow], *, name: str = "typed") -> list[ListedRow]:
    return [ListedRow(f"{name} {row.day}", "17", row.day, row.cause, Decimal(row.extent)) for row in rows]


def plan(values: AbsenceValues, standing: Iterable[KnownRow], *, closed_to: date | None = None, **more: Any) -> Plan:
    return plan_changes(values, want(values, **more), standing, closed_to=closed_to)


def days(rows: Iterable[Any]) -> list[date]:
    return [row.day for row in rows]


def carried_out(standing: Iterable[KnownRow], made: Plan) -> set[tuple[date, str, int]]:
    """Return what stands in Fortnox after the plan's calls."""
    rows = {row.row_id: (row.day, row.cause, row.extent) for row in standing}
    for change in made.delete:
        assert change.row is not None
        del rows[change.row.row_id]
    for change in made.update:
        assert change.row is not None
        assert change.wanted is not None
        rows[change.row.row_id] = change.wanted
    created = [change.wanted for change in made.create if change.wanted is not None]
    after = [*rows.values(), *created]
    assert len(after) == len(set(after))
    return {tuple(row) for row in after}  # type: ignore[misc]


ANY_ABSENCE = st.builds(
    absence,
    start=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    grade=st.integers(1, 100),
    approved=st.booleans(),
    deleted=st.booleans(),
    counts_as_work_days=st.booleans(),
).flatmap(
    lambda made: st.one_of(st.none(), st.integers(1, 60)).map(
        lambda length: replace(made, end=made.start + timedelta(days=length - 1) if length else None)
    )
)
