"""A run's page in its integration's section: who may open it, its progress, its bell, cancelling (G-01, G-06, G-15)."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.core.models import Connection, SyncRow, SyncRun
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import World, service_runs
from tests.core.admin.pages import text_of
from tests.core.admin.run_page import add_rows, put, run_page, text
from tests.pages import press

pytestmark = pytest.mark.django_db
READERS = ("hr_admin", "integration_admin", "superuser")
ENDED = sorted(set(SyncRun.ENDED))


@pytest.fixture(autouse=True)
def _nothing_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own: other test processes use the same run ids."""
    monkeypatch.setattr("integrations.core.runs.progress.cache", LocMemCache(uuid4().hex, {}))


# --- Who may open it ----------------------------------------------------------------------------------


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", READERS)
def test_whoever_runs_synchronisations_opens_the_page(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)

    assert [client.get(run_page(world.run, page)).status_code for page in ("run", "progress")] == [200, 200]


@pytest.mark.behaviour("G-01")
@pytest.mark.parametrize("role", ["payroll", "staff", "user"])
def test_without_the_right_the_page_is_forbidden(sign_in: SignIn, world: World, role: str) -> None:
    client = sign_in(role)
    put(world.run, state=SyncRun.State.QUEUED)

    assert {client.get(run_page(world.run, page)).status_code for page in ("run", "progress", "cancel")} == {403}
    assert client.post(run_page(world.run, "cancel")).status_code == 403
    assert put(world.run).state == SyncRun.State.QUEUED


def test_the_run_of_another_connection_is_not_found(sign_in: SignIn, world: World) -> None:
    other = Connection.objects.create(integration="fortnox", label="Fortnox Other", state=Connection.State.ACTIVE)
    address = reverse("admin:fortnox_fortnoxconnection_run", args=[other.pk, world.run.pk])

    assert sign_in("hr_admin").get(address).status_code == 404


def test_the_run_of_another_integration_is_not_found(sign_in: SignIn, world: World) -> None:
    Connection.objects.update(integration="elsewhere")

    assert sign_in("hr_admin").get(run_page(world.run)).status_code == 404


# --- While it is at work ------------------------------------------------------------------------------


@pytest.mark.behaviour("G-06")
@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SyncRun.State.QUEUED, "It waits for the background service to begin."),
        (SyncRun.State.COMPARING, "being read and compared. Nothing is written."),
        (SyncRun.State.APPROVED, "Confirmed. It waits for the background service"),
        (SyncRun.State.APPLYING, "What you decided is being written"),
    ],
)
def test_what_is_happening_stands_in_words_and_is_asked_anew(
    sign_in: SignIn, world: World, state: str, words: str
) -> None:
    page = text(sign_in("hr_admin"), run_page(put(world.run, state=state)))

    assert words in page
    assert f'hx-get="{run_page(world.run, "progress")}' in page
    assert '<meta http-equiv="refresh"' in page


@pytest.mark.behaviour("G-06")
def test_how_many_are_done_and_how_long_it_takes_is_told_while_writing(sign_in: SignIn, world: World) -> None:
    add_rows(world.run, 600, state=SyncRow.State.APPROVED)
    put(world.run, state=SyncRun.State.APPLYING, listed_at=timezone.now())

    page = text(sign_in("hr_admin"), run_page(world.run))

    assert "1 of 601 people done." in page
    # 600 writes, 24 in 5 seconds.
    assert "Expected time: about 3 minutes, with 600 requests to Fortnox" in page


