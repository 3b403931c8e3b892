"""What the core asks of a vendor's side of a resource; every method makes exactly one HTTP call.

The core reserves a slot of the rate budget for each call, and may call from threads: an endpoint knows
neither ORM nor clock. All methods raise the errors of :mod:`integrations.core.errors`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from integrations.core.declare import NOTHING, Record


class Page(NamedTuple):
    """One page of a listing; ``total`` is what the vendor says the whole listing holds."""

    records: tuple[Record, ...]
    total: int
    next_page: int | None


class Account(NamedTuple):
    """The vendor company behind an authorisation."""

    id: str
    name: str


class VendorEndpoint(Protocol):
    """The right side of a resource."""

    def list_page(self, page: int) -> Page:
        """Return page ``page`` (the first is 1) of all records, inactive ones included."""

    def read(self, right_id: str) -> Record:
        """Return one record; raises NotFound."""

    def create(self, values: Mapping[str, Any], *, settings: Mapping[str, Any] = NOTHING) -> Record:
        """Create a record from values by field name; returns it as the vendor gave it back."""

    def update(self, right_id: str, values: Mapping[str, Any], *, options: Mapping[str, Any] = NOTHING) -> Record:
        """Write only the given values (None clears); returns the record as the vendor gave it back.

        ``options`` are those of the link, as a listing's record gave them.
        """
