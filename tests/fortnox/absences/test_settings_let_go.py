"""What saved settings let go at once is told, and above the limit waits as any change of many (G-17, G-13)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from absences.models import Absence
from integrations.core.addresses import connection_url
from integrations.core.models import Connection, MassChange
from integrations.core.releasing import release_mass_change
from tests.absences.deciding import decide_as_shown
from tests.core.runs.both_sides import change
from tests.core.wizard.conftest import told
from tests.fortnox.absences.test_mass_changes import days_of, held, people_of
from tests.fortnox.absences.transferred import Transferred
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]


def save(client: Client, both: Transferred, **changes: Any) -> str:
    page = client.get(connection_url(both.connection, "settings"))
    return told(press(client, page, "Save", changes, follow=True))


def admin() -> User:
    return User.objects.get(username="admin")


def declined_while_off(both: Transferred, client: Client, people: int) -> None:
    absences = [both.transferred(person) for person in people_of(both, people)]
    save(client, both, create_absences=False)
    for absence in absences:
        decide_as_shown([absence], status=Absence.Status.DECLINED, by=admin(), key=f"declined {absence.pk}")
    both.push_until_sent(seconds=60)
    assert days_of(both, people) == [5] * people


def test_switched_on_again_it_takes_nothing_away_of_many_before_it_is_released(
    both: Transferred, admin_client: Client
) -> None:
    declined_while_off(both, admin_client, 3)

    answer = save(admin_client, both, create_absences=True)
    both.push_until_sent(seconds=60)

    assert "changes of 3 people would go at once: nothing is sent before you release it" in answer
    assert days_of(both, 3) == [5, 5, 5]
    ((label, _waiting),) = held(both)
    assert label.startswith("Settings of Fortnox, ")
    release_mass_change(mass_change=MassChange.objects.get(), by=admin())
    both.push_until_sent(seconds=60)
    assert days_of(both, 3) == [0, 0, 0]


@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize(
    ("state", "when"),
    [
        ("reviewing", "once a synchronisation has been confirmed"),
        ("paused", "once it is connected again"),
        ("needs_reauthorisation", "once it is connected again"),
        ("active", "within seconds"),
    ],
)
def test_when_it_goes_is_told_by_how_the_connection_stands(
    both: Transferred, admin_client: Client, state: str, when: str
) -> None:
    declined_while_off(both, admin_client, 1)
    Connection.objects.update(state=state)

    answer = save(admin_client, both, create_absences=True)

    assert f"1 absence is sent or taken away at Fortnox {when}" in answer


def test_of_few_it_goes_and_is_told(both: Transferred, admin_client: Client) -> None:
    declined_while_off(both, admin_client, 2)

    answer = save(admin_client, both, create_absences=True)
    both.push_until_sent(seconds=60)

    assert "2 absences are sent or taken away at Fortnox within seconds" in answer
    assert days_of(both, 2) == [0, 0]


def test_what_was_edited_of_many_outside_the_pilot_waits_once_they_take_part_again(
    both: Transferred, admin_client: Client
) -> None:
    people = people_of(both, 4)
    save(admin_client, both, takes_part="chosen", people=[str(people[0].pk)])
    for person in people[1:]:
        change(person, city="Kiruna")
    both.push_until_sent(seconds=60)

    answer = save(admin_client, both, takes_part="everybody")
    both.push_until_sent(seconds=60)

    cities = [both.at_vendor(str(100 + number))["City"] for number in range(1, 5)]
    assert "changes of 3 people would go at once" in answer
    assert cities == ["Stockholm"] * 4
    release_mass_change(mass_change=MassChange.objects.get(), by=admin())
    both.push_until_sent(seconds=60)
    assert [both.at_vendor(str(100 + number))["City"] for number in range(1, 5)] == ["Stockholm", *["Kiruna"] * 3]


def test_saving_what_changes_nothing_holds_nothing(both: Transferred, admin_client: Client) -> None:
    for person in people_of(both, 3):
        both.transferred(person)
    Connection.objects.update(push_limit=0)

    answer = save(admin_client, both, payroll_closed_to="2026-01-31")

    assert "would go at once" not in answer
    assert not MassChange.objects.exists()
