"""The soak's verdict on writes that the vendor did not do as it was sent: it must be able to fail."""

import pytest
from django.utils import timezone

from config.soak.record import Record
from config.soak.sides import hub_people, vendor_people
from config.soak.untrue import (
    answered_oddly,
    held_by_untruth,
    judge_overwritten,
    judge_untrue,
    note_edits,
    wrongly_settled,
)
from employees.models import Employee
from integrations.core.models import Delivery, FieldChange, Link, Problem
from tests.core.push.pushing import Pushed, retry
from tests.core.runs.both_sides import PHONE, change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-19")]

UPDATES = {"method": "PUT", "path": "/3/employees"}


def _kept(both: Pushed, **values: str) -> Employee:
    """Return somebody whose new values the vendor has not kept, though it said so."""
    employee = both.pair_active()
    both.sandbox.faults([{**UPDATES, "action": "pretend", "fields": ["Phone1", "LastName", "Address1"]}])
    change(employee, **(values or {"work_phone": PHONE}))
    both.push_until_sent()
    return employee


def _seen(both: Pushed) -> list[str]:
    return wrongly_settled(
        both.connection,
        record=Record(),
        calls=both.sandbox.calls(),
        left=hub_people(both.company),
        right=vendor_people(both.sandbox.state("fortnox", "employees")),
    )


def _judged(both: Pushed) -> list[str]:
    return list(judge_untrue(both.connection, record=Record(), calls=both.sandbox.calls()))


def test_a_value_that_was_not_kept_and_is_told_is_explained(both: Pushed) -> None:
    _kept(both)
    assert (_seen(both), _judged(both)) == ([], [])
    assert held_by_untruth(both.sandbox.calls()) == {("101", "phone", "46701740001")}

    retry(both)
    both.push_until_sent()
    assert (_seen(both), _judged(both)) == ([], [])


def test_a_write_whose_answer_was_odd_is_on_record(both: Pushed) -> None:
    employee = both.pair_active()
    both.sandbox.faults([{**UPDATES, "action": "odd_row", "values": {"LastName": "Ek\0"}}])
    change(employee, family_name="Ahl")

    both.push_until_sent()

    assert both.sandbox.state("fortnox", "employees")[0]["LastName"] == "Ahl"
    assert (str(employee.pk), "family_name") in answered_oddly(both.connection, both.sandbox.calls())
    change(employee, family_name="Ask")
    both.push_until_sent()
    assert answered_oddly(both.connection, both.sandbox.calls()[-1:]) == set()


@pytest.mark.parametrize(
    ("values", "name", "stored"),
    [
        ({"work_phone": PHONE}, "phone", PHONE),
        ({"family_name": "Ek"}, "family_name", "Ek"),
        ({"street": "Nygatan 2"}, "address", ["nygatan 2", "11122", "Stockholm", "SE"]),
    ],
)
def test_it_is_seen_when_it_counts_as_settled(both: Pushed, values: dict[str, str], name: str, stored: object) -> None:
    employee = _kept(both, **values)
    link = Link.objects.get(left_id=str(employee.pk))
    link.pairs[name] = [link.pairs[name][0], link.pairs[name][0], "settled"]
    link.save()

    (said,) = _seen(both)

    assert f"{name} counts as settled" in said
    change(employee, **{column: "Nygatan 3" if column == "street" else value for column, value in values.items()})
    both.change_at_vendor("101", Phone1="+46701740099", LastName="Dahl", Address1="Annan 1")
    assert _seen(both) == []


def test_it_is_seen_when_the_history_tells_of_it(both: Pushed) -> None:
    employee = _kept(both)
    subject = {"subject": "employee", "subject_id": str(employee.pk), "field": "phone"}
    delivery = Delivery.objects.get()

    FieldChange.objects.create(**subject, connection=both.connection, delivery=delivery, at=timezone.now())

    (said,) = _judged(both)
    assert "phone: the history tells of" in said


def test_it_is_seen_when_nobody_was_told(both: Pushed) -> None:
    _kept(both)
    Problem.objects.all().delete()
    (said,) = _judged(both)
    assert "nobody was told" in said


@pytest.mark.behaviour("G-30")
def test_an_edit_between_a_write_and_its_look_up_may_not_be_written_over_unseen(both: Pushed) -> None:
    employee = both.pair_active()
    edit = {"collection": "employees", "values": {"Phone1": "+46701740099"}}
    both.sandbox.faults([{**UPDATES, "action": "edit_after", **edit}])
    change(employee, work_phone=PHONE, family_name="Ek")
    both.push_until_sent()
    calls, record = both.sandbox.calls(), Record()
    note_edits(record, calls)
    assert both.at_vendor("101")["Phone1"] == PHONE

    assert list(judge_overwritten(both.connection, record=record, calls=calls)) == []

    Delivery.objects.update(before={})
    (said,) = judge_overwritten(both.connection, record=record, calls=calls)
    assert "phone: “46701740099” was written over" in said
