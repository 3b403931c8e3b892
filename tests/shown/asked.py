"""A case at least for each page that shows and then asks: Hanna opens it, Henrik changes what it shows, Hanna presses.

Everything goes through rendered pages in two browsers; ``state`` is what a press would change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import reverse

from absences.models import Absence, AbsenceType
from employees.models import Employee
from integrations.core.models import Connection, Link
from tests.core.review.filling import Reviewed
from tests.pages import press

Made = Callable[[pytest.FixtureRequest, Client, Client], "Asked"]
SCENARIOS: Final[dict[tuple[str, str], Made]] = {}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``open`` returns Hanna's page as it is now, ``change`` is what Henrik does."""

    open: Callable[[], Any]
    change: Callable[[], Any]
    button: str
    state: Callable[[], Any]
    changes: Mapping[str, Any] = field(default_factory=dict)
    holding: Mapping[str, Any] | None = None


def asks(template: str, case: str = "") -> Callable[[Made], Made]:
    def keep(made: Made) -> Made:
        SCENARIOS[template, case] = made
        return made

    return keep


def page(name: str, *args: Any, query: str = "") -> str:
    return reverse(f"admin:{name}", args=args) + (f"?{query}" if query else "")


def review_page(reviewed: Reviewed, name: str, *more: Any, query: str = "") -> str:
    run = reviewed.run
    return page(f"fortnox_fortnoxconnection_{name}", run.connection_id, run.pk, *more, query=query)


def connection_page(connection: Connection, name: str) -> str:
    return page(f"fortnox_fortnoxconnection_{name}", connection.pk)


def edit(client: Client, employee: Employee, **values: Any) -> None:
    answer = press(client, client.get(page("employees_employee_change", employee.pk)), "Save", values)
    assert answer.status_code == 302, "The person could not be saved."


def edit_absence(client: Client, absence: Absence, **values: Any) -> None:
    answer = press(client, client.get(page("absences_absence_change", absence.pk)), "Save", values)
    assert answer.status_code == 302, "The absence could not be saved."


def kind(code: str) -> AbsenceType:
    return AbsenceType.objects.get(code=code)


def save_settings(client: Client, connection: Connection, **values: Any) -> None:
    opened = client.get(connection_page(connection, "settings"))
    answer = press(client, opened, "Save", values)
    assert answer.status_code == 302, "The settings could not be saved."


def person_page(link: Link, name: str) -> str:
    return page(f"employees_employee_{name}", link.left_id, link.pk)
