"""Users with a password, and browsers at addresses of their own."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from employees.access.models import ProviderLink
from employees.groups import HR_ADMIN, OPERATOR
from tests.access.provider_server import CLIENT_ID, CLIENT_SECRET, Provider
from tests.access.signing_in import PASSWORD

MakeUser = Callable[..., User]


@pytest.fixture(autouse=True)
def hasty(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords cheaply, and send mails at once: a test's transaction never commits."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for place in ("employees.access.mails.transaction", "employees.access.admin.users.transaction"):
        monkeypatch.setattr(place, SimpleNamespace(on_commit=lambda send: send()))


@pytest.fixture
def make_user(db: None) -> MakeUser:
    def make(username: str = "hanna", *, groups: tuple[str, ...] = (HR_ADMIN,), **fields: Any) -> User:
        values = {"email": f"{username}@example.com", "is_staff": True, **fields}
        user = User.objects.create_user(username, password=PASSWORD, **values)
        user.groups.set(Group.objects.filter(name__in=groups))
        return user

    return make


@pytest.fixture
def hanna(make_user: MakeUser) -> User:
    return make_user()


@pytest.fixture
def visitor() -> Client:
    return Client(REMOTE_ADDR="192.0.2.7")


@pytest.fixture
def start_page() -> str:
    return reverse("admin:index")


@pytest.fixture
def operator(make_user: MakeUser) -> Client:
    client = Client()
    client.force_login(make_user("otto", groups=(OPERATOR,), first_name="Otto", last_name="Vik"))
    return client


@pytest.fixture
def here(settings: Settings) -> None:
    """Let the links in mails lead to the test's own site."""
    settings.PUBLIC_URL = "http://testserver"


@pytest.fixture(scope="session")
def _running() -> Iterator[Provider]:
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def provider(_running: Provider, settings: Settings) -> Provider:
    _running.reset()
    settings.OIDC_ISSUER, settings.OIDC_NAME = _running.issuer, "Example ID"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.PUBLIC_URL, settings.DEBUG_PROVIDER = "http://testserver", True
    return _running


@pytest.fixture
def linked(provider: Provider, hanna: User) -> User:
    ProviderLink.objects.create(user=hanna, issuer=provider.issuer, subject="subject-1")
    return hanna
