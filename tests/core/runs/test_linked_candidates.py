"""A creation whose answer was lost is never taken for somebody who is linked to another (invariant 2)."""

import pytest
from pytest_django import Settings

from integrations.core.models import Connection, Link, SyncRun
from tests.core.runs.both_sides import BothSides, apply_all, create_all, finish, review, start_applying

pytestmark = pytest.mark.behaviour("G-20", "G-30")


def test_a_linked_record_that_got_the_same_address_meanwhile_is_not_the_new_person(
    connection: Connection, both: BothSides, settings: Settings
) -> None:
    settings.TASK_SECONDS = 0.3
    first = both.pair(1)
    apply_all(review(connection))
    second = both.hub(2)
    run = review(connection)
    create_all(run)
    both.sandbox.faults([{"action": "drop", "method": "POST", "path": "/3/employees"}])
    assert start_applying(run).state == SyncRun.State.APPLYING
    both.change_at_vendor("101", Email="p2@demo.example")

    finish(run)

    links = dict(Link.objects.values_list("left_id", "right_id"))
    assert links[str(first.pk)] == "101"
    assert links[str(second.pk)] not in ("", "101")
    assert [status for method, _path, status in both.writes() if method == "POST"] == [0, 201]
