import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN, PAYROLL
from employees.models import Employee
from tests.factories import CompanyFactory, EmployeeFactory


def _signed_in(username: str, *groups: str, is_staff: bool = True) -> Client:
    user = User.objects.create_user(username, is_staff=is_staff)
    user.groups.set(Group.objects.filter(name__in=groups))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def hr_admin(db: None) -> Client:
    return _signed_in("hr", HR_ADMIN)


@pytest.fixture
def integration_admin(db: None) -> Client:
    return _signed_in("integration", INTEGRATION_ADMIN)


@pytest.fixture
def payroll(db: None) -> Client:
    return _signed_in("payroll", PAYROLL)


@pytest.fixture
def stranger(db: None) -> Client:
    """Signed in to the admin, without any right."""
    return _signed_in("stranger")


@pytest.fixture
def eva(db: None) -> Employee:
    company = CompanyFactory.create(country="SE")
    return EmployeeFactory.create(company=company, given_name="Eva", family_name="Ek", employment_id="7")
