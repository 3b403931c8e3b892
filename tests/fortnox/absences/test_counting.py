"""Whether a type counts as work days decides over all its absences: asked before it is saved, and held (G-17)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from absences.models import Absence, AbsenceType
from integrations.core.models import Connection, MassChange
from integrations.core.releasing import drop_mass_change, release_mass_change
from tests.fortnox.absences.test_mass_changes import days_of, held, people_of
from tests.fortnox.absences.transferred import SICK, Transferred
from tests.pages import press

pytestmark = [pytest.mark.behaviour("G-17"), pytest.mark.django_db(transaction=True)]
ANSWER = "answer.counts_as_work_days.reaches"


def kind() -> AbsenceType:
    return AbsenceType.objects.get(code=SICK)


def sick(both: Transferred, people: int) -> None:
    for person in people_of(both, people):
        both.transferred(person)


def save(client: Client, *, counts: bool) -> Any:
    page = client.get(reverse("admin:absences_absencetype_change", args=[kind().pk]))
    return press(client, page, "Save", {"counts_as_work_days": counts})


def say_yes(client: Client, asked: Any) -> Any:
    (question,) = asked.context["adminform"].form.questions_beside("counts_as_work_days")
    return press(client, asked, "Save", {ANSWER: question.keep}, follow=True)


def words(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_the_page_says_whose_absences_follow_before_anything_is_saved(both: Transferred, admin_client: Client) -> None:
    sick(both, 3)

    asked = save(admin_client, counts=False)

    assert "what stands in other systems of absences of the type is taken away there" in words(asked)
    assert "3 absences go to Fortnox, of 3 people." in words(asked)
    assert "More than 2 people at once wait until somebody releases them" in words(asked)
    assert kind().counts_as_work_days
    both.push_until_sent(seconds=60)
    assert days_of(both, 3) == [5, 5, 5]


def test_above_the_limit_it_waits_until_it_is_released(both: Transferred, admin_client: Client) -> None:
    sick(both, 3)

    say_yes(admin_client, save(admin_client, counts=False))
    both.push_until_sent(seconds=60)

    assert not kind().counts_as_work_days
    assert days_of(both, 3) == [5, 5, 5]
    (waits,) = held(both)
    assert waits[0] == f"{kind().name} counts as work days no more"
    release_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="admin"))
    both.push_until_sent(seconds=60)
    assert days_of(both, 3) == [0, 0, 0]


def test_what_is_dropped_stays_there(both: Transferred, admin_client: Client) -> None:
    sick(both, 3)
    say_yes(admin_client, save(admin_client, counts=False))

    drop_mass_change(mass_change=MassChange.objects.get(), by=User.objects.get(username="admin"))
    both.push_until_sent(seconds=60)

    assert days_of(both, 3) == [5, 5, 5]


def test_below_the_limit_it_goes_by_itself_both_ways(both: Transferred, admin_client: Client) -> None:
    sick(both, 2)

    say_yes(admin_client, save(admin_client, counts=False))
    both.push_until_sent(seconds=60)
    assert days_of(both, 2) == [0, 0]

    asked = save(admin_client, counts=True)
    assert "absences of the type that are approved go to other systems" in words(asked)
    say_yes(admin_client, asked)
    both.push_until_sent(seconds=60)
    assert days_of(both, 2) == [5, 5]


def test_a_yes_to_other_absences_is_none(both: Transferred, admin_client: Client) -> None:
    sick(both, 2)
    asked = save(admin_client, counts=False)
    Absence.objects.order_by("pk")[0].delete()

    again = say_yes(admin_client, asked)

    assert "Nothing is saved yet" in words(again)
    assert kind().counts_as_work_days
    say_yes(admin_client, again)
    assert not kind().counts_as_work_days


def test_nothing_is_asked_where_nothing_follows(both: Transferred, admin_client: Client) -> None:
    people_of(both, 1)
    Connection.objects.update(push_limit=0)

    save(admin_client, counts=False)

    assert not kind().counts_as_work_days
    assert not MassChange.objects.exists()
