"""What every part of the contract has: a driver, and a stage that it has connected."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from pytest_django import Settings

from employees.models import Company
from integrations.core.models import Connection
from tests.core.admin.filling import service_runs
from tests.core.waits import shorten_waits
from tests.factories import CompanyFactory
from tests.integrations.driver import Driver
from tests.integrations.stage import Stage, draft_of
from tests.sandbox_client import SandboxClient


class Contract:
    """A part of the contract: tests that an integration inherits by naming its driver."""

    driver_class: ClassVar[type[Driver]]
    # As in the product: what is rung for is enqueued once it is committed.
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def driver(
        self, transactional_db: None, sandbox: SandboxClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Driver]:
        driver = self.driver_class(sandbox)
        shorten_waits(monkeypatch=monkeypatch, settings=settings)
        driver.hasten(monkeypatch=monkeypatch, settings=settings)
        settings.PUBLIC_URL = "http://testserver"
        service_runs()
        yield driver
        driver.mend()

    @pytest.fixture
    def company(self, driver: Driver) -> Company:
        company: Company = CompanyFactory.create(name="Demo", **driver.company)
        return company

    @pytest.fixture
    def draft(self, driver: Driver, company: Company) -> Connection:
        return draft_of(driver, company=company)

    @pytest.fixture
    def stage(self, driver: Driver, company: Company, draft: Connection) -> Stage:
        connection = driver.connect(draft)
        driver.sandbox.clear_calls()
        return Stage(
            connection=connection,
            sandbox=driver.sandbox,
            driver=driver,
            company=company,
            first_secrets=connection.secrets,
        )
