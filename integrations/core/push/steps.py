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

    @property
    def subject(self) -> tuple[str, str]:
        """Return the hub's record, and whom the call is about by the vendor's ID."""
        return self.link.left_id if self.mark is None else self.mark.left_id, self.link.right_id

    @property
    def kind(self) -> str:
        """Return what kind of call it is: `core.rights`."""
        return type(self).__name__


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

    @property
    def subject(self) -> tuple[str, str]:
        return self.delivery.left_id, self.delivery.right_id or self.delivery.left_id

    @property
    def kind(self) -> str:
        return self.delivery.action


Step = Read | Write | Poll
