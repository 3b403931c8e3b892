"""Nobody is created twice though only a clue, such as the national ID, says that two records are one person."""

import pytest
from django.contrib.auth.models import User

from employees.models import Employee
from integrations.core.linking import answer_hold
from integrations.core.models import Connection, SyncRow, SyncRun
from tests.core.runs.both_sides import apply_all, create_all, review, row_of
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
