from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.fortnox.absence_causes import ALIASES, CAUSES, PROPOSALS, cause_name
from integrations.fortnox.absence_mappers import (
    ScheduleDay,
    body_from_row,
    read_number,
    row_from_transaction,
    schedule_day_from,
)
from integrations.fortnox.absence_rules import ListedRow, WantedRow

BODY = {
    "@url": "https://api.fortnox.se/3/absencetransactions/b45e",
    "id": "b45e",
    "EmployeeId": "17",
    "CauseCode": "SJK",
    "Date": "2026-03-02",
    "Extent": 50,
    "Hours": 4,
    "HolidayEntitling": True,
    "CostCenter": "",
    "Project": "",
}


def test_a_transaction_is_read_as_one_day() -> None:
    beside = (("HolidayEntitling", True),)
    expected = ListedRow("b45e", "17", date(2026, 3, 2), "SJK", Decimal(50), Decimal(4), beside)
    assert row_from_transaction(BODY) == expected


def test_what_a_row_holds_beside_ours_is_read_and_put_back() -> None:
    row = row_from_transaction({**BODY, "CostCenter": "KS1", "Project": "P7"})

    beside = dict(row.beside)
    assert beside == {"CostCenter": "KS1", "Project": "P7", "HolidayEntitling": True}
    wanted = WantedRow(row.day, row.cause, 50)
    assert body_from_row(wanted, employee_id="17", beside=beside).items() >= beside.items()


@pytest.mark.parametrize(
    ("value", "number"),
    [(50, 50), (50.0, 50), ("50", 50), ("50.00", 50), ("7,5", Decimal("7.5")), ("", None), (None, None), (0, 0)],
)
def test_numbers_are_read_as_such_and_as_text(value: Any, number: Any) -> None:
    assert row_from_transaction({**BODY, "Extent": value}).extent == number


def test_what_is_not_shown_to_us_is_not_zero() -> None:
    assert read_number("API_NORIGHT") is None


@pytest.mark.parametrize("value", ["much", "NaN", "Infinity"])
def test_what_is_no_number_is_not_guessed(value: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        read_number(value)


@pytest.mark.parametrize(("code", "cause"), [("NÄR", "NAR"), ("FR1", "FRA"), ("XYZ", "XYZ"), ("sjk", "sjk")])
def test_an_alias_is_read_as_its_cause_and_an_unknown_code_stays(code: str, cause: str) -> None:
    assert row_from_transaction({**BODY, "CauseCode": code}).cause == cause


def test_a_row_is_written_with_its_extent_and_without_hours() -> None:
    assert body_from_row(WantedRow(date(2026, 3, 2), "SJK", 50), employee_id="17") == {
        "EmployeeId": "17",
        "CauseCode": "SJK",
        "Date": "2026-03-02",
        "Extent": 50,
    }


@pytest.mark.parametrize(("hours", "expected"), [(8, 8), ("8", 8), ("7.5", Decimal("7.5")), (0, 0), ("", None)])
def test_a_schedule_time_is_read_as_one_day(hours: Any, expected: Any) -> None:
    body = {"EmployeeId": "17", "Date": "2026-03-02", "ScheduleId": "HEL", "Hours": hours}
    assert schedule_day_from(body) == ScheduleDay(date(2026, 3, 2), "HEL", expected)


@pytest.mark.behaviour("FX-04")
def test_sick_leave_and_self_certification_are_proposed_as_one_cause() -> None:
    assert (PROPOSALS["sick_leave"], PROPOSALS["self_certification"]) == ("SJK", "SJK")
    assert set(PROPOSALS.values()) <= set(CAUSES)


def test_a_cause_is_named_with_its_code() -> None:
    assert (cause_name("SJK"), cause_name("NÄR"), cause_name("XYZ")) == (
        "Sjukfrånvaro (SJK)",
        "Närståendevård (NÄR)",
        "XYZ",
    )
    assert set(ALIASES.values()) <= set(CAUSES)
