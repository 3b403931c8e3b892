"""An approved absence reaches Fortnox, and follows what is changed in the hub (FX-03, FX-10 to FX-12, G-07)."""

from typing import Any

import pytest

from absences.models import Absence, AbsenceType
from integrations.core import connecting
from integrations.core.models import Delivery
from tests.core.connected import connect_again
from tests.fortnox.absences.transferred import MONDAY, WEEK, Transferred, edit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.behaviour("FX-10")
@pytest.mark.behaviour("G-07")
def test_an_approved_absence_becomes_one_row_per_day(both: Transferred) -> None:
    employee = both.begin()

    absence = both.absence(employee)
    both.push()

    assert both.rows() == [(day, "SJK", 100) for day in WEEK]
    assert both.line(absence) == "in Fortnox: 5 days, 5 with hours, Sjukfrånvaro (SJK)"
    assert both.marks() == []
    assert both.lists() == 1


@pytest.mark.behaviour("FX-03")
def test_nothing_is_sent_while_the_setting_is_off(both: Transferred) -> None:
    employee = both.begin()
    both.configure(create_absences=False)

    absence = both.absence(employee)
    both.push()

    assert both.rows() == []
    assert both.line(absence) == "not transferred: turned off in the settings"
    assert both.marks() == []


@pytest.mark.behaviour("FX-03")
def test_turning_it_off_leaves_what_is_there_and_stops_updates(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    both.configure(create_absences=False)

    edit(absence, grade=50)
    both.push()
    assert both.rows() == [(day, "SJK", 100) for day in WEEK]

    # On again, what was changed meanwhile is sent.
    both.configure(create_absences=True)
    both.push()
    assert both.rows() == [(day, "SJK", 50) for day in WEEK]


@pytest.mark.behaviour("FX-10")
@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"status": Absence.Status.REQUESTED}, "waiting: not approved yet"),
        ({"status": Absence.Status.DECLINED}, "not transferred: declined or cancelled"),
        ({"end": None}, "waiting: no last day yet"),
        ({"code": "parental_leave"}, "waiting: the absence type has no answer yet"),
    ],
)
def test_what_may_not_go_stays_and_says_why(both: Transferred, values: dict[str, Any], line: str) -> None:
    employee = both.begin()

    absence = both.absence(employee, **values)
    both.push()

    assert both.rows() == []
    assert both.line(absence) == line
    assert both.marks() == []


@pytest.mark.behaviour("FX-10")
def test_a_type_that_does_not_count_as_work_days_is_never_sent_until_it_does(both: Transferred) -> None:
    employee = both.begin()
    kind = both.absence(employee, status=Absence.Status.REQUESTED).type
    kind.counts_as_work_days = False
    kind.save()

    absence = both.absence(employee, grade=50)
    both.push()
    assert both.rows() == []
    assert both.line(absence) == "not transferred: the type does not count as work days"

    kind.counts_as_work_days = True
    kind.save()
    both.push()
    assert both.rows() == [(day, "SJK", 50) for day in WEEK]


@pytest.mark.behaviour("FX-10")
def test_a_request_is_sent_once_it_is_approved(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee, status=Absence.Status.REQUESTED)

    edit(absence, status=Absence.Status.APPROVED)
    both.push()

    assert both.days() == list(WEEK)


