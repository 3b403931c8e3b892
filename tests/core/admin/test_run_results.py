"""A run's page in review and in the end: what to do next, and what came of everybody (G-04, G-06, G-12)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integrations.core.admin.run_outcomes import PEOPLE_A_PAGE
from integrations.core.models import Connection, Notification, SyncField, SyncRow, SyncRun
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import World
from tests.core.admin.pages import page_of
from tests.core.admin.run_page import add_rows, put, run_page, text
from tests.pages import press

pytestmark = pytest.mark.django_db


# --- In review ----------------------------------------------------------------------------------------


def review(world: World) -> SyncRun:
    """Two fields of one person, of which one is undecided, and one person who is only at the vendor."""
    SyncRow.objects.filter(pk=world.row.pk).update(state=SyncRow.State.OPEN, reason="")
    return put(world.run, state=SyncRun.State.REVIEW)


@pytest.mark.behaviour("G-04")
def test_a_review_begins_with_the_conflicts_and_says_how_many(sign_in: SignIn, world: World) -> None:
    page = text(sign_in("hr_admin"), run_page(review(world)))

    assert "1 of 1 people with different values is still to decide." in page
    assert "Nobody: it is certain who is who." in page
    assert "1 person stands on one side only" in page
    for name in ("conflicts", "unclear", "missing", "confirm"):
        assert run_page(world.run, name) in page


@pytest.mark.behaviour("G-04")
def test_what_to_do_next_follows_what_is_decided(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    run = review(world)
    only_right = SyncRow.objects.get(label="Only There")

    def next_page() -> Any:
        return client.get(run_page(run)).context["next_page"]

    assert next_page() == "conflicts"
    SyncField.objects.update(decision=SyncField.Decision.LEAVE)
    assert next_page() == "missing"
    add_rows(run, 1, kind=SyncRow.Kind.AMBIGUOUS)
    assert next_page() == "unclear"
    SyncRow.objects.filter(kind=SyncRow.Kind.AMBIGUOUS).delete()
    SyncRow.objects.filter(pk=only_right.pk).update(decision=SyncRow.Decision.CREATE)
    assert next_page() == "confirm"


# --- The result ---------------------------------------------------------------------------------------


@pytest.mark.behaviour("G-06")
def test_the_result_adds_up(sign_in: SignIn, world: World) -> None:
    result = sign_in("hr_admin").get(run_page(world.run)).context["result"]

    assert (result.in_step, result.rows, result.seen, result.adds_up) == (3, 2, 6, True)


@pytest.mark.behaviour("G-06")
def test_a_result_that_does_not_add_up_says_so(sign_in: SignIn, world: World) -> None:
    add_rows(world.run, 1)

    assert "tell the operator" in text(sign_in("hr_admin"), run_page(world.run))


@pytest.mark.behaviour("G-06")
def test_whoever_was_refused_stands_first_with_the_reason_and_the_next_step(sign_in: SignIn, world: World) -> None:
    page = text(sign_in("hr_admin"), run_page(world.run))

    assert "The clearing number is unknown." in page
    assert "Correct what the reason names, in the hub or in Fortnox, then synchronise again." in page
    assert page_of(world.row) in page
    assert page_of(world.employee) in page


@pytest.mark.behaviour("G-06")
def test_every_outcome_is_a_filter_and_together_they_are_everybody(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    add_rows(world.run, 3, state=SyncRow.State.WRITTEN)
    counted = client.get(run_page(world.run)).context["outcomes"]

    shown = {str(each.outcome): each.count for each in counted}
    assert shown == {"refused": 1, "only_right": 1, "created_right": 3}
    for outcome, count in shown.items():
        people = client.get(f"{run_page(world.run)}?outcome={outcome}").context["people"]
        assert len(people) == count


def test_many_people_of_one_outcome_come_by_the_page(
    sign_in: SignIn, world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in("hr_admin")
    add_rows(world.run, 2 * PEOPLE_A_PAGE + 1, state=SyncRow.State.WRITTEN)
    address = f"{run_page(world.run)}?outcome=created_right"

    with django_assert_max_num_queries(35):
        first = client.get(address).context["people"]
    last = client.get(f"{address}&page=3").context["people"]

    assert (len(first), [person.name.partition(" (")[0] for person in last]) == (PEOPLE_A_PAGE, ["Person 100"])


@pytest.mark.behaviour("G-06")
def test_whether_the_report_was_mailed_is_told(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    assert "mailed on" not in text(client, run_page(world.run))
    notification = Notification.objects.create(key=f"run:{world.run.pk}", recipients=["payroll@demo.example"])
    assert "The report is about to be mailed." in text(client, run_page(world.run))

    put(world.run, report_error="The mail server does not answer.")
    assert "could not be mailed: The mail server does not answer." in text(client, run_page(world.run))

    put(world.run, report_error="")
    Notification.objects.filter(pk=notification.pk).update(sent_at=timezone.now())
    page = text(client, run_page(world.run))
    assert "The report was mailed on" in page
    assert "payroll@demo.example" in page


@pytest.mark.behaviour("G-12")
def test_every_value_that_it_wrote_is_one_step_away(sign_in: SignIn, world: World) -> None:
    assert f"fieldchange/?run__id__exact={world.run.pk}" in text(sign_in("hr_admin"), run_page(world.run))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "failed", "error": "Fortnox is closed."}, "The comparison could not be finished."),
        ({"state": "failed", "approved_at": timezone.now(), "error": "Fortnox is closed."}, "It ended early."),
        ({"state": "cancelled"}, "It was cancelled before anything was written"),
        ({"state": "cancelled", "approved_at": timezone.now()}, "what had been written by then stands"),
        ({"state": "done"}, "Everything that was decided has been written."),
        ({"state": "done_with_problems"}, "something was refused, or changed meanwhile"),
    ],
)
def test_an_ended_run_says_what_happened_and_is_followed_by_another(
    sign_in: SignIn, world: World, values: dict[str, Any], words: str
) -> None:
    client = sign_in("hr_admin")

    page = text(client, run_page(put(world.run, **values)))
    assert words in page
    assert values.get("error", "") in page

    again = press(client, client.get(run_page(world.run)), "Synchronise again")
    newest = SyncRun.objects.latest("pk")
    assert (newest.pk > world.run.pk, newest.state) == (True, SyncRun.State.QUEUED)
    assert again.headers["Location"] == run_page(newest)


@pytest.mark.parametrize("state", [SyncRun.State.SUPERSEDED, SyncRun.State.FAILED])
def test_a_run_that_is_not_the_newest_leads_to_it(sign_in: SignIn, world: World, state: str) -> None:
    newest = SyncRun.objects.create(
        connection=world.connection, resource="employees", trigger="person", created_at=timezone.now() + timedelta(1)
    )

    page = text(sign_in("hr_admin"), run_page(put(world.run, state=state)))

    assert f'href="{run_page(newest)}"' in page
    assert "Synchronise again</button>" not in page


def test_a_connection_that_is_not_connected_offers_no_synchronisation(sign_in: SignIn, world: World) -> None:
    Connection.objects.update(state=Connection.State.NEEDS_REAUTHORISATION)

    page = text(sign_in("hr_admin"), run_page(world.run))

    assert "cannot be synchronised now: Needs to be connected again" in page
    assert "Synchronise again" not in page


# --- From the core's page -----------------------------------------------------------------------------


@pytest.mark.behaviour("G-06")
def test_the_page_that_the_report_names_leads_here(sign_in: SignIn, world: World) -> None:
    assert f'href="{run_page(world.run)}"' in text(sign_in("hr_admin"), page_of(world.run))


def test_the_core_page_leads_nobody_to_a_refusal(reader_without_sensitive: Client, world: World) -> None:
    assert run_page(world.run) not in text(reader_without_sensitive, page_of(world.run))
