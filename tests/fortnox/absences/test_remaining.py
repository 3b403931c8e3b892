"""What stays in Fortnox of absences declined, cancelled or deleted is told, and only where it is so (G-27)."""

import pytest
from django.test import Client
from django.urls import reverse

from absences.models import Absence
from integrations.core.models import Link
from tests.fortnox.absences.test_deleting import YES, chosen, text_of
from tests.fortnox.absences.test_mass_changes import days_of, people_of
from tests.fortnox.absences.transferred import Transferred
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-27"), pytest.mark.django_db(transaction=True)]
STAYS = "5 days stay in Fortnox (2026-03-02 – 2026-03-06): not transferred: turned off in the settings."


def declining(client: Client, *absences: Absence) -> object:
    page = client.get(reverse("admin:absences_absence_changelist"))
    ticked = {"action": "decline_chosen", "_selected_action": [absence.pk for absence in absences]}
    return press(client, page, "Run", ticked, follow=True)


def test_a_decline_says_that_days_are_taken_back_only_where_they_are(both: Transferred, admin_client: Client) -> None:
    absences = [both.transferred(person) for person in people_of(both, 2)]
    told = text_of(declining(admin_client, *absences))
    assert "What stands of them in Fortnox is taken back there." in told
    assert STAYS not in told

    both.configure(create_absences=False)
    page = declining(admin_client, *absences)
    assert "is taken back" not in text_of(page)
    assert text_of(page).count(STAYS) == 2
    press(admin_client, page, "Decline", follow=True)
    both.push_until_sent()
    assert days_of(both, 2) == [5, 5]

    both.configure(create_absences=True)
    both.push_until_sent()
    assert days_of(both, 2) == [0, 0]


def test_a_deletion_says_it_too(both: Transferred, admin_client: Client) -> None:
    absences = [both.transferred(person) for person in people_of(both, 2)]
    both.configure(create_absences=False)

    assert text_of(chosen(admin_client, *absences)).count(STAYS) == 2
    page = admin_client.get(reverse("admin:absences_absence_delete", args=[absences[0].pk]))
    assert STAYS in text_of(page)
    press(admin_client, page, YES, follow=True)
    both.push_until_sent()
    assert days_of(both, 2) == [5, 5]

    both.configure(create_absences=True)
    both.push_until_sent()
    assert days_of(both, 2) == [0, 5]


def test_a_cancellation_says_it_once_it_is_saved(both: Transferred, admin_client: Client) -> None:
    absence = both.transferred(both.begin())
    both.configure(create_absences=False)
    page = admin_client.get(reverse("admin:absences_absence_change", args=[absence.pk]))

    saved = press(admin_client, page, changes={"status": Absence.Status.CANCELLED}, follow=True)

    assert f"{absence}: {STAYS}" in text_of(saved)


def test_days_of_closed_payroll_are_told_beside_those_that_go(both: Transferred, admin_client: Client) -> None:
    absence = both.transferred(both.begin())
    both.configure(payroll_closed_to="2026-03-03")

    told = text_of(declining(admin_client, absence))

    assert "1 absence goes to Fortnox, of 1 person." in told
    assert "2 days stay in Fortnox (2026-03-02 – 2026-03-03): payroll is closed for these days." in told


def test_what_a_new_answer_disconnected_can_be_declined_and_is_told_to_stay(
    both: Transferred, admin_client: Client
) -> None:
    absences = [both.transferred(person) for person in people_of(both, 2)]
    both.answer(sick_leave="VAB")
    assert Link.objects.filter(resource="absences", state=Link.State.DISCONNECTED).count() == 2

    told = text_of(declining(admin_client, *absences))

    assert told.count("5 days stay in Fortnox (2026-03-02 – 2026-03-06): mapping changed on") == 2
