"""Fortnox's side of the resources; every method makes exactly one HTTP call."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from integrations.core.declare import NOTHING, Record, Resource
from integrations.core.endpoints import Page, Place, UpdatingEndpoint
from integrations.core.errors import OutcomeUnknown, TemporarilyUnavailable
from integrations.fortnox.client import FortnoxClient
from integrations.fortnox.mappers import BLANK, body_from_values, record_from_employee
from integrations.fortnox.settings import FortnoxSettings
from integrations.fortnox.street_lines import FIRST, STREET_IN, written_line


class EmployeesEndpoint(UpdatingEndpoint):
    """``linked`` are the options of the links by employee ID, for whoever is listed: where a street stands (FX-20)."""

    def __init__(
        self,
        *,
        client: FortnoxClient,
        resource: Resource,
        settings: FortnoxSettings,
        country: str,
        today: date,
        linked: Mapping[str, Mapping[str, Any]] = NOTHING,
    ) -> None:
        self._client = client
        self._resource = resource
        self._settings = settings
        self._country = country
        self._today = today
        self._linked = linked

    def list_page(self, page: Place) -> Page:
        number = int(page)
        listing = self._client.list_employees(page=number)
        try:
            total = int(listing["MetaInformation"]["@TotalResources"])
            pages = int(listing["MetaInformation"]["@TotalPages"])
            records = tuple(self._record(row) for row in listing["Employees"])
        except (KeyError, TypeError, ValueError) as error:
            raise TemporarilyUnavailable("Fortnox's list has no totals, or a row without an EmployeeId.") from error
        return Page(records=records, total=total, next_page=number + 1 if number < pages else None)

    def read(self, right_id: str, *, options: Mapping[str, Any] = NOTHING) -> Record:
        employee = self._client.read_employee(right_id)
        if "EmployeeId" not in employee:
            raise TemporarilyUnavailable("Fortnox's answer has no EmployeeId.")
        return self._record(employee, known=options)

    def create(self, values: Mapping[str, Any], *, settings: Mapping[str, Any] = NOTHING) -> Record:
        """Create a person; ``settings`` are the connection's for new people where they differ for this one."""
        chosen = FortnoxSettings.from_mapping({**asdict(self._settings), **settings})
        body = {name: value for name, value in body_from_values(values).items() if value != BLANK}
        body |= {
            "EmploymentForm": chosen.employment_form,
            "SalaryForm": chosen.salary_form,
            "PersonelType": chosen.personnel_type,
        }
        if chosen.schedule_id:
            body["ScheduleId"] = chosen.schedule_id
        return self._written(self._client.create_employee(body), values, written_to=FIRST)

    def update(self, right_id: str, values: Mapping[str, Any], *, options: Mapping[str, Any] = NOTHING) -> Record:
        employee = self._client.update_employee(right_id, body_from_values(values, options=options))
        return self._written(employee, values, known=options, written_to=options.get(STREET_IN, FIRST))

    def _written(
        self,
        employee: Mapping[str, Any],
        values: Mapping[str, Any],
        *,
        written_to: str,
        known: Mapping[str, Any] = NOTHING,
    ) -> Record:
        """Return what a write left: a street is looked for where it was written, and nowhere else."""
        if "EmployeeId" not in employee:
            raise OutcomeUnknown("Fortnox's answer to a write has no EmployeeId.")
        return self._record(employee, known=written_line(written_to) if "address" in values else known)

    def _record(self, employee: Mapping[str, Any], *, known: Mapping[str, Any] = NOTHING) -> Record:
        return record_from_employee(
            employee,
            resource=self._resource,
            country=self._country,
            today=self._today,
            known=known or self._linked.get(str(employee["EmployeeId"]), NOTHING),
        )
