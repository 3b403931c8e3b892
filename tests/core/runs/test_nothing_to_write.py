"""A synchronisation in which nothing differs, or nobody is, is confirmed, ends at once, and says so (G-34)."""

import pytest

from integrations.core.models import Connection, Link, Notification, SyncRun
from integrations.core.report.building import build_report
from integrations.core.report.writing import report_text, subject_line
from tests.core.connected import compare
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import BothSides, apply_all, change, review, start_applying

pytestmark = pytest.mark.behaviour("G-34")
State = Connection.State


def stands(connection: Connection) -> str:
    connection.refresh_from_db()
    return connection.state


@pytest.mark.parametrize(("people", "subject"), [(2, "everything in step"), (0, "nobody to keep in step")])
def test_the_first_one_waits_for_its_confirmation_and_makes_the_connection_active(
    connection: Connection, both: BothSides, people: int, subject: str
) -> None:
    for number in range(people):
        both.pair(number)
    run = review(connection)
    assert (run.state, stands(connection)) == (SyncRun.State.REVIEW, State.REVIEWING)
    both.sandbox.clear_calls()

    run = start_applying(run)

    assert (run.state, stands(connection)) == (SyncRun.State.DONE, State.ACTIVE)
    assert both.sandbox.calls(path="/3/") == []
    report = build_report(run=run)
    assert subject_line(report) == f"Fortnox: {subject} – {both.company.name}"
    assert "Nothing had to be written." in report_text(report)


def test_from_then_on_an_edit_goes_by_itself(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1)
    change(employee, city="Lund")
    change(employee, city="Stockholm")
    pushed = Pushed(company=both.company, sandbox=both.sandbox, connection=connection)
    pushed.push()
    assert pushed.waiting() == 1

    apply_all(review(connection))
    change(employee, city="Lund")
    pushed.push_until_sent()

    assert both.at_vendor("101")["City"] == "Lund"


def test_people_who_are_only_unclear_or_cannot_be_created_hold_nothing_up(
    connection: Connection, both: BothSides
) -> None:
    both.hub(1, work_email="")
    both.vendor(2)
    both.vendor(3, Email="p2@demo.example")

    run = apply_all(review(connection))

    assert (run.state, stands(connection)) == (SyncRun.State.DONE, State.ACTIVE)
    assert (both.writes(), "Nothing had to be written." in report_text(build_report(run=run))) == ([], True)


def test_a_later_one_that_finds_everybody_in_step_ends_by_itself_and_is_reported(
    connection: Connection, both: BothSides
) -> None:
    both.pair(1)
    apply_all(review(connection))

    run = compare(connection)

    assert (run.state, run.approved_at, run.counts["equal"]) == (SyncRun.State.DONE, None, 1)
    assert run.finished_at is not None
    assert Notification.objects.filter(key=f"run:{run.pk}").exists()


def test_a_new_match_is_confirmed_though_nothing_differs(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    apply_all(review(connection))
    both.pair(2)

    run = compare(connection)
    assert run.state == SyncRun.State.REVIEW
    assert Link.objects.filter(state=Link.State.PROPOSED).count() == 1

    apply_all(run)
    assert Link.objects.filter(state=Link.State.ACTIVE).count() == 2
    assert compare(connection).state == SyncRun.State.DONE


def test_a_list_that_does_not_add_up_is_not_called_in_step(connection: Connection, both: BothSides) -> None:
    both.pair(1)
    apply_all(review(connection))
    both.sandbox.faults([{"method": "GET", "path": "/employees", "action": "wrong_total", "every": True}])

    run = compare(connection)

    assert (run.state, run.counts["complete"], run.counts["rows"]) == (SyncRun.State.REVIEW, False, 0)
    both.sandbox.clear_faults()
    assert apply_all(run).state == SyncRun.State.DONE
