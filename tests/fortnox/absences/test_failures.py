"""All or nothing: refusals, lost answers, outages and crashes, each with the recovery (FX-17, G-09)."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from integrations.core.dispatching import Dispatcher, Outcome
from integrations.core.models import Delivery, Lease, Link, Mark
from integrations.fortnox.absence_settling import AbsenceSettler
from tests.fortnox.absences.transferred import MONDAY, PATH, WEEK, Transferred, edit
from tests.sandbox.fortnox_caller import FIRST_COMPANY

pytestmark = pytest.mark.django_db(transaction=True)
LOCKED = {"ErrorInformation": {"error": 1, "message": "Löneperioden är låst.", "code": 0}}
WHOLE = [(day, "SJK", 100) for day in WEEK]


def refusal(method: str, *, k: int = 1, count: int = 1, status: int = 400, **more: Any) -> dict[str, Any]:
    return {
        "action": "refuse",
        "method": method,
        "path": PATH,
        "k": k,
        "count": count,
        "status": status,
        "body": LOCKED,
        **more,
    }


# --- Refused ------------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-17")
@pytest.mark.behaviour("G-09")
@pytest.mark.parametrize("k", [1, 3, 5])
def test_a_refused_day_takes_the_others_back(both: Transferred, k: int) -> None:
    employee = both.begin()
    both.sandbox.faults([refusal("POST", k=k)])

    absence = both.absence(employee)
    both.push_until_sent()

    assert both.rows() == []
    problem = both.problem()
    assert problem.message.startswith("Löneperioden är låst. – refused for 2026-03-0")
    assert "Fortnox holds what it held before this change." in problem.message
    assert both.line(absence).startswith("refused: Löneperioden är låst.")

    both.retry()
    both.push_until_sent()
    assert both.rows() == WHOLE
    problem.refresh_from_db()
    assert problem.state == "solved"


@pytest.mark.behaviour("FX-17")
def test_a_refused_change_leaves_the_grade_that_was_there(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.sandbox.faults([refusal("PUT", k=4)])

    edit(absence, grade=50)
    both.push_until_sent()
    assert both.rows() == WHOLE

    # The hub's edit stays as it is, and goes when it is edited again.
    absence.refresh_from_db()
    assert absence.grade == 50
    edit(absence, grade=60)
    both.push_until_sent()
    assert both.rows() == [(day, "SJK", 60) for day in WEEK]
    assert both.causes() == set()


@pytest.mark.behaviour("FX-17")
def test_a_refused_deletion_leaves_all_days(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_closed_to": "2026-03-02"})

    absence.delete()
    both.push_until_sent()
    assert both.rows() == WHOLE
    assert "2026-03-02" in both.problem().message

    both.sandbox.change("fortnox", "companies", FIRST_COMPANY, {"payroll_closed_to": ""})
    both.retry()
    both.push_until_sent()
    assert both.rows() == []


@pytest.mark.behaviour("FX-17")
def test_days_that_cannot_be_taken_back_are_named_and_the_retry_repairs(both: Transferred) -> None:
    employee = both.begin()
    both.sandbox.faults([refusal("POST", k=5), refusal("DELETE", count=2)])

    absence = both.absence(employee)
    both.push_until_sent()

    left = both.days()
    assert len(left) == 2
    message = both.problem().message
    assert "could not be taken back and stands in Fortnox" in message
    assert all(day in message for day in (left[0], left[-1]))

    both.retry()
    both.push_until_sent()
    assert both.rows() == WHOLE
    assert both.line(absence).startswith("in Fortnox: 5 days")


def test_one_absences_refusal_does_not_stop_the_others(both: Transferred) -> None:
    first = both.begin(1)
    second = both.pair_active(2, vendor={"ScheduleId": "HEL"})
    both.sandbox.faults([refusal("POST")])

    both.absence(first)
    both.absence(second)
    both.push_until_sent()

    assert sorted(map(len, (both.rows("101"), both.rows("102")))) == [0, 5]
    both.retry()
    both.push_until_sent()
    assert (both.rows("101"), both.rows("102")) == (WHOLE, WHOLE)


@pytest.mark.behaviour("FX-17")
def test_a_deleted_day_that_is_put_back_keeps_its_cost_centre_and_project(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    entered = {"CostCenter": "KS1", "Project": "P7", "HolidayEntitling": False}
    for row_id in both.row_ids().values():
        both.sandbox.change("fortnox", "absences", row_id, entered)
    both.sandbox.faults([refusal("DELETE", k=4)])

    absence.delete()
    both.push_until_sent()

    assert both.rows() == WHOLE
    held = both.sandbox.state("fortnox", "absences")
    assert [{name: row[name] for name in entered} for row in held] == [entered] * 5
    both.retry()
    both.push_until_sent()
    assert both.rows() == []


# --- No answer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["drop", "drop_after", "broken_json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_lost_answer_doubles_nothing(both: Transferred, action: str, method: str) -> None:
    employee = both.begin()
    absence = both.absence(employee) if method == "POST" else both.transferred(employee)
    both.sandbox.faults([{"action": action, "method": method, "path": PATH, "k": 2, "count": 2}])
    if method == "PUT":
        edit(absence, grade=50)
    elif method == "DELETE":
        absence.delete()

    both.push_until_sent()

    wanted = {"POST": WHOLE, "PUT": [(day, "SJK", 50) for day in WEEK], "DELETE": []}
    assert both.rows() == wanted[method]
    assert both.causes() == set()


def test_a_write_that_is_done_late_is_found_and_not_doubled(both: Transferred) -> None:
    employee = both.begin()
    both.sandbox.faults([{"action": "late", "method": "POST", "path": PATH, "k": 3, "seconds": 0.3}])

    both.absence(employee)
    both.push_until_sent()

    assert both.rows() == WHOLE


def test_nothing_is_looked_up_before_the_settle_time(both: Transferred) -> None:
    employee = both.begin()
    both.sandbox.faults([{"action": "drop_after", "method": "POST", "path": PATH}])

    both.absence(employee)
    both.push()

    unknown = Delivery.objects.get(state=Delivery.State.UNKNOWN)
    assert unknown.settle_until is not None
    assert both.lists() == 1
    both.push_until_sent()
    assert both.rows() == WHOLE
    assert both.lists() == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_vendor_out_of_order_only_delays(both: Transferred, status: int) -> None:
    employee = both.begin()
    both.sandbox.faults(
        [refusal("POST", k=2, count=2, status=status, headers={"Retry-After": "0"}), refusal("GET", status=status)]
    )

    both.absence(employee)
    both.push_until_sent()

    assert both.rows() == WHOLE
    assert both.causes() == set()


@pytest.mark.parametrize("fault", ["repeat_page", "short_page", "wrong_total"])
def test_a_list_that_does_not_add_up_is_fetched_again(both: Transferred, fault: str) -> None:
    employee = both.begin()
    typed = [both.typed(day) for day in WEEK]
    both.sandbox.faults([{"action": fault, "method": "GET", "path": PATH}])

    both.absence(employee)
    both.push_until_sent()

    assert sorted(both.row_ids().values()) == sorted(typed)
    assert both.writes_made() == []


# --- Interrupted --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", [1, 3, 4, 5])
def test_a_crash_in_the_middle_of_five_days_is_taken_up(
    both: Transferred, answers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = both.begin()
    absence = both.absence(employee)
    _crash_after(monkeypatch, writes=answers)

    with pytest.raises(SystemExit):
        both.push()
    monkeypatch.undo()
    Lease.objects.all().delete()
    both.push_until_sent()

    assert both.rows() == WHOLE
    assert both.line(absence) == "in Fortnox: 5 days, 5 with hours, Sjukfrånvaro (SJK)"


def test_a_crash_while_taking_back_is_taken_up(both: Transferred, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.begin()
    both.sandbox.faults([refusal("POST", k=5)])
    both.absence(employee)
    _crash_after(monkeypatch, writes=6)

    with pytest.raises(SystemExit):
        both.push()
    monkeypatch.undo()
    Lease.objects.all().delete()
    both.push_until_sent()

    assert both.rows() == []
    assert len(both.problems()) == 1


def _crash_after(monkeypatch: pytest.MonkeyPatch, *, writes: int) -> None:
    """End the process before the answer to the n-th write is written down; calls under way are not waited for."""
    real = Dispatcher._harvest
    seen = []

    def harvest(self: Dispatcher[Any], *, timeout: float | None) -> None:
        settle = self._settle

        def crash(outcome: Outcome[Any]) -> None:
            seen.append(outcome)
            if sum(hasattr(each.job.subject, "delivery") for each in seen) >= writes:
                self._under_way.clear()
                raise SystemExit
            settle(outcome)

        self._settle = crash
        try:
            real(self, timeout=timeout)
        finally:
            self._settle = settle

    monkeypatch.setattr(Dispatcher, "_harvest", harvest)


def test_a_change_while_days_are_sent_is_sent_after_them(both: Transferred, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.begin()
    absence = both.absence(employee)
    _at_write(monkeypatch, 3, lambda: edit(absence, end=MONDAY, grade=50))

    both.push_until_sent()

    assert both.rows() == [("2026-03-02", "SJK", 50)]
    # What was planned before the change was not written any more.
    assert both.writes_made().count("POST") == 2


def test_an_absence_deleted_while_it_is_sent_goes_again(both: Transferred, monkeypatch: pytest.MonkeyPatch) -> None:
    employee = both.begin()
    absence = both.absence(employee)
    _at_write(monkeypatch, 3, absence.delete)

    both.push_until_sent()

    assert both.rows() == []
    assert both.writes_made().count("POST") == 2
    assert not Link.objects.filter(resource="absences", state=Link.State.ACTIVE).exists()


@pytest.mark.behaviour("FX-13")
def test_a_mapping_that_changes_while_days_are_sent_leaves_what_is_there(
    both: Transferred, monkeypatch: pytest.MonkeyPatch
) -> None:
    employee = both.begin()
    absence = both.absence(employee)
    _at_write(monkeypatch, 3, lambda: both.answer(sick_leave="FRA"))

    both.push_until_sent()

    assert {cause for _day, cause, _extent in both.rows()} == {"SJK"}
    assert both.line(absence).startswith("mapping changed on")
    assert f"{len(both.rows())} rows remain" in both.line(absence)


def _at_write(monkeypatch: pytest.MonkeyPatch, number: int, do: Any) -> None:
    """Do something in the hub right before the n-th write is prepared."""
    real, seen = AbsenceSettler.write, []

    def write(self: AbsenceSettler, *args: Any) -> Any:
        seen.append(args)
        if len(seen) == number:
            do()
        return real(self, *args)

    monkeypatch.setattr(AbsenceSettler, "write", write)


# --- Many ---------------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-07")
def test_a_persons_phone_overtakes_absences(both: Transferred) -> None:
    people = [both.begin(1)]
    people += [both.pair_active(number, vendor={"ScheduleId": "HEL"}) for number in (2, 3, 4)]
    both.sandbox.clear_calls()
    for employee in people:
        both.absence(employee)
    people[0].refresh_from_db()
    real = Mark.objects
    assert real.filter(resource="absences").count() == 4
    both.edit_phone_after(people[0], writes=2)

    both.push_until_sent()

    calls = [call["path"] for call in both.sandbox.calls(path="/3/") if call["method"] != "GET"]
    phone = next(number for number, path in enumerate(calls) if "/employees/" in path)
    # What was under way when the edit came, and nothing more.
    assert phone <= 2 + 4
    assert all(len(both.rows(str(100 + number))) == 5 for number in (1, 2, 3, 4))


def test_a_thousand_absences_of_a_hundred_people_at_once(both: Transferred, settings: Settings) -> None:
    settings.TASK_SECONDS = 60
    people = [both.pair(number, vendor={"ScheduleId": "HEL"}) for number in range(2, 101)]
    people.append(both.begin(1))
    days = [MONDAY + timedelta(weeks=week) for week in range(10)]
    wanted = {(employee.employment_id, day.isoformat()) for employee in people for day in days}

    both.absences((employee, day) for employee in people for day in days)
    both.push_until_sent(seconds=400)

    held = [(row["EmployeeId"], row["Date"]) for row in both.sandbox.state("fortnox", "absences")]
    assert len(held) == len(wanted) == 1_000
    assert set(held) == wanted
    assert both.writes_made() == ["POST"] * 1_000
    # One listing of each person is enough for all of the person's absences; where a slow machine's turn ends amid
    # somebody's, the next turn lists that person once more.
    assert len(people) <= both.lists() <= 1.2 * len(people)
    assert both.problems() == []
