"""What people on the right side alone hold: shown before they are created on the left (G-05) (pure)."""

import json
from array import array
from bisect import bisect_left
from typing import Any

from integrations.core.compare.index import Packed
from integrations.core.declare import Record, Resource
from integrations.core.kinds import UNKNOWN

# Stands for an unknown value; no value is stored as it.
NOT_KNOWN = False


class Singles:
    """Values of records by position, as one run of bytes: only for records that matched nobody."""

    def __init__(self) -> None:
        self._positions = array("i")
        self._texts = Packed()

    def keep(self, resource: Resource, record: Record, position: int) -> None:
        """Keep a record's values; positions rise from call to call."""
        stored = [
            NOT_KNOWN if value is UNKNOWN else declared.to_json(value)
            for declared, value in zip(resource.fields, record.values, strict=True)
        ]
        self._positions.append(position)
        self._texts.extend([json.dumps(stored, ensure_ascii=False)])

    def values(self, resource: Resource, position: int) -> dict[str, Any]:
        """Return {field: value as JSON} of a kept record; unknown ones are not in it."""
        stored = json.loads(self._texts[bisect_left(self._positions, position)])
        return {name: value for name, value in zip(resource.position, stored, strict=True) if value is not NOT_KNOWN}
