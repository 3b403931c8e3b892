"""What is refused, cut off or cannot be reached; and how each goes on afterwards (G-09)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.core import connecting
from integrations.core.deliver import IN_FLIGHT
from integrations.core.models import Connection, Delivery, Link, Mark, Problem
from integrations.core.problems import dismiss_problems, retry_problems
from integrations.core.push.preparing import SUSPICIOUS, Preparer
from integrations.core.push.sending import Pusher
from integrations.core.push.settling import TRIES, PushSettler
from tests.core.approving import approve
from tests.core.connected import compare
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import (
    LEFT,
    OPEN,
    OTHER_PHONE,
    PHONE,
    RIGHT,
    apply_all,
    assert_in_step,
    change,
    decide,
    pair_of,
    review,
    row_of,
)
from tests.sandbox.fortnox_caller import CALLBACK

pytestmark = pytest.mark.django_db(transaction=True)
REFUSAL = {"ErrorInformation": {"error": 1, "message": "Ogiltigt telefonnummer.", "code": 2000106}}
INVALID_PHONE = {"action": "refuse", "method": "PUT", "path": "/3/employees/101", "status": 400, "body": REFUSAL}


def retry(both: Pushed) -> int:
    return retry_problems(Problem.objects.filter(connection=both.connection), by=User.objects.get(username="hanna"))


@pytest.mark.behaviour("G-09")
def test_a_refused_edit_leaves_both_sides_as_they_are_and_stands_in_the_error_log(both: Pushed) -> None:
    employee = both.pair_active()
    before = both.at_vendor("101")
    both.sandbox.faults([INVALID_PHONE])

    change(employee, work_phone=PHONE)
    both.push()

    assert both.at_vendor("101") == before
    employee.refresh_from_db()
    assert employee.work_phone == PHONE
    assert pair_of(employee, "phone") == ["+46701740001", "+46701740001", "settled"]
    problem = both.problem()
    assert (problem.state, problem.message, problem.action) == ("open", "Ogiltigt telefonnummer.", "update")
    assert (problem.cause, problem.wanted) == ("Refused:2000106:phone", {"fields": ["phone"]})
    assert both.marks() == [(str(employee.pk), "problem")]
    # It is not sent again and again.
    both.push()
    assert len(both.writes()) == 1


@pytest.mark.behaviour("G-09")
def test_a_refused_edit_is_sent_again_when_somebody_says_so(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone=PHONE)
    both.push()

    assert retry(both) == 1
    assert both.problem().state == "retried"
    both.push()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert (both.problem().state, both.marks()) == ("solved", [])
    assert_in_step(both.connection, 1)


def test_an_edit_that_is_refused_again_is_the_same_problem(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{**INVALID_PHONE, "count": 2}])
    change(employee, work_phone=PHONE)
    both.push()
    retry(both)
    both.push()

    assert (both.problem().state, both.problem().count) == ("open", 2)
    retry(both)
    both.push()
    assert both.problem().state == "solved"


def test_a_new_edit_of_a_refused_person_is_tried_by_itself(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone="+46709999999")
    both.push()

    change(employee, work_phone=PHONE)
    both.push()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.problem().state == "solved"


def test_an_edit_during_a_refused_call_is_tried_by_itself(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    refuse: Callable[..., None] = PushSettler.refuse

    def edit_before_refusing(self: PushSettler, *arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(PushSettler, "refuse", refuse)
        change(employee, work_phone=PHONE)
        refuse(self, *arguments, **more)

    monkeypatch.setattr(PushSettler, "refuse", edit_before_refusing)
    change(employee, work_phone=OTHER_PHONE)
    both.push()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert (both.problem().state, both.marks()) == ("solved", [])


def test_a_refused_edit_is_not_forgotten_when_a_synchronisation_writes_something_else(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone=PHONE)
    both.push()
    both.change_at_vendor("101", City="Umeå")
    run = review(both.connection)
    decide(row_of(run), phone=OPEN)
    change_address = row_of(run).fields.get(field="address")
    assert change_address.decision == RIGHT
    decide(row_of(run), address=LEFT)
    apply_all(run)
    assert both.problem().state == "solved"

    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.marks() == []


def test_a_refused_edit_that_is_taken_back_is_solved(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([INVALID_PHONE])
    change(employee, work_phone=PHONE)
    both.push()

    change(employee, work_phone="+46701740001")
    both.push()

    assert (both.problem().state, both.marks()) == ("solved", [])


def test_a_dismissed_problem_is_not_sent_and_comes_back_with_the_next_refusal(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{**INVALID_PHONE, "count": 2}])
    change(employee, work_phone=PHONE)
    both.push()

    dismissed = dismiss_problems(Problem.objects.all(), by=User.objects.get(username="hanna"), reason="Payroll does it")
    both.push()
    assert (dismissed, len(both.writes())) == (1, 1)

    change(employee, city="Umeå")
    both.push()
    assert [problem.state for problem in both.problems()] == ["dismissed", "open"]


def test_one_persons_refusal_stops_nobody_else(both: Pushed) -> None:
    people = [both.pair(number) for number in (1, 2, 3)]
    both.activate()
    both.sandbox.faults([INVALID_PHONE])

    for person in people:
        change(person, family_name="Ek")
    both.push()

    assert [both.at_vendor(number)["LastName"] for number in ("101", "102", "103")] == ["Family 1", "Ek", "Ek"]
    assert len(both.problems()) == 1


@pytest.mark.behaviour("G-16")
def test_somebody_gone_at_the_vendor_is_shown_as_gone(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.remove("fortnox", "employees", "101")

    change(employee, work_phone=PHONE)
    both.push()

    assert both.problem().cause == "gone"
    link = Link.objects.get()
    assert (link.state, link.gone_at is not None) == (Link.State.ACTIVE, True)
    assert both.marks() == [(str(employee.pk), "problem")]


# --- Outages and answers that never come ------------------------------------------------------------------


def test_an_outage_loses_nothing_and_blames_nobody(both: Pushed) -> None:
    people = [both.pair(number) for number in (1, 2)]
    both.activate()
    both.sandbox.down()
    for person in people:
        change(person, family_name="Ek")
    for _ in range(3 * TRIES):
        both.push()
    connection = Connection.objects.get()
    assert (both.waiting(), both.problems()) == (2, [])
    assert connection.failing_since is not None
    assert connection.state == Connection.State.ACTIVE

    both.sandbox.down(down=False)
    both.push_until_sent()

    assert [both.at_vendor(number)["LastName"] for number in ("101", "102")] == ["Ek", "Ek"]
    assert (Connection.objects.get().failing_since, both.problems()) == (None, [])
    assert_in_step(both.connection, 2)


def test_a_record_over_which_the_vendor_fails_every_time_is_given_up_and_the_others_go(both: Pushed) -> None:
    people = [both.pair(number) for number in (1, 2)]
    both.activate()
    both.sandbox.faults(
        [{"action": "refuse", "method": "GET", "path": "/3/employees/101", "status": 500, "every": True}]
    )
    change(people[0], family_name="Ek")
    while not both.problems():
        change(people[1], family_name=f"Ek {Connection.objects.get().next_slot}")
        both.push()

    assert both.problem().cause == "given_up"
    assert both.at_vendor("102")["LastName"].startswith("Ek")
    assert (str(people[0].pk), "problem") in both.marks()

    both.sandbox.clear_faults()
    retry(both)
    both.push_until_sent()
    assert both.at_vendor("101")["LastName"] == "Ek"
    assert both.problem().state == "solved"


@pytest.mark.parametrize("action", ["drop_after", "drop", "broken_json"])
def test_a_write_whose_answer_never_came_is_looked_up_and_done_once(both: Pushed, action: str) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{"action": action, "method": "PUT", "path": "/3/employees/101"}])

    change(employee, work_phone=PHONE)
    both.push()
    assert Delivery.objects.get().state == Delivery.State.UNKNOWN
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == PHONE
    done = [write for write in both.writes() if write[2] == 200]
    assert len(done) == (0 if action == "drop_after" else 1) or action == "broken_json"
    assert both.sent_changes(employee) == [("phone", "+46701740001", PHONE)]
    assert_in_step(both.connection, 1)


def test_a_write_that_the_vendor_does_late_is_not_done_twice(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{"action": "late", "method": "PUT", "path": "/3/employees/101", "seconds": 0.3}])

    change(employee, work_phone=PHONE)
    both.push()
    both.push_until_sent()

    assert len(both.writes()) == 1
    assert both.sent_changes(employee) == [("phone", "+46701740001", PHONE)]
    assert_in_step(both.connection, 1)


def test_an_edit_while_the_outcome_is_unknown_waits_for_it(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])
    change(employee, work_phone=PHONE)
    both.push()

    change(employee, work_phone=OTHER_PHONE)
    both.push()
    assert len(both.writes()) == 1
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    assert both.sent_changes(employee) == [("phone", "+46701740001", PHONE), ("phone", PHONE, OTHER_PHONE)]


def test_a_process_that_dies_after_the_call_leaves_a_write_that_is_looked_up(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = both.pair_active()

    def die(self: PushSettler, *arguments: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(PushSettler, "settle_updated", die)
        change(employee, work_phone=PHONE)
        with pytest.raises(SystemExit):
            both.push()
    assert Delivery.objects.get().state == Delivery.State.SENDING

    Delivery.objects.update(sent_at="2026-01-01T00:00:00Z")
    both.push_until_sent()

    assert len(both.writes()) == 1
    assert both.sent_changes(employee) == [("phone", "+46701740001", PHONE)]
    assert_in_step(both.connection, 1)


def test_a_mark_that_kills_its_worker_every_time_is_given_up_and_lets_the_others_through(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, healthy = both.pair(1), both.pair(2)
    both.activate()
    change(poison, work_phone=PHONE)
    change(healthy, family_name="Ek")

    with monkeypatch.context() as patched:
        original = Pusher.settle

        def die_of_poison(self: Pusher, outcome: Any) -> None:
            if outcome.job.subject.mark.left_id == str(poison.pk):
                raise SystemExit
            original(self, outcome)

        patched.setattr(Pusher, "settle", die_of_poison)
        for _ in range(TRIES):
            with pytest.raises(SystemExit):
                both.push()
        both.push()

    assert both.problem().cause == "given_up"
    assert both.at_vendor("102")["LastName"] == "Ek"
    retry(both)
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE


def test_a_suspicious_mark_goes_alone_so_that_nobody_beside_it_is_blamed(
    both: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, healthy = both.pair(1), both.pair(2)
    both.activate()
    change(poison, work_phone=PHONE)
    change(healthy, family_name="Ek")
    Mark.objects.update(attempts=SUSPICIOUS)

    def die(self: Pusher, outcome: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Pusher, "settle", die)
        with pytest.raises(SystemExit):
            both.push()
    attempts = dict(Mark.objects.values_list("left_id", "attempts"))
    assert attempts == {str(poison.pk): SUSPICIOUS + 1, str(healthy.pk): SUSPICIOUS}

    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.at_vendor("102")["LastName"] == "Ek"


def test_nothing_begins_beside_a_suspicious_mark(both: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    suspicious, healthy = both.pair(1), both.pair(2)
    both.activate()
    change(suspicious, work_phone=PHONE)
    Mark.objects.update(attempts=SUSPICIOUS)
    begin = Preparer._begin
    beside: list[Any] = []

    def edit_meanwhile(self: Preparer, found: Mark) -> Any:
        job = begin(self, found)
        if not beside:
            change(healthy, family_name="Ek")
            beside.append(self.next_job())
        return job

    monkeypatch.setattr(Preparer, "_begin", edit_meanwhile)
    both.push_until_sent()

    assert beside == [None]
    assert both.at_vendor("102")["LastName"] == "Ek"


def test_the_rate_limit_is_waited_out(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{"action": "refuse", "method": "PUT", "path": "/3/employees", "status": 429, "count": 3}])

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert both.problems() == []


# --- The authorisation --------------------------------------------------------------------------------------


def test_a_token_that_ended_before_its_time_is_renewed(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.tokens("fortnox", action="expire_access")

    change(employee, work_phone=PHONE)
    both.push_until_sent()

    assert both.at_vendor("101")["Phone1"] == PHONE
    assert Connection.objects.get().state == Connection.State.ACTIVE


@pytest.mark.behaviour("G-11")
def test_a_withdrawn_authorisation_keeps_the_marks_until_it_is_connected_again(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.tokens("fortnox", action="withdraw_consent")

    change(employee, work_phone=PHONE)
    both.push()
    connection = Connection.objects.get()
    assert connection.state == Connection.State.NEEDS_REAUTHORISATION
    assert (both.waiting(), both.problems(), both.writes()) == (1, [], [])

    started = connecting.start_authorisation(connection_id=connection.pk, service_account=False, redirect_uri=CALLBACK)
    connecting.finish_authorisation(
        connection_id=connection.pk, callback=approve(started.url), started=started, redirect_uri=CALLBACK, by=None
    )
    both.push_until_sent()
    assert both.at_vendor("101")["Phone1"] == PHONE


def test_a_missing_licence_is_one_problem_of_the_connection(both: Pushed) -> None:
    people = [both.pair(number) for number in range(1, 9)]
    both.activate()
    missing = {"ErrorInformation": {"error": 1, "message": "Det finns ingen licens.", "code": 2001101}}
    both.sandbox.faults([{"action": "refuse", "path": "/3/employees/", "status": 400, "body": missing, "every": True}])
    for person in people:
        change(person, family_name="Ek")
    both.push()

    problem = both.problem()
    assert (problem.left_id, problem.label, problem.cause) == ("", "Fortnox", "LicenceMissing:2001101")
    assert both.waiting() == len(people)
    # Only what was under way already followed the first refusal.
    assert len(both.sandbox.calls(path="/3/employees/")) <= IN_FLIGHT

    both.sandbox.clear_faults()
    both.push_until_sent()
    assert {both.at_vendor(str(100 + number))["LastName"] for number in range(1, 9)} == {"Ek"}
    assert both.problem().state == "solved"


# --- Beside a run -------------------------------------------------------------------------------------------


def test_a_disconnected_connection_sends_nothing(both: Pushed) -> None:
    employee = both.pair_active()
    connecting.disconnect(connection_id=both.connection.pk, by=None)
    change(employee, work_phone=PHONE)

    both.push()

    assert (both.writes(), both.waiting()) == ([], 1)


def test_marks_of_one_person_at_two_workers_are_one_write(both: Pushed) -> None:
    employee = both.pair_active()
    change(employee, work_phone=PHONE)
    assert Mark.objects.count() == 1
    both.push()
    both.push()
    assert len(both.writes()) == 1


def test_a_comparison_takes_marks_off_of_people_in_step(both: Pushed) -> None:
    employee = both.pair_active()
    both.change_at_vendor("101", Phone1=PHONE)
    change(employee, work_phone=PHONE)

    compare(Connection.objects.get())

    assert both.marks() == []
