"""Who of the hub may be a vendor's person who is about to be created there: asked in the transaction that does it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from integrations.core.compare import CLUE, Wanted, signs_of
from integrations.core.compare.likeness import Sign
from integrations.core.declare import Record
from integrations.core.hub.endpoint import HubPeople


class Alike(NamedTuple):
    """Somebody of the hub, and what the two share in words."""

    record: Record
    shared: str


def alike_in_hub(
    people: HubPeople, record: Record, *, apart: Collection[str], is_linked: Callable[[str], bool]
) -> Alike | None:
    """Return the first who may be the vendor's person, by the signs that everybody asks for (`compare.likeness`).

    ``apart`` are those of whom a person said that they are somebody else. Of whoever ``is_linked`` to another, only
    match keys and clues count: a phone may well be two people's.
    """
    wanted = Wanted(people.resource)
    wanted.add(record, apart=apart)
    for left in people.read(_with_a_sign(people, record)):
        counting = people.resource.match_keys if is_linked(left.id) else None
        shared: Mapping[str, str] = wanted.like(left, counting=counting)
        if record.id in shared:
            return Alike(left, shared[record.id])
    return None


def signs_there(people: HubPeople, signs: Collection[Sign]) -> set[Sign]:
    """Return those of many people's signs that somebody of the hub may have: who has none of them is not there."""
    keys: dict[str, set[Any]] = {}
    for sign in signs:
        keys.setdefault(sign.field, set()).add(sign.key)
    return {
        Sign(field, key)
        for field, wanted in keys.items()
        for key in (people.may_carry(wanted) if field == CLUE else people.may_hold(field, wanted))
    }


def _with_a_sign(people: HubPeople, record: Record) -> list[str]:
    ids: set[str] = set()
    for field, key in signs_of(people.resource, record):
        ids.update(people.with_clue(key) if field == CLUE else people.holders(field, key))
    return sorted(ids, key=int)
