"""A company in Sweden and somebody in it, for whoever has none of their own."""

import pytest

from employees.models import Company, Employee
from tests.factories import CompanyFactory, EmployeeFactory


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(country="SE")


@pytest.fixture
def ada(company: Company) -> Employee:
    return EmployeeFactory.create(
        company=company,
        employment_id="ABC-1",
        given_name="Ada",
        family_name="Berg",
        work_email="ada@example.se",
        birth_date=None,
        first_workday=None,
        national_id="",
        national_id_country="",
    )
