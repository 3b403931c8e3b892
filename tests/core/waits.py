"""Waits of the core that a test can sit out."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from integrations.core import budget
from integrations.core.push import holding, sending
from integrations.core.registry import Limit
from integrations.core.runs import applying
from tests.core.runs.both_sides import SETTLE


def shorten_waits(*, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.SETTLE_SECONDS = SETTLE
    settings.HTTP_READ_TIMEOUT = 2
    settings.TASK_SECONDS = 8
    settings.RETRY_SECONDS = 0.001
    monkeypatch.setattr(budget, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(applying, "NAP_SECONDS", 0.05)
    monkeypatch.setattr(Limit, "interval", 0.002)
    monkeypatch.setattr(holding, "BUSY_PAUSE", timedelta(milliseconds=1))
    monkeypatch.setattr(sending, "STOPPED_PAUSE", timedelta(milliseconds=1))
