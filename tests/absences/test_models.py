from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from absences.models import Absence, AbsenceType
from absences.overlaps import find_doubts
from tests.factories import AbsenceFactory, AbsenceTypeFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def again(absence: Absence, **changes: Any) -> Absence:
    """Return the same absence once more, unsaved."""
    same: dict[str, Any] = {name: getattr(absence, name) for name in ("employee", "type", "start", "end", "grade")}
    return Absence(**{**same, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": date(2026, 3, 1)}, "The last day is before the first."),
        ({"grade": 0}, "greater than or equal to 1"),
        ({"grade": 101}, "less than or equal to 100"),
        ({"status": "gone"}, "not a valid choice"),
        ({"status": "approved", "decided_at": None}, "Only a requested absence has not been decided on."),
        ({"decided_at": NOW}, "Only a requested absence has not been decided on."),
    ],
)
def test_what_the_rules_forbid_is_refused_with_words_and_by_the_table(changes: dict[str, Any], said: str) -> None:
    absence = AbsenceFactory.create()
    for name, value in changes.items():
        setattr(absence, name, value)

    with pytest.raises(ValidationError) as refused:
        absence.full_clean()
    assert said in " ".join(refused.value.messages)
    with pytest.raises(IntegrityError), transaction.atomic():
        absence.save()

    absence.refresh_from_db()
    absence.full_clean()


@pytest.mark.parametrize("end", [date(2026, 3, 6), None])
def test_the_very_same_absence_is_refused(end: date | None) -> None:
    absence = AbsenceFactory.create(end=end)
    double = again(absence)

    with pytest.raises(ValidationError, match="this very absence already"):
        double.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        double.save()

    again(absence, grade=50).full_clean()


@pytest.mark.parametrize("status", ["declined", "cancelled"])
def test_what_was_declined_or_cancelled_may_be_registered_anew(status: str) -> None:
    absence = AbsenceFactory.create(status=status)

    renewed = again(absence)
    renewed.full_clean()
    renewed.save()

    absence.status = "approved"
    with pytest.raises(ValidationError, match="this very absence already"):
        absence.full_clean()


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), 1),
        (date(2026, 12, 31), date(2027, 1, 1), 2),
        (date(2026, 3, 28), date(2026, 3, 30), 3),
        (date(2026, 3, 2), None, None),
    ],
)
def test_both_ends_count_as_days(start: date, end: date | None, days: int | None) -> None:
    assert Absence(start=start, end=end).days == days


def test_an_inactive_type_is_not_for_new_absences_and_stays_with_old_ones() -> None:
    absence = AbsenceFactory.create()
    absence.type.active = False
    absence.type.save()

    absence.full_clean()
    with pytest.raises(ValidationError, match="no longer used"):
        again(absence, grade=50).full_clean()


def test_a_person_or_type_with_absences_is_not_deleted() -> None:
    absence = AbsenceFactory.create()

    for kept in (absence.employee, absence.type):
        with pytest.raises(ProtectedError):
            kept.delete()

    absence.delete()
    absence.employee.delete()


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [
        (date(2026, 3, 6), date(2026, 3, 9), True),
        (date(2026, 2, 20), None, True),
        (date(2026, 3, 3), date(2026, 3, 3), True),
        (date(2026, 3, 7), date(2026, 3, 9), False),
        (date(2026, 2, 27), date(2026, 3, 1), False),
        (date(2026, 3, 7), None, False),
    ],
)
def test_absences_with_a_day_in_common_overlap(start: date, end: date | None, overlaps: bool) -> None:
    absence = AbsenceFactory.create()
    other = AbsenceFactory.create(employee=absence.employee, start=start, end=end)
    AbsenceFactory.create(start=start, end=end)
    AbsenceFactory.create(employee=absence.employee, status="declined")

    assert [other.period in doubt.text for doubt in find_doubts([absence])[0]] == ([True] if overlaps else [])
    assert [absence.period in doubt.text for doubt in find_doubts([other])[0]] == ([True] if overlaps else [])


def test_every_change_raises_the_version() -> None:
    absence = AbsenceFactory.create()

    absence.note = "Back on Monday"
    absence.save(update_fields=["note"])

    absence.refresh_from_db()
    assert (absence.version, absence.note) == (2, "Back on Monday")


def test_the_usual_types_are_there_with_their_rules() -> None:
    kinds = {kind.code: kind for kind in AbsenceType.objects.all()}

    assert {"sick_leave", "self_certification", "care_of_sick_child", "parental_leave", "vacation"} <= set(kinds)
    assert {"leave_of_absence", "time_in_lieu", "military_service"} <= set(kinds)
    assert (kinds["sick_leave"].needs_approval, kinds["vacation"].needs_approval) == (False, True)
    assert not kinds["remote_work"].counts_as_work_days


@pytest.mark.parametrize("code", ["", "Sick leave", "åtgärd"])
def test_a_code_is_small_letters_digits_and_underscores(code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AbsenceTypeFactory.build(code=code).full_clean()
    assert "code" in refused.value.message_dict


@pytest.mark.parametrize(
    "change",
    [
        lambda absence: setattr(absence, "grade", 50),
        lambda absence: setattr(absence, "start", date(2026, 3, 3)),
    ],
)
def test_an_ordinary_change_passes_the_rules(change: Callable[[Absence], None]) -> None:
    absence = AbsenceFactory.create()
    change(absence)
    absence.full_clean()
