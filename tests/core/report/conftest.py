"""A connection whose mails go to somebody at once."""

import pytest
from pytest_django import Settings

from integrations.core.models import Connection


@pytest.fixture
def connection(db: None, settings: Settings) -> Connection:
    settings.PROBLEM_MAIL_SECONDS = 0
    settings.PUBLIC_URL = "https://hub.example.com"
    return Connection.objects.create(
        integration="fortnox",
        label="Fortnox Demo",
        state=Connection.State.ACTIVE,
        recipients=["payroll@demo.example"],
    )
