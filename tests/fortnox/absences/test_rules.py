"""Long periods, closed payroll, rows typed by hand, schedules, the mapping (FX-13 to FX-16, FX-19)."""

from datetime import timedelta

import pytest

from absences.models import Absence
from tests.fortnox.absences.transferred import FRIDAY, MONDAY, WEEK, Transferred, edit

pytestmark = pytest.mark.django_db(transaction=True)
FIFTY = MONDAY + timedelta(days=49)


# --- FX-14 --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-14")
@pytest.mark.parametrize(("days", "rows"), [(50, 50), (51, 0)])
def test_fifty_days_go_and_fifty_one_do_not(both: Transferred, days: int, rows: int) -> None:
    employee = both.begin()

    absence = both.absence(employee, end=MONDAY + timedelta(days=days - 1))
    both.push()

    assert len(both.rows()) == rows
    assert rows or both.line(absence) == "not transferred: longer than 50 days"


@pytest.mark.behaviour("FX-14")
def test_an_absence_that_grew_keeps_its_rows_and_goes_on_when_it_shrinks_back(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)

    edit(absence, end=FIFTY + timedelta(days=1))
    both.push()
    assert both.days() == list(WEEK)
    assert both.line(absence).endswith("changes not transferred: longer than 50 days")

    edit(absence, end=FRIDAY + timedelta(days=1), grade=50)
    both.push()
    assert both.rows() == [(day, "SJK", 50) for day in (*WEEK, "2026-03-07")]


