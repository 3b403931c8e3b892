"""What the core asks of a vendor's side of a resource; every method makes exactly one HTTP call.

The core reserves a slot of the rate budget for each call, and may call from threads: an endpoint knows
neither ORM nor clock. All methods raise the errors of :mod:`integrations.core.errors`.
"""

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from integrations.core.declare import NOTHING, Record
from integrations.core.errors import AlreadyThere, AnotherRecord

# Where a page stands: the number of it, or the vendor's cursor.
Place = int | str
FIRST_PAGE: Final = 1
# So many pages in a row may name nobody new: one is what a list that shrinks while it is read looks like.
PAGES_WITHOUT_NEWS: Final = 2
# Of a vendor company, as the connection's columns take them.
LONGEST_ID: Final = 100
LONGEST_NAME: Final = 200


class Page(NamedTuple):
    """One page of a listing; ``total`` is what the vendor says the whole listing holds, None where it does not.

    Every row is among the records, also one that cannot be read (`core.reading.RecordReader.listed`).
    """

    records: tuple[Record, ...]
    total: int | None
    next_page: Place | None


class PagesRead:
    """Whom the pages of one list have named so far, and whether there is any sense in reading on."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.nameless = 0
        self._without_news = 0

    def add(self, page: Page) -> None:
        before = self.named
        self.nameless += sum(not record.id for record in page.records)
        self.ids.update(record.id for record in page.records if record.id)
        self._without_news = 0 if self.named > before else self._without_news + 1

    @property
    def named(self) -> int:
        return len(self.ids) + self.nameless

    @property
    def goes_round(self) -> bool:
        """Whether it goes on without an end: a vendor may always have another cursor, and never another person."""
        return self._without_news >= PAGES_WITHOUT_NEWS


def said_of_endless() -> str:
    return _(
        "The list of the other system does not end: it names nobody new, and says that it goes on."
        " Synchronise again later; if it stays so, tell the other system's support."
    )


class Account(NamedTuple):
    """The vendor company behind an authorisation."""

    id: str
    name: str

    def kept(self) -> "Account":
        """Return it as it is stored; raises ValueError for an ID that names no company: it is longer than any."""
        if len(self.id) > LONGEST_ID:
            raise ValueError
        return Account(self.id, self.name[:LONGEST_NAME])


class Accepted(NamedTuple):
    """The vendor took the write in and does it later, as the job at ``job_address`` says.

    Without an address the vendor did not say where. ``note`` is what is still to be done there, for people.
    """

    job_address: str
    note: str = ""


class JobState(enum.StrEnum):
    UNDER_WAY = "under_way"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class JobReport(NamedTuple):
    """How a job stands; ``right_id`` is what it made or changed, ``message`` why it failed, warnings are kept too."""

    state: JobState
    right_id: str = ""
    message: str = ""
    warnings: tuple[str, ...] = ()


class ListedJob(NamedTuple):
    """A job as the vendor's list shows it; ``created`` is None where the list does not say."""

    address: str
    created: datetime | None
    report: JobReport


class Jobs(NamedTuple):
    """The jobs that a write may have become."""

    listed: tuple[ListedJob, ...]


class Found(NamedTuple):
    """Who holds a natural key, as far as the vendor shows it."""

    records: tuple[Record, ...]


@dataclass(frozen=True)
class Then:
    """A write needs one more call: nothing is written yet, and ``send`` is made at the next slot."""

    send: "Callable[[VendorEndpoint], Reply]"


# What a call comes back with. A write's Record is what the vendor holds by then.
Reply = Record | Accepted | JobReport | Jobs | Found | Then


def reading(right_id: str, *, options: Mapping[str, Any] = NOTHING) -> "Callable[[VendorEndpoint], Record]":
    """Return the call that reads one record; it raises AnotherRecord where the vendor answers with somebody else's.

    An ID that comes back in another writing is the same: the record keeps the one that it is known by, so that what
    follows is written to that address. ``options`` are those of the link, where there is one.
    """

    def read(endpoint: "VendorEndpoint") -> Record:
        record = endpoint.read(right_id, options=options)
        if record.id.casefold() != right_id.casefold():
            raise AnotherRecord(
                _("The other system answered with another record than the one that was asked for: nothing was done.")
            )
        return record._replace(id=right_id)

    return read


