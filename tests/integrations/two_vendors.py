"""One company with Fortnox and Visma.net Payroll, and people whom both have."""

from typing import Final

import pytest
from pytest_django import Settings

from employees.models import Employee
from integrations.core import jobs
from integrations.core.models import SyncRun
from integrations.core.runs.deciding import decide_fields
from tests.core.connected import connect
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import LEAVE, apply_all, decide, review, row_of
from tests.core.waits import shorten_waits
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import RIGHT, VENDOR, VismaSides, connected_sides

Two = tuple[Pushed, VismaSides]
PEOPLE: Final = 3


def two_vendors(sandbox: SandboxClient, *, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Two:
    """Connect one company to both vendors, without people."""
    shorten_waits(monkeypatch=monkeypatch, settings=settings)
    monkeypatch.setattr(jobs, "FIRST_POLL", 0.05)
    for vendor in ("fortnox", VENDOR):
        sandbox.limits(vendor=vendor, requests=10_000, seconds=1)
    sandbox.settings(VENDOR, job_seconds=0.05)
    visma = connected_sides(sandbox)
    fortnox = Pushed(company=visma.company, sandbox=sandbox, connection=connect(company=visma.company))
    return fortnox, visma


def add_to_both(two: Two, number: int) -> tuple[Employee, str, str]:
    """Add somebody to the hub and both vendors, with equal values; returns the person and both IDs."""
    fortnox, visma = two
    at_visma = visma.vendor(number)
    employee = visma.hub(number)
    at_fortnox = fortnox.vendor(
        number,
        EmployeeId=str(number),
        Phone1=f"+474000{number:04d}",
        Address1=f"Storgata {number}",
        PostCode="0150",
        City="Oslo",
        Country="Norge",
    )
    return employee, at_fortnox, at_visma


def person_at_both(two: Two) -> tuple[Employee, str, str]:
    """Add somebody to both, and synchronise both for the first time."""
    person = add_to_both(two, 1)
    activate(two)
    return person


def activate(two: Two) -> None:
    for each in two:
        each.activate()


def moved_at_visma(two: Two) -> SyncRun:
    """Three people at both; Visma has new names, phones and addresses of them; the review takes all into the hub.

    The address of the first was left as it is at Fortnox.
    """
    fortnox, visma = two
    both = [add_to_both(two, number) for number in range(1, PEOPLE + 1)]
    activate(two)
    fortnox.change_at_vendor("1", Address1="Annan gata 9")
    unlike = review(fortnox.connection)
    decide(row_of(unlike, left=both[0][0]), address=LEAVE)
    apply_all(unlike)
    for number, (_employee, _at_fortnox, at_visma) in enumerate(both, start=1):
        visma.change_at_vendor(
            at_visma,
            personNames=[{"firstName": f"Given {number}", "lastName": f"Nytt {number}"}],
            phones=[{"type": "Business", "number": 41_000_000 + number}],
            address={"streetName": f"Ny gate {number}", "zipCode": "5003", "cityName": "Bergen", "countryCode": "NO"},
        )
    run = visma.review()
    decide_fields(run=run, decision=RIGHT, by=None)
    fortnox.sandbox.clear_calls()
    return run
