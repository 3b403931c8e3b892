"""The steps of pushing one mark: read the vendor's record, wait for a slot, write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

from integrations.core.declare import Record, Resource
from integrations.core.endpoints import Reply, VendorEndpoint
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


def update_call(
    resource: Resource, link: Link, values: Mapping[str, Any], *, right: Record | None
) -> Callable[[VendorEndpoint], Reply]:
    """Return the call that writes values; ``right`` is the record as it was just read, where it is read first."""
    if resource.read_first:
        if right is None:
            raise TypeError(resource.name)
        return methodcaller("replace", right, values)
    return methodcaller("update", link.right_id, values, options=dict(link.options))
