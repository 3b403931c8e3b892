"""The site as a browser finds it, and the HR admin who opens it."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.e2e.signing_in import make_admin


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def hanna(transactional_db: None) -> User:
    return make_admin()
