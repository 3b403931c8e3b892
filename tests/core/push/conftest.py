"""A connection whose first synchronisation is done, so that changes go by themselves."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from employees.models import Company
from integrations.core.models import Connection
from tests.core.connected import connect
from tests.core.push.pushing import Pushed
from tests.core.waits import shorten_waits
from tests.sandbox_client import SandboxClient


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    shorten_waits(monkeypatch=monkeypatch, settings=settings)


@pytest.fixture
def connection(db: None, sandbox: SandboxClient) -> Connection:
    sandbox.limits(requests=10_000, seconds=1)
    return connect()


@pytest.fixture
def both(connection: Connection, sandbox: SandboxClient) -> Pushed:
    company = connection.company
    assert isinstance(company, Company)
    return Pushed(company=company, sandbox=sandbox, connection=connection)


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_user("decider")
