"""Disconnecting a connection, or one person of it: all traffic stops, nothing is deleted, and it can go on (G-11)."""

import pytest
from django.contrib.auth.models import User

from integrations.core import connecting
from integrations.core.linking import connect_person_again, disconnect_person
from integrations.core.models import Connection, Link, SyncRun
from integrations.core.runs.deciding import RunRefused
from integrations.core.sweep import sweep
from tests.core.connected import compare
from tests.core.runs.both_sides import assert_in_step
from tests.integrations.base import Contract
from tests.integrations.stage import Stage


class LeavingContract(Contract):
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

        assert (run.state, run.counts["rows"], stage.driver.writes()) == (SyncRun.State.REVIEW, 0, [])
        assert stage.driver.raw(right_id) == before

        assert connect_person_again(link=link, by=by)
        stage.push_until_sent()
        stage.assert_both_hold(employee, right_id, **{field.name: field.values[0]})
        assert_in_step(stage.connection, 1)
