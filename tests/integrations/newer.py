"""An edit beside what the vendor changed: parts, sensitive values, and what stays undecided (G-25, G-35)."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.core.kinds import Address
from integrations.core.models import Connection, Problem, SyncField
from integrations.core.problems import retry_problems
from tests.core.runs.both_sides import LEFT, RIGHT, apply_all, assert_in_step, decide, review, row_of
from tests.integrations.base import Contract
from tests.integrations.stage import Stage


class NewerContract(Contract):
    @pytest.mark.behaviour("G-35")
    def test_a_part_of_an_address_that_nobody_edited_goes_as_it_stands_there(self, stage: Stage) -> None:
        employee, right_id = stage.add_active_pair()
        agreed: Address = stage.driver.read(right_id)["address"]
        stage.driver.change(right_id, {"address": agreed._replace(city="Nystad")})

        stage.edit(employee, address=agreed._replace(street="Nygata 7"))
        stage.push_until_sent()

        assert stage.driver.read(right_id)["address"] == agreed._replace(street="Nygata 7", city="Nystad")
        run = review(stage.connection)
        assert [field.change for field in row_of(run).fields.all()] == [SyncField.Change.RIGHT]
        apply_all(run)
        stage.assert_both_hold(employee, right_id, address=agreed._replace(street="Nygata 7", city="Nystad"))

    @pytest.mark.behaviour("G-25")
    def test_a_sensitive_value_that_both_changed_waits_until_somebody_has_seen_both(self, stage: Stage) -> None:
        field = stage.driver.sensitive
        employee, right_id = stage.add_active_pair()
        stage.driver.change(right_id, {field.name: field.values[1]})

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()
        assert stage.driver.writes() == []
        assert stage.problem().cause == f"field:{field.name}"

        retry_problems(Problem.objects.all(), by=User.objects.get(username="hanna"))
        stage.push_until_sent()
        assert stage.problem().state == Problem.State.SOLVED
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})
        assert_in_step(stage.connection, 1)

    @pytest.mark.behaviour("G-35")
    @pytest.mark.parametrize("then", ["edit", "decide"])
    def test_what_stays_undecided_after_connecting_again_waits_for_a_newer_edit_or_a_decision(
        self, stage: Stage, then: str
    ) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        Connection.objects.update(state=Connection.State.DISCONNECTED)
        stage.edit(employee, **{field.name: field.values[0]})
        stage.driver.change(right_id, {field.name: field.values[1]})
        Connection.objects.update(state=Connection.State.REVIEWING)
        apply_all(review(stage.connection))
        stage.push_until_sent()
        assert stage.driver.writes() == []

        expected: dict[str, Any] = {field.name: field.values[2]}
        if then == "edit":
            stage.edit(employee, **expected)
            stage.push_until_sent()
        else:
            run = review(stage.connection)
            decide(row_of(run), **{field.name: LEFT})
            apply_all(run)
            expected = {field.name: field.values[0]}
        stage.assert_both_hold(employee, right_id, **expected)

    @pytest.mark.behaviour("G-35")
    def test_a_sensitive_value_that_stays_undecided_is_decided_by_a_synchronisation(self, stage: Stage) -> None:
        field = stage.driver.sensitive
        employee, right_id = stage.add_active_pair()
        Connection.objects.update(state=Connection.State.REVIEWING)
        stage.edit(employee, **{field.name: field.values[0]})
        stage.driver.change(right_id, {field.name: field.values[1]})
        apply_all(review(stage.connection))
        stage.edit(employee, **{field.name: field.values[2]})
        stage.push_until_sent()
        assert stage.driver.writes() == []

        run = review(stage.connection)
        decide(row_of(run), **{field.name: RIGHT})
        apply_all(run)
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[1]})
