from collections.abc import Callable
from typing import Any

import pytest

from absences.models import Absence
from absences.tracking import bulk_change_finished, bulk_change_starting, tracked_bulk
from employees.bulk_tracking import UntrackedChange
from employees.models import Employee
from employees.tracking import tracked_bulk as tracked_bulk_of_people
from tests.factories import AbsenceFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change",
    [
        lambda absence: Absence.objects.filter(pk=absence.pk).update(grade=50),
        lambda absence: Absence.objects.filter(pk=absence.pk).delete(),
        lambda absence: Absence.objects.bulk_update([absence], ["grade"]),
        lambda absence: absence.employee.absences.update(grade=50),
        lambda absence: Absence.objects.bulk_create(
            [AbsenceFactory.build(employee=absence.employee, type=absence.type, grade=25)]
        ),
    ],
)
def test_a_change_that_goes_round_save_is_refused(change: Callable[[Absence], object]) -> None:
    absence = AbsenceFactory.create()

    with pytest.raises(UntrackedChange):
        change(absence)
    # Whoever announces people has announced no absences.
    with pytest.raises(UntrackedChange), tracked_bulk_of_people([absence.employee_id]):
        change(absence)

    with tracked_bulk([absence.pk]):
        change(absence)


def test_absences_named_are_told_about_before_and_after_and_new_ones_after() -> None:
    absence = AbsenceFactory.create()
    told: list[frozenset[int]] = []

    def hear(absence_ids: frozenset[int], **_rest: Any) -> None:
        told.append(absence_ids)

    bulk_change_starting.connect(hear)
    bulk_change_finished.connect(hear)
    try:
        with tracked_bulk(Absence.objects.filter(pk=absence.pk)):
            made = Absence.objects.bulk_create(
                [AbsenceFactory.build(employee=absence.employee, type=absence.type, grade=25)]
            )
    finally:
        bulk_change_starting.disconnect(hear)
        bulk_change_finished.disconnect(hear)

    assert told == [frozenset({absence.pk}), frozenset({absence.pk, made[0].pk})]


def test_absences_not_named_are_not_changed() -> None:
    named, other = AbsenceFactory.create(), AbsenceFactory.create()

    with pytest.raises(UntrackedChange), tracked_bulk([named.pk]):
        Absence.objects.update(grade=50)

    assert set(Absence.objects.values_list("grade", flat=True)) == {100}
    with tracked_bulk([named.pk, other.pk]):
        Absence.objects.update(grade=50)
    assert set(Absence.objects.values_list("grade", flat=True)) == {50}


def test_people_and_absences_are_announced_side_by_side() -> None:
    absence = AbsenceFactory.create()

    with tracked_bulk([absence.pk]), tracked_bulk_of_people([absence.employee_id]):
        Absence.objects.update(grade=50)
        Employee.objects.filter(pk=absence.employee_id).update(city="Lund")

    absence.refresh_from_db()
    assert (absence.grade, absence.employee.city) == (50, "Lund")
