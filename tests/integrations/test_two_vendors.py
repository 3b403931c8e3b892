"""One company with two vendors: each gets the hub's changes, and one's changes reach the other (G-07, invariant 7)."""

import pytest

from integrations.core.models import Connection, Mark, SyncRow
from integrations.core.runs.deciding import decide_field
from tests.integrations.two_vendors import Two, person_at_both
from tests.visma_payroll.sync.sides import RIGHT, VENDOR, change


@pytest.mark.behaviour("G-07")
def test_a_change_of_the_hub_reaches_both(two: Two) -> None:
    fortnox, visma = two
    employee, at_fortnox, at_visma = person_at_both(two)
    change(employee, work_phone="+4740001234")
    fortnox.push_until_sent()
    visma.push_until_sent()
    assert fortnox.at_vendor(at_fortnox)["Phone1"] == "+4740001234"
    assert visma.at_vendor(at_visma)["phones"] == [{"type": "Business", "number": 40001234}]


@pytest.mark.behaviour("G-07")
def test_what_came_from_one_goes_to_the_other_and_not_back(two: Two) -> None:
    fortnox, visma = two
    _employee, at_fortnox, at_visma = person_at_both(two)
    visma.change_at_vendor(at_visma, phones=[{"type": "Business", "number": 40007777}])
    run = visma.review()
    decide_field(field=SyncRow.objects.get(run=run).fields.get(), decision=RIGHT, by=None)
    visma.apply(run)
    assert list(Mark.objects.values_list("connection", flat=True)) == [fortnox.connection.pk]
    fortnox.push_until_sent()
    visma.push()
    assert fortnox.at_vendor(at_fortnox)["Phone1"] == "+4740007777"
    assert visma.writes() == []


def test_one_vendors_outage_does_not_keep_the_other(two: Two) -> None:
    fortnox, visma = two
    employee, at_fortnox, at_visma = person_at_both(two)
    visma.sandbox.down(vendor=VENDOR)
    change(employee, work_phone="+4740001234")
    visma.push()
    fortnox.push_until_sent()
    assert fortnox.at_vendor(at_fortnox)["Phone1"] == "+4740001234"
    assert list(Mark.objects.values_list("connection", flat=True)) == [visma.connection.pk]
    visma.sandbox.down(vendor=VENDOR, down=False)
    visma.push_until_sent()
    assert visma.at_vendor(at_visma)["phones"][0]["number"] == 40001234
    assert set(Connection.objects.values_list("state", flat=True)) == {Connection.State.ACTIVE}
