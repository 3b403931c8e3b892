"""Nobody is created twice though only a clue, such as the national ID, says that two records are one person."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from employees.models import Employee
from integrations.core.linking import answer_hold
from integrations.core.models import Connection, SyncRow, SyncRun
from integrations.core.runs.deciding import decide_row
from tests.core.push.pushing import retry
from tests.core.runs.both_sides import apply_all, create_all, finish, review, row_of, start_applying, work_once
from tests.integrations.base import Contract
from tests.integrations.stage import Stage


class LikenessContract(Contract):
    @pytest.mark.behaviour("G-05", "G-20")
    def test_the_same_national_id_under_two_addresses_is_asked_about_before_anybody_is_created(
        self, stage: Stage
    ) -> None:
        employee, right_id = self._in_hub(stage), self._at_vendor(stage)

        run = review(stage.connection)
        for row in (row_of(run, left=employee), row_of(run, right_id=right_id)):
            assert "national ID" in row.hold_reason
        create_all(run)
        apply_all(run)
        assert (stage.driver.ids(), stage.company.employees.count()) == ([right_id], 1)

        run = review(stage.connection)
        for row in run.rows.all():
            answer_hold(row=row, by=User.objects.get(username="hanna"))
        create_all(run)
        assert apply_all(run).state == SyncRun.State.DONE
        assert (len(stage.driver.ids()), stage.company.employees.count()) == (2, 2)

    @pytest.mark.behaviour("G-20")
    def test_whoever_came_to_the_vendor_while_the_review_waited_is_not_created_there_again(self, stage: Stage) -> None:
        employee = self._in_hub(stage)
        run = review(stage.connection)
        create_all(run)
        right_id = self._at_vendor(stage)

        apply_all(run)

        row = row_of(run, left=employee)
        assert (row.state, "same national ID" in row.reason) == (SyncRow.State.MOVED, True), row.reason
        assert (stage.driver.ids(), stage.driver.writes()) == ([right_id], [])

    @pytest.mark.behaviour("G-20")
    def test_whoever_came_to_the_hub_while_the_review_waited_is_not_created_there_again(self, stage: Stage) -> None:
        right_id = self._at_vendor(stage)
        run = review(stage.connection)
        create_all(run)
        employee = self._in_hub(stage)

        apply_all(run)

        row = row_of(run, right_id=right_id)
        assert (row.state, "same national ID" in row.reason) == (SyncRow.State.MOVED, True), row.reason
        assert list(stage.company.employees.all()) == [employee]

    @pytest.mark.behaviour("G-10", "G-14", "G-20")
    def test_a_push_creates_nobody_who_may_be_there_already(self, stage: Stage) -> None:
        stage.activate()
        Connection.objects.update(creates_by_itself=True)
        right_id = self._at_vendor(stage)

        self._in_hub(stage)
        stage.push_until_sent()

        assert (stage.driver.ids(), stage.driver.writes()) == ([right_id], [])
        assert (stage.problem().cause, "same national ID" in stage.problem().message) == ("exists", True)

    @pytest.mark.behaviour("G-20", "G-30")
    @pytest.mark.parametrize("keeps", [("given_name", "family_name", "phone"), ("given_name", "family_name")])
    def test_whoever_was_corrected_before_a_lost_creation_was_looked_for_is_not_created_again(
        self, stage: Stage, settings: Settings, keeps: tuple[str, ...]
    ) -> None:
        settings.TASK_SECONDS = 0.3
        employee = stage.add_to_hub(1)
        run = review(stage.connection)
        create_all(run)
        stage.driver.lose_answer_of_next(stage.driver.create_call, done=True)
        start_applying(run)
        right_id = self._corrected(stage, keeps=keeps, go_on=lambda: work_once(run))

        finish(run)

        row = row_of(run, left=employee)
        assert row.state == SyncRow.State.REFUSED
        assert "It is not certain whether the person was created" in row.reason
        assert (stage.driver.ids(), len(stage.driver.writes())) == ([right_id], 1)
        assert stage.problem().message == row.reason

        # It was somebody else after all: a person says so.
        again = review(stage.connection)
        for held in again.rows.exclude(hold_reason=""):
            answer_hold(row=held, by=User.objects.get(username="hanna"))
        decide_row(row=row_of(again, left=employee), decision=SyncRow.Decision.CREATE, by=None)
        settings.TASK_SECONDS = 8
        apply_all(again)
        assert len(stage.driver.ids()) == 2
        assert stage.problems(state="open", message=row.reason) == []

    @pytest.mark.behaviour("G-20", "G-30")
    def test_the_push_creates_nobody_again_who_was_corrected_before_the_lost_creation_was_looked_for(
        self, stage: Stage
    ) -> None:
        stage.activate()
        Connection.objects.update(creates_by_itself=True)
        stage.driver.lose_answer_of_next(stage.driver.create_call, done=True)
        stage.add_to_hub(1)
        right_id = self._corrected(stage, keeps=("given_name", "family_name"), go_on=stage.push)

        stage.push_until_sent()

        assert (stage.driver.ids(), len(stage.driver.writes())) == ([right_id], 1)
        assert (stage.problem().cause, "same name" in stage.problem().message) == ("exists", True)

        stage.driver.remove(right_id)
        retry(stage)
        stage.push_until_sent()
        assert (len(stage.driver.ids()), stage.problems(state="open", cause="exists")) == (1, [])

    def _corrected(self, stage: Stage, *, keeps: tuple[str, ...], go_on: Callable[[], Any]) -> str:
        """Correct all but a few values of whoever was just created, as somebody at the vendor does; return the ID."""
        deadline = time.monotonic() + 5
        while not (ids := stage.driver.ids()):
            assert time.monotonic() < deadline
            go_on()
        other = {name: value for name, value in stage.driver.values(9).items() if name not in keeps}
        own = stage.driver.values(1)
        stage.driver.change(ids[0], {**other, **{name: own[name] for name in keeps if name in own}})
        return ids[0]

    def _in_hub(self, stage: Stage) -> Employee:
        employee: Employee = stage.add_to_hub(1)
        employee.national_id, employee.national_id_country = stage.driver.national_id, stage.company.country
        employee.full_clean()
        employee.save()
        return employee

    def _at_vendor(self, stage: Stage) -> str:
        right_id = stage.driver.add(stage.driver.values(2))
        stage.driver.identify(right_id, stage.driver.national_id)
        return right_id
