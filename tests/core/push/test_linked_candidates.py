"""A pushed creation whose answer was lost is never taken for somebody who is linked to another (invariant 2)."""

import pytest

from integrations.core.models import Connection, Delivery, Link
from tests.core.push.pushing import Pushed, retry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.behaviour("G-20", "G-30")]


def test_a_linked_record_that_got_the_same_address_meanwhile_is_not_the_new_person(both: Pushed) -> None:
    first = both.pair_active(1)
    Connection.objects.update(creates_by_itself=True)
    both.sandbox.faults([{"action": "drop", "method": "POST", "path": "/3/employees"}])
    second = both.hub(2)
    both.push()
    both.change_at_vendor("101", Email="p2@demo.example")

    both.push_until_sent()

    links = dict(Link.objects.values_list("left_id", "right_id"))
    assert links == {str(first.pk): "101"}
    assert both.problem().cause == "exists"
    assert Delivery.objects.get().state == Delivery.State.VOID

    both.change_at_vendor("101", Email="p1@demo.example")
    retry(both)
    both.push_until_sent()
    links = dict(Link.objects.values_list("left_id", "right_id"))
    assert links[str(second.pk)] not in ("", "101")
