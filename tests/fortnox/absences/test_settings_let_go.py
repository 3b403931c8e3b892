"""What saved settings let go at once is told, and above the limit waits as any change of many (G-17, G-13)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from absences.models import Absence
from integrations.core.addresses import connection_url
from integrations.core.models import Connection, Mark, MassChange, Notification
from integrations.core.releasing import release_mass_change
from integrations.core.report.letters import Moot
from integrations.core.report.notices import compose
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


def decline(absences: list[Absence]) -> None:
    for absence in absences:
        decide_as_shown([absence], status=Absence.Status.DECLINED, by=admin(), key=f"declined {absence.pk}")


def declined_while_off(both: Transferred, client: Client, people: int) -> None:
    absences = [both.transferred(person) for person in people_of(both, people)]
    save(client, both, create_absences=False)
    decline(absences)
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


def mass_mails() -> int:
    return Notification.objects.filter(key__startswith="mass_change:").count()


@pytest.mark.behaviour("G-36")
@pytest.mark.behaviour("G-27")
def test_settings_saved_while_it_waits_ask_about_the_same_no_second_time(
    both: Transferred, admin_client: Client
) -> None:
    declined_while_off(both, admin_client, 3)
    save(admin_client, both, create_absences=True)
    mass = MassChange.objects.get()
    marked = held(both)

    answers = [save(admin_client, both, payroll_closed_to="2025-12-31")]
    save(admin_client, both, create_absences=False)
    answers.append(save(admin_client, both, create_absences=True))

    assert MassChange.objects.get() == mass
    assert held(both) == marked
    assert mass_mails() == 1
    for answer in answers:
        assert "changes of 3 people would go at once: nothing is sent before you release it" in answer
    both.push_until_sent(seconds=60)
    assert days_of(both, 3) == [5, 5, 5]
    release_mass_change(mass_change=mass, by=admin())
    both.push_until_sent(seconds=60)
    assert days_of(both, 3) == [0, 0, 0]


@pytest.mark.parametrize(("more", "days"), [(1, [5, 5, 5, 0]), (3, [5] * 6)])
def test_what_settings_let_go_beside_what_waits_counts_by_itself(
    both: Transferred, admin_client: Client, more: int, days: list[int]
) -> None:
    absences = [both.transferred(person) for person in people_of(both, 3 + more)]
    save(admin_client, both, create_absences=False)
    decline(absences[:3])
    save(admin_client, both, create_absences=True)
    save(admin_client, both, create_absences=False)
    decline(absences[3:])

    answer = save(admin_client, both, create_absences=True)
    both.push_until_sent(seconds=60)

    assert [amount for _label, amount in held(both)] == ["3 absences of 3 people"] * (1 if more == 1 else 2)
    assert mass_mails() == len(held(both))
    assert "changes of 3 people would go at once" in answer
    assert days_of(both, 3 + more) == days


@pytest.mark.behaviour("G-27")
def test_what_settings_hold_no_more_is_not_mailed(both: Transferred, admin_client: Client) -> None:
    declined_while_off(both, admin_client, 3)
    save(admin_client, both, create_absences=True)
    found = Notification.objects.get(key__startswith="mass_change:")
    assert "3 absences of 3 people" in compose(found).subject
    Mark.objects.all().delete()

    with pytest.raises(Moot, match="Nothing of it waits any more"):
        compose(found)
