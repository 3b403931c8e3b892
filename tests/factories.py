# The declarations of factory-boy are not annotated.
# mypy: disable-error-code="no-untyped-call"
"""Hub records for tests: valid by ``full_clean``, and different from each other in everything that must be unique."""

from datetime import UTC, date, datetime
from decimal import Decimal

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from absences.models import Absence, AbsenceType
from employees.demo_people import CLEARING_NUMBER, derive_person
from employees.models import BankAccount, Company, Compensation, Department, Employee, Position


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = Sequence(lambda number: f"Company {number} AB")
    country = "SE"
    time_zone = "Europe/Stockholm"


class DepartmentFactory(DjangoModelFactory[Department]):
    class Meta:
        model = Department

    company = SubFactory(CompanyFactory)
    name = Sequence(lambda number: f"Department {number}")


class EmployeeFactory(DjangoModelFactory[Employee]):
    """A current employee with e-mails, phones and address; without department, manager and employment ID."""

    class Meta:
        model = Employee

    class Params:
        person = Sequence(lambda number: derive_person(index=number % 100_000, seed=0))

    company = SubFactory(CompanyFactory)
    given_name = LazyAttribute(lambda employee: employee.person.given_name)
    family_name = LazyAttribute(lambda employee: employee.person.family_name)
    work_email = LazyAttribute(lambda employee: employee.person.work_email)
    private_email = LazyAttribute(lambda employee: employee.person.private_email)
    work_phone = LazyAttribute(lambda employee: employee.person.work_phone)
    private_phone = LazyAttribute(lambda employee: employee.person.private_phone)
    birth_date = LazyAttribute(lambda employee: employee.person.birth_date)
    national_id = LazyAttribute(lambda employee: employee.person.national_id)
    national_id_country = "SE"
    street = LazyAttribute(lambda employee: employee.person.street)
    postal_code = LazyAttribute(lambda employee: employee.person.postal_code)
    city = LazyAttribute(lambda employee: employee.person.city)
    country = "SE"
    first_workday = date(2020, 1, 1)


class BankAccountFactory(DjangoModelFactory[BankAccount]):
    class Meta:
        model = BankAccount

    employee = SubFactory(EmployeeFactory)
    country = "SE"
    clearing_number = CLEARING_NUMBER
    account_number = Sequence(lambda number: derive_person(index=number % 100_000, seed=0).account_number)


class PositionFactory(DjangoModelFactory[Position]):
    class Meta:
        model = Position

    employee = SubFactory(EmployeeFactory)
    title = "Adviser"
    start = date(2020, 1, 1)


class CompensationFactory(DjangoModelFactory[Compensation]):
    class Meta:
        model = Compensation

    employee = SubFactory(EmployeeFactory)
    amount = Decimal("35000.00")
    currency = "SEK"
    effective_date = date(2024, 1, 1)


class AbsenceTypeFactory(DjangoModelFactory[AbsenceType]):
    class Meta:
        model = AbsenceType

    name = Sequence(lambda number: f"Type {number}")
    code = Sequence(lambda number: f"type_{number}")


class AbsenceFactory(DjangoModelFactory[Absence]):
    """A requested absence of five whole days, of a type that needs approval."""

    class Meta:
        model = Absence

    employee = SubFactory(EmployeeFactory)
    type = SubFactory(AbsenceTypeFactory)
    start = date(2026, 3, 2)
    end = date(2026, 3, 6)
    status = Absence.Status.REQUESTED
    # As the table demands: whoever is not only requested was decided on.
    decided_at = LazyAttribute(
        lambda absence: None if absence.status == Absence.Status.REQUESTED else datetime(2026, 3, 1, tzinfo=UTC)
    )


FACTORIES = (
    CompanyFactory,
    DepartmentFactory,
    EmployeeFactory,
    BankAccountFactory,
    PositionFactory,
    CompensationFactory,
    AbsenceTypeFactory,
    AbsenceFactory,
)
