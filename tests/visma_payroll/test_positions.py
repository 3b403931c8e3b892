from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.core.errors import Refused
from integrations.visma_payroll.positions import changed_position, selected_position
from integrations.visma_payroll.unconfirmed import RESIGNED
from tests.visma_payroll.bodies import TODAY, position_body

PAST = position_body(id="past", activeStart="2015-01-01", activeEnd="2018-12-31")
LATER_PAST = position_body(id="later past", activeStart="2016-01-01", activeEnd="2019-12-31")
CURRENT = position_body(id="current", activeStart="2020-01-01")
SECOND = position_body(id="second", activeStart="2024-01-01")
FUTURE = position_body(id="future", activeStart="2030-01-01")


@pytest.mark.behaviour("VP-05")
@pytest.mark.parametrize(
    ("positions", "selected"),
    [
        ([FUTURE, PAST, CURRENT], "current"),
        ([SECOND, CURRENT], "current"),
        ([FUTURE, PAST, LATER_PAST], "later past"),
        ([FUTURE], "future"),
    ],
)
def test_the_current_position_is_selected_else_the_last_past_one_else_the_future_one(
    positions: list[dict[str, Any]], selected: str
) -> None:
    held = selected_position(positions, today=TODAY)
    assert held is not None
    assert held.document["id"] == selected


@pytest.mark.behaviour("VP-05")
def test_a_person_can_choose_another_position_and_one_that_is_gone_counts_no_more() -> None:
    chosen = selected_position([CURRENT, SECOND], today=TODAY, chosen="second")
    gone = selected_position([CURRENT], today=TODAY, chosen="second")
    assert chosen is not None
    assert gone is not None
    assert (chosen.document["id"], gone.document["id"]) == ("second", "current")


def test_nobody_without_a_position_has_a_selected_one() -> None:
    assert selected_position([], today=TODAY) is None


@pytest.mark.behaviour("VP-06")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [("Ordinary", [RESIGNED]), ("Maritime", [RESIGNED]), ("maritime", [RESIGNED]), ("Freelancer", [])],
)
def test_a_last_workday_brings_its_reason_for_the_types_that_need_one(kind: str, reason: list[str]) -> None:
    changed = changed_position(position_body(typeOfPosition=kind), {"last_workday": date(2026, 12, 31)})
    assert (changed["activeEnd"], changed["positionEndReason"]) == ("2026-12-31", reason)


@pytest.mark.behaviour("VP-06")
def test_a_reason_that_payroll_entered_stays_when_the_day_moves() -> None:
    ended = position_body(activeEnd="2026-12-31", positionEndReason=["arbeidsgiverHarSagtOppArbeidstaker"])
    changed = changed_position(ended, {"last_workday": date(2027, 1, 31)})
    assert changed["positionEndReason"] == ["arbeidsgiverHarSagtOppArbeidstaker"]


@pytest.mark.behaviour("VP-06")
@pytest.mark.parametrize(("reason", "cleared"), [([RESIGNED], []), (RESIGNED, ""), ([], []), (None, None)])
def test_an_emptied_last_workday_clears_the_end_and_the_reason(reason: Any, cleared: Any) -> None:
    ended = position_body(activeEnd="2026-12-31", positionEndReason=reason)
    changed = changed_position(ended, {"last_workday": None})
    assert (changed["activeEnd"], changed["positionEndReason"]) == (None, cleared)


def test_a_reason_is_written_as_visma_writes_it() -> None:
    changed = changed_position(position_body(positionEndReason=""), {"last_workday": date(2026, 12, 31)})
    assert changed["positionEndReason"] == RESIGNED


@pytest.mark.behaviour("VP-05")
@pytest.mark.parametrize(
    "values",
    [
        {"first_workday": date(2026, 1, 1)},
        {"first_workday": date(2026, 1, 1), "last_workday": None},
        {"first_workday": date(2026, 1, 1), "last_workday": date(2027, 1, 1)},
    ],
)
def test_a_first_workday_after_the_end_is_a_new_employment_and_rewrites_nothing(values: dict[str, Any]) -> None:
    ended = position_body(activeEnd="2024-06-30", positionEndReason=[RESIGNED])
    with pytest.raises(Refused, match="Add a position in Visma.net Payroll"):
        changed_position(ended, values)
    moved = changed_position(ended, {"first_workday": date(2019, 1, 1)})
    assert (moved["activeStart"], moved["activeEnd"]) == ("2019-01-01", "2024-06-30")


def test_a_last_workday_before_the_position_starts_is_refused_with_both_days() -> None:
    with pytest.raises(Refused, match=r"2019-12-31.*2020-01-01"):
        changed_position(position_body(), {"last_workday": date(2019, 12, 31)})
    assert changed_position(position_body(), {"last_workday": date(2020, 1, 1)})["activeEnd"] == "2020-01-01"


def test_the_first_workday_cannot_be_emptied() -> None:
    with pytest.raises(Refused, match="needs its first day"):
        changed_position(position_body(), {"first_workday": None})
    assert changed_position(position_body(), {"first_workday": date(2021, 1, 1)})["activeStart"] == "2021-01-01"


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.none() | st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.fixed_dictionaries({}, optional={"first_workday": st.dates(), "last_workday": st.none() | st.dates()}),
)
def test_whatever_is_wanted_happens_or_is_refused_and_nothing_else_changes(
    start: date, end: date | None, wanted: dict[str, Any]
) -> None:
    before = position_body(activeStart=start.isoformat(), activeEnd=end.isoformat() if end else None, nested={"a": [1]})
    try:
        after = changed_position(before, wanted)
    except Refused:
        return
    dates = {"first_workday": "activeStart", "last_workday": "activeEnd"}
    for name, theirs in dates.items():
        if name in wanted:
            assert after[theirs] == (wanted[name].isoformat() if wanted[name] else None)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {*(dates[name] for name in wanted), "positionEndReason"}
    assert set(after) == set(before)
