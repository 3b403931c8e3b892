"""A mass change's page offers what a release sends, beside a review too, in the values' own writing (G-37)."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import strip_tags

from integrations.core.addresses import mass_change_url
from integrations.core.linking import disconnect_person
from integrations.core.models import Link, MassChange, SyncRow, SyncRun
from integrations.core.runs.deciding import approve_run
from tests.core.push.pushing import Pushed
from tests.core.push.test_mass_changes import cities, held, move, people_of
from tests.core.runs.both_sides import LEAVE, LEFT, OPEN, change, decide, finish, review
from tests.pages import buttons_of, press

pytestmark = [pytest.mark.behaviour("G-37"), pytest.mark.django_db]
ASKED = "the open synchronisation asks about it. Decide there."
AFTERWARDS: dict[str, str] = {
    OPEN: "nobody chose. Synchronise users, and decide.",
    LEAVE: "somebody has left both values as they are.",
}


def page(client: Client, name: str = "mass_change") -> Any:
    mass = MassChange.objects.get()
    return client.get(mass_change_url(mass.connection, mass.pk, name))


def words(answer: Any) -> str:
    return " ".join(strip_tags(answer.text).split())


def decide_all(run: SyncRun, decision: str) -> None:
    for row in SyncRow.objects.filter(run=run):
        decide(row, address=decision)


@pytest.mark.parametrize("decision", [OPEN, LEAVE])
@pytest.mark.parametrize("confirmed", [False, True])
def test_what_a_review_asks_about_is_told_and_nothing_is_offered_to_be_sent(
    both: Pushed, admin_client: Client, decision: str, confirmed: bool
) -> None:
    move(people_of(both, 3), "Lund")
    run = review(both.connection)
    decide_all(run, decision)
    if confirmed:
        approve_run(run=run, by=None, made_from=None)
        finish(run)

    shown = words(page(admin_client))
    assert shown.count(AFTERWARDS[decision] if confirmed else ASKED) == 3
    assert ("both systems agree" in shown, "so it cannot be released" in shown, "Release…" in shown) == (
        False,
        True,
        False,
    )
    refused = admin_client.get(page(admin_client, "release").url)
    assert "Nothing of “Change import:1” would be sent." in words(refused)
    both.push()
    assert (held(both), cities(both, 3)) == ([("Change import:1", 3)], ["Stockholm"] * 3)

    # The ways on: what is decided for the hub goes, what is left or settled otherwise is dropped.
    if not confirmed:
        decide_all(run, LEFT)
        press(admin_client, page(admin_client, "release"), "Release and send")
        both.push_until_sent()
        assert_over(both, "Lund")
        return
    if decision == OPEN:
        again = review(both.connection)
        decide_all(again, LEFT)
        approve_run(run=again, by=None, made_from=None)
        finish(again)
    press(admin_client, page(admin_client, "drop"), "Drop, and leave both as they are")
    assert_over(both, "Lund" if decision == OPEN else "Stockholm")


def assert_over(both: Pushed, city: str) -> None:
    assert (held(both), cities(both, 3)) == ([], [city] * 3)


def test_who_is_asked_about_is_told_among_those_who_are_sent(both: Pushed, admin_client: Client) -> None:
    move(people_of(both, 3), "Lund")
    both.change_at_vendor("101", Address1="Annan 9")
    review(both.connection)

    question = page(admin_client, "release")
    assert "Of 1 person nothing is sent: the list says why." in words(question)
    press(admin_client, question, "Release and send")
    both.push_until_sent()
    assert cities(both, 3) == ["Stockholm", "Lund", "Lund"]


@pytest.mark.behaviour("G-21")
def test_a_release_is_refused_once_a_review_has_asked_about_it(both: Pushed, admin_client: Client) -> None:
    move(people_of(both, 3), "Lund")
    opened = page(admin_client, "release")
    both.change_at_vendor("101", Address1="Annan 9")
    review(both.connection)

    answer = press(admin_client, opened, "Release and send", follow=True)
    assert "Nothing was done" in words(answer)
    assert (held(both), buttons_of(answer)[:1]) == ([("Change import:1", 3)], buttons_of(opened)[:1])


def test_values_are_shown_as_they_are_written(both: Pushed, admin_client: Client) -> None:
    move(people_of(both, 3), "Lund")

    shown = words(page(admin_client))
    assert "Address Gatan 1, 11122 Stockholm, SE Gatan 1, 11122 Lund, SE" in shown
    assert "gatan 1" not in shown


def test_a_value_whose_writing_nobody_knows_says_so(both: Pushed, admin_client: Client) -> None:
    move(people_of(both, 3), "Lund")
    link = Link.objects.first()
    assert link is not None
    link.pairs = {
        **link.pairs,
        "address": [["gatan 1", "11122", "umea", "SE"], ["gatan 1", "11122", "umea", "SE"], "settled"],
    }
    link.save()

    shown = words(page(admin_client))
    assert "Gatan 1, 11122 umea, SE (in small letters, as it is compared)" in shown
    assert "Gatan 2, 11122 Stockholm, SE Gatan 2" in shown


def test_a_field_that_a_later_mass_change_took_is_said_to_wait_with_that(both: Pushed, admin_client: Client) -> None:
    people = people_of(both, 4)
    move(people, "Lund")
    move(people[:3], "Kalmar", key="import:2", reach=people[:3])
    change(people[3], city="Umeå")

    first, second = MassChange.objects.order_by("pk")
    shown = words(admin_client.get(mass_change_url(first.connection, first.pk)))
    assert shown.count("(waits with “Change import:2”)") == 3
    assert shown.count("(goes by itself)") == 1

    # Once it is released, it does go.
    press(admin_client, admin_client.get(mass_change_url(second.connection, second.pk, "release")), "Release and send")
    both.push_until_sent()
    assert cities(both, 4) == ["Kalmar", "Kalmar", "Kalmar", "Umeå"]


@pytest.mark.behaviour("G-21")
@pytest.mark.parametrize(
    ("how", "told"),
    [("disconnected", "link to another system of Given 1 Family 1"), ("deleted", "of somebody deleted")],
)
def test_a_refused_release_says_what_happened_and_who_it_was(
    both: Pushed, admin_client: Client, admin_user: User, how: str, told: str
) -> None:
    people = people_of(both, 3)
    move(people, "Lund")
    opened = page(admin_client, "release")
    if how == "disconnected":
        disconnect_person(link=Link.objects.get(left_id=str(people[0].pk)), by=admin_user)
    else:
        people[0].delete()

    answer = words(press(admin_client, opened, "Release and send", follow=True))
    assert ("Nothing was done" in answer, told in answer) == (True, True)
    assert how == "deleted" or "admin, " in answer

    press(admin_client, page(admin_client, "release"), "Release and send")
    both.push_until_sent()
    assert cities(both, 3) == ["Stockholm", "Lund", "Lund"]
