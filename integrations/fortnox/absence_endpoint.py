"""Fortnox's absence rows and schedule times as the push calls them; every method makes exactly one HTTP call.

A row is a `Record` with the ID of the row and the one value ``ListedRow``.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, cast

from integrations.core.declare import Record, Resource
from integrations.core.endpoints import VendorEndpoint
from integrations.core.errors import OutcomeUnknown, TemporarilyUnavailable
from integrations.core.hub.absences import RESOURCE
from integrations.fortnox.absence_mappers import body_from_row, row_from_transaction, schedule_day_from
from integrations.fortnox.absence_rules import WantedRow
from integrations.fortnox.client import FortnoxClient
from integrations.fortnox.unconfirmed import SETTLE_SECONDS

# Days of absences are no fields that a person compares: this names the resource and its settle time.
ABSENCES: Final = Resource(
    name=RESOURCE, label="Absences", fields=(), match_keys=(), natural_key="", settle_seconds=SETTLE_SECONDS
)
Send = Callable[[VendorEndpoint], Record]


class AbsencesEndpoint:
    def __init__(self, client: FortnoxClient) -> None:
        self._client = client

    def list_rows(self, employee_id: str, *, page: int) -> Record:
        """Return a page of one person's rows as the values; the options hold ``total`` and ``next_page``."""
        listing = self._client.list_absences(employee_id=employee_id, page=page)
        try:
            rows = tuple(row_from_transaction(row) for row in listing["AbsenceTransactions"])
            total = int(listing["MetaInformation"]["@TotalResources"])
            pages = int(listing["MetaInformation"]["@TotalPages"])
        except (KeyError, TypeError, ValueError) as error:
            raise TemporarilyUnavailable("Fortnox's list of absences cannot be read.") from error
        return Record(employee_id, rows, options={"total": total, "next_page": page + 1 if page < pages else None})

    def read_schedule_day(self, employee_id: str, *, day: date) -> Record:
        body = self._client.read_schedule_time(employee_id=employee_id, day=day)
        try:
            return Record(employee_id, (schedule_day_from(body),))
        except (KeyError, TypeError, ValueError) as error:
            raise TemporarilyUnavailable("Fortnox's schedule time cannot be read.") from error

    def create_row(self, row: WantedRow, *, employee_id: str, beside: Mapping[str, Any] | None = None) -> Record:
        return _written(self._client.create_absence(body_from_row(row, employee_id=employee_id, beside=beside)))

    def update_row(self, row_id: str, row: WantedRow, *, employee_id: str) -> Record:
        return _written(self._client.update_absence(row_id, body_from_row(row, employee_id=employee_id)))

    def delete_row(self, row_id: str) -> Record:
        self._client.delete_absence(row_id)
        return Record(row_id, ())


def _written(body: Mapping[str, Any]) -> Record:
    try:
        row = row_from_transaction(body)
    except (KeyError, TypeError, ValueError) as error:
        raise OutcomeUnknown("Fortnox's answer to a write does not say what it holds.") from error
    return Record(row.row_id, (row,))


def rows(endpoint: VendorEndpoint) -> AbsencesEndpoint:
    """Return what `FortnoxConnector.endpoint` gave for this resource as what it is."""
    return cast("AbsencesEndpoint", endpoint)
