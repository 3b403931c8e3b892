"""Outages, and answers that never come; and how each goes on afterwards (G-09)."""

from datetime import date
from typing import Any

import pytest

from integrations.core.models import Connection, Delivery, Mark
from integrations.core.push.holding import TRIES
from integrations.core.push.preparing import SUSPICIOUS, Preparer
from integrations.core.push.sending import Pusher
from integrations.core.push.settling import PushSettler
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import (
    OTHER_PHONE,
    PHONE,
    assert_in_step,
    change,
    pair_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.behaviour("G-12", "G-30")
def test_of_a_write_without_an_answer_what_arrived_is_on_record_though_the_vendor_edits_the_rest(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])
    change(employee, work_phone=PHONE, family_name="Ek", first_workday=date(2021, 3, 1))
    both.push()
    both.change_at_vendor("101", LastName="Berg")

    both.push_until_sent()

    sent = both.sent_changes(employee)
    assert sorted(sent[:2]) == [("first_workday", "2020-01-01", "2021-03-01"), ("phone", "+46701740001", PHONE)]
    assert sent[2:] == [("family_name", "Berg", "Ek")]
    assert [sorted(body) for body in both.sent()][1:] == [["LastName"]]
    assert pair_of(employee, "phone") == [PHONE, PHONE, "settled"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.DONE}
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-30")
def test_the_rest_is_sent_though_a_comparison_took_the_mark_off(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{"action": "drop_after", "method": "PUT", "path": "/3/employees/101"}])
    change(employee, work_phone=PHONE, family_name="Ek")
    both.push()
    both.change_at_vendor("101", LastName="Berg")
    Mark.objects.all().delete()

    both.push_until_sent()

    assert both.at_vendor("101")["LastName"] == "Ek"
    assert_in_step(both.connection, 1)


@pytest.mark.behaviour("G-30")
def test_of_a_write_that_never_arrived_nothing_is_on_record(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{"action": "drop", "method": "PUT", "path": "/3/employees/101"}])
    change(employee, work_phone=PHONE, family_name="Ek")
    both.push()
    both.change_at_vendor("101", LastName="Berg")

    both.push_until_sent()

    assert sorted(both.sent_changes(employee)) == [("family_name", "Berg", "Ek"), ("phone", "+46701740001", PHONE)]
    assert sorted(Delivery.objects.values_list("state", flat=True)) == [Delivery.State.DONE, Delivery.State.VOID]


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
