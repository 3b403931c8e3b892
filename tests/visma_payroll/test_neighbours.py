"""An edit of one position sees the person's others: history stays, and what is planned stays (VP-14, VP-17)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from integrations.core.errors import Refused
from integrations.visma_payroll.positions import changed_position, reasons_against, selected_position, span_of
from tests.visma_payroll.bodies import TODAY, position_body

EARLIER = position_body(id="earlier", activeStart="2015-01-01", activeEnd="2018-12-31")
HELD = position_body(id="held", activeStart="2019-06-01")
ENDED = position_body(id="ended", activeStart="2015-01-01", activeEnd="2020-12-31")
PLANNED = position_body(id="planned", activeStart="2027-06-01")
UNTIL_PLANNED = position_body(id="held", activeStart="2019-06-01", activeEnd="2027-05-31")


def changed(document: dict[str, Any], *others: dict[str, Any], **values: Any) -> dict[str, Any]:
    return changed_position(document, values, others=others, today=TODAY)


@pytest.mark.behaviour("VP-14")
@pytest.mark.parametrize("first", [date(2018, 12, 31), date(2016, 5, 1), date(2010, 1, 1)])
def test_a_first_workday_is_not_moved_over_an_earlier_position(first: date) -> None:
    with pytest.raises(Refused, match=r"had an earlier position until 2018-12-31: correct it in Visma\.net Payroll"):
        changed(HELD, EARLIER, first_workday=first)
    assert changed(HELD, EARLIER, first_workday=date(2019, 1, 1))["activeStart"] == "2019-01-01"


@pytest.mark.behaviour("VP-14")
def test_a_first_workday_may_move_where_another_position_is_beside_it_anyway() -> None:
    beside = position_body(id="beside", activeStart="2018-01-01")
    assert changed(HELD, beside, first_workday=date(2017, 1, 1))["activeStart"] == "2017-01-01"


@pytest.mark.behaviour("VP-17")
@pytest.mark.parametrize("last", [None, date(2021, 1, 1), date(2030, 1, 1)])
def test_a_position_that_is_over_is_not_reopened(last: date | None) -> None:
    with pytest.raises(Refused, match=r"ended on 2020-12-31, and that is over: .* new employment") as refused:
        changed(ENDED, last_workday=last)
    assert refused.value.code == "position_over"
    assert changed(ENDED, last_workday=date(2020, 6, 30))["activeEnd"] == "2020-06-30"


@pytest.mark.behaviour("VP-17")
def test_an_end_of_today_or_later_may_still_be_moved_or_emptied() -> None:
    for end in (TODAY.isoformat(), "2027-01-01"):
        ending = position_body(activeEnd=end)
        assert changed(ending, last_workday=None)["activeEnd"] is None
        assert changed(ending, last_workday=date(2028, 1, 1))["activeEnd"] == "2028-01-01"


@pytest.mark.behaviour("VP-17")
@pytest.mark.parametrize("last", [None, date(2027, 6, 1), date(2029, 1, 1)])
def test_an_end_is_not_moved_into_a_position_that_is_planned(last: date | None) -> None:
    with pytest.raises(Refused, match="Another position of this person begins on 2027-06-01") as refused:
        changed(UNTIL_PLANNED, PLANNED, last_workday=last)
    assert refused.value.code == "later_position"
    assert changed(UNTIL_PLANNED, PLANNED, last_workday=date(2027, 1, 31))["activeEnd"] == "2027-01-31"


@pytest.mark.behaviour("VP-17")
def test_the_review_gives_the_same_reasons_per_field() -> None:
    wanted = {"first_workday": date(2016, 1, 1), "last_workday": None}
    held, others = span_of(UNTIL_PLANNED), [span_of(EARLIER), span_of(PLANNED)]
    reasons = reasons_against(wanted, held=held, others=others, today=TODAY)
    assert {name: reason.code for name, reason in reasons.items()} == {
        "first_workday": "earlier_position",
        "last_workday": "later_position",
    }


@pytest.mark.behaviour("VP-14")
@pytest.mark.parametrize("end", ["2026-10-31", "2027-01-31"])
def test_of_two_positions_from_one_day_the_one_that_was_written_stays_the_one(end: str) -> None:
    first, second = position_body(id="a"), position_body(id="b")
    before = selected_position([first, second], today=TODAY)
    assert before is not None
    written = changed(first if before.document is first else second, last_workday=date.fromisoformat(end))
    other = second if before.document is first else first
    by_rule = selected_position([written, other], today=TODAY)
    kept = selected_position([written, other], today=TODAY, written=str(written["id"]).upper())
    assert by_rule is not None
    assert kept is not None
    assert by_rule.document is other
    assert kept.document is written


@pytest.mark.behaviour("VP-14")
def test_a_new_employment_takes_the_place_of_the_position_that_was_written() -> None:
    anew = position_body(id="anew", activeStart="2026-01-01")
    found = selected_position([ENDED, anew], today=TODAY, written="ended")
    assert found is not None
    assert found.document is anew
    chosen = selected_position([ENDED, anew], today=TODAY, written="ended", chosen="ended")
    assert chosen is not None
    assert chosen.document is ENDED


days = st.dates(date(2010, 1, 1), date(2035, 1, 1))


@given(st.lists(st.tuples(days, st.none() | days), min_size=1, max_size=4), days, st.none() | days)
def test_no_edit_makes_positions_overlap_that_did_not_nor_reopens_one(
    spans: list[tuple[date, date | None]], first: date, last: date | None
) -> None:
    assume(all(end is None or start <= end for start, end in spans))
    held, *others = (
        position_body(id=str(number), activeStart=start.isoformat(), activeEnd=end.isoformat() if end else None)
        for number, (start, end) in enumerate(spans)
    )
    try:
        after = changed(held, *others, first_workday=first, last_workday=last)
    except Refused:
        return
    then, now = span_of(held), span_of(after)
    assert not (then.last < TODAY and now.last > then.last)
    for other in map(span_of, others):
        overlapped = then.start <= other.last and other.start <= then.last
        assert overlapped or not (now.start <= other.last and other.start <= now.last)
