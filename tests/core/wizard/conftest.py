"""The vendors' section as its readers see it: Fortnox's, over real HTTP with the sandbox."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL
from employees.models import Company
from integrations.core import connecting
from integrations.core.models import Connection
from tests.core.admin.filling import service_runs
from tests.core.connected import connect
from tests.factories import CompanyFactory
from tests.sandbox_client import SandboxClient

ROLES = {"hr_admin": HR_ADMIN, "integration_admin": INTEGRATION_ADMIN, "payroll": PAYROLL}
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def hub(db: None, settings: Settings) -> None:
    settings.PUBLIC_URL = "http://testserver"
    service_runs()


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Demo AB")


@pytest.fixture
def draft(company: Company) -> Connection:
    return connecting.create_draft(integration="fortnox", company=company, label="Fortnox of Demo", by=None)


@pytest.fixture
def accepted(draft: Connection, admin_user: User) -> Connection:
    connecting.accept_terms(connection_id=draft.pk, by=admin_user)
    draft.refresh_from_db()
    return draft


@pytest.fixture
def connected(company: Company, sandbox: SandboxClient) -> Connection:
    return connect(company=company)


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Return a function that signs in a role: a group's, ``superuser``, ``staff`` (no right), ``user`` or nobody."""

    def as_role(role: str) -> Client:
        client = Client()
        if role == "anonymous":
            return client
        user, made = User.objects.get_or_create(
            username=role,
            defaults={"is_staff": role != "user", "is_superuser": role == "superuser", "email": f"{role}@demo.example"},
        )
        if made and role in ROLES:
            user.groups.set([Group.objects.get(name=ROLES[role])])
        client.force_login(user)
        return client

    return as_role


@pytest.fixture
def client(sign_in: SignIn) -> Client:
    """The browser of somebody who may do everything here: connect, and synchronise."""
    return sign_in("integration_admin")


def told(answer: Any) -> str:
    """Return the messages of a page that was followed to."""
    return " ".join(str(message) for message in answer.context["messages"])
