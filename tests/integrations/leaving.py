"""An authorisation is withdrawn at the vendor, or given up here: traffic stops, nothing is lost, it can go on."""

import pytest
from django.contrib.auth.models import User

from integrations.core import connecting
from integrations.core.linking import connect_person_again, disconnect_person
from integrations.core.models import Connection, Link, Mark, SyncRun
from integrations.core.runs.deciding import RunRefused
from integrations.core.sweep import sweep
from tests.core.connected import compare
from tests.core.runs.both_sides import LEFT, assert_in_step, decide, finish, review, row_of, start_applying
from tests.integrations.base import Contract
from tests.integrations.stage import Stage


class LeavingContract(Contract):
    def test_a_token_that_ends_before_its_time_is_renewed_and_nobody_is_asked(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        stage.driver.end_token()

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push_until_sent()

        assert (stage.state(), stage.problems()) == (Connection.State.ACTIVE, [])
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})

    @pytest.mark.behaviour("G-11")
    def test_a_withdrawn_authorisation_keeps_the_marks_and_they_are_sent_after_connecting_again(
        self, stage: Stage
    ) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        links = stage.links()
        stage.driver.withdraw()

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push()

        assert stage.state() == Connection.State.NEEDS_REAUTHORISATION
        assert (stage.waiting(), stage.problems(), stage.links()) == (1, [], links)
        assert [worked for _write, worked in stage.driver.writes() if worked] == []

        stage.driver.allow_again()
        stage.connect_again()
        assert stage.connection.state == Connection.State.ACTIVE
        stage.push_until_sent()
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})
        assert not Mark.objects.exists()

    def test_a_run_waits_for_an_authorisation_that_was_withdrawn_and_ends_after_connecting_again(
        self, stage: Stage
    ) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_pair(1, hub={field.name: field.values[0]})
        run = review(stage.connection)
        decide(row_of(run, left=employee), **{field.name: LEFT})
        stage.driver.withdraw()

        run = start_applying(run)

        assert run.state == SyncRun.State.APPLYING
        assert stage.state() == Connection.State.NEEDS_REAUTHORISATION
        assert [worked for _write, worked in stage.driver.writes() if worked] == []

        stage.driver.allow_again()
        stage.connect_again()
        assert finish(run).state == SyncRun.State.DONE
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})

    # --- Given up here ----------------------------------------------------------------------------------------

    @pytest.mark.behaviour("G-11")
    def test_a_disconnected_connection_makes_no_call_and_keeps_the_links(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        links, before = stage.links(), stage.driver.raw(right_id)

        connecting.disconnect(connection_id=stage.connection.pk, by=None)
        stage.sandbox.clear_calls()
        stage.edit(employee, **{field.name: field.values[0]})
        stage.push()
        sweep()
        stage.connection.refresh_from_db()
        with pytest.raises(RunRefused):
            compare(stage.connection)

        assert stage.sandbox.calls() == []
        assert (stage.state(), stage.links()) == (Connection.State.DISCONNECTED, links)
        assert stage.driver.raw(right_id) == before
        assert Connection.objects.get().secrets == {}

    @pytest.mark.behaviour("G-11")
    def test_connecting_again_takes_up_where_it_stopped(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        connecting.disconnect(connection_id=stage.connection.pk, by=None)
        stage.edit(employee, **{field.name: field.values[0]})

        stage.connect_again()
        stage.push()
        assert (stage.state(), stage.waiting(), stage.driver.writes()) == (Connection.State.AUTHORISED, 1, [])
        stage.activate()
        stage.push_until_sent()

        assert stage.links() == [(str(employee.pk), right_id, "active")]
        assert stage.driver.ids() == [right_id]
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})

    @pytest.mark.behaviour("G-11")
    def test_disconnecting_works_while_the_vendor_is_away(self, stage: Stage) -> None:
        stage.driver.go_down()
        connecting.disconnect(connection_id=stage.connection.pk, by=None)
        assert Connection.objects.get().secrets == {}

        stage.driver.mend()
        stage.connect_again()
        assert stage.connection.state == Connection.State.AUTHORISED

    @pytest.mark.behaviour("G-11")
    def test_a_disconnected_person_has_no_traffic_until_connected_again(self, stage: Stage) -> None:
        field = stage.driver.edited
        employee, right_id = stage.add_active_pair()
        by, link = User.objects.get(username="hanna"), Link.objects.get()
        before = stage.driver.raw(right_id)
        assert disconnect_person(link=link, by=by)

        stage.edit(employee, **{field.name: field.values[0]})
        stage.push()
        run = compare(Connection.objects.get())

        assert (run.state, run.counts["rows"], stage.driver.writes()) == (SyncRun.State.DONE, 0, [])
        assert stage.driver.raw(right_id) == before

        assert connect_person_again(link=link, by=by)
        stage.push_until_sent()
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})
        assert_in_step(stage.connection, 1)
