"""Visma's side of the resources; every method makes exactly one HTTP call.

A write replaces a whole document and is accepted as a job; the workdays stand in a document of their own, which is
read before it is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from typing import Any, Final, cast

from django.utils.translation import gettext as _

from integrations.core.declare import NOTHING, Record, Resource
from integrations.core.endpoints import (
    FIRST_PAGE,
    Accepted,
    ChangesEndpoint,
    Found,
    JobListEndpoint,
    JobReport,
    Jobs,
    KeyEndpoint,
    ListedJob,
    Page,
    PagesRead,
    Place,
    ReplacingEndpoint,
    Reply,
    Then,
    said_of_endless,
)
from integrations.core.errors import AnotherRecord, Moved, NotFound, Refused
from integrations.core.reading import RecordReader
from integrations.visma_payroll.client import Listing, Versioned, VismaPayrollClient
from integrations.visma_payroll.defaults import Defaults
from integrations.visma_payroll.jobs import listed_job, read_job
from integrations.visma_payroll.mappers import (
    POSITION_FIELDS,
    UNREADABLE_CHARACTER,
    UNREADABLE_DATE,
    WORDS,
    edited_employee,
    edited_position,
    embedded_positions,
    is_deleted,
    new_employee,
    record_from_employee,
)
from integrations.visma_payroll.positions import NO_POSITION, HeldPosition, selected_position
from integrations.visma_payroll.resources import POSITION
from integrations.visma_payroll.settings import VismaPayrollSettings

# A code of our own (`explanations`): without its version, a write could undo somebody else's.
NO_VERSION: Final = "no_version"
# So many pages of the list of jobs are read for one that is looked for.
JOB_PAGES: Final = 10


class EmployeesEndpoint(ReplacingEndpoint, JobListEndpoint, KeyEndpoint, ChangesEndpoint):
    """``today`` is the date in Norway; ``client_id`` our own, by which our jobs are known.

    ``choices`` are the positions that people chose, and ``written`` those that were written last, by the employee's ID
    (VP-05, VP-14).
    """

    def __init__(
        self,
        *,
        client: VismaPayrollClient,
        resource: Resource,
        settings: VismaPayrollSettings,
        today: date,
        choices: Mapping[str, str] = NOTHING,
        written: Mapping[str, str] = NOTHING,
        client_id: str = "",
    ) -> None:
        self._client = client
        self._resource = resource
        self._settings = settings
        self._reader = RecordReader(
            partial(self._record, resource=resource), resource=resource, id_in="id", words=WORDS
        )
        self._today = today
        self._choices = choices
        self._written = written
        self._client_id = client_id
        # Read with the first new person.
        self._defaults = Defaults()

    def list_page(self, page: Place) -> Page:
        return self._page(self._client.list_employees(cursor=_cursor(page)))

    def list_changed(self, since: date, page: Place) -> Page:
        return self._page(self._client.list_employees(cursor=_cursor(page), changed_since=since))

    def read(self, right_id: str, *, options: Mapping[str, Any] = NOTHING) -> Record:
        versioned = self._client.read_employee(right_id)
        if is_deleted(versioned.document):
            raise NotFound(_("The person is deleted in Visma.net Payroll."))
        return self._reader.read(versioned.document, right_id=right_id)._replace(source=versioned)

    def create(self, values: Mapping[str, Any], *, settings: Mapping[str, Any] = NOTHING) -> Reply:
        """Create a draft; ``settings`` are the connection's where they differ for this person."""
        if self._defaults.read_next(self._client):
            return Then(lambda endpoint: endpoint.create(values, settings=settings))
        chosen = VismaPayrollSettings.from_mapping({**asdict(self._settings), **settings})
        body = new_employee(values, international=chosen.international_accounts, **self._defaults.chosen())
        return Accepted(self._client.create_employee(body), note=self._defaults.to_fill_in())

    def replace(self, record: Record, values: Mapping[str, Any]) -> Reply:
        """Write the employee, or the selected position where the values are workdays; raises Moved, Refused."""
        read = _writable(cast("Versioned", record.source))
        if not POSITION_FIELDS.isdisjoint(values):
            return self._replace_position(record.id, read.document, values)
        international = self._settings.international_accounts
        document = edited_employee(read.document, values, today=self._today, international=international)
        return Accepted(self._client.replace_employee(record.id, document, etag=read.etag))

    def poll(self, job_address: str) -> JobReport:
        return read_job(self._client.read_job(job_address))

    def list_jobs(self, *, right_id: str, step: str, since: datetime) -> Reply:
        return self._list_jobs(right_id, step, since, "", (), 1)

    def _list_jobs(
        self, right_id: str, step: str, since: datetime, cursor: str, before: tuple[ListedJob, ...], pages: int
    ) -> Reply:
        """The newest come first, as far as is known: a page without one of that time ends it."""
        employee_id = right_id if step == POSITION else ""
        listing = self._client.list_jobs(employee_id=employee_id, cursor=cursor)
        read = [
            listed_job(row, right_id=right_id, employee_id=employee_id, client_id=self._client_id)
            for row in listing.rows
        ]
        recent = [job for job in read if job is not None and job.created is not None and job.created >= since]
        listed = (*before, *recent)
        if not listing.cursor or not recent or pages >= JOB_PAGES:
            return Jobs(listed)
        return Then(
            lambda endpoint: cast("EmployeesEndpoint", endpoint)._list_jobs(
                right_id, step, since, listing.cursor, listed, pages + 1
            )
        )

    def find(self, key: Any, *, since: date) -> Reply:
        """Visma cannot be asked for a number: it is looked for among those who changed since, or else among all."""
        return self._find(str(key), since, FIRST_PAGE, _Search())

    def _find(self, key: str, since: date | None, place: Place, search: "_Search") -> Reply:
        try:
            page = self.list_page(place) if since is None else self.list_changed(since, place)
        except Refused:
            if since is None:
                raise
            return _find_among_all(key)
        search.pages.add(page)
        search.been.add(place)
        natural = self._resource.field(self._resource.natural_key)
        search.found.update(
            (each.id, each)
            for each in page.records
            if str(natural.key(self._resource.value(each, natural.name))) == key
        )
        further = page.next_page
        if further is None:
            return Found(tuple(search.found.values()))
        if further in search.been or search.pages.goes_round:
            if since is None:
                # Whoever comes after it may be the one.
                raise Refused(said_of_endless())
            return _find_among_all(key)
        return Then(lambda endpoint: cast("EmployeesEndpoint", endpoint)._find(key, since, further, search))

    def _replace_position(self, right_id: str, document: Mapping[str, Any], values: Mapping[str, Any]) -> Reply:
        positions = embedded_positions(document)
        try:
            held = self._selected(right_id, positions)
        except ValueError as error:
            raise Refused(
                _("A date in Visma.net Payroll cannot be read: correct it there."), code=UNREADABLE_DATE
            ) from error
        if held is None:
            raise Refused(_("The person has no position in Visma.net Payroll: add one there."), code=NO_POSITION)
        position_id = str(held.document.get("id") or "")
        if not position_id:
            raise Refused(_("The position has no ID in Visma.net Payroll, so it cannot be changed."), code=NO_VERSION)
        position = _writable(self._client.read_position(right_id, position_id))
        if str(position.document["id"]).casefold() != position_id.casefold():
            raise AnotherRecord(
                _("Visma.net Payroll answered with another position than was asked for: nothing was done.")
            )
        if any(position.document.get(name) != held.document.get(name) for name in ("activeStart", "activeEnd")):
            raise Moved(_("The position was changed in Visma.net Payroll meanwhile."))
        others = [each for each in positions if each is not held.document]
        edited = edited_position(position.document, values, others=others, today=self._today)
        return Then(
            lambda endpoint: cast("EmployeesEndpoint", endpoint).put_position(
                right_id, position_id, edited, etag=position.etag
            )
        )

    def put_position(self, right_id: str, position_id: str, document: Mapping[str, Any], *, etag: str) -> Accepted:
        return Accepted(self._client.replace_position(right_id, position_id, document, etag=etag))

    def _selected(self, right_id: str, positions: Sequence[Mapping[str, Any]]) -> HeldPosition | None:
        """Raises ValueError for a date that is none."""
        chosen, written = self._choices.get(right_id, ""), self._written.get(right_id, "")
        return selected_position(positions, today=self._today, chosen=chosen, written=written)

    def _page(self, listing: Listing) -> Page:
        rows = [row for row in listing.rows if not (isinstance(row, Mapping) and is_deleted(row))]
        return Page(records=self._reader.listed(rows), total=None, next_page=listing.cursor or None)

    def _record(self, document: Mapping[str, Any], *, resource: Resource) -> Record:
        right_id = str(document["id"])
        chosen, written = self._choices.get(right_id, ""), self._written.get(right_id, "")
        return record_from_employee(document, resource=resource, today=self._today, chosen=chosen, written=written)


class _Search:
    """What the pages read so far showed of who is looked for; another list is another search."""

    def __init__(self) -> None:
        self.pages = PagesRead()
        self.been: set[Place] = set()
        self.found: dict[str, Record] = {}


def _find_among_all(key: str) -> Then:
    return Then(lambda endpoint: cast("EmployeesEndpoint", endpoint)._find(key, None, FIRST_PAGE, _Search()))


def _writable(read: Versioned) -> Versioned:
    """What is written replaces the whole document: raises Refused for one that was not kept as it stands there.

    Nor is one written whose version Visma did not say: that could undo somebody else's change.
    """
    if not read.genuine:
        raise Refused(
            _(
                "The record in Visma.net Payroll holds what cannot be written back as it stands there: an odd"
                " character, a number of very many digits, or a property twice. Correct it there."
            ),
            code=UNREADABLE_CHARACTER,
        )
    if not read.etag:
        raise Refused(
            _("Visma.net Payroll did not say which version of the record it is, so nothing is written over it."),
            code=NO_VERSION,
        )
    return read


def _cursor(page: Place) -> str:
    return "" if page == FIRST_PAGE else str(page)
