"""A Norwegian company connected to an empty Visma.net Payroll, with waits that a test can sit out."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from employees.models import Company
from integrations.core import budget, jobs
from integrations.core.models import Connection
from integrations.core.push import draining, sending, settling
from integrations.core.registry import Limit
from integrations.core.runs import applying
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VENDOR, VismaSides, connected_sides


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.SETTLE_SECONDS = 0.6
    settings.HTTP_READ_TIMEOUT = 2
    settings.TASK_SECONDS = 2
    settings.RETRY_SECONDS = 0.001
    monkeypatch.setattr(budget, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(jobs, "FIRST_POLL", 0.05)
    monkeypatch.setattr(draining, "LONGEST_NAP", 0.3)
    monkeypatch.setattr(applying, "NAP_SECONDS", 0.05)
    monkeypatch.setattr(Limit, "interval", 0.002)
    monkeypatch.setattr(settling, "BUSY_PAUSE", timedelta(milliseconds=1))
    monkeypatch.setattr(sending, "STOPPED_PAUSE", timedelta(milliseconds=1))


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    sandbox.limits(vendor=VENDOR, requests=10_000, seconds=1)
    sandbox.settings(VENDOR, job_seconds=0.05)
    return connected_sides(sandbox).connection


@pytest.fixture
def both(connection: Connection, sandbox: SandboxClient) -> VismaSides:
    company = connection.company
    assert isinstance(company, Company)
    return VismaSides(company=company, sandbox=sandbox, connection=connection)
