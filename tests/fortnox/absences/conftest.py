"""An active connection that creates absences, with people on both sides."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from employees.groups import HR_ADMIN
from employees.models import Company
from integrations.core import budget
from integrations.core.models import Connection
from integrations.core.push import holding, sending
from integrations.core.registry import Limit
from integrations.fortnox import absence_reading, absence_sending
from tests.core.connected import connect
from tests.core.runs.both_sides import SETTLE
from tests.fortnox.absences.transferred import Transferred
from tests.sandbox_client import SandboxClient


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.SETTLE_SECONDS = SETTLE
    settings.HTTP_READ_TIMEOUT = 2
    settings.TASK_SECONDS = 8
    settings.RETRY_SECONDS = 0.001
    monkeypatch.setattr(budget, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(Limit, "interval", 0.002)
    monkeypatch.setattr(holding, "BUSY_PAUSE", timedelta(milliseconds=1))
    for sender in (sending, absence_reading, absence_sending):
        monkeypatch.setattr(sender, "STOPPED_PAUSE", timedelta(milliseconds=1))


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    sandbox.limits(requests=10_000, seconds=1)
    return connect()


@pytest.fixture
def both(connection: Connection, sandbox: SandboxClient) -> Transferred:
    company = connection.company
    assert isinstance(company, Company)
    return Transferred(company=company, sandbox=sandbox, connection=connection)


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_superuser("decider", "decider@example.se")


@pytest.fixture
def hr_admin(db: None) -> Client:
    user = User.objects.create_user("hr", "hr@example.se", is_staff=True)
    user.groups.set(Group.objects.filter(name=HR_ADMIN))
    client = Client()
    client.force_login(user)
    return client
