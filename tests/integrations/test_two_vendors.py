"""One company with two vendors: each gets the hub's changes, and one's changes reach the other (G-07, invariant 7)."""

import pytest
from pytest_django import Settings

from employees.models import Company, Employee
from integrations.core import jobs
from integrations.core.models import Connection, Mark, SyncRow
from integrations.core.runs.deciding import decide_field
from tests.core.connected import connect
from tests.core.push.pushing import Pushed
from tests.core.waits import shorten_waits
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import RIGHT, VENDOR, VismaSides, change, connected_sides

Two = tuple[Pushed, VismaSides]


@pytest.fixture
def two(db: None, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Two:
    """Both vendors of one company, empty."""
    shorten_waits(monkeypatch=monkeypatch, settings=settings)
    monkeypatch.setattr(jobs, "FIRST_POLL", 0.05)
    for vendor in ("fortnox", VENDOR):
        sandbox.limits(vendor=vendor, requests=10_000, seconds=1)
    sandbox.settings(VENDOR, job_seconds=0.05)
    visma = connected_sides(sandbox)
    company: Company = visma.company
    fortnox = Pushed(company=company, sandbox=sandbox, connection=connect(company=company))
    return fortnox, visma


def person_at_both(two: Two) -> tuple[Employee, str, str]:
    fortnox, visma = two
    at_visma = visma.vendor(1)
    employee = visma.hub(1)
    at_fortnox = fortnox.vendor(
        1, EmployeeId="1", Phone1="+4740000001", Address1="Storgata 1", PostCode="0150", City="Oslo", Country="Norge"
    )
    fortnox.activate()
    visma.activate()
    return employee, at_fortnox, at_visma


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
