"""Two vendors of one company; what a vendor has alone is made by its own tests."""

import pytest
from pytest_django import Settings

from tests.integrations.two_vendors import Two, two_vendors
from tests.sandbox_client import SandboxClient


@pytest.fixture
def two(db: None, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Two:
    return two_vendors(sandbox, monkeypatch=monkeypatch, settings=settings)
