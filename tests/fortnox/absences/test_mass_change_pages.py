"""Changes of many absences on their pages and in the mail (G-17)."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from absences.models import AbsenceType
from integrations.core.addresses import connection_url, mass_change_url
from integrations.core.models import MassChange, Notification
from integrations.core.report.notices import compose
from tests.fortnox.absences.test_mass_changes import days_of, decide_all, people_of, requested
from tests.fortnox.absences.transferred import SICK, Transferred
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]


def test_the_pages_count_absences_and_people_and_show_what_would_be_sent(
    both: Transferred, by: User, admin_client: Client
) -> None:
    decide_all(requested(both, people_of(both, 3)), by)
    mass = MassChange.objects.get()

    for address in (reverse("admin:index"), connection_url(both.connection)):
        page = " ".join(admin_client.get(address).text.split())
        assert "3 absences approved: 3 absences of 3 people wait" in page
        assert "Look at the changes of 3 absences that wait" in page
    page = admin_client.get(mass_change_url(both.connection, mass.pk)).text
    assert "3 absences of 3 people wait: nothing is sent before you release it." in " ".join(page.split())
    assert page.count("Sick leave") == 3
    assert page.count("waiting: somebody has to release its mass change") == 3


def test_whoever_only_runs_the_integration_does_not_see_what_the_absences_are(
    both: Transferred, by: User, client: Client
) -> None:
    decide_all(requested(both, people_of(both, 3)), by)
    runner = User.objects.create_user("runner", is_staff=True)
    runner.user_permissions.set(Permission.objects.filter(codename__in=("run_fortnox", "view_connection")))
    client.force_login(runner)

    page = client.get(mass_change_url(both.connection, MassChange.objects.get().pk)).text
    assert "2026-03-02 – 2026-03-06" in page
    assert "Sick leave" not in page


def test_released_and_dropped_by_the_page(both: Transferred, by: User, admin_client: Client) -> None:
    decide_all(requested(both, people_of(both, 3)), by)
    mass = MassChange.objects.get()
    ask = admin_client.get(mass_change_url(both.connection, mass.pk, "drop")).text
    assert "Leave the changes of 3 absences of 3 people unsent?" in ask
    assert "An absence that is left so is not sent before somebody changes it" in ask

    release = admin_client.get(mass_change_url(both.connection, mass.pk, "release"))
    press(admin_client, release, "Release and send")
    both.push_until_sent()
    assert days_of(both, 3) == [5, 5, 5]
    decided = admin_client.get(connection_url(both.connection, "held")).text
    assert "3 absences of 3 people" in decided


def test_the_mail_names_absences_and_people(both: Transferred, by: User) -> None:
    decide_all(requested(both, people_of(both, 3)), by)
    notification = Notification.objects.get(key__startswith="mass_change:")
    notice = compose(notification)
    assert notice.subject == "Fortnox: changes of 3 absences of 3 people wait for you"
    assert "of 3 people who are also in Fortnox" in notice.text()


def test_pressed_twice_the_decision_is_one(both: Transferred, admin_client: Client) -> None:
    absences = requested(both, people_of(both, 3))
    ticked = {"action": "approve_chosen", "_selected_action": [each.pk for each in absences]}
    shown = press(admin_client, admin_client.get(reverse("admin:absences_absence_changelist")), "Run", ticked)
    press(admin_client, shown, "Approve")
    again = press(admin_client, shown, "Approve", follow=True)
    assert MassChange.objects.count() == 1
    assert "This was done already, by you, at" in again.text
    assert "Nothing was done" not in again.text
    assert AbsenceType.objects.filter(code=SICK).exists()
