"""One national ID, two people of the hub: neither is created at a vendor before a person answers (D-08)."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from employees.models import Employee
from integrations.core.linking import answer_hold
from integrations.core.models import Connection, Problem, SyncRow, SyncRun
from integrations.core.problems import retry_problems
from integrations.core.push.draining import ring_waiting
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import apply_all, change, create, review, row_of
from tests.factories import CompanyFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("D-08")]
WRITINGS: list[Any] = [
    pytest.param("5501019805", "5501019805", id="alike"),
    pytest.param("550101-9805", "195501019805", id="hyphen, and century"),
]
ID = {"national_id": "5501019805", "national_id_country": "SE"}


def creating(both: Pushed) -> None:
    both.activate()
    Connection.objects.update(creates_by_itself=True)


def two(both: Pushed, one: str = "5501019805", other: str = "5501019805", **more: Any) -> tuple[Employee, Employee]:
    return (
        both.hub(2, national_id=one, national_id_country="SE"),
        both.hub(3, national_id=other, national_id_country="SE", **more),
    )


def created(both: Pushed) -> list[str]:
    return [body["Email"] for body in both.sent()]


def said(both: Pushed) -> list[tuple[str, str, str]]:
    return [(each.label, each.cause, each.message) for each in both.problems(state=Problem.State.OPEN)]


@pytest.mark.parametrize(("one", "other"), WRITINGS)
def test_neither_of_the_two_is_created_and_each_problem_names_the_other(both: Pushed, one: str, other: str) -> None:
    creating(both)
    two(both, one, other)

    both.push()

    assert created(both) == []
    assert said(both) == [
        ("Given 2 Family 2", "same_id", "Not created: the same national ID in the hub as Given 3 Family 3."),
        ("Given 3 Family 3", "same_id", "Not created: the same national ID in the hub as Given 2 Family 2."),
    ]
    assert not any("9805" in problem.message for problem in both.problems())


def test_both_are_created_once_the_number_of_one_is_corrected(both: Pushed) -> None:
    creating(both)
    _first, second = two(both)
    both.push()

    change(second, national_id="9001019802")
    both.push()

    assert sorted(created(both)) == ["p2@demo.example", "p3@demo.example"]
    assert said(both) == []
    assert both.marks() == []


def test_the_other_is_created_by_itself_once_one_of_the_two_is_deleted(both: Pushed) -> None:
    creating(both)
    _first, second = two(both)
    both.push()

    second.delete()
    ring_waiting()
    both.push()

    assert created(both) == ["p2@demo.example"]
    assert said(both) == []


def test_trying_again_without_an_answer_creates_nobody(both: Pushed) -> None:
    creating(both)
    two(both)
    both.push()

    assert retry(both) == 2
    both.push()

    assert created(both) == []
    assert [problem.count for problem in both.problems()] == [2, 2]


def test_whoever_is_said_to_be_somebody_else_is_created_by_itself(both: Pushed) -> None:
    creating(both)
    first, second = two(both)
    both.push()
    run = review(both.connection)
    henrik = User.objects.create_user("henrik")

    answer_hold(row=row_of(run, left=first), by=henrik)
    both.push()
    assert created(both) == ["p2@demo.example"]

    answer_hold(row=row_of(run, left=second), by=henrik)
    both.push()
    assert created(both) == ["p2@demo.example", "p3@demo.example"]
    assert (said(both), both.marks()) == ([], [])


def test_an_answer_counts_for_those_whom_it_was_given_for_alone(both: Pushed) -> None:
    creating(both)
    first, _second = two(both)
    both.push()
    run = review(both.connection)
    both.hub(4, **ID)

    answer_hold(row=row_of(run, left=first), by=User.objects.create_user("henrik"))
    both.push()

    assert created(both) == []
    assert "as Given 4 Family 4." in Problem.objects.get(label="Given 2 Family 2", state="open").message


def test_somebody_who_has_left_may_be_the_same_person(both: Pushed) -> None:
    both.hub(2, last_workday="2021-01-01", **ID)
    creating(both)
    both.hub(3, **ID)

    both.push()

    assert created(both) == []
    assert both.problem().message == "Not created: the same national ID in the hub as Given 2 Family 2 (has left)."


def test_somebody_outside_the_scope_stays_unnamed(both: Pushed) -> None:
    outside = both.hub(2, **ID)
    creating(both)
    inside = both.hub(3, **ID)
    Connection.objects.update(scope={"employees": [inside.pk]})

    both.push()

    assert both.problem().message == (
        "Not created: the same national ID in the hub as somebody outside this connection's scope."
    )
    assert outside.full_name not in str(both.problem().message)


@pytest.mark.parametrize("other", [{"national_id_country": "NO"}, {"national_id": ""}])
def test_another_countrys_number_is_another_number(both: Pushed, other: dict[str, str]) -> None:
    creating(both)
    both.hub(2, **ID)
    both.hub(3, **{**ID, **other})

    both.push()

    assert sorted(created(both)) == ["p2@demo.example", "p3@demo.example"]


def test_another_companys_people_do_not_count(both: Pushed) -> None:
    creating(both)
    both.hub(2, company=CompanyFactory.create(), **ID)
    both.hub(3, **ID)

    both.push()

    assert created(both) == ["p3@demo.example"]


def test_in_a_synchronisation_both_are_held_until_somebody_says_who_they_are(both: Pushed) -> None:
    first, second = two(both)
    run = review(both.connection)
    row = row_of(run, left=first)
    assert row.hold_reason.startswith("Same national ID in the hub as Given 3 Family 3.")
    assert row_of(run, left=second).hold_reason.startswith("Same national ID in the hub as Given 2 Family 2.")

    answer_hold(row=row, by=User.objects.create_user("henrik"))
    create(row_of(run, left=first))
    apply_all(run)

    assert both.emails_at_vendor() == ["p2@demo.example"]
    run = review(both.connection)
    assert row_of(run, left=second).hold_reason != ""
    change(second, national_id="9001019802")
    run = review(both.connection)
    create(row_of(run, left=second))
    apply_all(run)
    assert both.emails_at_vendor() == ["p2@demo.example", "p3@demo.example"]


def test_somebody_with_the_same_id_who_came_after_the_comparison_stops_the_creation(both: Pushed) -> None:
    first = both.hub(2, **ID)
    run = review(both.connection)
    create(row_of(run, left=first))
    second = both.hub(3, **ID)

    apply_all(run)

    row = SyncRow.objects.get(run=run)
    assert (row.state, row.reason) == (
        SyncRow.State.MOVED,
        "Not created: the same national ID in the hub as Given 3 Family 3.",
    )
    assert both.emails_at_vendor() == []
    change(second, national_id="")
    run = review(both.connection)
    create(row_of(run, left=first))
    apply_all(run)
    assert both.emails_at_vendor() == ["p2@demo.example"]


def test_two_people_at_the_vendor_with_one_id_are_held_from_creation_in_the_hub(both: Pushed) -> None:
    for number, written in ((5, "550101-9805"), (6, "195501019805")):
        both.vendor(number, PersonalIdentityNumber=written)
    run = review(both.connection)
    row = row_of(run, right_id="105")
    assert row.hold_reason.startswith("Same national ID in the other system as Given 6 Family 6.")
    assert row_of(run, right_id="106").hold_reason.startswith(
        "Same national ID in the other system as Given 5 Family 5."
    )

    answer_hold(row=row, by=User.objects.create_user("henrik"))
    create(row_of(run, right_id="105"))
    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert list(Employee.objects.values_list("work_email", flat=True)) == ["p5@demo.example"]


def test_creations_by_request_are_held_as_well(both: Pushed) -> None:
    both.activate()
    first, second = two(both)
    both.push()
    problem = Problem(
        connection=both.connection,
        resource="employees",
        left_id=str(first.pk),
        label=first.full_name,
        action="create",
        cause="Refused:1",
        wanted={"create": {}},
        first_at=first.created_at,
        last_at=first.created_at,
    )
    problem.save()

    retry_problems(Problem.objects.filter(pk=problem.pk), by=User.objects.get(username="hanna"))
    both.push()

    assert created(both) == []
    assert "as Given 3 Family 3." in Problem.objects.get(cause="same_id").message
    change(second, national_id="9001019802")
    both.push()
    assert created(both) == ["p2@demo.example"]
