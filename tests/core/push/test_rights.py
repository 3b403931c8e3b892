"""One record's missing right is that record's problem; the second one's is the connection's (G-41)."""

from typing import Any

import pytest

from integrations.core.models import Connection
from integrations.core.problems import OPEN
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import PHONE, assert_in_step, change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-41")]
NO_SCOPE = {"ErrorInformation": {"Error": 1, "Message": "Har inte behörighet för scope.", "Code": 2000663}}
NO_RIGHT = {"ErrorInformation": {"Error": 1, "Message": "Behörighet saknas.", "Code": 0}}


def close(both: Pushed, *right_ids: str) -> None:
    both.sandbox.settings("fortnox", employees_without_right=list(right_ids))


def refuse(both: Pushed, path: str, *, method: str = "", body: dict[str, Any] = NO_RIGHT, status: int = 403) -> None:
    rule = {"action": "refuse", "path": path, "method": method, "status": status, "body": body, "every": True}
    both.sandbox.faults([rule])


def people(both: Pushed, count: int) -> list[Any]:
    found = [both.pair(number) for number in range(1, count + 1)]
    both.activate()
    return found


def told(both: Pushed) -> list[tuple[str, str, str]]:
    """Return whom and what each open problem is about."""
    return [(each.left_id, each.label, each.cause) for each in both.problems() if each.state in OPEN]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_one_persons_missing_right_is_told_by_name_and_stops_nobody(both: Pushed, method: str) -> None:
    first, second, third = people(both, 3)
    refuse(both, "/3/employees/102", method=method)

    for person in (first, second, third):
        change(person, family_name="Ek")
    both.push()

    assert [both.at_vendor(each)["LastName"] for each in ("101", "102", "103")] == ["Ek", "Family 2", "Ek"]
    assert told(both) == [(str(second.pk), "Given 2 Ek", "Forbidden:403")]
    problem = both.problem()
    assert "Whoever connected Fortnox has no right to this there. (Behörighet saknas.)" in problem.message
    assert both.marks() == [(str(second.pk), "problem")]
    assert Connection.objects.get().state == Connection.State.ACTIVE


def test_the_next_persons_success_solves_nothing_of_another(both: Pushed) -> None:
    first, second = people(both, 2)
    close(both, "101")
    change(first, family_name="Ek")
    both.push()
    change(second, family_name="Ek")
    both.push()

    assert [each[0] for each in told(both)] == [str(first.pk)]
    close(both)
    assert retry(both) == 1
    both.push()
    assert told(both) == []
    assert both.at_vendor("101")["LastName"] == "Ek"
    assert_in_step(both.connection, 2)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_second_person_refused_likewise_stops_the_connection(both: Pushed, method: str) -> None:
    everybody = people(both, 8)
    refuse(both, "/3/employees/", method=method)
    for person in everybody:
        change(person, family_name="Ek")
    both.push()

    of_all = [each for each in told(both) if each[0] == ""]
    assert of_all == [("", "Fortnox", "RightMissing:403")]
    # Those that were under way are over, and nobody else was called for.
    assert (
        len([each for each in both.sandbox.calls(path="/3/employees/") if each["method"] == method or not method]) < 8
    )
    assert both.waiting() >= 7

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert {both.at_vendor(str(100 + number))["LastName"] for number in range(1, 9)} == {"Ek"}
    assert (told(both), both.marks()) == ([], [])


def test_a_second_person_in_another_task_stops_the_connection_too(both: Pushed) -> None:
    first, second = people(both, 2)
    close(both, "101", "102")
    change(first, family_name="Ek")
    both.push()
    assert [each[0] for each in told(both)] == [str(first.pk)]
    change(second, family_name="Ek")
    both.push()
    assert [each[0] for each in told(both)] == [str(first.pk), ""]

    close(both)
    both.push_until_sent()
    assert (told(both), both.marks()) == ([], [])
    assert_in_step(both.connection, 2)


def test_a_second_person_is_one_of_their_own_where_somebody_was_served_between(both: Pushed) -> None:
    first, second, third = people(both, 3)
    close(both, "101", "103")
    for person in (first, second, third):
        change(person, family_name="Ek")
        both.push()

    assert [each[0] for each in told(both)] == [str(first.pk), str(third.pk)]
    assert both.at_vendor("102")["LastName"] == "Ek"
    close(both)
    retry(both)
    both.push()
    assert told(both) == []


def test_the_same_person_refused_twice_is_still_one(both: Pushed) -> None:
    (first,) = people(both, 1)
    close(both, "101")
    change(first, family_name="Ek")
    both.push()
    change(first, work_phone=PHONE)
    both.push()

    assert [(each.left_id, each.count) for each in both.problems()] == [(str(first.pk), 2)]
    close(both)
    change(first, family_name="Dahl")
    both.push()
    assert told(both) == []
    assert (both.at_vendor("101")["LastName"], both.at_vendor("101")["Phone1"]) == ("Dahl", PHONE)


@pytest.mark.parametrize("status", [400, 403])
def test_a_missing_scope_stops_at_once(both: Pushed, status: int) -> None:
    first, second = people(both, 2)
    refuse(both, "/3/employees/", method="PUT", body=NO_SCOPE, status=status)
    change(first, family_name="Ek")
    both.push()

    assert told(both) == [("", "Fortnox", "RightMissing:2000663")]
    assert "The connection lacks a right in Fortnox. (Har inte behörighet för scope.)" in both.problem().message
    assert both.waiting() == 1
    both.sandbox.clear_faults()
    change(second, family_name="Ek")
    both.push_until_sent()
    assert told(both) == []


def test_one_new_persons_missing_right_is_that_persons(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    fault = {"action": "refuse", "path": "/3/employees$", "method": "POST", "status": 403, "body": NO_RIGHT}
    both.sandbox.faults([fault])
    new = both.hub(1)
    both.push()
    assert [(each[0], each[2]) for each in told(both)] == [(str(new.pk), "Forbidden:403")]

    both.hub(2)
    both.push()
    assert [each[0] for each in told(both)] == [str(new.pk)]
    retry(both)
    both.push_until_sent()
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example"]
    assert told(both) == []


def test_a_second_new_person_refused_likewise_stops_the_connection(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)
    refuse(both, "/3/employees$", method="POST")
    for number in range(1, 7):
        both.hub(number)
    both.push()
    assert ("", "Fortnox", "RightMissing:403") in told(both)

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert len(both.emails_at_vendor()) == 6
    assert (told(both), both.marks()) == ([], [])


def test_a_write_that_may_not_be_looked_up_is_not_told_as_refused(both: Pushed) -> None:
    (first,) = people(both, 1)
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])
    change(first, family_name="Ek")
    both.push()
    assert both.at_vendor("101")["LastName"] == "Ek"
    close(both, "101")
    both.push_until_sent()

    problem = both.problem()
    assert problem.cause.startswith("OutcomeUnknown")
    assert "Whether it was done is not known" in problem.message
    close(both)
    retry(both)
    both.push_until_sent()
    assert told(both) == []
    assert_in_step(both.connection, 1)
