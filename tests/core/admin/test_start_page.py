"""The start page says how each connection stands and what to do next."""

import pytest
from django.urls import reverse

from integrations.core.admin.status import next_step
from integrations.core.models import Connection, Problem, SyncRow, SyncRun
from tests.core.admin.conftest import SignIn
from tests.core.admin.filling import World
from tests.core.admin.pages import text_of

pytestmark = pytest.mark.django_db
START = reverse("admin:index")
RunState = SyncRun.State


def step(sign_in: SignIn) -> str:
    (connection,) = sign_in("hr_admin").get(START).context["connections"]
    return next_step(connection)


def test_it_shows_state_last_run_and_problems(sign_in: SignIn, world: World) -> None:
    page = text_of(sign_in("hr_admin").get(START))

    assert all(text in page for text in ("Fortnox Demo", "Active", "Done, with problems", "Demo AB in Fortnox"))


@pytest.mark.behaviour("G-14")
def test_it_counts_open_conflicts_and_people_who_are_not_there_yet(sign_in: SignIn, world: World) -> None:
    kind, state = SyncRow.Kind, SyncRow.State
    SyncRow.objects.filter(run=world.run).delete()
    for number, (row_kind, row_state) in enumerate(
        [
            (kind.DIFFERS, state.OPEN),
            (kind.DIFFERS, state.WRITTEN),
            (kind.ONLY_LEFT, state.OPEN),
            (kind.ONLY_LEFT, state.WRITTEN),
            (kind.CANNOT_SEND, state.OPEN),
            (kind.ONLY_RIGHT, state.OPEN),
        ]
    ):
        SyncRow.objects.create(
            run=world.run, kind=row_kind, state=row_state, left_id=str(number) * (row_kind != kind.ONLY_RIGHT)
        )

    (connection,) = sign_in("hr_admin").get(START).context["connections"]

    assert (connection.open_conflicts, connection.not_there_yet) == (1, 2)


@pytest.mark.behaviour("G-15")
def test_it_says_that_the_background_service_is_running(sign_in: SignIn, world: World) -> None:
    assert "The background service is running" in text_of(sign_in("hr_admin").get(START))


@pytest.mark.parametrize("state", [state for state in Connection.State if state not in Connection.WORKING])
def test_a_connection_that_does_not_work_says_what_it_needs(sign_in: SignIn, world: World, state: str) -> None:
    Connection.objects.update(state=state)

    expected = {"draft": "Finish", "needs_reauthorisation": "Connect", "paused": "paused", "disconnected": "Nothing"}
    assert expected[state] in step(sign_in)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (RunState.REVIEW, "Decide on 2 people"),
        (RunState.APPLYING, "Wait"),
        (RunState.FAILED, "Synchronise again"),
        (RunState.DONE, "Look at 1 open problem"),
    ],
)
def test_the_last_run_decides_what_to_do_next(sign_in: SignIn, world: World, state: str, expected: str) -> None:
    SyncRun.objects.update(state=state)

    assert step(sign_in).startswith(expected)


def test_nothing_is_to_do_when_all_is_done(sign_in: SignIn, world: World) -> None:
    SyncRun.objects.update(state=RunState.DONE)
    Problem.objects.update(state=Problem.State.SOLVED)

    assert step(sign_in) == "Nothing to do."


def test_a_connection_that_was_never_synchronised_says_so(sign_in: SignIn, world: World) -> None:
    Connection.objects.create(integration="fortnox", label="New", state=Connection.State.AUTHORISED, account_id="1")

    connections = sign_in("hr_admin").get(START).context["connections"]

    assert [next_step(each)[:29] for each in connections if each.label == "New"] == ["Synchronise for the first tim"]


@pytest.mark.parametrize("role", ["payroll", "staff"])
def test_it_tells_nothing_of_the_connections_without_the_right(sign_in: SignIn, world: World, role: str) -> None:
    assert "Fortnox Demo" not in text_of(sign_in(role).get(START))


def test_it_tells_somebody_without_rights_whom_to_ask(sign_in: SignIn) -> None:
    assert "You have no rights yet." in text_of(sign_in("staff").get(START))
