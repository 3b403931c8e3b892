"""A new answer for an absence type: told by what sends it, and held above the limit (FX-13, G-17, G-27)."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import strip_tags

from absences.models import AbsenceType
from integrations.core.addresses import connection_url
from integrations.core.models import Connection, MassChange
from integrations.core.releasing import release_mass_change
from tests.core.runs.both_sides import change
from tests.fortnox.absences.test_mass_changes import days_of, held, people_of
from tests.fortnox.absences.transferred import Transferred
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_superuser("decider", "decider@example.se")


def answering(both: Transferred, client: Client, **causes: str) -> Any:
    page = client.get(connection_url(both.connection, "absence_types"))
    choices = {f"cause_{AbsenceType.objects.get(code=code).pk}": cause for code, cause in causes.items()}
    return press(client, page, "Show what it would do", choices)


@pytest.mark.behaviour("FX-13", "G-27")
def test_a_new_answer_says_of_each_absence_what_the_plan_does_with_it(both: Transferred, admin_client: Client) -> None:
    people = people_of(both, 5)
    Connection.objects.update(push_limit=10)
    change(people[3], last_workday=date(2026, 3, 4))
    both.transferred(people[4], code="vacation")
    for number, person in enumerate(people):
        both.absence(person, code="parental_leave", **({"end": date(2026, 5, 31)} if number == 1 else {}))
    both.push_until_sent()
    both.disconnect(people[2])

    page = answering(both, admin_client, parental_leave="FPE")

    told = " ".join(strip_tags(page.text).split())
    assert "1 waiting absence goes to Fortnox." in told
    assert "1 absence goes to Fortnox, of 1 person." in told
    for reason in ("longer than 50 days", "the person is disconnected", "days outside the employment", "more than 100"):
        assert reason in told
    press(admin_client, page, "Save", follow=True)
    both.push_until_sent()
    assert days_of(both, 5) == [5, 0, 0, 0, 5]


@pytest.mark.behaviour("FX-13")
def test_a_new_answer_above_the_limit_waits_until_somebody_releases_it(
    both: Transferred, by: User, admin_client: Client
) -> None:
    for person in people_of(both, 3):
        both.absence(person, code="parental_leave")
    both.push_until_sent()

    page = answering(both, admin_client, parental_leave="FPE")
    assert "More than 2 people at once wait until somebody releases them" in " ".join(page.text.split())
    press(admin_client, page, "Save", follow=True)
    both.push_until_sent()
    assert days_of(both, 3) == [0, 0, 0]
    [(label, waiting)] = held(both)
    assert (label.startswith("Absence types answered:"), waiting) == (True, "3 absences of 3 people")

    release_mass_change(mass_change=MassChange.objects.get(), by=by)
    both.push_until_sent()
    assert days_of(both, 3) == [5, 5, 5]
