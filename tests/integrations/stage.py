"""The hub and one vendor with people on both sides: what each test of the contract begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

from employees.groups import HR_ADMIN, INTEGRATION_ADMIN
from employees.models import Company, Employee
from integrations.core import connecting
from integrations.core.calls import connector_of
from integrations.core.declare import NOTHING, Direction, Resource
from integrations.core.hub.people import VALUES, write_bank_account
from integrations.core.models import Connection, FieldChange, Link
from tests.core.push.pushing import Pushing
from tests.factories import EmployeeFactory
from tests.integrations.driver import Driver, Values

ROLES = {"hr_admin": HR_ADMIN, "integration_admin": INTEGRATION_ADMIN}
# What the factory would add of its own.
NOBODY = {
    "work_email": "",
    "private_email": "",
    "work_phone": "",
    "private_phone": "",
    "birth_date": None,
    "national_id": "",
    "national_id_country": "",
    "street": "",
    "postal_code": "",
    "city": "",
    "country": "",
    "first_workday": None,
}


@dataclass(frozen=True)
class Stage(Pushing):
    """A connection that the driver has connected, to a vendor without people."""

    driver: Driver
    company: Company
    # The credentials as they were stored first: the connection's are renewed.
    first_secrets: Mapping[str, Any]

    @property
    def resource(self) -> Resource:
        return connector_of(self.connection).resources()[0]

    @property
    def compared(self) -> list[str]:
        return [field.name for field in self.resource.fields if field.compared]

    # --- People ---------------------------------------------------------------------------------------------

    def add_to_hub(self, number: int, values: Values = NOTHING, *, protected: bool = False) -> Employee:
        """Add person ``number`` to the hub alone, with what the vendor assigns left out."""
        to_left = {field.name for field in self.resource.fields if field.direction is Direction.TO_LEFT}
        own = {name: value for name, value in self.driver.values(number).items() if name not in to_left}
        return self._hub_person({**own, **values}, protected=protected)

    def add_pair(self, number: int, *, hub: Values = NOTHING, vendor: Values = NOTHING) -> tuple[Employee, str]:
        """Add a person to both sides, the same but for what is given; returns both."""
        right_id = self.driver.add({**self.driver.values(number), **vendor})
        held = {**self.driver.values(number), **self.driver.read(right_id)}
        agreed = {name: self.driver.values(number).get(name) for name in vendor}
        return self._hub_person({**held, **agreed, **hub}), right_id

    def add_active_pair(self, number: int = 1) -> tuple[Employee, str]:
        """Add somebody to both sides and synchronise for the first time: from then on changes go by themselves."""
        pair = self.add_pair(number)
        self.activate()
        return pair

    def _hub_person(self, values: Values, *, protected: bool = False) -> Employee:
        employee: Employee = EmployeeFactory.build(company=self.company, protected_identity=protected, **NOBODY)
        self._write(employee, values)
        return employee

    def edit(self, employee: Employee, **values: Any) -> None:
        """Change a person as somebody in the hub does."""
        employee.refresh_from_db()
        self._write(employee, values)

    def _write(self, employee: Employee, values: Values) -> None:
        sources = connector_of(self.connection).sources(self.resource.name)
        for name, value in values.items():
            VALUES[sources[name]].write(employee, value)
        if "national_id" in values:
            employee.national_id_country = self.company.country if values["national_id"] else ""
        employee.full_clean()
        employee.save()
        if "bank_account" in values:
            write_bank_account(employee=employee, value=values["bank_account"])

    def hub_values(self, employee: Employee) -> dict[str, Any]:
        """Return what the hub holds now, by the names of the fields that are compared."""
        sources = connector_of(self.connection).sources(self.resource.name)
        found: dict[str, Any] = {}
        for name in self.compared:
            value = VALUES[sources[name]]
            columns = Employee.objects.values_list(*value.columns).get(pk=employee.pk)
            found[name] = value.read(*columns)
        return found

    def assert_both_hold(self, employee: Employee, right_id: str, **values: Any) -> None:
        """Each side holds the values, and both the same of everything else."""
        hub, vendor = self.hub_values(employee), self.driver.read(right_id)
        assert hub == {name: vendor[name] for name in self.compared}
        assert {name: hub[name] for name in values} == values

    def sent(self) -> list[tuple[str, str]]:
        """Return person and field of every value that the history says was written to the vendor."""
        found = FieldChange.objects.filter(connection=self.connection).exclude(delivery=None)
        return list(found.order_by("pk").values_list("subject_id", "field"))

    # --- The connection -------------------------------------------------------------------------------------

    def connect_again(self) -> None:
        self.driver.connect(self.connection)
        self.connection.refresh_from_db()

    def links(self) -> list[tuple[str, str, str]]:
        found = Link.objects.filter(connection=self.connection)
        return sorted(found.values_list("left_id", "right_id", "state"))

    def state(self) -> str:
        """Return how the connection stands now."""
        return Connection.objects.values_list("state", flat=True).get(pk=self.connection.pk)


def draft_of(driver: Driver, *, company: Company, label: str = "To be connected") -> Connection:
    """Return a connection for which the terms are accepted, and nothing else is done."""
    by, _made = User.objects.get_or_create(username="hanna", defaults={"email": "hanna@example.se"})
    connection = connecting.create_draft(integration=driver.integration, company=company, label=label, by=by)
    connecting.accept_terms(connection_id=connection.pk, by=by)
    connection.refresh_from_db()
    return connection


def signed_in(role: str) -> Client:
    """Return the browser of an HR admin, an integration admin, or of ``staff`` without any right of ours."""
    user, _made = User.objects.get_or_create(username=role, defaults={"is_staff": True})
    if role in ROLES:
        user.groups.set([Group.objects.get(name=ROLES[role])])
    client = Client()
    client.force_login(user)
    return client
