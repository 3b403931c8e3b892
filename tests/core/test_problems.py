"""The error log's own rules: what is the same problem, what blames a field, what trying again means (G-09)."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from integrations.core.errors import LicenceMissing, NotFound, Refused
from integrations.core.models import Connection, Mark, Problem
from integrations.core.problems import (
    cause_of,
    dismiss_problems,
    report_problem,
    retry_problems,
    solve_problems,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(db: None) -> Connection:
    return Connection.objects.create(integration="fortnox", label="Fortnox Demo", state=Connection.State.ACTIVE)


@pytest.fixture
def hanna(db: None) -> User:
    return User.objects.create_user("hanna")


def report(connection: Connection, cause: str, *, left_id: str = "1", fields: tuple[str, ...] = ("phone",)) -> None:
    report_problem(
        connection=connection,
        resource="employees",
        left_id=left_id,
        right_id="",
        label=f"Person {left_id}",
        action="update",
        message="Nej.",
        cause=cause,
        wanted={"fields": list(fields)},
    )


def waiting_mark(connection: Connection, **values: Any) -> Mark:
    later = timezone.now() + timedelta(minutes=15)
    plain: dict[str, Any] = {
        "connection": connection,
        "resource": "employees",
        "left_id": "1",
        "due": later,
        "changed_at": later,
    }
    mark: Mark = Mark.objects.create(**{**plain, **values})
    return mark


@pytest.mark.parametrize(
    ("error", "fields", "cause"),
    [
        (Refused(code="2000106"), ["phone"], "Refused:2000106:phone"),
        (Refused(status=400), ["phone"], "Refused:400:phone"),
        (Refused(code="2000106"), ["phone", "address"], "Refused:2000106"),
        (Refused(code="2000106"), [], "Refused:2000106"),
        (NotFound(status=404), ["phone"], "NotFound:404"),
        (LicenceMissing(code="2001101"), ["phone"], "LicenceMissing:2001101"),
    ],
)
def test_the_one_field_that_was_sent_is_part_of_the_cause(error: Any, fields: list[str], cause: str) -> None:
    assert cause_of(error, fields=fields) == cause


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("Refused:2000106:phone", "Refused:2000106"),
        ("Refused:2000106", "Refused:2000106:phone"),
        ("Refused:2000106:phone", "Refused:2000106:phone"),
        ("gone", "gone"),
    ],
)
def test_the_same_refusal_with_more_or_fewer_fields_is_one_problem(
    connection: Connection, first: str, again: str
) -> None:
    report(connection, first)
    report(connection, again, fields=("phone", "address"))

    problem = Problem.objects.get()
    assert (problem.cause, problem.count, problem.wanted) == (first, 2, {"fields": ["phone", "address"]})


@pytest.mark.parametrize(
    "other", ["Refused:2000106:address", "Refused:20001061", "Refused:2000107", "field:phone", "gone"]
)
def test_another_cause_is_another_problem(connection: Connection, other: str) -> None:
    report(connection, "Refused:2000106:phone")
    report(connection, other)
    assert Problem.objects.count() == 2


@pytest.mark.behaviour("G-09")
def test_a_solved_problem_keeps_when_it_was_met_last_and_tells_when_it_was_solved(connection: Connection) -> None:
    report(connection, "Refused:1")
    met = Problem.objects.get().last_at

    assert solve_problems(connection=connection, resource="employees", left_id="1") == 1

    problem = Problem.objects.get()
    assert (problem.state, problem.last_at) == (Problem.State.SOLVED, met)
    assert problem.decided_at is not None
    assert problem.decided_at > met


def test_a_missing_licence_is_tried_at_once_with_all_that_waits(connection: Connection, hanna: User) -> None:
    report(connection, "LicenceMissing:2001101", left_id="")
    waiting_mark(connection)
    waiting_mark(connection, left_id="2", held_by=Mark.Hold.DISCONNECTED)

    assert retry_problems(Problem.objects.all(), by=hanna) == 1

    assert Problem.objects.get().state == Problem.State.RETRIED
    now = timezone.now()
    assert [mark.due <= now for mark in Mark.objects.order_by("left_id")] == [True, False]


def test_a_missing_licence_that_nothing_waits_for_is_over(connection: Connection, hanna: User) -> None:
    report(connection, "LicenceMissing:2001101", left_id="")

    retry_problems(Problem.objects.all(), by=hanna)

    assert Problem.objects.get().state == Problem.State.SOLVED
    # Should it be missing still, the next change says so.
    report(connection, "LicenceMissing:2001101", left_id="")
    assert Problem.objects.filter(state=Problem.State.OPEN).count() == 1


def test_no_more_are_tried_again_than_asked_for(connection: Connection, hanna: User) -> None:
    for number in range(5):
        report(connection, "Refused:1", left_id=str(number + 1))

    assert retry_problems(Problem.objects.all(), by=hanna, at_most=3) == 3
    assert (Mark.objects.count(), Problem.objects.filter(state=Problem.State.OPEN).count()) == (3, 2)
    assert retry_problems(Problem.objects.all(), by=hanna, at_most=3) == 2


def test_what_was_dismissed_and_is_refused_again_is_a_new_problem(connection: Connection, hanna: User) -> None:
    report(connection, "Refused:1")
    assert dismiss_problems(Problem.objects.all(), by=hanna, reason="Done by hand") == 1

    report(connection, "Refused:1")

    states = list(Problem.objects.order_by("pk").values_list("state", "notified_at"))
    assert states == [(Problem.State.DISMISSED, None), (Problem.State.OPEN, None)]
