"""A Norwegian company connected to an empty Visma.net Payroll, with waits that a test can sit out."""

import pytest
from pytest_django import Settings

from integrations.core import jobs
from integrations.core.models import Connection
from integrations.core.push import draining
from tests.core.waits import shorten_waits
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VENDOR, VismaSides, connected_sides


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    shorten_waits(monkeypatch=monkeypatch, settings=settings)
    settings.TASK_SECONDS = 2
    monkeypatch.setattr(jobs, "FIRST_POLL", 0.05)
    monkeypatch.setattr(draining, "LONGEST_NAP", 0.3)


@pytest.fixture
def both(db: None, sandbox: SandboxClient) -> VismaSides:
    sandbox.limits(vendor=VENDOR, requests=10_000, seconds=1)
    sandbox.settings(VENDOR, job_seconds=0.05)
    return connected_sides(sandbox)


@pytest.fixture
def connection(both: VismaSides) -> Connection:
    return both.connection
