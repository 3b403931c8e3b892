"""An address that somebody takes over from a person who has left: emptied at the vendor first (D-10)."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.test import RequestFactory

from employees.models import Employee
from employees.transfer.jobs import confirm_import
from integrations.core.admin.person_standings import standings
from integrations.core.linking import connect_person_again, disconnect_person
from integrations.core.models import Connection, Link, Mark, Problem, SyncRow, SyncRun
from integrations.core.push.looking_over import look_over
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import apply_all, change, create, decide, review, row_of
from tests.employees.transfer.files import preview, work
from tests.sandbox.fortnox_caller import FIRST_COMPANY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("D-10")]
LEFT_ON = date(2021, 1, 31)
ADDRESS = "p1@demo.example"


def leaver_of(both: Pushed, *, emptied: bool = True) -> Employee:
    """Return somebody on both sides who has left; whether Fortnox lets an e-mail be emptied, nobody has confirmed."""
    both.sandbox.change("fortnox", "companies", FIRST_COMPANY, {"emptied_email": emptied})
    leaver = both.pair_active(1, last_workday=LEFT_ON, vendor={"EmployedTo": LEFT_ON.isoformat()})
    Connection.objects.update(creates_by_itself=True)
    return leaver


def take_over(both: Pushed, leaver: Employee, **values: Any) -> Employee:
    """Give the address to a new person, as the form and the import do once somebody has said yes."""
    with transaction.atomic():
        change(leaver, work_email="")
        return both.hub(2, work_email=ADDRESS, **values)


def sent(both: Pushed) -> list[tuple[str, str]]:
    """Return (address there, e-mail) of what was written."""
    return [(path, body["Email"]) for (_method, path, _), body in zip(both.writes(), both.sent(), strict=True)]


def operator_request() -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = User.objects.create_superuser("admin")
    return request


def open_causes(both: Pushed) -> list[tuple[str, str]]:
    return [(each.label, each.cause) for each in both.problems(state=Problem.State.OPEN)]


def test_the_leavers_address_is_emptied_before_the_new_person_is_created(both: Pushed) -> None:
    leaver = leaver_of(both)

    new = take_over(both, leaver)
    both.push()

    assert sent(both) == [("employees/101", "API_BLANK"), ("employees", ADDRESS)]
    assert Link.objects.get(left_id=str(new.pk)).right_id != "101"
    assert (both.at_vendor("101")["Email"], both.marks(), open_causes(both)) == ("", [], [])


def test_an_import_that_was_said_yes_to_empties_the_address_first(both: Pushed) -> None:
    leaver_of(both)
    header = ["Given name", "Family name", "Work e-mail", "First workday"]
    job = preview(both.company, [header, ["Anna", "Alm", ADDRESS, "2024-01-01"]])

    assert confirm_import(job=job, by_id=None, skip_bad=False, take_questions=True)
    work(job)
    both.push_until_sent()

    assert sent(both) == [("employees/101", "API_BLANK"), ("employees", ADDRESS)]
    assert open_causes(both) == []


def test_the_new_person_is_not_created_before_an_answer_says_that_the_address_is_free(both: Pushed) -> None:
    leaver = leaver_of(both)
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])

    new = take_over(both, leaver)
    both.push()
    assert sent(both) == [("employees/101", "API_BLANK")]
    (standing,) = standings(operator_request(), new)
    assert "still has this address in Fortnox: it is emptied there first" in standing.note

    both.push_until_sent()
    assert sent(both)[1:] == [("employees", ADDRESS)]
    assert open_causes(both) == []


def test_somebody_who_is_there_already_gets_the_address_afterwards(both: Pushed) -> None:
    both.pair(3)
    leaver = leaver_of(both)
    other = Employee.objects.get(given_name="Given 3")

    # The other way round as well: who is saved first decides nothing.
    with transaction.atomic():
        change(other, work_email=ADDRESS, city="Umeå")
        change(leaver, work_email="")
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])
    both.push()
    assert [body.get("Email") for body in both.sent()] == ["API_BLANK"]

    both.push_until_sent()
    assert [body.get("Email") for body in both.sent()] == ["API_BLANK", ADDRESS]
    assert (both.at_vendor("103")["Email"], both.at_vendor("103")["City"]) == (ADDRESS, "Umeå")
    assert open_causes(both) == []


def test_where_the_vendor_does_not_empty_it_the_new_person_waits_and_is_told_what_to_do(both: Pushed) -> None:
    leaver = leaver_of(both, emptied=False)

    new = take_over(both, leaver)
    both.push()
    both.push()

    assert sent(both) == [("employees/101", "API_BLANK")]
    problem = Problem.objects.get(left_id=str(new.pk))
    assert problem.cause == "address_taken"
    assert problem.message == (
        "“Given 1 Family 1”, who has left, still has this address in Fortnox: it is emptied there first. If that is"
        " refused, or “Given 1 Family 1” is disconnected, change the address of “Given 1 Family 1” in Fortnox and try"
        " again."
    )
    assert set(both.marks()) == {(str(leaver.pk), "problem"), (str(new.pk), "problem")}

    both.change_at_vendor("101", Email="former.p1@demo.example")
    assert retry(both) == 2
    both.push_until_sent()

    assert sent(both)[1:] == [("employees", ADDRESS)]
    assert (both.at_vendor("101")["Email"], open_causes(both)) == ("former.p1@demo.example", [])
    assert Link.objects.get(left_id=str(leaver.pk)).pairs["work_email"] == [
        None,
        "former.p1@demo.example",
        "left_as_is",
    ]


def test_the_new_person_is_created_by_itself_once_the_vendor_empties_it_after_all(both: Pushed) -> None:
    leaver = leaver_of(both, emptied=False)
    take_over(both, leaver)
    both.push()

    both.sandbox.change("fortnox", "companies", FIRST_COMPANY, {"emptied_email": True})
    change(leaver, city="Umeå")
    both.push()

    assert both.emails_at_vendor() == ["", ADDRESS]
    assert (open_causes(both), both.marks()) == ([], [])


def test_a_disconnected_leaver_is_left_alone_and_named(both: Pushed) -> None:
    leaver = leaver_of(both)
    link, hanna = Link.objects.get(), User.objects.get(username="hanna")
    disconnect_person(link=link, by=hanna)

    new = take_over(both, leaver)
    both.push()
    assert (sent(both), open_causes(both)) == ([], [("Given 2 Family 2", "address_taken")])

    connect_person_again(link=link, by=hanna)
    both.push()
    assert sent(both) == [("employees/101", "API_BLANK"), ("employees", ADDRESS)]
    assert (open_causes(both), both.marks()) == ([], [])
    assert Link.objects.filter(left_id=str(new.pk)).exists()


def test_an_edit_behind_a_disconnected_leaver_is_kept_back_and_the_rest_goes(both: Pushed) -> None:
    both.pair(3)
    leaver = leaver_of(both)
    other = Employee.objects.get(given_name="Given 3")
    link, hanna = Link.objects.get(left_id=str(leaver.pk)), User.objects.get(username="hanna")
    disconnect_person(link=link, by=hanna)
    with transaction.atomic():
        change(leaver, work_email="")
        change(other, work_email=ADDRESS, city="Umeå")

    both.push()
    assert [sorted(body) for body in both.sent()] == [["Address1", "City", "Country", "PostCode"]]
    assert open_causes(both) == [("Given 3 Family 3", "field:work_email")]

    connect_person_again(link=link, by=hanna)
    both.push_until_sent()
    assert both.emails_at_vendor() == ["", ADDRESS]
    assert open_causes(both) == []


def test_nobody_else_is_emptied_there(both: Pushed) -> None:
    both.pair(3)
    leaver = leaver_of(both)
    change(leaver, work_email="")
    change(Employee.objects.get(given_name="Given 3"), work_email="")

    both.push()

    assert both.sent() == []
    assert {each.cause for each in both.problems()} == {"field:work_email"}

    both.hub(2, work_email=ADDRESS)
    look_over(connection_id=both.connection.pk)
    both.push_until_sent()
    assert both.emails_at_vendor() == ["", ADDRESS, "p3@demo.example"]


def test_an_address_of_somebody_who_has_not_left_is_not_emptied(both: Pushed) -> None:
    both.sandbox.change("fortnox", "companies", FIRST_COMPANY, {"emptied_email": True})
    stays = both.pair_active(1)
    Connection.objects.update(creates_by_itself=True)
    take_over(both, stays)

    both.push()

    assert both.sent() == []
    assert open_causes(both) == [("Given 1 Family 1", "field:work_email"), ("Given 2 Family 2", "exists")]
    change(stays, work_email="other@demo.example")
    both.push()
    retry(both)
    both.push()
    assert both.emails_at_vendor() == ["other@demo.example", ADDRESS]


def test_a_synchronisation_shows_both_clearly_and_empties_the_address_first(both: Pushed) -> None:
    leaver = leaver_of(both)
    Connection.objects.update(creates_by_itself=False)
    new = take_over(both, leaver)
    Mark.objects.all().delete()

    run = review(both.connection)
    row, field = row_of(run, left=leaver), row_of(run, left=leaver).fields.get()
    assert (row.right_id, field.field, field.left, field.right) == ("101", "work_email", None, ADDRESS)
    assert (field.decision, field.reason_right) == ("left", "")
    other = row_of(run, left=new)
    assert (other.kind, other.hold_reason) == (SyncRow.Kind.ONLY_LEFT, "")
    create(other)
    run = apply_all(run)

    assert run.state == SyncRun.State.DONE
    assert sent(both) == [("employees/101", "API_BLANK"), ("employees", ADDRESS)]


def test_a_synchronisation_creates_nobody_while_the_address_is_left_where_it_is(both: Pushed) -> None:
    leaver = leaver_of(both)
    Connection.objects.update(creates_by_itself=False)
    new = take_over(both, leaver)
    Mark.objects.all().delete()
    run = review(both.connection)
    decide(row_of(run, left=leaver), work_email="leave")
    create(row_of(run, left=new))

    apply_all(run)

    assert both.sent() == []
    row = row_of(run, left=new)
    assert (row.state, "still has this address in Fortnox" in row.reason) == (SyncRow.State.MOVED, True)

    both.change_at_vendor("101", Email="former.p1@demo.example")
    run = review(both.connection)
    create(row_of(run, left=new))
    apply_all(run)
    assert both.emails_at_vendor() == ["former.p1@demo.example", ADDRESS]
