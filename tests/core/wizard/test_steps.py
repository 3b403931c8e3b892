"""Where a connection stands, read off its rows alone."""

import pytest
from django.utils import timezone

from integrations.core.admin.wizard.steps import NAMES, current_step, steps_for
from integrations.core.models import Connection, SyncRun
from tests.core.wizard.addresses import OVERVIEW, page

State = Connection.State
RunState = SyncRun.State


def connection(state: str = State.AUTHORISED, *, accepted: bool = True, settings: bool = True) -> Connection:
    return Connection(
        pk=7,
        integration="fortnox",
        state=state,
        consent_at=timezone.now() if accepted else None,
        account_id="" if state == State.DRAFT else "1204711",
        settings={"phone_source": "work_phone"} if settings else {},
    )


def run(state: str) -> SyncRun:
    return SyncRun(pk=9, state=state)


def urls(found: Connection, last: SyncRun | None = None) -> dict[str, str]:
    return {step.name: step.url for step in steps_for(connection=found, run=last) if step.url}


def test_before_anything_is_set_up_it_is_the_overview() -> None:
    assert current_step(connection=None, run=None) == "overview"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (connection(State.DRAFT, accepted=False), "consent"),
        (connection(State.DRAFT), "authorise"),
        (connection(State.DISCONNECTED), "authorise"),
        (connection(State.NEEDS_REAUTHORISATION), "authorise"),
        (connection(State.PAUSED), "authorise"),
        (connection(settings=False), "settings"),
        (connection(), "compare"),
    ],
)
def test_before_the_first_comparison_the_connection_decides(found: Connection, expected: str) -> None:
    assert current_step(connection=found, run=None) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (RunState.QUEUED, "compare"),
        (RunState.COMPARING, "compare"),
        (RunState.REVIEW, "conflicts"),
        (RunState.APPROVED, "synchronise"),
        (RunState.APPLYING, "synchronise"),
        (RunState.DONE, "done"),
        (RunState.DONE_WITH_PROBLEMS, "done"),
        (RunState.CANCELLED, "compare"),
        (RunState.FAILED, "compare"),
        (RunState.SUPERSEDED, "compare"),
    ],
)
def test_from_then_on_the_last_run_decides(state: str, expected: str) -> None:
    assert current_step(connection=connection(State.ACTIVE), run=run(state)) == expected


@pytest.mark.behaviour("G-34")
@pytest.mark.parametrize("state", [State.AUTHORISED, State.REVIEWING])
def test_a_synchronisation_from_before_it_was_disconnected_is_not_the_end(state: str) -> None:
    assert current_step(connection=connection(state), run=run(RunState.DONE)) == "compare"


@pytest.mark.behaviour("G-34")
def test_a_review_from_before_it_was_disconnected_is_compared_again() -> None:
    found = connection(State.REVIEWING)
    found.disconnected_after = 9

    assert current_step(connection=found, run=run(RunState.REVIEW)) == "compare"
    assert "conflicts" not in urls(found, run(RunState.REVIEW))


@pytest.mark.behaviour("G-34")
def test_a_review_in_which_everybody_is_in_step_is_to_be_confirmed() -> None:
    found = run(RunState.REVIEW)
    found.counts = {"rows": 0}

    assert current_step(connection=connection(State.REVIEWING), run=found) == "synchronise"


def test_every_state_of_a_run_has_its_step() -> None:
    assert all(current_step(connection=connection(), run=run(state)) in NAMES for state in RunState)


def test_a_connection_that_lost_its_sign_in_leads_there_whatever_its_last_run() -> None:
    assert current_step(connection=connection(State.NEEDS_REAUTHORISATION), run=run(RunState.REVIEW)) == "authorise"


def test_what_lies_before_is_done_and_what_lies_behind_is_open() -> None:
    states = [step.state for step in steps_for(connection=connection(settings=False), run=None)]

    assert states == ["done", "done", "done", "now", *["open"] * 5]


def test_at_the_end_all_is_done() -> None:
    assert {step.state for step in steps_for(connection=connection(State.ACTIVE), run=run(RunState.DONE))} == {"done"}


def test_a_draft_leads_to_the_terms_only() -> None:
    found = connection(State.DRAFT, accepted=False)

    assert urls(found) == {"overview": OVERVIEW, "consent": page(7, "consent")}


def test_a_connection_that_works_leads_to_its_own_page_for_the_comparison() -> None:
    assert urls(connection())["compare"] == page(7)
    assert "compare" not in urls(connection(State.DISCONNECTED))


def test_a_review_leads_to_its_pages() -> None:
    assert {"conflicts", "missing", "synchronise"} <= set(urls(connection(), run(RunState.REVIEW)))
    assert "conflicts" not in urls(connection(), run(RunState.APPLYING))


def test_steps_of_connecting_are_for_those_who_manage_integrations() -> None:
    managed = [step.name for step in steps_for(connection=connection(), run=None) if step.managed]

    assert managed == ["consent", "authorise", "settings"]
