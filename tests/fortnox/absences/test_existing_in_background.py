"""Absences from before the transfer are read in the background: interrupted, overtaken, ended with a reason (FX-18)."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from pytest_django import Settings

from integrations.core import leases
from integrations.core.models import Connection
from integrations.fortnox import absence_looking, tasks
from integrations.fortnox.absence_looking import start_look
from integrations.fortnox.models import ExistingLook
from tests.core.admin.filling import service_runs
from tests.fortnox.absences.existing_look import NAME, State, begin, looked, outcomes, people_before, shown, work
from tests.fortnox.absences.test_pages import before_the_transfer, page
from tests.fortnox.absences.transferred import PATH, Transferred

pytestmark = [pytest.mark.behaviour("FX-18"), pytest.mark.django_db(transaction=True)]


def test_pressing_the_button_has_the_background_service_read(
    both: Transferred, hr_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_transfer(both)

    def at_once(task: str, *ids: int, **options: Any) -> None:
        import_string(task)(*ids)

    monkeypatch.setattr("integrations.fortnox.absence_looking.async_task", at_once)
    assert begin(both, hr_admin).state == State.READY


def test_the_page_shows_how_far_it_is_and_reloads_when_it_has_ended(both: Transferred, hr_admin: Client) -> None:
    service_runs()
    people_before(both, 2)
    look = begin(both, hr_admin)
    assert "It waits for the background service to begin." in shown(both, hr_admin).text
    ExistingLook.objects.update(state=State.READING, people=2, people_read=1)
    progress = shown(both, hr_admin, progress="1")
    assert "1 of 2 people" in progress.text
    assert "HX-Refresh" not in progress.headers

    ExistingLook.objects.update(state=State.WAITING, people_read=0)
    work(look)
    assert shown(both, hr_admin, progress="1").headers["HX-Refresh"] == "true"


def test_interrupted_it_goes_on_with_the_people_who_are_left(
    both: Transferred, hr_admin: Client, settings: Settings
) -> None:
    people_before(both, 3)
    look = begin(both, hr_admin)
    settings.TASK_SECONDS = 0
    assert work(look).state == State.READING
    settings.TASK_SECONDS = 8
    both.sandbox.clear_calls()
    assert work(look).state == State.READY
    assert len(both.sandbox.calls(path=PATH)) == 3


def test_a_vendor_out_of_order_only_delays_it(both: Transferred, hr_admin: Client) -> None:
    people_before(both, 2)
    look = begin(both, hr_admin)
    both.sandbox.down()
    assert work(look).state == State.READING
    assert "Waiting for Fortnox" in shown(both, hr_admin).text

    both.sandbox.down(down=False)
    Connection.objects.update(next_slot=0, paused_until=timezone.now())
    assert work(look).state == State.READY


def test_one_person_whom_fortnox_does_not_list_does_not_stop_the_others(both: Transferred, hr_admin: Client) -> None:
    people_before(both, 3)
    both.sandbox.faults(
        [{"vendor": "fortnox", "method": "GET", "path": PATH, "k": 2, "action": "refuse", "status": 400}]
    )
    looked(both, hr_admin)
    assert outcomes() == {"create": 2, "left_out": 1}
    assert "Fortnox does not list the person" in shown(both, hr_admin, shown="skipped").text

    looked(both, hr_admin)
    assert outcomes() == {"create": 3}


def test_a_connection_that_is_not_active_any_more_ends_it_with_a_reason(both: Transferred, hr_admin: Client) -> None:
    before_the_transfer(both)
    look = begin(both, hr_admin)
    Connection.objects.update(state=Connection.State.PAUSED)
    assert (work(look).state, look.error) == (State.FAILED, "The connection is not active any more.")

    Connection.objects.update(state=Connection.State.ACTIVE)
    assert "It could not be looked at." in shown(both, hr_admin).text
    looked(both, hr_admin)


def test_a_task_that_is_always_killed_is_given_up(both: Transferred, hr_admin: Client) -> None:
    before_the_transfer(both)
    look = begin(both, hr_admin)
    ExistingLook.objects.update(attempts=5)
    assert work(look).state == State.FAILED
    assert "Given up" in look.error


@pytest.mark.behaviour("G-31")
def test_an_error_of_the_program_ends_it_at_once_names_itself_and_blames_no_kill(
    both: Transferred, hr_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: Any) -> None:
        raise KeyError("850709-9805")

    before_the_transfer(both)
    look = begin(both, hr_admin)
    with monkeypatch.context() as broken:
        broken.setattr(absence_looking._Looker, "work", stumble)
        with pytest.raises(KeyError):
            work(look)
    look.refresh_from_db()
    assert (look.state, "KeyError" in look.error, "stopped" in look.error) == (State.FAILED, True, False)
    assert "850709" not in look.error
    looked(both, hr_admin)


def test_a_second_task_leaves_it_to_the_first(both: Transferred, hr_admin: Client) -> None:
    before_the_transfer(both)
    look = begin(both, hr_admin)
    with leases.holding(name=f"existing:{both.connection.pk}"):
        assert work(look).state == State.WAITING
    assert work(look).state == State.READY


def test_what_is_begun_anew_while_it_is_read_ends_the_older_one(
    both: Transferred, hr_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    people_before(both, 2)
    look = begin(both, hr_admin)
    listing = "integrations.fortnox.absence_looking._Looker._list"
    newer: list[ExistingLook] = []

    def start_anew(self: Any, employee_id: str) -> tuple[()]:
        newer.append(start_look(connection=both.connection, since=look.since, by=None))
        return ()

    with monkeypatch.context() as patch:
        patch.setattr(listing, start_anew)
        tasks.look_at_existing(look.pk)
    assert len(newer) == 1
    assert list(ExistingLook.objects.values_list("pk", "state")) == [(newer[0].pk, State.WAITING)]
    assert work(newer[0]).state == State.READY


def test_the_minutes_round_rings_for_a_look_that_waits(
    both: Transferred, hr_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_the_transfer(both)
    look = begin(both, hr_admin)
    rung: list[int] = []
    monkeypatch.setattr("integrations.fortnox.absence_looking.ring", rung.append)
    both.sweep()
    assert rung == [look.pk]
    work(look)
    both.sweep()
    assert rung == [look.pk]


def test_it_is_not_offered_while_absences_are_not_created(both: Transferred, hr_admin: Client) -> None:
    before_the_transfer(both)
    both.configure(create_absences=False)
    assert "Absences are not sent to Fortnox now" in shown(both, hr_admin).text
    hr_admin.post(page(both, NAME), {"look": "1", "from": "2026-01-01"})
    assert not ExistingLook.objects.exists()
