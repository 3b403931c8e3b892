"""A held change of absences asks for what is still to be sent, and ends where nothing is (G-17)."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.test import Client

from absences.models import Absence
from integrations.core.addresses import mass_change_url
from integrations.core.models import Connection, MassChange
from tests.fortnox.absences.test_mass_changes import days_of, decide_all, held, people_of, requested
from tests.fortnox.absences.transferred import Transferred, edit
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]
Status = Absence.Status


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_superuser("decider", "decider@example.se")


def test_what_was_declined_or_deleted_since_is_not_asked_about_any_more(
    both: Transferred, by: User, admin_client: Client
) -> None:
    absences = requested(both, people_of(both, 3))
    decide_all(absences, by)
    assert held(both) == [("3 absences approved", "3 absences of 3 people")]
    Absence.objects.get(pk=absences[0].pk).delete()
    edit(absences[1], status=Status.DECLINED)
    mass = MassChange.objects.get()

    assert held(both) == [("3 absences approved", "1 absence of 1 person")]
    page = admin_client.get(mass_change_url(both.connection, mass.pk, "release"))
    assert "Deleted in the hub" not in page.text
    assert len(page.context["absences"]) == 1
    press(admin_client, page, "Release and send", follow=True)
    both.push_until_sent()
    assert (days_of(both, 3), both.marks()) == ([0, 0, 5], [])


def test_a_mass_change_of_which_nothing_is_left_leaves_the_list_by_itself(both: Transferred, by: User) -> None:
    absences = requested(both, people_of(both, 3))
    decide_all(absences, by)
    decide_all([Absence.objects.get(pk=each.pk) for each in absences], by, Status.DECLINED)

    assert held(both) == []
    both.sweep()
    both.push_until_sent()
    assert (days_of(both, 3), both.marks()) == ([0, 0, 0], [])

    # Approved again one by one, each is somebody's own edit.
    edit(absences[0], status=Status.APPROVED)
    both.push_until_sent()
    assert days_of(both, 3) == [5, 0, 0]


def test_what_is_kept_back_is_counted_as_staying_with_its_reason(
    both: Transferred, by: User, admin_client: Client
) -> None:
    people = people_of(both, 3)
    absences = [*requested(both, people[:2]), *requested(both, people[2:], end=date(2026, 5, 31))]
    Connection.objects.update(push_limit=1)
    decide_all(absences, by)

    page = admin_client.get(mass_change_url(both.connection, MassChange.objects.get().pk, "release"))

    assert (page.context["outlook"].going, page.context["outlook"].staying) == (2, 1)
    assert "Nothing is sent: not transferred: longer than 50 days" in page.text