@pytest.mark.behaviour("FX-14")
def test_a_long_one_that_is_deleted_names_the_days_to_remove_by_hand(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    edit(absence, end=FIFTY + timedelta(days=1))
    both.push()

    absence.delete()
    both.push()

    assert both.days() == list(WEEK)
    problem = both.problem()
    assert problem.cause == "absence:too_long"
    assert "2026-03-02 – 2026-03-06" in problem.message
    assert absence.employee.full_name in problem.label

    # Removed by hand and tried again, it is solved.
    for row_id in both.row_ids().values():
        both.sandbox.remove("fortnox", "absences", row_id)
    both.retry()
    problem.refresh_from_db()
    assert problem.state == "solved"


# --- FX-15 --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-15")
def test_rows_typed_by_hand_are_adopted_when_the_whole_absence_matches(both: Transferred) -> None:
    employee = both.begin()
    typed = {day: both.typed(day) for day in WEEK}

    absence = both.transferred(employee)
    assert both.row_ids() == typed

    # From now on they follow the hub.
    edit(absence, end=MONDAY)
    both.push()
    assert both.days() == ["2026-03-02"]


@pytest.mark.behaviour("FX-15")
@pytest.mark.parametrize("typed", [{"day": "2026-03-04"}, {"day": "2026-03-04", "extent": 50}], ids=["part", "extent"])
def test_other_rows_of_the_cause_are_shown_and_nothing_is_written(both: Transferred, typed: dict[str, object]) -> None:
    employee = both.begin()
    row_id = both.typed(**typed)  # type: ignore[arg-type]

    absence = both.absence(employee)
    both.push()

    assert both.writes_made() == []
    assert both.causes() == {"absence:clash"}
    assert "Sjukfrånvaro (SJK)" in both.problem().message
    assert both.line(absence).startswith("refused: Already in Fortnox")

    both.sandbox.remove("fortnox", "absences", row_id)
    both.retry()
    assert both.rows() == [(day, "SJK", 100) for day in WEEK]
    assert both.causes() == set()


@pytest.mark.behaviour("FX-15")
def test_a_row_belongs_to_one_absence_at_most(both: Transferred) -> None:
    employee = both.begin()
    both.answer(self_certification="SJK")
    both.transferred(employee, grade=50)

    both.absence(employee, code="self_certification", grade=50)
    both.push_until_sent()

    assert both.rows() == sorted(2 * [(day, "SJK", 50) for day in WEEK])


def test_rows_deleted_by_hand_are_no_obstacle(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.sandbox.remove("fortnox", "absences", both.row_ids()[WEEK[0]])

    edit(absence, grade=50)
    both.push_until_sent()
    assert both.rows() == [(day, "SJK", 50) for day in WEEK]

    both.sandbox.remove("fortnox", "absences", both.row_ids()[WEEK[1]])
    absence.delete()
    both.push_until_sent()
    assert both.rows() == []


# --- FX-19 --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-19")
def test_days_of_closed_payroll_are_left_alone_and_listed(both: Transferred) -> None:
    employee = both.begin(payroll_closed_to="2026-03-03")

    absence = both.absence(employee)
    both.push()
    assert both.days() == list(WEEK[2:])
    assert both.causes() == {"absence:closed"}
    assert "create: 2026-03-02 – 2026-03-03" in both.problem().message
    assert both.line(absence).endswith("2 days left alone: payroll is closed")

    # Opened again, the rest goes by itself.
    both.configure(payroll_closed_to="")
    both.push()
    assert both.days() == list(WEEK)
    assert both.causes() == set()


@pytest.mark.behaviour("FX-19")
def test_a_closed_day_is_neither_changed_nor_deleted(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.configure(payroll_closed_to="2026-03-03")

    absence.delete()
    both.push()

    assert both.days() == list(WEEK[:2])
    assert "delete: 2026-03-02 – 2026-03-03" in both.problem().message


# --- FX-16 --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-16")
def test_a_schedule_without_hours_is_warned_about_and_sent(both: Transferred) -> None:
    employee = both.begin(schedule="0")

    absence = both.absence(employee)
    both.push()

    assert both.causes() == {"absence:no_hours"}
    assert both.problem().label == employee.full_name
    assert both.line(absence) == "in Fortnox: 5 days, 0 with hours, Sjukfrånvaro (SJK)"


@pytest.mark.behaviour("FX-16")
def test_held_absences_go_once_the_person_has_hours(both: Transferred) -> None:
    employee = both.begin(schedule="0", hold_without_hours=True)
    absence = both.absence(employee)
    both.push()
    assert both.rows() == []
    assert both.line(absence) == "waiting: the person's schedule in Fortnox has no hours"

    both.change_at_vendor("101", ScheduleId="HEL")
    both.retry()
    both.push()
    assert both.days() == list(WEEK)
    assert both.causes() == set()


@pytest.mark.behaviour("FX-16")
def test_a_held_absence_is_looked_at_again_after_a_day_or_when_it_is_edited(both: Transferred) -> None:
    employee = both.begin(schedule="0", hold_without_hours=True)
    absence = both.absence(employee)
    both.push()
    both.sweep()
    assert both.marks() == [(f"absence:{absence.pk}", "later")]

    # Nothing stands in Fortnox: without its end it waits for nothing there.
    edit(absence, end=None)
    both.push()
    assert both.marks() == []

    edit(absence, end=FRIDAY)
    both.push()
    both.change_at_vendor("101", ScheduleId="HEL")
    both.a_day_later()
    both.sweep()
    both.push()
    assert both.days() == list(WEEK)


@pytest.mark.behaviour("FX-16")
def test_a_schedule_is_read_once_for_everybody_who_has_it(both: Transferred) -> None:
    first = both.begin(1, schedule="0")
    second = both.pair_active(2, vendor={"ScheduleId": "0"})

    both.transferred(first)
    both.absence(second)
    both.push()

    assert len(both.sandbox.calls(path="scheduletimes")) == 1


@pytest.mark.behaviour("FX-16")
def test_days_off_are_left_out_when_the_setting_says_so(both: Transferred) -> None:
    employee = both.begin(send_days_without_hours=False)

    both.absence(employee, end=MONDAY + timedelta(days=7))
    both.push()

    assert both.days() == [*WEEK, "2026-03-09"]


def test_one_on_days_off_alone_says_that_nothing_of_it_is_sent(both: Transferred) -> None:
    employee = both.begin(send_days_without_hours=False)
    saturday = MONDAY + timedelta(days=5)

    absence = both.transferred(employee, start=saturday, end=saturday + timedelta(days=1))

    assert both.rows() == []
    assert both.line(absence) == "not transferred: no day of it has working hours"
    edit(absence, end=saturday + timedelta(days=2))
    both.push()
    assert both.days() == ["2026-03-09"]


# --- FX-13 --------------------------------------------------------------------------------------------


@pytest.mark.behaviour("FX-13")
@pytest.mark.parametrize("cause", ["FRA", ""], ids=["another cause", "do not transfer"])
def test_a_changed_mapping_leaves_the_rows_as_they_are(both: Transferred, cause: str) -> None:
    employee = both.begin()
    absence = both.transferred(employee)

    both.answer(sick_leave=cause)
    edit(absence, grade=50)
    both.push()

    assert both.rows() == [(day, "SJK", 100) for day in WEEK]
    assert "5 rows remain in Fortnox" in both.line(absence)
    assert both.line(absence).startswith("mapping changed on ")


@pytest.mark.behaviour("FX-13")
def test_rows_edited_to_the_new_cause_are_connected_again_at_a_comparison(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.answer(sick_leave="FRA")
    edit(absence, grade=50)
    both.push()

    for row_id in both.row_ids().values():
        both.sandbox.change("fortnox", "absences", row_id, {"CauseCode": "FRA"})
    both.compare_absences()

    assert both.rows() == [(day, "FRA", 50) for day in WEEK]
    assert both.line(absence) == "in Fortnox: 5 days, 5 with hours, Frånvaro övrigt (FRA)"


@pytest.mark.behaviour("FX-13")
def test_what_waits_goes_by_the_new_answer(both: Transferred) -> None:
    employee = both.begin()
    both.absence(employee)

    both.answer(sick_leave="FRA")
    both.push()

    assert both.rows() == [(day, "FRA", 100) for day in WEEK]


@pytest.mark.behaviour("FX-10")
def test_a_first_answer_sends_what_waited_for_it(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee, code="parental_leave")
    assert both.rows() == []

    both.answer(parental_leave="FPE")
    both.push()

    assert both.rows() == [(day, "FPE", 100) for day in WEEK]
    assert isinstance(absence, Absence)


def test_a_comparison_shows_what_was_edited_and_writes_nothing(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.sandbox.change("fortnox", "absences", both.row_ids()[WEEK[0]], {"Extent": 50})
    both.sandbox.remove("fortnox", "absences", both.row_ids()[WEEK[1]])

    both.compare_absences()

    assert both.writes_made() == []
    assert "edited in Fortnox: 2026-03-02 is Sjukfrånvaro (SJK), 50 %, 2026-03-03 is gone" in both.line(absence)


# --- The person ---------------------------------------------------------------------------------------


def test_rows_at_another_employee_of_fortnox_are_named(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.vendor(2, ScheduleId="HEL")
    both.link(employee, right_id="102")

    edit(absence, grade=50)
    both.push()

    assert both.rows("102") == [(day, "SJK", 50) for day in WEEK]
    assert both.rows("101") == [(day, "SJK", 100) for day in WEEK]
    assert both.causes() == {"absence:moved"}
    assert "employee 101" in both.problem().message


@pytest.mark.behaviour("G-40")
def test_a_day_that_somebody_moved_in_fortnox_is_told_and_trying_again_puts_it_back(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.sandbox.change("fortnox", "absences", both.row_ids()[WEEK[1]], {"Date": "2026-03-13"})

    both.compare_absences()

    assert "edited in Fortnox: 2026-03-03 is on 2026-03-13 now: Sjukfrånvaro (SJK), 100 %" in both.line(absence)
    edit(absence, grade=50)
    both.push_until_sent()
    for _ in range(2):
        both.retry()
        both.push_until_sent()
    assert both.rows() == [(day, "SJK", 50) for day in WEEK]
    assert both.causes() == set()