@pytest.mark.behaviour("FX-11")
def test_changed_dates_send_only_the_days_that_change(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    kept = both.row_ids()

    edit(absence, start=MONDAY.replace(day=3), end=MONDAY.replace(day=7))
    both.push()

    assert both.days() == [*WEEK[1:], "2026-03-07"]
    assert both.writes_made() == ["POST", "DELETE"]
    assert {day: both.row_ids()[day] for day in WEEK[1:]} == {day: kept[day] for day in WEEK[1:]}
    assert both.line(absence) == "in Fortnox: 5 days, 4 with hours, Sjukfrånvaro (SJK)"


@pytest.mark.behaviour("FX-11")
def test_a_changed_grade_updates_the_rows_in_place(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)
    before = both.row_ids()

    edit(absence, grade=50)
    both.push()

    assert both.rows() == [(day, "SJK", 50) for day in WEEK]
    assert both.row_ids() == before


@pytest.mark.behaviour("FX-11")
def test_a_changed_note_sends_nothing(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)

    edit(absence, note="Back on Monday")
    both.push()

    assert both.sandbox.calls(path="absence") == []
    assert both.marks() == []


@pytest.mark.behaviour("FX-11")
def test_another_type_takes_the_old_rows_away_and_brings_new_ones(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)

    kind = AbsenceType.objects.get(code="vacation")
    edit(absence, type=kind)
    both.push()

    assert both.rows() == [(day, "SEM", 100) for day in WEEK]


@pytest.mark.behaviour("FX-11")
def test_a_type_of_the_same_cause_changes_nothing_in_fortnox(both: Transferred) -> None:
    employee = both.begin()
    both.answer(self_certification="SJK")
    absence = both.transferred(employee)

    kind = AbsenceType.objects.get(code="self_certification")
    edit(absence, type=kind)
    both.push()

    assert both.writes_made() == []
    assert both.days() == list(WEEK)


@pytest.mark.behaviour("FX-11")
def test_a_deleted_absence_is_deleted_in_fortnox(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee)

    absence.delete()
    both.push()

    assert both.rows() == []
    assert both.marks() == []


@pytest.mark.behaviour("FX-12")
@pytest.mark.parametrize(
    "values",
    [{"end": None}, {"status": Absence.Status.REQUESTED}, {"status": Absence.Status.CANCELLED}],
    ids=["no end date", "requested again", "cancelled"],
)
def test_without_an_end_or_an_approval_it_goes_from_fortnox(both: Transferred, values: dict[str, object]) -> None:
    employee = both.begin()
    absence = both.transferred(employee)

    edit(absence, **values)
    both.push()
    assert both.rows() == []

    edit(absence, end=MONDAY.replace(day=6), status=Absence.Status.APPROVED)
    both.push()
    assert both.days() == list(WEEK)


def test_approved_changed_and_deleted_faster_than_the_worker_runs(both: Transferred) -> None:
    employee = both.begin()
    absence = both.absence(employee, status=Absence.Status.REQUESTED)
    edit(absence, status=Absence.Status.APPROVED)
    edit(absence, grade=50)
    absence.delete()

    both.push()

    assert both.writes_made() == []
    assert both.marks() == []


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ((2026, 2, 27), (2026, 3, 2), 4),
        ((2025, 12, 30), (2026, 1, 2), 4),
        ((2026, 3, 28), (2026, 3, 30), 3),
        ((2028, 2, 28), (2028, 3, 1), 3),
    ],
    ids=["month", "year", "daylight saving", "leap day"],
)
def test_every_calendar_day_is_one_row(
    both: Transferred, start: tuple[int, int, int], end: tuple[int, int, int], days: int
) -> None:
    employee = both.begin()

    both.absence(employee, start=MONDAY.replace(*start), end=MONDAY.replace(*end))
    both.push()

    assert len(set(both.days())) == len(both.days()) == days


def test_a_half_day_is_one_row_of_half_extent(both: Transferred) -> None:
    employee = both.begin()

    absence = both.absence(employee, end=MONDAY, grade=50)
    both.push()

    assert both.rows() == [("2026-03-02", "SJK", 50)]
    assert both.line(absence) == "in Fortnox: 1 day, 1 with hours, Sjukfrånvaro (SJK)"


@pytest.mark.behaviour("G-11")
def test_a_disconnected_persons_absences_wait_and_are_then_sent(both: Transferred) -> None:
    employee = both.begin()
    both.disconnect(employee)
    absence = both.absence(employee)
    both.push()
    assert (both.rows(), both.line(absence)) == ([], "waiting: the person is disconnected")

    both.connect_again(employee)
    both.sweep()
    both.push()
    assert both.days() == list(WEEK)


@pytest.mark.behaviour("G-11")
@pytest.mark.behaviour("G-34")
def test_a_disconnected_connections_absences_say_what_they_wait_for(both: Transferred) -> None:
    employee = both.begin()
    connecting.disconnect(connection_id=both.connection.pk, by=None)
    absence = both.absence(employee)
    assert both.line(absence) == "waiting: Fortnox has to be connected again"

    connect_again(both.connection)
    both.push()
    assert (both.rows(), both.line(absence)) == ([], "waiting: a synchronisation has to be confirmed first")

    both.activate()
    both.push_until_sent()
    assert both.days() == list(WEEK)


@pytest.mark.behaviour("G-12")
def test_each_written_day_stands_in_the_persons_history(both: Transferred) -> None:
    employee = both.begin()
    absence = both.transferred(employee, end=MONDAY)
    edit(absence, grade=50)
    both.push()
    absence.delete()
    both.push()

    whole, half = "Sjukfrånvaro (SJK) 100 %", "Sjukfrånvaro (SJK) 50 %"
    assert both.sent_changes(employee) == [
        ("absence 2026-03-02", None, whole),
        ("absence 2026-03-02", whole, half),
        ("absence 2026-03-02", half, None),
    ]
    assert {each.state for each in Delivery.objects.all()} == {Delivery.State.DONE}
