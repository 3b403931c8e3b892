"""What the soak itself did: every edit of every field on either side, as plain texts (pure)."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, NamedTuple

from config.soak.sides import FIELDS, Person

HUB: Final = "hub"
VENDOR: Final = "vendor"


class Entry(NamedTuple):
    """``value`` of ``name`` was written on ``side`` by the soak, at a time (epoch seconds)."""

    side: str
    name: str
    value: str
    at: float


@dataclass
class Record:
    """Entries by the person's work e-mail, which nobody changes: it names a person on both sides."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    new_in_hub: set[str] = field(default_factory=set)
    # What stood at the vendor before the first edit.
    at_first: dict[str, Person] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, side: str, *, before: Mapping[str, str], after: Person, at: float | None = None) -> None:
        """Note every field that the edit has changed, now or ``at`` a time gone by (epoch seconds)."""
        now = time.time() if at is None else at
        changed = [name for name in FIELDS if name != "employment_id" and before.get(name) != after[name]]
        with self._lock:
            self.entries.setdefault(after["work_email"], []).extend(
                Entry(side, name, after[name], now) for name in changed
            )

    def edits(self) -> int:
        return sum(len(entries) for entries in self.entries.values())

    def last(self) -> Iterator[tuple[str, str, dict[str, Entry]]]:
        """Yield e-mail, field, and the last entry of each side that edited it."""
        for email, entries in self.entries.items():
            by_name: dict[str, dict[str, Entry]] = {}
            for entry in sorted(entries, key=attrgetter("at")):
                by_name.setdefault(entry.name, {})[entry.side] = entry
            for name, last in by_name.items():
                yield email, name, last
