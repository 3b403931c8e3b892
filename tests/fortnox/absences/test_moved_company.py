"""A person who moves to another company: what was sent before stays, and is followed where it stands (FX-11)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from absences.models import Absence
from employees.models import Company, Employee
from integrations.core.models import Connection, Link, Mark, Problem
from tests.core.runs.both_sides import change
from tests.factories import CompanyFactory
from tests.fortnox.absences.test_deleting import YES, text_of
from tests.fortnox.absences.test_failures import WHOLE
from tests.fortnox.absences.transferred import FRIDAY, Transferred, edit
from tests.pages import press

pytestmark = [pytest.mark.behaviour("FX-11"), pytest.mark.django_db(transaction=True)]
Status = Absence.Status


def moved(both: Transferred) -> tuple[Employee, Absence]:
    """Return somebody of another company by now, with an absence that went to Fortnox before."""
    person = both.begin()
    absence = both.transferred(person)
    change(person, company=CompanyFactory.create(name="Annat AB"), department=None)
    both.push_until_sent()
    assert both.rows() == WHOLE
    return person, absence


def other_fortnox(person: Employee, both: Transferred) -> Connection:
    """Return a Fortnox of the new company, with the person linked and the transfer on."""
    there = Connection.objects.create(
        integration="fortnox",
        label="Fortnox Annat",
        company=person.company,
        account_id="other",
        state=Connection.State.ACTIVE,
        settings=both.connection.settings,
    )
    Link.objects.create(
        connection=there, resource="employees", left_id=str(person.pk), right_id="501", state=Link.State.ACTIVE
    )
    return there


def marked(connection: Connection) -> list[str]:
    return sorted(Mark.objects.filter(connection=connection, resource="absences").values_list("left_id", flat=True))


@pytest.mark.parametrize(("state", "follows"), [("disconnected", False), ("active", True)])
def test_before_the_move_it_is_told_whether_later_changes_reach_the_old_companys_fortnox(
    both: Transferred, admin_client: Client, state: str, follows: bool
) -> None:
    person = both.begin()
    both.transferred(person)
    Connection.objects.update(state=state)
    other = CompanyFactory.create(name="Annat AB")
    page = admin_client.get(reverse("admin:employees_employee_change", args=[person.pk]))

    asked = text_of(press(admin_client, page, "", {"company": str(other.pk), "department": ""}))

    assert ("it is taken back there" in asked, "do not reach Fortnox while that is not connected" in asked) == (
        follows,
        not follows,
    )


@pytest.mark.parametrize("values", [{"status": Status.DECLINED}, {"status": Status.CANCELLED}])
def test_what_is_taken_back_after_the_move_leaves_the_old_companys_fortnox(
    both: Transferred, values: dict[str, Any]
) -> None:
    _person, absence = moved(both)

    edit(absence, **values)
    both.push_until_sent()

    assert (both.rows(), both.marks(), both.problems()) == ([], [], [])


def test_what_is_deleted_after_the_move_leaves_it_too(both: Transferred, admin_client: Client) -> None:
    _person, absence = moved(both)

    page = admin_client.get(reverse("admin:absences_absence_delete", args=[absence.pk]))
    assert "1 absence goes to Fortnox" in text_of(page)
    press(admin_client, page, YES, follow=True)
    both.push_until_sent()

    assert both.rows() == []


def test_what_is_changed_leaves_the_old_one_and_goes_where_the_person_is_now(both: Transferred) -> None:
    person, absence = moved(both)
    there = other_fortnox(person, both)

    edit(absence, end=FRIDAY - timedelta(days=1))
    assert marked(there) == marked(both.connection) == [f"absence:{absence.pk}"]
    Mark.objects.filter(connection=there).delete()
    both.push_until_sent()

    assert both.rows() == []
    assert marked(there) == [f"absence:{absence.pk}"]


def test_what_does_not_change_stays_and_goes_nowhere_else(both: Transferred, admin_client: Client) -> None:
    person, absence = moved(both)
    there = other_fortnox(person, both)

    both.configure(send_days_without_hours=False)
    both.compare_absences()
    both.push_until_sent()
    assert both.rows() == WHOLE

    page = admin_client.get(reverse("admin:absences_absence_change", args=[absence.pk]))
    assert "in Fortnox: 5 days" in text_of(page)
    assert "the person belongs to another company now: the days stay there" in text_of(page)
    assert f"{there.label}: not transferred: its days stand in the system of the company" in text_of(page)


def test_of_whom_nobody_is_linked_any_more_a_problem_names_the_days_and_goes_once_somebody_is_linked_again(
    both: Transferred,
) -> None:
    person, absence = moved(both)
    links = Link.objects.filter(pk=both.person_link(person).pk)
    links.update(state=Link.State.GONE_LEFT)

    edit(absence, status=Status.DECLINED)
    both.push_until_sent()
    problem = Problem.objects.get(connection=both.connection, resource="absences", state="open")
    assert both.rows() == WHOLE
    assert absence.label in problem.message
    assert "2026-03-02 – 2026-03-06" in problem.message

    links.update(state=Link.State.ACTIVE)
    both.retry()
    both.push_until_sent()
    assert (both.rows(), both.causes()) == ([], set())


def test_the_persons_page_asks_about_what_stays_before_it_moves_anybody(
    both: Transferred, admin_client: Client
) -> None:
    person = both.begin()
    both.transferred(person)
    other: Company = CompanyFactory.create(name="Annat AB")
    page = admin_client.get(reverse("admin:employees_employee_change", args=[person.pk]))

    asked = press(admin_client, page, changes={"company": other.pk})
    assert "1 absence stands in Fortnox and stays there: 2026-03-02 – 2026-03-06." in text_of(asked)
    person.refresh_from_db()
    assert person.company != other

    press(admin_client, asked, changes={"answer.company.absences_left": True}, follow=True)
    person.refresh_from_db()
    assert person.company == other
    both.push_until_sent()
    assert both.rows() == WHOLE


def test_whoever_moves_without_absences_there_is_not_asked_about(both: Transferred, admin_client: Client) -> None:
    person = both.begin()
    both.absence(person, status=Status.REQUESTED, start=date(2026, 5, 4), end=date(2026, 5, 5))
    other: Company = CompanyFactory.create(name="Annat AB")
    page = admin_client.get(reverse("admin:employees_employee_change", args=[person.pk]))

    press(admin_client, page, changes={"company": other.pk}, follow=True)

    person.refresh_from_db()
    assert person.company == other
