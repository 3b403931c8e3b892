"""A vendor that says it has done what it was sent, and holds something else: told by field, never in step (G-19)."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.core.models import Link, Problem, SyncRow, SyncRun
from integrations.core.problems import retry_problems
from tests.core.runs.both_sides import LEFT, apply_all, assert_in_step, create_all, decide, review, row_of
from tests.integrations.base import Contract
from tests.integrations.driver import Call, Edited
from tests.integrations.stage import Stage

SHORT = 3


class KeepingContract(Contract):
    @pytest.mark.parametrize("how", ["pretend", "cut"])
    @pytest.mark.behaviour("G-19", "G-09")
    def test_what_the_vendor_did_not_keep_of_a_change_is_told_and_sent_again_from_the_error_log(
        self, stage: Stage, how: str
    ) -> None:
        kept, other = stage.driver.also_edited, stage.driver.edited
        employee, right_id = stage.add_active_pair()
        _falsify(stage, stage.driver.update_call, kept, how)

        stage.edit(employee, **{kept.name: kept.values[0], other.name: other.values[0]})
        stage.push_until_sent()

        held = stage.driver.read(right_id)
        assert (held[kept.name] != kept.values[0], held[other.name]) == (True, other.values[0])
        assert stage.problem().cause == f"not_kept:{kept.name}"
        assert stage.sent() == [(str(employee.pk), other.name)]
        _assert_open(stage, kept)

        stage.sandbox.clear_faults()
        retry_problems(Problem.objects.all(), by=User.objects.get(username="hanna"))
        stage.push_until_sent()
        assert stage.problem().state == Problem.State.SOLVED
        assert sorted(stage.sent()) == sorted([(str(employee.pk), kept.name), (str(employee.pk), other.name)])
        stage.assert_both_hold(employee, right_id, **{kept.name: kept.values[0], other.name: other.values[0]})
        assert_in_step(stage.connection, 1)

    @pytest.mark.parametrize("how", ["pretend", "cut"])
    @pytest.mark.behaviour("G-19", "G-06")
    def test_what_the_vendor_did_not_keep_of_a_decision_is_told_and_asked_again(self, stage: Stage, how: str) -> None:
        kept = stage.driver.also_edited
        employee, right_id = stage.add_pair(1, hub={kept.name: kept.values[0]})
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{kept.name: LEFT})
        _falsify(stage, stage.driver.update_call, kept, how)

        run = apply_all(run)

        assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
        assert row_of(run, left=employee).state == SyncRow.State.REFUSED
        assert stage.sent() == []
        _assert_open(stage, kept)

        stage.sandbox.clear_faults()
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{kept.name: LEFT})
        assert apply_all(run).state == SyncRun.State.DONE
        stage.assert_both_hold(employee, right_id, **{kept.name: kept.values[0]})
        assert stage.problems(state=Problem.State.OPEN) == []

    @pytest.mark.behaviour("G-19", "G-28")
    def test_what_the_vendor_did_not_keep_of_a_new_person_is_told_and_nobody_is_created_twice(
        self, stage: Stage
    ) -> None:
        kept = stage.driver.also_edited
        employee = stage.add_to_hub(1, {kept.name: kept.values[0]})
        run = review(stage.connection)
        create_all(run)
        _falsify(stage, stage.driver.create_call, kept, "cut")

        run = apply_all(run)

        (right_id,) = stage.driver.ids()
        assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
        assert stage.driver.read(right_id)[kept.name] != kept.values[0]
        _assert_open(stage, kept)

        stage.sandbox.clear_faults()
        run = review(stage.connection)
        row = row_of(run, left=employee)
        assert [field.field for field in row.fields.all()] == [kept.name]
        decide(row, **{kept.name: LEFT})
        apply_all(run)
        assert stage.driver.ids() == [right_id]
        stage.assert_both_hold(employee, right_id, **{kept.name: kept.values[0]})


def _falsify(stage: Stage, call: Call, field: Edited, how: str) -> None:
    """Let the vendor keep the field's texts as they were, or but their beginnings, until it is mended."""
    stage.sandbox.faults([{**call.rule, "action": how, "fields": list(field.texts), "longest": SHORT, "every": True}])


def _assert_open(stage: Stage, field: Edited) -> None:
    pair: Any = Link.objects.get(connection=stage.connection).pairs[field.name]
    assert pair[2:] == ["open"], pair