@pytest.mark.behaviour("G-06")
def test_a_comparison_is_expected_to_take_as_long_as_the_list_is(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    put(world.run, state=SyncRun.State.COMPARING)
    assert "Expected time: less than a minute, with 1 request to Fortnox." in text(client, run_page(world.run))

    counts = {**world.run.counts, "right": 50_000}
    SyncRun.objects.create(
        connection=world.connection,
        resource="employees",
        trigger="person",
        state=SyncRun.State.DONE,
        counts=counts,
        compared_at=timezone.now(),
    )

    assert "about 4 minutes, with 500 requests to Fortnox" in text(client, run_page(world.run))


@pytest.mark.behaviour("G-06")
def test_what_it_waits_for_is_told(sign_in: SignIn, world: World) -> None:
    put(world.run, state=SyncRun.State.APPLYING, error="Waiting: Fortnox does not answer.")

    assert "Waiting: Fortnox does not answer." in text(sign_in("hr_admin"), run_page(world.run))


@pytest.mark.behaviour("G-06")
def test_people_found_so_far_are_counted_while_comparing(sign_in: SignIn, world: World) -> None:
    put(world.run, state=SyncRun.State.COMPARING, counts={})

    assert "2 people to look at so far." in text(sign_in("hr_admin"), run_page(world.run))


def test_the_progress_answers_nothing_while_nothing_is_new(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    add_rows(world.run, 2, state=SyncRow.State.APPROVED)
    put(world.run, state=SyncRun.State.APPLYING, listed_at=timezone.now())
    seen = client.get(run_page(world.run, "progress")).context["digest"]
    asked = f"{run_page(world.run, 'progress')}?seen={seen}"
    assert client.get(asked).status_code == 204

    SyncRow.objects.filter(label="Person 000").update(state=SyncRow.State.WRITTEN)

    answer = client.get(asked)
    assert answer.status_code == 200
    assert "2 of 3 people done." in text_of(answer)


@pytest.mark.behaviour("G-06")
def test_the_last_answer_brings_the_result_and_asks_no_more(sign_in: SignIn, world: World) -> None:
    answer = text(sign_in("hr_admin"), run_page(world.run, "progress"))

    assert "hx-get" not in answer
    assert '<div id="run-rest" hx-swap-oob="true">' in answer
    assert "How it ended" in answer


# --- The bell -----------------------------------------------------------------------------------------


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    bells: list[tuple[str, int]] = []
    for name in ("compare", "apply"):
        monkeypatch.setattr(
            f"integrations.core.runs.progress.ring_{name}", lambda run_id, name=name: bells.append((name, run_id))
        )
    return bells


@pytest.mark.parametrize(
    ("state", "bell"),
    [
        (SyncRun.State.QUEUED, "compare"),
        (SyncRun.State.COMPARING, "compare"),
        (SyncRun.State.APPROVED, "apply"),
        (SyncRun.State.APPLYING, "apply"),
    ],
)
def test_looking_at_the_progress_rings_for_a_run_that_waits_but_not_each_time(
    sign_in: SignIn, world: World, rung: list[tuple[str, int]], state: str, bell: str
) -> None:
    client = sign_in("hr_admin")
    put(world.run, state=state)

    for _look in range(3):
        client.get(run_page(world.run, "progress"))

    assert rung == [(bell, world.run.pk)]


@pytest.mark.parametrize("state", [SyncRun.State.REVIEW, *ENDED])
def test_looking_at_a_run_that_does_not_wait_rings_for_nothing(
    sign_in: SignIn, world: World, rung: list[tuple[str, int]], state: str
) -> None:
    sign_in("hr_admin").get(run_page(put(world.run, state=state), "progress"))

    assert rung == []


@pytest.mark.behaviour("G-15")
def test_no_bells_pile_up_while_the_background_service_is_not_running(
    sign_in: SignIn, world: World, rung: list[tuple[str, int]]
) -> None:
    client = sign_in("hr_admin")
    put(world.run, state=SyncRun.State.QUEUED)
    service_runs(running=False)
    client.get(run_page(world.run, "progress"))
    assert rung == []
    assert "The background service is not running." in text(client, run_page(world.run))

    service_runs()
    client.get(run_page(world.run, "progress"))
    assert rung == [("compare", world.run.pk)]


# --- Cancelling ---------------------------------------------------------------------------------------


def cancel(client: Client, world: World) -> Any:
    return press(client, client.get(run_page(world.run, "cancel")), "Cancel the synchronisation")


@pytest.mark.behaviour("G-06")
@pytest.mark.parametrize("state", [SyncRun.State.QUEUED, SyncRun.State.COMPARING, SyncRun.State.REVIEW])
def test_before_anything_is_written_a_run_can_be_cancelled(sign_in: SignIn, world: World, state: str) -> None:
    client = sign_in("hr_admin")
    put(world.run, state=state)
    assert run_page(world.run, "cancel") in text(client, run_page(world.run))
    assert "Cancel the synchronisation" in text(client, run_page(world.run, "cancel"))
    assert put(world.run).state == state

    answer = cancel(client, world)

    assert (answer.status_code, answer.headers["Location"]) == (302, run_page(world.run))
    assert put(world.run).state == SyncRun.State.CANCELLED
    assert "both systems are as they were" in text(client, run_page(world.run))


@pytest.mark.behaviour("G-06")
def test_what_is_being_written_is_cancelled_at_the_next_person(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")
    put(world.run, state=SyncRun.State.APPLYING)
    assert "1 of 1 person is done, and stays as it is now." in text(client, run_page(world.run, "cancel"))

    cancel(client, world)

    assert put(world.run).cancelled_at is not None
    page = text(client, run_page(world.run))
    assert "It is being cancelled" in page
    assert run_page(world.run, "cancel") not in page


def test_a_run_that_has_ended_cannot_be_cancelled(sign_in: SignIn, world: World) -> None:
    client = sign_in("hr_admin")

    assert client.get(run_page(world.run, "cancel")).headers["Location"] == run_page(world.run)
    client.post(run_page(world.run, "cancel"))
    assert put(world.run).state == SyncRun.State.DONE_WITH_PROBLEMS
    assert "There was nothing to cancel" in text(client, run_page(world.run))
