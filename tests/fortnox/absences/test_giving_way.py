"""Sickness during a vacation: it is proposed that it goes and the days leave the vacation, with one press (FX-22)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from absences.models import Absence
from integrations.core.models import FieldChange, Problem
from tests.fortnox.absences.transferred import FRIDAY, MONDAY, VACATION, WEEK, Transferred, edit
from tests.pages import press

pytestmark = [pytest.mark.behaviour("FX-22"), pytest.mark.django_db(transaction=True)]
WEDNESDAY, THURSDAY = MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)
PRESS = "Take these days out of Vacation"


def page_of(client: Client, absence: Absence) -> Any:
    return client.get(reverse("admin:absences_absence_change", args=[absence.pk]))


def text_of(page: Any) -> str:
    return " ".join(page.content.decode().split())


def ill(both: Transferred, start: date = WEDNESDAY, end: date = THURSDAY) -> tuple[Absence, Absence]:
    """Return a vacation that is in Fortnox, and a sickness of some of its days, which waits."""
    employee = both.begin()
    vacation = both.transferred(employee, code=VACATION, note="Greece")
    sickness = both.transferred(employee, start=start, end=end)
    assert "held:" in both.line(sickness)
    return vacation, sickness


def periods(code: str) -> list[tuple[date, date | None, str]]:
    found = Absence.objects.filter(type__code=code).order_by("start")
    return list(found.values_list("start", "end", "status"))


def test_the_days_in_common_leave_the_vacation_and_the_sickness_goes(both: Transferred, admin_client: Client) -> None:
    vacation, sickness = ill(both)

    page = page_of(admin_client, sickness)
    shown = text_of(page)
    assert "2026-03-04 – 2026-03-05: proposed is that Sick leave goes, and these days leave Vacation." in shown
    assert "<td>2026-03-02 – 2026-03-06</td> <td> <div>2026-03-02 – 2026-03-03</div> <div>2026-03-06</div>" in shown
    answer = press(admin_client, page, PRESS, follow=True)

    assert "2026-03-04 – 2026-03-05 left Vacation, of which stays: 2026-03-02 – 2026-03-03, 2026-03-06." in text_of(
        answer
    )
    assert periods("vacation") == [(MONDAY, MONDAY + timedelta(days=1), "approved"), (FRIDAY, FRIDAY, "approved")]
    both.push_until_sent()
    both.sweep()
    both.push_until_sent()
    assert both.rows() == [
        *[(day, "SEM", 100) for day in WEEK[:2]],
        *[(day, "SJK", 100) for day in WEEK[2:4]],
        (WEEK[4], "SEM", 100),
    ]
    assert both.causes() == set()
    vacation.refresh_from_db()
    assert vacation.version == 2
    admin = User.objects.get(username="admin")
    assert FieldChange.objects.filter(field=f"absence.{vacation.pk}.end", user_id=admin.pk).exists()
    assert {each.note for each in Absence.objects.filter(type__code="vacation")} == {"Greece"}


@pytest.mark.parametrize("where", ["the vacation", "the problem"])
def test_it_is_proposed_wherever_the_two_stand(both: Transferred, admin_client: Client, where: str) -> None:
    vacation, _sickness = ill(both, start=MONDAY, end=FRIDAY)
    page = (
        page_of(admin_client, vacation)
        if where == "the vacation"
        else admin_client.get(reverse("admin:core_problem_change", args=[Problem.objects.get(state="open").pk]))
    )
    assert "cancelled: no day is left" in text_of(page)

    press(admin_client, page, PRESS)
    both.push_until_sent()
    both.push_until_sent()

    assert periods("vacation") == [(MONDAY, FRIDAY, "cancelled")]
    assert both.rows() == [(day, "SJK", 100) for day in WEEK]


def test_a_page_from_before_somebody_elses_change_does_nothing(both: Transferred, admin_client: Client) -> None:
    vacation, sickness = ill(both)
    page = page_of(admin_client, sickness)
    edit(vacation, end=WEDNESDAY)

    answer = press(admin_client, page, PRESS, follow=True)
    assert "one of the two absences has changed since you opened the page" in text_of(answer)
    assert periods("vacation") == [(MONDAY, WEDNESDAY, "approved")]

    press(admin_client, answer, PRESS)
    assert periods("vacation") == [(MONDAY, MONDAY + timedelta(days=1), "approved")]
    # Pressed again on the page that is over, nothing happens.
    press(admin_client, page, PRESS)
    assert len(periods("vacation")) == 1


def test_whoever_may_not_decide_sees_it_and_cannot_press(both: Transferred) -> None:
    _vacation, sickness = ill(both)
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.set(
        Permission.objects.filter(codename__in=("view_absence", "change_absence", "see_everybody"))
    )
    client = Client()
    client.force_login(reader)
    page = page_of(client, sickness)
    assert "proposed is that Sick leave goes" in text_of(page)
    assert PRESS not in text_of(page)
    posted = {"stays": sickness.pk, "gives": _vacation.pk, "made_from": "x"}
    assert client.post(reverse("admin:absences_absence_give_way"), posted).status_code == 403

    reader.user_permissions.add(Permission.objects.get(codename="decide_absence"))
    reader.email = sickness.employee.work_email
    reader.save()
    client.post(reverse("admin:absences_absence_give_way"), posted)
    assert periods("vacation") == [(MONDAY, FRIDAY, "approved")]


def test_of_two_of_the_same_kind_nothing_is_proposed(both: Transferred, admin_client: Client) -> None:
    employee = both.begin()
    both.transferred(employee, code=VACATION)
    other = both.absence(employee, code="education")
    half = both.absence(employee, start=date(2026, 6, 1), end=date(2026, 6, 2), code=VACATION, grade=50)
    both.absence(employee, start=date(2026, 6, 1), end=date(2026, 6, 2), grade=50)
    for absence in (other, half):
        assert "proposed is" not in text_of(page_of(admin_client, absence))


@pytest.mark.parametrize("why", ["no end", "too long", "not transferred"])
def test_nothing_is_proposed_for_one_that_would_not_go_even_then(
    both: Transferred, admin_client: Client, why: str
) -> None:
    employee = both.begin()
    if why == "not transferred":
        both.answer(sick_leave="")
    vacation = both.transferred(employee, code=VACATION)
    end = {"no end": None, "too long": MONDAY + timedelta(days=70), "not transferred": FRIDAY}[why]
    sickness = both.transferred(employee, start=WEDNESDAY, end=end)
    for absence in (vacation, sickness):
        assert "proposed is" not in text_of(page_of(admin_client, absence))

    # Once it would go, it is.
    if why == "not transferred":
        both.answer(sick_leave="SJK")
    edit(sickness, end=THURSDAY)
    both.push_until_sent()
    press(admin_client, page_of(admin_client, sickness), PRESS)
    both.push_until_sent()
    both.sweep()
    both.push_until_sent()
    assert [cause for _day, cause, _extent in both.rows()] == ["SEM", "SEM", "SJK", "SJK", "SEM"]


def test_only_the_days_that_are_too_much_leave(both: Transferred, admin_client: Client) -> None:
    employee = both.begin()
    vacation = both.transferred(employee, code=VACATION, grade=50)
    sickness = both.transferred(employee, grade=50)
    both.transferred(employee, code=VACATION, grade=30, start=FRIDAY, end=FRIDAY)

    shown = text_of(page_of(admin_client, vacation))
    assert shown.count("proposed is") == 1
    assert "2026-03-06: proposed is that Sick leave goes, and these days leave Vacation." in shown
    assert "Sick leave takes 50 % of each of these days only, and all that Vacation takes of them goes." in shown
    press(admin_client, page_of(admin_client, vacation), PRESS)

    assert periods("vacation")[0] == (MONDAY, THURSDAY, "approved")
    assert "proposed is" not in text_of(page_of(admin_client, sickness))


def test_it_is_proposed_also_where_the_vacation_came_later(both: Transferred, admin_client: Client) -> None:
    employee = both.begin()
    both.transferred(employee, start=WEDNESDAY, end=THURSDAY)
    vacation = both.transferred(employee, code=VACATION)

    press(admin_client, page_of(admin_client, vacation), PRESS)
    both.push_until_sent()
    both.push_until_sent()

    assert [cause for _day, cause, _extent in both.rows()] == ["SEM", "SEM", "SJK", "SJK", "SEM"]