class VendorEndpoint(ABC):
    """The right side of a resource; what it can do beside reading and creating says one of the classes below."""

    @abstractmethod
    def list_page(self, page: Place) -> Page:
        """Return page ``page`` (the first is 1, others as ``next_page`` said) of all records, inactive ones too."""

    @abstractmethod
    def read(self, right_id: str, *, options: Mapping[str, Any] = NOTHING) -> Record:
        """Return one record, with its ``source`` where the resource is read first; raises NotFound.

        ``options`` are those of the link, where there is one (`Resource.reads_by_link`).
        """

    @abstractmethod
    def create(self, values: Mapping[str, Any], *, settings: Mapping[str, Any] = NOTHING) -> Reply:
        """Create a record from values by field name; returns it as the vendor gave it back, or the vendor's job."""


class UpdatingEndpoint(VendorEndpoint):
    """A vendor that takes single values."""

    @abstractmethod
    def update(self, right_id: str, values: Mapping[str, Any], *, options: Mapping[str, Any] = NOTHING) -> Reply:
        """Write only the given values (None clears); returns the record as the vendor gave it back, or its job.

        ``options`` are those of the link, as a listing's record gave them.
        """


class ReplacingEndpoint(VendorEndpoint):
    """A vendor that takes whole records: its resource is read first (``Resource.read_first``)."""

    @abstractmethod
    def replace(self, record: Record, values: Mapping[str, Any]) -> Reply:
        """Write the record that was just read with the given values of one step (None clears) and all else as it was.

        Raises Moved when the vendor's record is not the one that was read any more.
        """


class JobEndpoint(VendorEndpoint):
    """A vendor that only takes writes in (`Accepted`) and does them later."""

    @abstractmethod
    def poll(self, job_address: str) -> JobReport:
        """Return how the job of an accepted write stands; raises NotFound once the vendor has forgotten it."""


class JobListEndpoint(JobEndpoint):
    """A vendor that lists its jobs: a write whose answer was lost is looked for there."""

    @abstractmethod
    def list_jobs(self, *, right_id: str, step: str, since: datetime) -> Reply:
        """Return the `Jobs` of one record's step that were taken in since then, with an empty ID those of creations."""


class KeyEndpoint(VendorEndpoint):
    """A vendor that can be asked who holds a natural key, with less than the whole list."""

    @abstractmethod
    def find(self, key: Any, *, since: date) -> Reply:
        """Return who holds the normalised key (`Found`) among those made or changed on that day or later, at least."""


def creating(
    values: Mapping[str, Any], *, settings: Mapping[str, Any], key: str, since: date
) -> "Callable[[VendorEndpoint], Reply]":
    """Return the call that creates a record; the vendor is asked for that very key first, where it can be (G-39).

    ``since`` is a day before the vendor's list was read last. Raises AlreadyThere.
    """

    def send(endpoint: VendorEndpoint) -> Reply:
        if isinstance(endpoint, KeyEndpoint):
            return go_on(endpoint.find(key, since=since))
        return endpoint.create(values, settings=settings)

    def go_on(reply: Reply) -> Reply:
        if isinstance(reply, Then):
            return Then(lambda endpoint: go_on(reply.send(endpoint)))
        if isinstance(reply, Found) and reply.records:
            raise AlreadyThere(
                _("“%(name)s” has been added to the other system meanwhile, and may be the same person.")
                % {"name": reply.records[0].label}
            )
        return Then(lambda endpoint: endpoint.create(values, settings=settings))

    return send


class ChangesEndpoint(VendorEndpoint):
    """A vendor that lists what changed (``Resource.lists_changes``)."""

    @abstractmethod
    def list_changed(self, since: date, page: Place) -> Page:
        """Return a page, as ``list_page``, of the records that changed on that day or later."""
