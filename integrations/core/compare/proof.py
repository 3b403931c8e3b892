"""What a vendor's answer proves about what was sent to it, field by field: a 2xx alone is no proof (pure, G-19).

Everybody who has written asks here: runs, the push, creations, jobs, look-ups, and what an integration sends beside.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from integrations.core.declare import NOTHING, Record, Resource
from integrations.core.kinds import UNKNOWN


class Proof(NamedTuple):
    """Names of the fields that were sent, each in one set.

    ``kept`` are those where the vendor holds what stood there before, ``other`` where it holds something else than
    was sent, ``silent`` those of which the answer says nothing.
    """

    arrived: frozenset[str]
    kept: frozenset[str]
    other: frozenset[str]
    silent: frozenset[str]

    @property
    def differing(self) -> frozenset[str]:
        return self.kept | self.other

    @property
    def not_contradicted(self) -> frozenset[str]:
        """What the answer does not say to have failed."""
        return self.arrived | self.silent

    @property
    def done(self) -> frozenset[str]:
        """Which fields of a write of unknown outcome were done, by the record that it was looked up by (G-30).

        A write is done as a whole: what the record shows otherwise was overwritten since. What it does not show
        counts as done, unless it shows that nothing was.
        """
        return self.not_contradicted if self.arrived or not self.differing else frozenset()


def prove(*, sent: Mapping[str, Any], held: Mapping[str, Any], before: Mapping[str, Any] = NOTHING) -> Proof:
    """Return what is proved of each value sent; all values are normalised (`Field.key`).

    ``held`` is what the vendor holds by its own words, UNKNOWN or missing where it does not say; ``before`` what it
    held before, where that is known.
    """
    sets: dict[str, set[str]] = {"arrived": set(), "kept": set(), "other": set(), "silent": set()}
    for name, key in sent.items():
        now = held.get(name, UNKNOWN)
        if now is UNKNOWN:
            verdict = "silent"
        elif now == key:
            verdict = "arrived"
        else:
            verdict = "kept" if name in before and before[name] == now else "other"
        sets[verdict].add(name)
    return Proof(**{verdict: frozenset(names) for verdict, names in sets.items()})


def held_keys(resource: Resource, record: Record, names: Iterable[str]) -> dict[str, Any]:
    """Return what the vendor's record holds in some fields, as it is compared."""
    return {name: resource.field(name).key(resource.value(record, name)) for name in names}


def is_about(resource: Resource, record: Record, *, right_id: str, sent: Mapping[str, Any]) -> bool:
    """Whether the record is that of the write: the one that was asked for, or the new one with its natural key (G-40).

    ``right_id`` is empty of a creation, whose answer brings it.
    """
    if right_id:
        return record.id == right_id
    name = resource.natural_key
    shown = resource.field(name).key(resource.value(record, name))
    return shown is UNKNOWN or name not in sent or shown == sent[name]
