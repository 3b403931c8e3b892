"""Visma's side of the resources; every method makes exactly one HTTP call.

A write replaces a whole document and is accepted as a job; the workdays stand in a document of their own, which is
read before it is written.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any, cast

from django.utils.translation import gettext as _

from integrations.core.declare import NOTHING, Record, Resource
from integrations.core.endpoints import (
    FIRST_PAGE,
    Accepted,
    ChangesEndpoint,
    JobEndpoint,
    JobReport,
    Page,
    Place,
    ReplacingEndpoint,
    Reply,
    Then,
)
from integrations.core.errors import Moved, NotFound, Refused, RightMissing
from integrations.core.reading import RecordReader
from integrations.visma_payroll.client import Listing, Versioned, VismaPayrollClient
from integrations.visma_payroll.jobs import read_job
from integrations.visma_payroll.mappers import (
    POSITION_FIELDS,
    UNREADABLE_CHARACTER,
    UNREADABLE_DATE,
    WORDS,
    edited_employee,
    edited_position,
    embedded_positions,
    new_employee,
    record_from_employee,
)
from integrations.visma_payroll.positions import NO_POSITION, selected_position
from integrations.visma_payroll.settings import VismaPayrollSettings

# What a company chooses for a new position: the list's name, and the argument of ``new_employee``.
DEFAULTS = {"tax_unit": "list_tax_units", "work_time_agreement": "list_work_time_agreements"}


class EmployeesEndpoint(ReplacingEndpoint, JobEndpoint, ChangesEndpoint):
    """``today`` is the date in Norway, ``choices`` the positions that people chose, by the employee's ID (VP-05)."""

    def __init__(
        self,
        *,
        client: VismaPayrollClient,
        resource: Resource,
        settings: VismaPayrollSettings,
        today: date,
        choices: Mapping[str, str] = NOTHING,
    ) -> None:
        self._client = client
        self._settings = settings
        self._reader = RecordReader(
            partial(self._record, resource=resource), resource=resource, id_in="id", words=WORDS
        )
        self._today = today
        self._choices = choices
        # What a new position gets, where the company has only one; read with the first new person.
        self._defaults: dict[str, str] = {}

    def list_page(self, page: Place) -> Page:
        return self._page(self._client.list_employees(cursor=_cursor(page)))

    def list_changed(self, since: date, page: Place) -> Page:
        return self._page(self._client.list_employees(cursor=_cursor(page), changed_since=since))

    def read(self, right_id: str, *, options: Mapping[str, Any] = NOTHING) -> Record:
        versioned = self._client.read_employee(right_id)
        return self._reader.read(versioned.document, right_id=right_id)._replace(source=versioned)

    def create(self, values: Mapping[str, Any], *, settings: Mapping[str, Any] = NOTHING) -> Reply:
        """Create a draft; ``settings`` are the connection's where they differ for this person."""
        for name, verb in DEFAULTS.items():
            if name not in self._defaults:
                self._defaults[name] = self._only_one(verb)
                return Then(lambda endpoint: endpoint.create(values, settings=settings))
        chosen = VismaPayrollSettings.from_mapping({**asdict(self._settings), **settings})
        body = new_employee(values, international=chosen.international_accounts, **self._defaults)
        return Accepted(self._client.create_employee(body))

    def replace(self, record: Record, values: Mapping[str, Any]) -> Reply:
        """Write the employee, or the selected position where the values are workdays; raises Moved, Refused."""
        read = _genuine(cast("Versioned", record.source))
        if not POSITION_FIELDS.isdisjoint(values):
            return self._replace_position(record.id, read.document, values)
        international = self._settings.international_accounts
        document = edited_employee(read.document, values, today=self._today, international=international)
        return Accepted(self._client.replace_employee(record.id, document, etag=read.etag))

    def poll(self, job_address: str) -> JobReport:
        return read_job(self._client.read_job(job_address))

    def _replace_position(self, right_id: str, document: Mapping[str, Any], values: Mapping[str, Any]) -> Reply:
        try:
            held = selected_position(
                embedded_positions(document), today=self._today, chosen=self._choices.get(right_id, "")
            )
        except ValueError as error:
            raise Refused(
                _("A date in Visma.net Payroll cannot be read: correct it there."), code=UNREADABLE_DATE
            ) from error
        if held is None:
            raise Refused(_("The person has no position in Visma.net Payroll: add one there."), code=NO_POSITION)
        position_id = str(held.document["id"])
        position = _genuine(self._client.read_position(right_id, position_id))
        if any(position.document.get(name) != held.document.get(name) for name in ("activeStart", "activeEnd")):
            raise Moved(_("The position was changed in Visma.net Payroll meanwhile."))
        edited = edited_position(position.document, values)
        return Then(
            lambda endpoint: cast("EmployeesEndpoint", endpoint).put_position(
                right_id, position_id, edited, etag=position.etag
            )
        )

    def put_position(self, right_id: str, position_id: str, document: Mapping[str, Any], *, etag: str) -> Accepted:
        return Accepted(self._client.replace_position(right_id, position_id, document, etag=etag))

    def _only_one(self, verb: str) -> str:
        """Return the ID of the company's only one of a setting, or an empty text: payroll chooses in the draft."""
        try:
            listing: Listing = getattr(self._client, verb)()
        except (RightMissing, NotFound, Refused):
            # Settings may be closed to us: a draft does without.
            return ""
        ids = [str(row.get("id") or "") for row in listing.rows]
        return ids[0] if len(ids) == 1 and not listing.cursor else ""

    def _page(self, listing: Listing) -> Page:
        return Page(records=self._reader.listed(listing.rows), total=None, next_page=listing.cursor or None)

    def _record(self, document: Mapping[str, Any], *, resource: Resource) -> Record:
        chosen = self._choices.get(str(document["id"]), "")
        return record_from_employee(document, resource=resource, today=self._today, chosen=chosen)


def _genuine(read: Versioned) -> Versioned:
    """What is written replaces the whole document: raises Refused for one that was not kept as it stands there."""
    if not read.genuine:
        raise Refused(
            _("The record in Visma.net Payroll holds a character that cannot be kept here: correct it there."),
            code=UNREADABLE_CHARACTER,
        )
    return read


def _cursor(page: Place) -> str:
    return "" if page == FIRST_PAGE else str(page)
