from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL
from tests.core.admin.filling import World, fill, service_runs

ROLES = {"hr_admin": HR_ADMIN, "integration_admin": INTEGRATION_ADMIN, "payroll": PAYROLL}
SignIn = Callable[[str], Client]


@pytest.fixture
def world(db: None) -> World:
    service_runs()
    return fill()


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Return a function that signs in a role: a group's, ``superuser``, ``staff`` (no right), ``user`` or nobody."""

    def as_role(role: str) -> Client:
        client = Client()
        if role == "anonymous":
            return client
        user = User.objects.create_user(role, is_staff=role != "user", is_superuser=role == "superuser")
        if role in ROLES:
            user.groups.set([Group.objects.get(name=ROLES[role])])
        client.force_login(user)
        return client

    return as_role


@pytest.fixture
def reader_without_sensitive(db: None) -> Client:
    """Reads the core's pages and people, and no national ID or bank account in full."""
    user = User.objects.create_user("reader", is_staff=True)
    views = Permission.objects.filter(codename__startswith="view_").exclude(codename="view_sensitive")
    rights = views.filter(content_type__app_label__in=("core", "employees"))
    user.user_permissions.set(rights | Permission.objects.filter(codename="see_fortnox"))
    client = Client()
    client.force_login(user)
    return client
