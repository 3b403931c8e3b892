from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from employees.access.models import EmployeeLink
from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, MANAGER, PAYROLL
from employees.models import Employee
from tests.factories import EmployeeFactory

GROUPS = {"hr": HR_ADMIN, "integration": INTEGRATION_ADMIN, "payroll": PAYROLL, "boss": MANAGER}
SignIn = Callable[[str], Client]


def make_user(role: str) -> User:
    """Return the user of a role: a group's, ``stranger`` (staff without a right) or ``outsider`` (no staff)."""
    user = User.objects.create_user(role, f"{role}@example.se", is_staff=role != "outsider")
    if role in GROUPS:
        user.groups.set(Group.objects.filter(name=GROUPS[role]))
    elif role == "outsider":
        user.groups.set(Group.objects.filter(name=HR_ADMIN))
    return user


@pytest.fixture
def sign_in(db: None) -> SignIn:
    def as_role(role: str) -> Client:
        client = Client()
        client.force_login(User.objects.filter(username=role).first() or make_user(role))
        return client

    return as_role


@pytest.fixture
def hr_admin(sign_in: SignIn) -> Client:
    return sign_in("hr")


@pytest.fixture
def boss(sign_in: SignIn) -> Client:
    """The manager of ``report``."""
    return sign_in("boss")


def linked(username: str, employee: Employee) -> None:
    """Say that the user, made here where there is none yet, is the employee."""
    user = User.objects.filter(username=username).first() or make_user(username)
    EmployeeLink.objects.create(user=user, employee=employee)


@pytest.fixture
def report(db: None) -> Employee:
    manager = EmployeeFactory.create()
    linked("boss", manager)
    return EmployeeFactory.create(company=manager.company, manager=manager)
