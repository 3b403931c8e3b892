"""Somebody gone at the vendor is shown as gone until a person decides (G-16); one person's traffic stops (G-11)."""

import pytest
from django.contrib.auth.models import User

from employees.models import Employee
from integrations.core.gone import mark_gone
from integrations.core.linking import connect_person_again, disconnect_person, let_go, let_go_of_person
from integrations.core.models import FieldChange, Link, Mark, SyncRow
from integrations.core.scoping import move_links
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE, apply_all, change, create, review, row_of
from tests.factories import DepartmentFactory


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_user("decider")


def link_of(employee: Employee) -> Link:
    return Link.objects.filter(left_id=str(employee.pk)).latest("pk")


@pytest.mark.behaviour("G-16")
def test_a_comparison_shows_who_is_gone_and_who_is_back(both: Pushed) -> None:
    eva, bo = both.pair(1), both.pair(2)
    both.activate()
    record = both.at_vendor("101")
    both.sandbox.remove("fortnox", "employees", "101")

    review(both.connection)
    first = link_of(eva).gone_at
    assert (first is not None, link_of(bo).gone_at, link_of(eva).state) == (True, None, Link.State.ACTIVE)

    review(both.connection)
    assert link_of(eva).gone_at == first

    both.sandbox.add("fortnox", "employees", record)
    run = review(both.connection)
    assert (link_of(eva).gone_at, run.counts["equal"]) == (None, 2)


@pytest.mark.behaviour("G-16", "G-24")
def test_a_list_alone_shows_nobody_as_gone(both: Pushed) -> None:
    employee = both.pair_active()
    run = review(both.connection)

    mark_gone(run=run, listed=[], denied=[])
    assert link_of(employee).gone_at is None

    mark_gone(run=run, listed=[], denied=["101"])
    assert link_of(employee).gone_at is not None
    # Whoever stands in it is there.
    mark_gone(run=run, listed=["101"], denied=[])
    assert link_of(employee).gone_at is None


@pytest.mark.behaviour("G-16")
def test_whoever_comes_back_is_sent_again_and_the_error_log_is_quiet(both: Pushed) -> None:
    employee = both.pair_active()
    record = both.at_vendor("101")
    both.sandbox.remove("fortnox", "employees", "101")
    change(employee, work_phone=PHONE)
    both.push()
    assert (both.problem().state, both.marks()) == ("open", [(str(employee.pk), "problem")])

    both.sandbox.add("fortnox", "employees", record)
    review(both.connection)
    assert (both.problem().state, both.marks()) == ("solved", [(str(employee.pk), "")])

    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE


@pytest.mark.behaviour("G-16")
def test_somebody_gone_is_created_anew_after_the_link_is_forgotten(both: Pushed, by: User) -> None:
    employee = both.pair_active()
    both.sandbox.remove("fortnox", "employees", "101")
    change(employee, work_phone=PHONE)
    both.push()

    assert let_go_of_person(link=link_of(employee), by=by)
    assert not let_go_of_person(link=link_of(employee), by=by)

    assert (link_of(employee).state, both.marks(), both.problem().state) == (Link.State.GONE_RIGHT, [], "solved")
    change(employee, employment_id="")
    run = review(both.connection)
    create(row_of(run, left=employee))
    apply_all(run)
    assert [(each["Email"], each["Phone1"]) for each in both.sandbox.state("fortnox", "employees")] == [
        ("p1@demo.example", PHONE)
    ]
    kept = FieldChange.objects.get(field="link")
    assert (kept.before, kept.after, kept.user) == ("101", None, by)


@pytest.mark.behaviour("G-16")
def test_nobody_is_let_go_who_is_there(both: Pushed, by: User) -> None:
    employee = both.pair_active()

    assert not let_go_of_person(link=link_of(employee), by=by)
    assert link_of(employee).state == Link.State.ACTIVE


@pytest.mark.behaviour("G-16")
def test_the_answer_in_the_review_is_the_same_answer(both: Pushed, by: User) -> None:
    eva, bo = both.pair(1), both.pair(2)
    both.activate()
    for right_id in ("101", "102"):
        both.sandbox.remove("fortnox", "employees", right_id)
    run = review(both.connection)

    let_go(row=row_of(run, left=eva), by=by)
    let_go_of_person(link=link_of(bo), by=by)

    assert {link_of(eva).state, link_of(bo).state} == {Link.State.GONE_RIGHT}
    assert set(run.rows.values_list("state", flat=True)) == {SyncRow.State.SKIPPED}


# --- One person's traffic -----------------------------------------------------------------------------------


@pytest.mark.behaviour("G-11")
def test_what_was_edited_while_disconnected_goes_once_connected_again(both: Pushed, by: User) -> None:
    employee = both.pair_active()
    change(employee, city="Lund")
    disconnect_person(link=link_of(employee), by=by)
    change(employee, work_phone=PHONE)
    both.push()
    assert (both.writes(), both.marks()) == ([], [(str(employee.pk), "disconnected")])

    connect_person_again(link=link_of(employee), by=by)
    both.push_until_sent()

    assert (both.at_vendor("101")["City"], both.at_vendor("101")["Phone1"]) == ("Lund", PHONE)


@pytest.mark.behaviour("G-13")
def test_what_was_edited_out_of_scope_goes_once_the_settings_let_the_person_back(
    both: Pushed,
) -> None:
    employee, other = both.pair(1), both.pair(2)
    both.activate()
    both.connection.scope = {"employees": [other.pk]}
    both.connection.save()
    move_links(connection=both.connection)
    change(employee, work_phone=PHONE)
    both.push()
    assert (both.writes(), both.marks()) == ([], [(str(employee.pk), "scope")])

    both.connection.scope = {}
    both.connection.save()
    move_links(connection=both.connection)
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE


@pytest.mark.behaviour("G-13")
def test_whoever_moves_back_into_a_pilots_department_is_sent(both: Pushed) -> None:
    kitchen, office = (DepartmentFactory.create(company=both.company) for _ in range(2))
    employee = both.pair(1, department=kitchen)
    both.connection.scope = {"departments": [kitchen.pk]}
    both.connection.save()
    both.activate()
    change(employee, department=office, work_phone=PHONE)
    both.push()
    assert (both.writes(), both.marks()) == ([], [(str(employee.pk), "scope")])

    change(employee, city="Lund")
    both.push()
    assert both.marks() == [(str(employee.pk), "scope")]

    change(employee, department=kitchen)
    both.push_until_sent()
    assert (both.at_vendor("101")["Phone1"], both.at_vendor("101")["City"]) == (PHONE, "Lund")
    assert not Mark.objects.exists()
