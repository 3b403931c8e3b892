"""Two vendors of one company; what a vendor has alone is made by its own tests."""

import pytest
from pytest_django import Settings

from employees.models import Company
from integrations.core import jobs
from tests.core.connected import connect
from tests.core.push.pushing import Pushed
from tests.core.waits import shorten_waits
from tests.integrations.two_vendors import Two
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VENDOR, connected_sides


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
