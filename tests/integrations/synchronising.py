"""Comparing, deciding and writing: what nobody decided is not written, and nothing is written twice."""

from collections import Counter

import pytest

from integrations.core.models import Link, Problem, SyncRow, SyncRun
from integrations.core.runs.comparing import compare_run
from tests.core.connected import compare
from tests.core.runs.both_sides import (
    LEFT,
    RIGHT,
    apply_all,
    assert_in_step,
    create,
    create_all,
    decide,
    review,
    row_of,
)
from tests.integrations.base import Contract
from tests.integrations.stage import Stage

Kind = SyncRow.Kind
LOST = pytest.mark.parametrize("done", [True, False], ids=["after the work", "before the work"])


class SynchronisingContract(Contract):
    @pytest.mark.behaviour("G-04")
    def test_a_comparison_lists_what_differs_and_writes_nothing(self, stage: Stage) -> None:
        field = stage.driver.edited
        _equal, first = stage.add_pair(1)
        differs, second = stage.add_pair(2, hub={field.name: field.values[0]}, vendor={field.name: field.values[1]})
        stage.add_to_hub(3)
        third = stage.driver.add(stage.driver.values(4))
        before = {right_id: stage.driver.raw(right_id) for right_id in (first, second, third)}
        hub = stage.hub_values(differs)

        run = review(stage.connection)

        kinds = Counter(SyncRow.objects.filter(run=run).values_list("kind", flat=True))
        assert kinds == {Kind.DIFFERS: 1, Kind.ONLY_LEFT: 1, Kind.ONLY_RIGHT: 1}
        assert run.counts["equal"] == 1
        (shown,) = row_of(run, left=differs).fields.all()
        assert (shown.field, shown.decision) == (field.name, "open")
        assert stage.driver.writes() == []
        assert {right_id: stage.driver.raw(right_id) for right_id in stage.driver.ids()} == before
        assert stage.hub_values(differs) == hub

    @pytest.mark.behaviour("G-04")
    @pytest.mark.parametrize("keep", [LEFT, RIGHT], ids=["the hub", "the vendor"])
    def test_a_conflict_is_decided_for_one_side_and_what_is_undecided_stays(self, stage: Stage, keep: str) -> None:
        field = stage.driver.edited
        differing = {"hub": {field.name: field.values[0]}, "vendor": {field.name: field.values[1]}}
        decided, right_id = stage.add_pair(1, **differing)
        left_open, other_id = stage.add_pair(2, hub={field.name: field.values[2]})
        run = review(stage.connection)
        hub, vendor = stage.hub_values(left_open), stage.driver.raw(other_id)

        decide(row_of(run, left=decided), **{field.name: keep})
        run = apply_all(run)

        assert run.state == SyncRun.State.DONE
        stage.assert_both_hold(decided, right_id, **{field.name: field.values[0 if keep == LEFT else 1]})
        assert (stage.hub_values(left_open), stage.driver.raw(other_id)) == (hub, vendor)
        assert len(stage.driver.writes()) == (1 if keep == LEFT else 0)

    def test_a_decision_writes_no_other_property_at_the_vendor(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_pair(1, hub={field.name: field.values[0]})
        before = stage.driver.raw(right_id)
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{field.name: LEFT})

        apply_all(run)

        assert changed_elsewhere(stage, before, stage.driver.raw(right_id)) == []
        assert stage.driver.read(right_id)[field.name] == field.values[0]

    def test_what_the_vendor_changed_after_the_review_is_not_overwritten(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_pair(1, hub={field.name: field.values[0]})
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{field.name: LEFT})
        stage.driver.change(right_id, {field.name: field.values[1]})

        run = apply_all(run)

        assert row_of(run, left=employee).state == SyncRow.State.MOVED
        assert stage.driver.read(right_id)[field.name] == field.values[1]
        assert stage.driver.writes() == []

    @pytest.mark.behaviour("G-05")
    def test_somebody_is_created_at_the_vendor_once_ticked_with_every_value(self, stage: Stage) -> None:
        employee, unticked = stage.add_to_hub(1), stage.add_to_hub(2)
        run = review(stage.connection)
        create(row_of(run, left=employee))

        run = apply_all(run)

        assert run.state == SyncRun.State.DONE
        (right_id,) = stage.driver.ids()
        assert stage.links() == [(str(employee.pk), right_id, "active")]
        stage.assert_both_hold(employee, right_id)
        held = stage.driver.read(right_id)
        wanted = {name: value for name, value in stage.driver.values(1).items() if name in held}
        assert {name: held[name] for name in wanted} == wanted
        assert row_of(run, left=unticked).kind == Kind.ONLY_LEFT

    @pytest.mark.behaviour("G-05")
    def test_somebody_is_created_in_the_hub_once_ticked_and_the_vendor_is_not_written_to(self, stage: Stage) -> None:
        right_id = stage.driver.add(stage.driver.values(1))
        stage.driver.add(stage.driver.values(2))
        before = stage.driver.raw(right_id)
        run = review(stage.connection)
        create(row_of(run, right_id=right_id))

        run = apply_all(run)

        assert run.state == SyncRun.State.DONE
        employee = stage.company.employees.get()
        assert stage.links() == [(str(employee.pk), right_id, "active")]
        stage.assert_both_hold(employee, right_id)
        assert stage.driver.raw(right_id) == before
        assert stage.driver.writes() == []

    @pytest.mark.behaviour("G-05")
    def test_somebody_without_a_required_value_cannot_be_created_until_it_is_there(self, stage: Stage) -> None:
        name = stage.driver.required
        employee = stage.add_to_hub(1, {name: None})
        run = review(stage.connection)
        row = row_of(run, left=employee)
        assert row.kind == Kind.CANNOT_SEND
        assert str(stage.resource.field(name).label) in row.reason
        create_all(run)
        apply_all(run)
        assert stage.driver.ids() == []

        stage.edit(employee, **{name: stage.driver.values(1)[name]})
        run = review(stage.connection)
        create_all(run)
        apply_all(run)
        assert len(stage.driver.ids()) == 1

    @pytest.mark.behaviour("G-10")
    def test_a_second_run_finds_everybody_in_step_and_writes_nothing(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_pair(1, hub={field.name: field.values[0]}, vendor={field.name: field.values[1]})
        stage.add_to_hub(2)
        stage.driver.add(stage.driver.values(3))
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{field.name: LEFT})
        create_all(run)
        apply_all(run)
        assert len(stage.driver.ids()) == 3
        before = {each: stage.driver.raw(each) for each in stage.driver.ids()}
        stage.sandbox.clear_calls()

        assert_in_step(stage.connection, 3)
        assert SyncRun.objects.latest("pk").state == SyncRun.State.DONE

        assert stage.driver.writes() == []
        assert {each: stage.driver.raw(each) for each in stage.driver.ids()} == before
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})

    @pytest.mark.behaviour("G-16")
    def test_somebody_gone_at_the_vendor_is_shown_and_nothing_is_deleted_or_created(self, stage: Stage) -> None:
        employee, right_id = stage.add_pair(1)
        apply_all(review(stage.connection))
        hub = stage.hub_values(employee)
        stage.driver.remove(right_id)

        # What changed since the last time does not tell who is gone.
        run = review(stage.connection, whole=True)
        assert row_of(run).kind == Kind.GONE
        create_all(run)
        apply_all(run)

        assert (stage.driver.ids(), stage.driver.writes()) == ([], [])
        assert stage.hub_values(employee) == hub

    # --- What goes wrong ------------------------------------------------------------------------------------

    @pytest.mark.behaviour("G-09")
    def test_a_refused_creation_leaves_both_sides_as_they_are_and_the_others_go(self, stage: Stage) -> None:
        employee = stage.add_to_hub(1)
        hub = stage.hub_values(employee)
        run = review(stage.connection)
        create_all(run)
        stage.driver.refuse_next(stage.driver.create_call, message="Refused by the contract.")

        run = apply_all(run)

        assert run.state == SyncRun.State.DONE_WITH_PROBLEMS
        assert (stage.driver.ids(), stage.links(), stage.hub_values(employee)) == ([], [], hub)
        problem = Problem.objects.get()
        assert (problem.state, problem.action) == (Problem.State.OPEN, "create")
        assert "Refused by the contract." in problem.message

        run = review(stage.connection)
        create_all(run)
        assert apply_all(run).state == SyncRun.State.DONE
        assert len(stage.driver.ids()) == 1
        assert Problem.objects.get().state == Problem.State.SOLVED

    @LOST
    def test_a_creation_whose_answer_is_lost_leaves_exactly_one_person(self, stage: Stage, done: bool) -> None:
        employee = stage.add_to_hub(1)
        run = review(stage.connection)
        create_all(run)
        stage.driver.lose_answer_of_next(stage.driver.create_call, done=done)

        run = apply_all(run)

        assert run.state == SyncRun.State.DONE
        (right_id,) = stage.driver.ids()
        assert len([write for write, worked in stage.driver.writes() if worked]) == 1
        assert stage.links() == [(str(employee.pk), right_id, "active")]
        stage.assert_both_hold(employee, right_id)
        assert_in_step(stage.connection, 1)

    @LOST
    def test_a_change_whose_answer_is_lost_arrives_once(self, stage: Stage, done: bool) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_pair(1, hub={field.name: field.values[0]})
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{field.name: LEFT})
        stage.driver.lose_answer_of_next(stage.driver.update_call, done=done)

        run = apply_all(run)

        assert run.state == SyncRun.State.DONE
        assert len([write for write, worked in stage.driver.writes() if worked]) == 1
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})
        assert_in_step(stage.connection, 1)

    def test_a_vendor_that_is_away_while_comparing_is_waited_for(self, stage: Stage) -> None:
        stage.add_pair(1)
        stage.driver.go_down()
        run = compare(stage.connection)
        assert run.state == SyncRun.State.COMPARING
        assert not SyncRow.objects.exists()

        stage.driver.mend()
        compare_run(run_id=run.pk)
        run.refresh_from_db()
        assert (run.state, run.error, run.counts["equal"]) == (SyncRun.State.REVIEW, "", 1)

    def test_the_rate_limit_is_waited_out_and_nothing_is_written_twice(self, stage: Stage) -> None:
        field = stage.driver.edited
        changed, right_id = stage.add_pair(1, hub={field.name: field.values[0]})
        new = stage.add_to_hub(2)
        run = review(stage.connection)
        decide(row_of(run, left=changed), **{field.name: LEFT})
        create_all(run)
        for call in (stage.driver.create_call, stage.driver.update_call):
            stage.driver.limit_next(call, count=2)

        run = apply_all(run)

        assert run.state == SyncRun.State.DONE
        assert len([write for write, worked in stage.driver.writes() if worked]) == 2
        stage.assert_both_hold(changed, right_id, **{field.name: field.values[0]})
        stage.assert_both_hold(new, Link.objects.get(left_id=str(new.pk)).right_id)
        assert not Problem.objects.exists()


def changed_elsewhere(stage: Stage, before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Return the vendor's properties that differ, but for those that hold the edited field."""
    paths = sorted({*before, *after})
    differing = [path for path in paths if before.get(path) != after.get(path) or (path in before) != (path in after)]
    return [path for path in differing if not path.startswith(stage.driver.edited.stored_in)]
