import pytest
from django.contrib.auth.models import User

from employees.models import Company, Employee
from tests.absences.conftest import make_user
from tests.factories import CompanyFactory, EmployeeFactory


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


@pytest.fixture
def anna(company: Company) -> Employee:
    return EmployeeFactory.create(company=company, employment_id="1001", given_name="Anna", family_name="Ek")


@pytest.fixture
def hr(db: None) -> User:
    return make_user("hr")
