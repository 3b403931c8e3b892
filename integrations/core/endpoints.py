"""What the core asks of a vendor's side of a resource; every method makes exactly one HTTP call.

The core reserves a slot of the rate budget for each call, and may call from threads: an endpoint knows
neither ORM nor clock. All methods raise the errors of :mod:`integrations.core.errors`.
"""

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from integrations.core.declare import NOTHING, Record

# Where a page stands: the number of it, or the vendor's cursor.
Place = int | str
FIRST_PAGE: Final = 1
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
    """The vendor took the write in and does it later, as the job at ``job_address`` says."""

    job_address: str


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


@dataclass(frozen=True)
class Then:
    """A write needs one more call: nothing is written yet, and ``send`` is made at the next slot."""

    send: "Callable[[VendorEndpoint], Reply]"


# What a call comes back with. A write's Record is what the vendor holds by then.
Reply = Record | Accepted | JobReport | Then


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


class ChangesEndpoint(VendorEndpoint):
    """A vendor that lists what changed (``Resource.lists_changes``)."""

    @abstractmethod
    def list_changed(self, since: date, page: Place) -> Page:
        """Return a page, as ``list_page``, of the records that changed on that day or later."""
