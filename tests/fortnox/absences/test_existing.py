"""Absences from before the transfer: everything that sending would do is read first, and shown page by page (FX-18)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from absences.models import Absence
from integrations.core.linking import disconnect_person
from integrations.core.models import Link
from integrations.fortnox import existing_page
from integrations.fortnox.models import ExistingAbsence
from tests.core.runs.both_sides import change
from tests.fortnox.absences.existing_look import (
    looked,
    outcomes,
    people_before,
    send_all,
    send_ticked,
    shown,
)
from tests.fortnox.absences.test_failures import WHOLE
from tests.fortnox.absences.test_pages import before_the_transfer
from tests.fortnox.absences.transferred import PATH, WEEK, Transferred
from tests.pages import press

pytestmark = [pytest.mark.behaviour("FX-18"), pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("odd", ["9" * 5_000, "9" * 25, "²", "-1", "x\x00y", ""], ids=lambda text: repr(text[:3]))
def test_an_odd_number_by_hand_is_as_if_nothing_had_been_ticked(both: Transferred, hr_admin: Client, odd: str) -> None:
    absence = before_the_transfer(both)
    looked(both, hr_admin)
    found = shown(both, hr_admin)

    answer = press(hr_admin, found, "Send the ticked ones", added={"absence": [odd]}, follow=True)

    assert "Nothing was sent: no absence was chosen." in answer.text
    assert "1 absence is sent to Fortnox" in send_ticked(hr_admin, found, absence).text


# --- What is looked at --------------------------------------------------------------------------------------


def test_it_goes_once_somebody_has_seen_the_preview_and_ticked_it(both: Transferred, hr_admin: Client) -> None:
    absence = before_the_transfer(both)
    looked(both, hr_admin)
    found = shown(both, hr_admin)
    text = found.text
    assert "1 absence would be created in Fortnox." in text
    assert "As it stood on" in text
    assert both.writes_made() == []

    answer = send_ticked(hr_admin, found, absence)
    assert "1 absence is sent to Fortnox in the background." in answer.text
    both.push()
    assert both.rows() == WHOLE
    assert "Would be sent" not in shown(both, hr_admin).text


def test_it_says_what_is_taken_over_and_what_is_left_out(both: Transferred, hr_admin: Client) -> None:
    before = before_the_transfer(both)
    old = timezone.now() - timedelta(days=3)
    both.absence(before.employee, code="parental_leave", decided_at=old)
    both.absence(before.employee, code="vacation", decided_at=old, end=before.start + timedelta(days=60))
    for day in WEEK:
        both.typed(day)
    looked(both, hr_admin)

    going, skipped = shown(both, hr_admin), shown(both, hr_admin, shown="skipped")
    assert "take over the rows that stand there" in going.text
    assert sorted(each.found.reason for each in skipped.context["found"]) == [
        "not transferred: longer than 50 days",
        "waiting: the absence type has no answer yet",
    ]


def test_rows_in_the_way_are_told_before_anything_is_sent(both: Transferred, hr_admin: Client) -> None:
    before_the_transfer(both)
    both.typed(WEEK[1], extent=50)
    looked(both, hr_admin)
    assert "other rows of the cause stand in Fortnox on these days" in shown(both, hr_admin).text


def test_rows_are_taken_over_by_one_absence_alone(both: Transferred, hr_admin: Client) -> None:
    before = before_the_transfer(both)
    # Half days: together they make no more than whole ones.
    before.grade = 50
    before.save()
    both.absence(before.employee, decided_at=before.decided_at, code="self_certification", grade=50)
    both.answer(self_certification="SJK")
    for day in WEEK:
        both.typed(day, extent=50)
    looked(both, hr_admin)
    assert outcomes() == {"adopt": 1, "create": 1}


@pytest.mark.behaviour("FX-22")
def test_of_two_on_the_same_days_the_one_registered_later_is_left_out(both: Transferred, hr_admin: Client) -> None:
    before = before_the_transfer(both)
    both.absence(before.employee, decided_at=before.decided_at, code="vacation")
    looked(both, hr_admin)
    assert outcomes() == {"create": 1, "left_out": 1}
    assert "the person would be absent more than 100 % in all" in ExistingAbsence.objects.get(outcome="left_out").reason


def test_absences_before_the_chosen_day_are_not_looked_at(both: Transferred, hr_admin: Client) -> None:
    before_the_transfer(both)
    looked(both, hr_admin, since="2026-03-03")
    assert "There are none from this day on" in shown(both, hr_admin).text


def test_any_number_of_people_is_read_once_each_and_shown_page_by_page(
    both: Transferred, hr_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(existing_page, "ABSENCES_A_PAGE", 20)
    people_before(both, 45)
    both.sandbox.clear_calls()
    look = looked(both, hr_admin)

    assert (look.people, look.people_read, outcomes()) == (45, 45, {"create": 45})
    assert len(both.sandbox.calls(path=PATH)) == 45
    both.sandbox.clear_calls()
    last = shown(both, hr_admin, page="3")
    assert len(last.context["found"]) == 5
    assert "Send all 45 absences" in last.text
    assert both.sandbox.calls() == []


def test_all_of_it_is_sent_by_one_button(both: Transferred, hr_admin: Client) -> None:
    people_before(both, 3)
    looked(both, hr_admin)
    send_all(both, hr_admin)
    both.push_until_sent()
    assert [len(both.days(str(100 + number))) for number in (1, 2, 3)] == [5, 5, 5]


def test_an_absence_that_changed_after_the_look_is_left_out(both: Transferred, hr_admin: Client) -> None:
    absence, _other = people_before(both, 2)
    looked(both, hr_admin)
    absence.grade = 50
    absence.save()
    assert "changed since it was looked at" in shown(both, hr_admin).text

    answer = send_all(both, hr_admin)
    both.push()
    assert (both.rows("101"), len(both.rows("102"))) == ([], 5)
    assert "1 absence is sent to Fortnox" in answer.text
    assert "1 absence was left out" in answer.text


def mapped_otherwise(both: Transferred, absence: Absence) -> None:
    both.answer(sick_leave="TJL")


def leaves_before(both: Transferred, absence: Absence) -> None:
    change(absence.employee, last_workday=date(2026, 3, 3))
    both.push_until_sent()


def disconnected(both: Transferred, absence: Absence) -> None:
    link = Link.objects.get(left_id=str(absence.employee_id))
    disconnect_person(link=link, by=User.objects.get(username="hanna"))


def payroll_closed(both: Transferred, absence: Absence) -> None:
    both.configure(payroll_closed_to="2026-03-03")


@pytest.mark.behaviour("G-21")
@pytest.mark.behaviour("G-27")
@pytest.mark.parametrize(
    ("happens", "moved", "told"),
    [
        (mapped_otherwise, 2, "Sick leave: Tjänstledig (TJL)."),
        (leaves_before, 1, "last workday"),
        (disconnected, 1, ""),
        (payroll_closed, 2, ""),
    ],
)
def test_what_is_not_as_it_was_shown_is_refused_then_left_out_and_told_and_goes_once_it_was_looked_at_again(
    both: Transferred,
    hr_admin: Client,
    happens: Callable[[Transferred, Absence], None],
    moved: int,
    told: str,
) -> None:
    absences = people_before(both, 2)
    looked(both, hr_admin)
    page = shown(both, hr_admin)
    assert page.text.count("Sjukfrånvaro (SJK)") == 2
    happens(both, absences[0])

    answer = press(hr_admin, page, "all=1", follow=True)
    both.push()
    assert "Nothing was done: what you confirmed is not what stands there now." in answer.text
    assert told in answer.text
    assert (both.rows("101"), both.rows("102")) == ([], [])

    page = shown(both, hr_admin)
    assert page.text.count("it is left out; look again") == moved
    going = len(absences) - moved
    if going:
        answer = press(hr_admin, page, "all=1", follow=True)
        assert f"{going} absence is sent" in answer.text
        assert f"{moved} absence was left out" in answer.text
    both.push()
    assert (both.rows("101"), len(both.rows("102"))) == ([], 5 * going)

    looked(both, hr_admin)
    if moved == 2:
        send_all(both, hr_admin)
        both.push()
    causes = {cause for number in ("101", "102") for _day, cause, _extent in both.rows(number)}
    assert causes == {"TJL" if happens is mapped_otherwise else "SJK"}


def test_a_page_of_an_older_look_sends_nothing(both: Transferred, hr_admin: Client) -> None:
    absence = before_the_transfer(both)
    looked(both, hr_admin)
    old = shown(both, hr_admin)
    looked(both, hr_admin)
    answer = send_ticked(hr_admin, old, absence)
    both.push()
    assert "looked at it anew" in answer.text
    assert both.rows() == []


def test_nothing_ticked_sends_nothing(both: Transferred, hr_admin: Client) -> None:
    before_the_transfer(both)
    looked(both, hr_admin)
    assert "no absence was chosen" in send_ticked(hr_admin, shown(both, hr_admin)).text
