"""What ends a write, ends it once."""

import pytest
from django.utils import timezone

from integrations.core.deliver import end_delivery
from integrations.core.errors import Refused
from integrations.core.models import Delivery
from tests.core.report.runs import make_run

pytestmark = pytest.mark.django_db
State = Delivery.State


def _delivery(state: str) -> Delivery:
    return Delivery.objects.create(
        connection=make_run().connection,
        resource="employees",
        left_id="1",
        action=Delivery.Action.CREATE,
        state=state,
        sent_at=timezone.now(),
        right_id="101",
    )


@pytest.mark.behaviour("G-12")
@pytest.mark.parametrize("ended", [State.DONE, State.REFUSED, State.VOID])
def test_a_write_that_has_ended_is_not_ended_otherwise(ended: str) -> None:
    delivery = _delivery(ended)

    assert not end_delivery(delivery=delivery, state=State.REFUSED, right_id="102", error=Refused("late"))

    delivery.refresh_from_db()
    assert (delivery.state, delivery.right_id, delivery.message) == (ended, "101", "")


@pytest.mark.parametrize("state", Delivery.OPEN)
def test_an_open_write_is_ended_with_what_became_of_it(state: str) -> None:
    delivery = _delivery(state)

    assert end_delivery(delivery=delivery, state=State.DONE, right_id="102")
    assert not end_delivery(delivery=delivery, state=State.VOID)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.right_id) == (State.DONE, "102")
