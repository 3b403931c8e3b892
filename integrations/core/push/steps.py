"""The steps of pushing one mark: read the vendor's record, wait for a slot, write."""

from dataclasses import dataclass

from integrations.core.declare import Record
from integrations.core.jobs import Poll
from integrations.core.models import Delivery, Link, Mark


@dataclass(frozen=True)
class Read:
    """The vendor's record is being read for a mark; ``unknown`` is a write whose outcome that shows."""

    mark: Mark | None
    link: Link
    unknown: Delivery | None = None


@dataclass(frozen=True)
class Ready:
    """The vendor's record was read, and the mark waits for a slot to write."""

    mark: Mark
    link: Link
    right: Record


@dataclass(frozen=True)
class Write:
    mark: Mark
    delivery: Delivery


Step = Read | Write | Poll
