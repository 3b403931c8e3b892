"""One person's missing right is the problem of that person's absences; the second person's stops all (G-41)."""

from datetime import date
from typing import Any

import pytest

from employees.models import Employee
from integrations.core.hub.absences import left_id_of
from integrations.core.problems import OPEN
from tests.fortnox.absences.transferred import PATH, VACATION, WEEK, Transferred, edit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-41")]
NO_RIGHT = {"ErrorInformation": {"Error": 1, "Message": "Behörighet saknas.", "Code": 0}}
WHOLE = [(day, "SJK", 100) for day in WEEK]


def begin(both: Transferred, count: int) -> list[Employee]:
    others = [both.pair(number, vendor={"ScheduleId": "HEL"}) for number in range(2, count + 1)]
    return [both.begin(), *others]


def close(both: Transferred, *employee_ids: str) -> None:
    both.sandbox.settings("fortnox", employees_without_right=list(employee_ids))


def told(both: Transferred) -> list[tuple[str, str]]:
    return [(each.left_id, each.cause) for each in both.problems() if each.state in OPEN]


def refuse(both: Transferred, path: str, **more: Any) -> None:
    both.sandbox.faults([{"action": "refuse", "path": path, "status": 403, "body": NO_RIGHT, "every": True, **more}])


def test_one_persons_absences_are_told_by_name_and_all_others_go(both: Transferred) -> None:
    first, second = begin(both, 2)
    close(both, "101")
    absence = both.absence(first)
    both.absence(second)
    both.push()
    both.push()

    assert (both.rows("101"), both.rows("102")) == ([], WHOLE)
    assert told(both) == [(left_id_of(absence.pk), "Forbidden:403")]
    assert "Given 1 Family 1" in both.problem().label
    both.transferred(second, code=VACATION, start=date(2026, 3, 16), end=date(2026, 3, 16))
    assert told(both) == [(left_id_of(absence.pk), "Forbidden:403")]

    close(both)
    both.retry()
    both.push_until_sent()
    assert both.rows("101") == WHOLE
    assert told(both) == []


def test_several_absences_of_one_person_are_one_persons(both: Transferred) -> None:
    (first,) = begin(both, 1)
    close(both, "101")
    one = both.absence(first)
    both.absence(first, code=VACATION, start=date(2026, 3, 16), end=date(2026, 3, 16))
    both.push()
    edit(one, grade=50)
    both.push()
    assert {cause for _left_id, cause in told(both)} == {"Forbidden:403"}
    assert "" not in [left_id for left_id, _cause in told(both)]


@pytest.mark.parametrize("path", [PATH, f"{PATH}$", "nothing"])
def test_a_second_person_stops_everything(both: Transferred, path: str) -> None:
    everybody = begin(both, 3)
    if path == "nothing":
        close(both, "101", "102", "103")
    else:
        # All writes, or readings as well.
        refuse(both, path, **({"method": "POST"} if path.endswith("$") else {}))
    for person in everybody:
        both.absence(person)
        both.push()

    assert ("", "RightMissing:403") in told(both)
    assert both.rows("101") + both.rows("102") + both.rows("103") == []

    close(both)
    both.sandbox.clear_faults()
    both.push_until_sent()
    assert [both.rows(each) for each in ("101", "102", "103")] == [WHOLE] * 3
    assert told(both) == []
