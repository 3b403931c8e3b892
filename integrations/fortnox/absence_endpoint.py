"""Fortnox's absence rows and schedule times as the push calls them; every method makes exactly one HTTP call.

A row is a `Record` with the ID of the row and the one value ``ListedRow``.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, cast

from django.utils.translation import gettext as _

from integrations.core.declare import Record, Resource
from integrations.core.endpoints import Reply, Then, VendorEndpoint
from integrations.core.errors import (
    AnotherRecord,
    CannotBeRead,
    NotFound,
    OutcomeUnknown,
    Refused,
    TemporarilyUnavailable,
)
from integrations.core.hub.absences import RESOURCE
from integrations.fortnox.absence_mappers import body_from_row, row_from_transaction, schedule_day_from, told_day
from integrations.fortnox.absence_rules import ListedRow, WantedRow
from integrations.fortnox.client import FortnoxClient
from integrations.fortnox.unconfirmed import SETTLE_SECONDS

# Days of absences are no fields that a person compares: this names the resource and its settle time.
ABSENCES: Final = Resource(
    name=RESOURCE, label="Absences", fields=(), match_keys=(), natural_key="", settle_seconds=SETTLE_SECONDS
)
Send = Callable[[VendorEndpoint], Reply]


class AbsencesEndpoint:
    def __init__(self, client: FortnoxClient) -> None:
        self._client = client

    def list_rows(self, employee_id: str, *, page: int) -> Record:
        """Return a page of one person's rows as the values; the options hold ``total`` and ``next_page``.

        Raises CannotBeRead for a row that says nothing: what the person still wants there cannot be told without it.
        Raises AnotherRecord for somebody else's row: it must be taken for none of the person's (G-40).
        """
        listing = self._client.list_absences(employee_id=employee_id, page=page)
        rows = tuple(_under(employee_id, _listed(body)) for body in listing["AbsenceTransactions"])
        if any(row.employee_id != employee_id for row in rows):
            raise AnotherRecord(
                _("Fortnox answered with somebody else's absences beside the person's, so nothing was done with them.")
            )
        try:
            total = int(listing["MetaInformation"]["@TotalResources"])
            pages = int(listing["MetaInformation"]["@TotalPages"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise TemporarilyUnavailable(_("Fortnox's list of absences has no totals.")) from error
        return Record(employee_id, rows, options={"total": total, "next_page": page + 1 if page < pages else None})

    def read_schedule_day(self, employee_id: str, *, day: date) -> Record:
        body = self._client.read_schedule_time(employee_id=employee_id, day=day)
        try:
            return Record(employee_id, (schedule_day_from(body),))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            message = _("The person's scheduled hours on %(day)s cannot be read. Correct the schedule in Fortnox.")
            raise CannotBeRead(message % {"day": day.isoformat()}) from error

    def create_row(self, row: WantedRow, *, employee_id: str, beside: Mapping[str, Any] | None = None) -> Record:
        body = self._client.create_absence(body_from_row(row, employee_id=employee_id, beside=beside))
        return _written(body, employee_id=employee_id)

    def update_row(self, row_id: str, row: WantedRow, *, employee_id: str) -> Record:
        body = self._client.update_absence(row_id, body_from_row(row, employee_id=employee_id))
        return _written(body, employee_id=employee_id)

    def delete_row(self, row_id: str) -> Then:
        """The answer shows nothing: what became of the row is read (G-19). To be sent twice changes nothing."""
        self._client.delete_absence(row_id)
        return Then(lambda endpoint: rows(endpoint).read_deleted(row_id))

    def read_deleted(self, row_id: str) -> Record:
        """Raises OutcomeUnknown while the row is still there: the list tells, once that has settled."""
        try:
            self._client.read_absence(row_id)
        except NotFound:
            return Record(row_id, ())
        except Refused as error:
            raise OutcomeUnknown(error.message, status=error.status, code=error.code) from error
        raise still_there()


def still_there() -> OutcomeUnknown:
    return OutcomeUnknown(_("Fortnox still holds a day of the absence that was deleted."))


def _listed(body: Any) -> ListedRow:
    try:
        return row_from_transaction(body)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if day := told_day(body):
            message = _("An absence of the person on %(day)s cannot be read. Correct it or delete it in Fortnox.")
            raise CannotBeRead(message % {"day": day}) from error
        message = _("An absence of the person cannot be read. Correct it or delete it in Fortnox.")
        raise CannotBeRead(message) from error


def _written(body: Mapping[str, Any], *, employee_id: str) -> Record:
    try:
        row = _under(employee_id, row_from_transaction(body))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise OutcomeUnknown("Fortnox's answer to a write does not say what it holds.") from error
    if row.extent is None:
        raise OutcomeUnknown("Fortnox's answer to a write does not say to which extent.")
    return Record(row.row_id, (row,))


def _under(employee_id: str, row: ListedRow) -> ListedRow:
    """Another writing of the ID that was asked for is the same person."""
    same = row.employee_id.casefold() == employee_id.casefold()
    return row._replace(employee_id=employee_id) if same else row


def rows(endpoint: VendorEndpoint) -> AbsencesEndpoint:
    """Return what `FortnoxConnector.endpoint` gave for this resource as what it is."""
    return cast("AbsencesEndpoint", endpoint)
