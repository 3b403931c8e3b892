"""A newer comparison replaces a review; decisions on what is still the same are carried over."""

import pytest
from django.contrib.auth.models import User

from integrations.core.models import Connection, Link, SyncField, SyncRow, SyncRun
from integrations.core.runs.deciding import RunRefused, approve_run
from tests.core.runs.both_sides import (
    LEFT,
    OTHER_PHONE,
    PHONE,
    RIGHT,
    BothSides,
    apply_all,
    assert_in_step,
    change,
    create,
    decide,
    review,
    row_of,
)


def _decision(run: SyncRun, left_id: int, field: str) -> str:
    return SyncField.objects.get(row__run=run, row__left_id=str(left_id), field=field).decision


def test_equal_decisions_are_carried_over_and_others_are_open_again(connection: Connection, both: BothSides) -> None:
    same, other = both.pair(1, work_phone=OTHER_PHONE), both.pair(2, work_phone=PHONE)
    tick, untouched = both.hub(3), both.hub(4)
    old = review(connection)
    decide(row_of(old, left=same), phone=LEFT)
    decide(row_of(old, left=other), phone=LEFT)
    create(row_of(old, left=tick))
    both.change_at_vendor("102", Phone1="+46701749999")

    run = review(connection)

    old.refresh_from_db()
    assert old.state == SyncRun.State.SUPERSEDED
    with pytest.raises(RunRefused):
        approve_run(run=old, by=None, made_from=None)
    assert _decision(run, same.pk, "phone") == LEFT
    assert _decision(run, other.pk, "phone") == "open"
    assert row_of(run, left=tick).decision == SyncRow.Decision.CREATE
    assert row_of(run, left=untouched).decision == SyncRow.Decision.OPEN
    assert Link.objects.count() == 2
    apply_all(run)
    assert both.emails_at_vendor() == ["p1@demo.example", "p2@demo.example", "p3@demo.example"]
    assert both.at_vendor("101")["Phone1"] == OTHER_PHONE
    run = review(connection)
    decide(row_of(run, left=other), phone=RIGHT)
    create(row_of(run, left=untouched))
    apply_all(run)
    assert_in_step(connection, 4)


def test_a_decision_that_is_not_possible_any_more_is_not_carried_over(connection: Connection, both: BothSides) -> None:
    employee, held = both.pair(1, work_phone=OTHER_PHONE), both.hub(2, work_email="private@home.example")
    old = review(connection)
    decide(row_of(old, left=employee), phone=LEFT)
    create(row_of(old, left=held))
    # Both are changed without a change of what is compared.
    change(employee, protected_identity=True)
    change(held, birth_date="1985-07-09")
    both.vendor(2, PersonalIdentityNumber="19850709-9805")

    run = review(connection)

    assert _decision(run, employee.pk, "phone") == "open"
    row = row_of(run, left=held)
    assert (row.hold_reason != "", row.decision) == (True, SyncRow.Decision.OPEN)
    apply_all(run)
    assert both.writes() == []
    change(employee, protected_identity=False)
    change(held, work_email="p2@demo.example")
    run = review(connection)
    for row in SyncRow.objects.filter(run=run):
        for field in row.fields.all():
            decide(row, **{field.field: RIGHT if field.field == "employment_id" else LEFT})
    apply_all(run)
    assert_in_step(connection, 2)


def test_decisions_of_a_run_that_was_applied_are_not_carried_over(connection: Connection, both: BothSides) -> None:
    employee = both.pair(1, work_phone=OTHER_PHONE)
    first = review(connection)
    decide(row_of(first, left=employee), phone=LEFT)
    second = review(connection)
    decide(row_of(second, left=employee), phone="open")
    apply_all(second)

    third = review(connection)

    assert _decision(third, employee.pk, "phone") == "open"


def test_who_decided_is_carried_over_too(connection: Connection, both: BothSides) -> None:
    both.pair(1, work_phone=OTHER_PHONE)
    old = review(connection)
    decide(row_of(old), phone=LEFT)
    user = User.objects.get(username="hanna")
    SyncRow.objects.filter(run=old).update(decided_by=user)

    assert row_of(review(connection)).decided_by == user
