"""The steps of pushing one mark: read the vendor's record, wait for a slot, write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.core.declare import Record
from integrations.core.endpoints import VendorEndpoint
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


Step = Read | Write


def update_call(link: Link, values: Mapping[str, Any]) -> Callable[[VendorEndpoint], Record]:
    right_id, options = link.right_id, dict(link.options)

    def send(endpoint: VendorEndpoint) -> Record:
        return endpoint.update(right_id, values, options=options)

    return send
