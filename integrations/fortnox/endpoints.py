"""Fortnox's side of the resources; every method makes exactly one HTTP call."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext as _

from integrations.core.declare import NOTHING, Record, Resource
from integrations.core.endpoints import Page, Place, UpdatingEndpoint
from integrations.core.errors import TemporarilyUnavailable
from integrations.core.reading import RecordReader
from integrations.fortnox.client import FortnoxClient
from integrations.fortnox.mappers import BLANK, NO_RIGHT, WORDS, body_from_values, record_from_employee
from integrations.fortnox.settings import FortnoxSettings
from integrations.fortnox.street_lines import FIRST, STREET_IN, written_line

# What our tables keep of one; Fortnox's own are shorter.
LONGEST_ID: Final = 20


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
        self._settings = settings
        self._linked = linked
        self._reader = RecordReader(
            partial(self._record, resource=resource, country=country, today=today),
            resource=resource,
            id_in="EmployeeId",
            hidden=NO_RIGHT,
            longest_id=LONGEST_ID,
            words=WORDS,
        )

    def list_page(self, page: Place) -> Page:
        number = int(page)
        listing = self._client.list_employees(page=number)
        try:
            total = int(listing["MetaInformation"]["@TotalResources"])
            pages = int(listing["MetaInformation"]["@TotalPages"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TemporarilyUnavailable(_("Fortnox's list has no totals.")) from error
        records = self._reader.listed(listing["Employees"])
        return Page(records=records, total=total, next_page=number + 1 if number < pages else None)

    def read(self, right_id: str, *, options: Mapping[str, Any] = NOTHING) -> Record:
        return self._reader.read(self._client.read_employee(right_id), right_id=right_id, known=options)

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
        return self._reader.written(employee, known=written_line(written_to) if "address" in values else known)

    def _record(
        self,
        employee: Mapping[str, Any],
        *,
        resource: Resource,
        country: str,
        today: date,
        known: Mapping[str, Any] = NOTHING,
    ) -> Record:
        known = known or self._linked.get(str(employee["EmployeeId"]), NOTHING)
        return record_from_employee(employee, resource=resource, country=country, today=today, known=known)
