"""New people: not created by a push, unless a setting or a person says so (G-14)."""

import pytest
from django.contrib.auth.models import User

from employees.models import Employee
from integrations.core.models import Connection, Delivery, Link, Problem, SyncRow
from integrations.core.problems import retry_problems
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE, apply_all, assert_in_step, change, create_all, review

pytestmark = pytest.mark.django_db(transaction=True)
REFUSAL = {"ErrorInformation": {"error": 1, "message": "Anställningsform saknas.", "code": 2000424}}
REFUSED = {"action": "refuse", "method": "POST", "path": "/3/employees", "status": 400, "body": REFUSAL}


def creating(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)


def created(both: Pushed) -> list[str]:
    return [body["Email"] for body in both.sent()]


@pytest.mark.behaviour("G-14")
def test_with_the_setting_new_people_are_created_and_linked(both: Pushed) -> None:
    creating(both)

    employee = both.hub(2)
    both.push()

    assert created(both) == ["p2@demo.example"]
    link = Link.objects.get(left_id=str(employee.pk))
    employee.refresh_from_db()
    assert employee.employment_id == link.right_id
    assert both.marks() == []
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-14")
def test_without_the_setting_nobody_is_created(both: Pushed) -> None:
    both.activate()
    both.hub(2)
    both.push()
    assert created(both) == []


def test_many_new_people_cost_one_look_at_the_list(both: Pushed) -> None:
    creating(both)
    for number in range(2, 8):
        both.hub(number)
    both.push()

    assert len(created(both)) == 6
    assert len(both.sandbox.calls(method="GET", path="/3/employees?")) == 1


@pytest.mark.parametrize(
    "same",
    [
        {"Email": "P2@demo.example"},
        {"Email": "other@demo.example", "Phone1": "+46701740002"},
        {"Email": "other@demo.example", "Phone1": "", "PersonalIdentityNumber": "5501019805"},
    ],
)
@pytest.mark.behaviour("G-10")
def test_nobody_is_created_who_may_be_there_already(both: Pushed, same: dict[str, str]) -> None:
    both.vendor(9, **same)
    creating(both)

    employee = both.hub(2, national_id="5501019805", national_id_country="SE")
    both.push()

    assert created(both) == []
    problem = both.problem()
    assert (problem.cause, problem.label) == ("exists", "Given 2 Family 2")
    assert "Given 9 Family 9" in problem.message
    assert both.marks() == [(str(employee.pk), "problem")]

    both.sandbox.remove("fortnox", "employees", "109")
    retry_problems(Problem.objects.all(), by=User.objects.get(username="hanna"))
    both.push()
    assert created(both) == ["p2@demo.example"]
    assert both.problem().state == "solved"


def test_somebody_without_what_is_required_is_a_problem_until_it_is_there(both: Pushed) -> None:
    creating(both)
    employee = both.hub(2, work_email="")
    both.push()
    assert (both.problem().cause, created(both)) == ("cannot_create", [])

    change(employee, work_email="p2@demo.example")
    both.push()
    assert created(both) == ["p2@demo.example"]
    assert both.problem().state == "solved"


def test_people_out_of_scope_or_ended_are_not_created(both: Pushed) -> None:
    creating(both)
    Connection.objects.update(scope={"employees": [0]})
    both.hub(2)
    both.push()
    Connection.objects.update(scope={})
    both.hub(3, last_workday="2021-01-01")
    both.push()

    assert (created(both), both.marks(), both.problems()) == ([], [], [])


def test_a_creation_that_is_refused_is_tried_again_from_the_error_log(both: Pushed) -> None:
    creating(both)
    both.sandbox.faults([REFUSED])
    both.hub(2)
    both.push()
    assert (both.problem().message, both.problem().action) == ("Anställningsform saknas.", "create")

    retry_problems(Problem.objects.all(), by=User.objects.get(username="hanna"))
    both.push()
    assert both.problem().state == "solved"
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-09")
def test_a_creation_that_a_synchronisation_was_refused_is_tried_again_without_the_setting(both: Pushed) -> None:
    both.activate()
    both.hub(2)
    both.push()
    both.sandbox.faults([REFUSED])
    run = review(both.connection)
    create_all(run)
    apply_all(run)
    assert both.problem().wanted == {"create": {}}

    retry_problems(Problem.objects.all(), by=User.objects.get(username="hanna"))
    both.push()

    assert both.problem().state == "solved"
    assert Link.objects.get().state == Link.State.ACTIVE


@pytest.mark.parametrize("action", ["drop", "drop_after", "late"])
def test_a_creation_whose_answer_never_came_is_looked_up_and_not_doubled(both: Pushed, action: str) -> None:
    creating(both)
    both.sandbox.faults([{"action": action, "method": "POST", "path": "/3/employees", "seconds": 0.3}])

    employee: Employee = both.hub(2)
    both.push()
    assert Delivery.objects.get().state == Delivery.State.UNKNOWN
    both.push_until_sent()

    assert both.emails_at_vendor() == ["p2@demo.example"]
    employee.refresh_from_db()
    assert Link.objects.get().right_id == employee.employment_id
    assert_in_step(both.connection, 1)


def test_an_edit_while_somebody_is_being_created_follows(both: Pushed) -> None:
    creating(both)
    both.sandbox.faults([{"action": "drop_after", "method": "POST", "path": "/3/employees"}])
    employee = both.hub(2)
    both.push()

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert both.emails_at_vendor() == ["p2@demo.example"]
    assert both.at_vendor(Link.objects.get().right_id)["Phone1"] == PHONE


def test_a_review_that_waits_does_not_offer_whom_the_push_has_created(both: Pushed) -> None:
    both.activate()
    employee = both.hub(2)
    run = review(both.connection)
    Connection.objects.update(creates_by_itself=True)
    change(employee, city="Umeå")
    both.push()

    row = SyncRow.objects.get(run=run)
    assert row.state == SyncRow.State.SKIPPED
    assert "by itself" in row.reason
    create_all(run)
    apply_all(run)
    assert both.emails_at_vendor() == ["p2@demo.example"]
