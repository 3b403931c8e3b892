"""One company's employees, positions and jobs. Documents are kept as their JSON text: small, and out of reach."""

import bisect
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.vendor import UnknownError

Document = dict[str, Any]
# Set by Visma, whatever is sent.
# Versions before the present one that are kept.
PAST = 5
READ_ONLY = ("id", "tenantId", "lastChange", "_embedded", "positions")


@dataclass
class Kept:
    """A document, its version (the ETag) and, of an employee, the positions by ID."""

    text: str
    sequence: int
    version: int = 1
    changed: float = 0.0  # epoch seconds
    positions: dict[str, "Kept"] = field(default_factory=dict)
    made: float = 0.0  # epoch seconds
    # What it was before: until when, text, version.
    past: list[tuple[float, str, int]] = field(default_factory=list)

    @property
    def etag(self) -> str:
        return f'"{self.sequence}-{self.version}"'

    def replace(self, text: str, *, now: float) -> None:
        self.past = [*self.past[-PAST:], (now, self.text, self.version)]
        self.text, self.version, self.changed = text, self.version + 1, now

    def as_of(self, moment: float) -> "Kept | None":
        """Return it as it was then; None before it was made."""
        if self.made > moment:
            return None
        positions = {key: then for key, kept in self.positions.items() if (then := kept.as_of(moment)) is not None}
        past = next((each for each in self.past if each[0] > moment), None)
        text, version = (past[1], past[2]) if past else (self.text, self.version)
        return Kept(text, self.sequence, version, self.changed, positions, self.made)

    def document(self) -> Document:
        loaded: Document = json.loads(self.text)
        return loaded


class EmployeeRegister:
    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._sequences: list[int] = []
        self._ids: list[str] = []
        self._numbers: dict[str, str] = {}  # number: employee ID
        self._largest = 0
        self._made = 0

    def clear(self) -> None:
        self.__init__()  # type: ignore[misc]

    def kept(self, employee_id: str) -> Kept | None:
        return self._kept.get(employee_id)

    def holder(self, number: str) -> str | None:
        """Return whose employee number it is."""
        return self._numbers.get(number)

    def next_number(self) -> str:
        return str(self._largest + 1)

    def after(self, sequence: int) -> Iterator[tuple[str, Kept]]:
        """Yield the employees in the order of their making, those behind the given one."""
        for employee_id in self._ids[bisect.bisect_right(self._sequences, sequence) :]:
            yield employee_id, self._kept[employee_id]

    def put(self, document: Document, *, now: float, employee_id: str = "") -> str:
        """Keep a new or changed employee (without positions); returns the ID."""
        employee_id = employee_id or f"e0000000-0000-4000-8000-{self._made + 1:012x}"
        before = self._kept.get(employee_id)
        number = str(document.get("number") or "")
        if before is not None:
            self._numbers.pop(str(before.document().get("number") or ""), None)
        if number:
            self._numbers[number] = employee_id
        if number.isdecimal() and len(number) < 10:
            self._largest = max(self._largest, int(number))
        text = _text(document)
        if before is None:
            self._made += 1
            self._kept[employee_id] = Kept(text, self._made, changed=now, made=now)
            self._sequences.append(self._made)
            self._ids.append(employee_id)
        else:
            before.replace(text, now=now)
        return employee_id

    def put_position(self, employee_id: str, document: Document, *, now: float, position_id: str = "") -> str:
        employee = self._kept[employee_id]
        employee.changed = now
        if position_id:
            kept = employee.positions[position_id]
            kept.replace(_text(document), now=now)
            return position_id
        self._made += 1
        position_id = f"b0000000-0000-4000-8000-{self._made:012x}"
        employee.positions[position_id] = Kept(_text(document), self._made, changed=now, made=now)
        return position_id

    # What somebody at Visma's own screens does: nothing is validated. An employee is shown with its positions.

    def everything(self) -> list[Document]:
        return [self.one(employee_id) for employee_id in self._ids]

    def one(self, record_id: str) -> Document:
        if record_id not in self._kept:
            raise UnknownError(f"There is no employee {record_id}.")
        kept = self._kept[record_id]
        positions = [{**position.document(), "id": key} for key, position in kept.positions.items()]
        return {**kept.document(), "id": record_id, "positions": positions}

    def add_whole(self, record: Document, *, now: float) -> str:
        employee_id = self.put(record, now=now)
        for position in record.get("positions", []):
            self.put_position(employee_id, position, now=now)
        return employee_id

    def change_whole(self, record_id: str, values: Document, *, now: float) -> Document:
        """Replace the properties given; ``positions``, where given, are all that remain."""
        document = self.one(record_id)
        positions = values.get("positions")
        self.put({**document, **values}, now=now, employee_id=record_id)
        if positions is not None:
            employee = self._kept[record_id]
            gone = set(employee.positions) - {position.get("id", "") for position in positions}
            for position_id in gone:
                del employee.positions[position_id]
            for position in positions:
                known = position.get("id", "") if position.get("id", "") in employee.positions else ""
                self.put_position(record_id, position, now=now, position_id=known)
        return self.one(record_id)

    def remove(self, record_id: str) -> None:
        self.one(record_id)
        number = str(self._kept.pop(record_id).document().get("number") or "")
        self._numbers.pop(number, None)
        place = self._ids.index(record_id)
        del self._ids[place], self._sequences[place]


class EmployeeCollection:
    """The register as the control pages see it; ``now`` in epoch seconds of the sandbox's clock."""

    def __init__(self, register: EmployeeRegister, *, now: float) -> None:
        self._register, self._now = register, now

    def everything(self) -> list[Document]:
        return self._register.everything()

    def one(self, record_id: str) -> Document:
        return self._register.one(record_id)

    def add(self, record: Document) -> Document:
        return self._register.one(self._register.add_whole(record, now=self._now))

    def change(self, record_id: str, values: Document) -> Document:
        return self._register.change_whole(record_id, values, now=self._now)

    def remove(self, record_id: str) -> None:
        self._register.remove(record_id)


def shown_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(document: Document) -> str:
    plain = {name: value for name, value in document.items() if name not in READ_ONLY}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
