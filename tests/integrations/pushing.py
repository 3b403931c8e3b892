"""Changes that go by themselves: only what was edited, once, and never lost."""

import pytest
from django.contrib.auth.models import User

from integrations.core.models import Connection, Delivery, Link, Problem
from integrations.core.problems import retry_problems
from tests.core.runs.both_sides import RIGHT, apply_all, assert_in_step, create_all, decide, review, row_of
from tests.integrations.base import Contract
from tests.integrations.stage import Stage
from tests.integrations.synchronising import LOST, changed_elsewhere


class PushingContract(Contract):
    @pytest.mark.behaviour("G-07")
    def test_a_change_of_one_field_writes_only_that_field(self, stage: Stage) -> None:
        field, other = stage.driver.edited, stage.driver.also_edited
        employee, right_id = stage.add_active_pair()
        # What the vendor has changed since is not the push's to overwrite.
        stage.driver.change(right_id, {other.name: other.values[1]})
        before = stage.driver.raw(right_id)

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert stage.driver.read(right_id)[field.name] == field.values[0]
        assert changed_elsewhere(stage, before, stage.driver.raw(right_id)) == []
        assert len(stage.driver.writes()) == 1
        assert stage.sent() == [(str(employee.pk), field.name)]

    def test_a_change_of_two_fields_arrives_whole(self, stage: Stage) -> None:
        field, other = stage.driver.edited, stage.driver.also_edited
        employee, right_id = stage.add_active_pair()
        values = {field.name: field.values[0], other.name: other.values[0]}

        stage.edit(employee, **values)
        stage.push_until_sent()

        stage.assert_both_hold(employee, right_id, **values)
        assert_in_step(stage.connection, 1)

    def test_a_change_that_is_taken_back_before_it_is_sent_writes_nothing(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        agreed = stage.driver.read(right_id)[field.name]

        stage.edit(employee, **{field.name: field.values[0]})
        stage.edit(employee, **{field.name: agreed})
        stage.push_until_sent()

        assert stage.driver.writes() == []

    def test_a_change_to_what_the_vendor_holds_already_writes_nothing(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        stage.driver.change(right_id, {field.name: field.values[0]})

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert stage.driver.writes() == []
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})
        assert_in_step(stage.connection, 1)

    def test_what_a_synchronisation_brought_into_the_hub_is_not_sent_back(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        stage.driver.change(right_id, {field.name: field.values[1]})
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{field.name: RIGHT})
        apply_all(run)
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[1]})

        assert stage.marks() == []

        stage.push_until_sent()
        assert stage.driver.writes() == []

    @pytest.mark.behaviour("G-18")
    def test_what_is_withheld_of_a_protected_person_never_reaches_the_vendor(self, stage: Stage) -> None:
        withheld = {field.name for field in stage.resource.fields if field.withheld}
        assert withheld
        stage.activate()
        employee = stage.add_to_hub(1, protected=True)
        run = review(stage.connection)
        create_all(run)
        apply_all(run)
        (right_id,) = stage.driver.ids()
        assert [name for name in withheld if stage.driver.read(right_id)[name] is not None] == []

        stage.sandbox.clear_calls()
        for field in (stage.driver.edited, stage.driver.also_edited):
            if field.name in withheld:
                stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert stage.driver.writes() == []
        assert [name for name in withheld if stage.driver.read(right_id)[name] is not None] == []

    @pytest.mark.behaviour("G-16")
    def test_somebody_gone_at_the_vendor_is_a_problem_and_is_not_created_anew(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        stage.driver.remove(right_id)

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert (stage.driver.ids(), stage.driver.writes()) == ([], [])
        assert (stage.problem().cause, stage.problem().left_id) == ("gone", str(employee.pk))
        assert stage.hub_values(employee)[field.name] == field.values[0]

    @pytest.mark.behaviour("G-14")
    def test_nobody_is_created_by_a_push_unless_the_setting_says_so(self, stage: Stage) -> None:
        stage.activate()
        employee = stage.add_to_hub(1)
        stage.push_until_sent()
        assert stage.driver.ids() == []

        Connection.objects.update(creates_by_itself=True)
        stage.edit(employee, **{stage.driver.edited.name: stage.driver.edited.values[0]})
        stage.push_until_sent()

        (right_id,) = stage.driver.ids()
        stage.assert_both_hold(employee, right_id)

    # --- What goes wrong ------------------------------------------------------------------------------------

    @pytest.mark.behaviour("G-09")
    def test_a_refused_change_leaves_both_sides_as_they_are_and_is_sent_again_from_the_error_log(
        self, stage: Stage
    ) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        before, agreed = stage.driver.raw(right_id), _pair(stage, field.name)
        stage.driver.refuse_next(stage.driver.update_call, message="Refused by the contract.")

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert stage.driver.raw(right_id) == before
        assert stage.hub_values(employee)[field.name] == field.values[0]
        assert _pair(stage, field.name) == agreed
        problem = stage.problem()
        assert (problem.state, problem.left_id) == (Problem.State.OPEN, str(employee.pk))
        assert "Refused by the contract." in problem.message

        retry_problems(Problem.objects.all(), by=User.objects.get(username="hanna"))
        stage.push_until_sent()
        assert stage.problem().state == Problem.State.SOLVED
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})

    def test_one_persons_refusal_stops_nobody_else(self, stage: Stage) -> None:
        field = stage.driver.edited
        pairs = [stage.add_pair(number) for number in (1, 2, 3)]
        stage.activate()
        stage.driver.refuse_next(stage.driver.update_call, message="Refused by the contract.")

        for (employee, _right_id), value in zip(pairs, field.values, strict=True):
            stage.edit(employee, **{field.name: value})
        stage.push_until_sent()

        arrived = [stage.driver.read(pair[1])[field.name] for pair in pairs]
        assert sum(value == wanted for value, wanted in zip(arrived, field.values, strict=True)) == 2
        assert len(stage.problems()) == 1

    @LOST
    def test_a_change_whose_answer_is_lost_is_done_once(self, stage: Stage, done: bool) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        stage.driver.lose_answer_of_next(stage.driver.update_call, done=done)

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push()
        assert Delivery.objects.get().state == Delivery.State.UNKNOWN
        stage.push_until_sent()

        assert len([write for write, worked in stage.driver.writes() if worked]) == 1
        assert stage.sent() == [(str(employee.pk), field.name)]
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})
        assert_in_step(stage.connection, 1)

    @LOST
    def test_a_creation_whose_answer_is_lost_is_not_doubled(self, stage: Stage, done: bool) -> None:
        stage.activate()
        Connection.objects.update(creates_by_itself=True)
        stage.driver.lose_answer_of_next(stage.driver.create_call, done=done)

        employee = stage.add_to_hub(1)
        stage.push_until_sent()

        (right_id,) = stage.driver.ids()
        assert len([write for write, worked in stage.driver.writes() if worked]) == 1
        stage.assert_both_hold(employee, right_id)
        assert_in_step(stage.connection, 1)

    def test_an_outage_loses_nothing_and_blames_nobody(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        stage.driver.go_down()
        stage.edit(employee, **{field.name: field.values[0]})
        for _ in range(3):
            stage.push()
        assert (stage.waiting(), stage.problems()) == (1, [])
        assert stage.state() == Connection.State.ACTIVE
        assert Connection.objects.get().failing_since is not None

        stage.driver.mend()
        stage.push_until_sent()
        assert (stage.problems(), Connection.objects.get().failing_since) == ([], None)
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})

    def test_the_rate_limit_is_waited_out(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        stage.driver.limit_next(stage.driver.update_call, count=2)

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert stage.problems() == []
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})


def _pair(stage: Stage, field: str) -> object:
    return Link.objects.get(connection=stage.connection).pairs[field]
