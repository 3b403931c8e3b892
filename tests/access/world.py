"""A company with something of every kind that has a page, and the addresses of its pages by their routes."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import Group, User
from django.test import Client

from absences.models import Absence
from employees.access.companies import put_limit
from employees.access.models import AccessEvent, ProviderLink
from employees.groups import PAYROLL_OFFICE
from employees.models import Company, Employee, ImportJob, StoredValue
from integrations.core.models import Delivery, FieldChange, MassChange, Problem, SyncRow
from tests import odd_requests as odd
from tests.core.admin.filling import MORNING
from tests.core.review.filling import Reviewed, review_of
from tests.factories import (
    AbsenceFactory,
    BankAccountFactory,
    CompanyFactory,
    CompensationFactory,
    DepartmentFactory,
    EmployeeFactory,
    PositionFactory,
)

PLACE: Final = re.compile(r"<(?:\w+:)?(\w+)>")
# Django's own, and those of the integration that has no connection here.
OTHERS: Final = (
    "visma_payroll/",
    "i18n/",
    "r/",
    "healthz",
    "^",
    "login/",
    "logout/",
    "password_change/",
    "jsi18n/",
    "sign-in/",
)


@dataclass(frozen=True)
class World:
    company: Company
    reviewed: Reviewed
    person: Employee
    absence: Absence
    ids: dict[str, Any]

    def address(self, route: str) -> str:
        """Return the address of a route for this company's records."""
        return "/" + PLACE.sub(lambda place: str(self._value(route, place[1])), route)

    def _value(self, route: str, place: str) -> Any:
        if route.startswith("account/sign-ins/"):
            # Its own would end the walk.
            return 0
        return self.ids[route.split("/")[1]] if place == "object_id" else self.ids[place]


def world_of(name: str, *, manager: str = "boss@example.se") -> World:
    """Return a company of this name, whose people have the name in their own: ``Eva <name>``."""
    company = CompanyFactory.create(name=name)
    reviewed = review_of(company, account_id=name)
    connection, run = reviewed.run.connection, reviewed.run
    connection.label = f"Fortnox {name}"
    connection.save()
    department = DepartmentFactory.create(company=company, name=f"Office {name}")
    boss = EmployeeFactory.create(company=company, given_name="Boss", family_name=name, work_email=manager)
    person = EmployeeFactory.create(
        company=company, department=department, manager=boss, given_name="Eva", family_name=name
    )
    differing = reviewed.conflict(f"Cia {name}", "8")
    reviewed.row(SyncRow.Kind.ONLY_RIGHT, f"Bo {name}", right_id="7")
    missing = reviewed.row(SyncRow.Kind.ONLY_LEFT, f"Eva {name}", left=person)
    times = {"first_at": MORNING, "last_at": MORNING}
    left = {"connection": connection, "resource": "employees", "left_id": differing.left_id}
    delivery = Delivery.objects.create(
        **left,
        action="update",
        state=Delivery.State.DONE,
        wanted={"phone": "+46701740605"},
        right_id="8",
        sent_at=MORNING,
    )
    problem = Problem.objects.create(
        **left, label=f"Cia {name}", action="update", cause=f"Refused:{name}", message=f"Said of {name}.", **times
    )
    change = FieldChange.objects.create(
        subject="employee", subject_id=str(person.pk), field="city", before="A", after=f"City {name}", at=MORNING
    )
    absence = AbsenceFactory.create(employee=person)
    records: dict[str, Any] = {
        "company": company,
        "department": department,
        "employee": person,
        "bankaccount": BankAccountFactory.create(employee=person),
        "compensation": CompensationFactory.create(employee=person),
        "position": PositionFactory.create(employee=person),
        "absence": absence,
        "absencetype": absence.type,
        "importjob": ImportJob.objects.create(company=company, file_name=f"{name}.csv", state=ImportJob.State.READY),
        "storedvalue": StoredValue.objects.create(
            state="to_mend",
            model="employees.employee",
            record_id=person.pk,
            field="city",
            company=company,
            employee=person,
        ),
        "connection": connection,
        "syncrun": run,
        "syncrow": differing,
        "link": differing.link,
        "delivery": delivery,
        "problem": problem,
        "fieldchange": change,
    }
    mass = MassChange.objects.create(connection=connection, label=f"Import {name}", people=1, key=name)
    ids = {kind: record.pk for kind, record in records.items()}
    ids |= {"pk": connection.pk, "run": run.pk, "run_id": run.pk, "row_id": missing.pk, "mass": mass.pk}
    ids |= {"person": int(differing.left_id), "job_id": ids["importjob"], "extension": "csv", "name": "any"}
    return World(company, reviewed, person, absence, {**ids, **_of_nobody()})


def _of_nobody() -> dict[str, Any]:
    """Return what belongs to no company."""
    somebody, _made = User.objects.get_or_create(username="somebody", defaults={"is_staff": True})
    group, _made = Group.objects.get_or_create(name="A group of our own")
    event, _made = AccessEvent.objects.get_or_create(user=somebody, kind=AccessEvent.Kind.CODE_USED)
    link, _made = ProviderLink.objects.get_or_create(user=somebody, issuer="https://id.example", subject="1")
    queue = dict.fromkeys(("schedule", "success", "failure", "ormq"), 1)
    return {
        "user": somebody.pk,
        "id": somebody.pk,
        "group": group.pk,
        "integration": "fortnox",
        "accessevent": event.pk,
        **queue,
    } | {"providerlink": link.pk}


def routes() -> dict[str, str]:
    """Return the routes with pages of ours, with their names."""
    found = {route: name for route, name in odd.routes() if name and not route.startswith(OTHERS)}
    return {route: name for route, name in found.items() if name not in ("search", "role_change_dismiss")}


def signed_in(role: str, *companies: Company, limited: bool = False, email: str = "") -> Client:
    """Return the browser of somebody with the role; with ``limited`` of these companies alone."""
    user = User.objects.create_user(f"{role} of {len(companies)}", email, is_staff=True)
    user.groups.set([Group.objects.get(name=role)])
    if limited or role == PAYROLL_OFFICE:
        put_limit(user, companies)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client
