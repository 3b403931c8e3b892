"""What is left unsent stays so under settings of before, too: the pairs that stand beside (`read_anew`, G-37)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.core.compare import Pair, PairState, Parts, edited_parts, pair_left
from integrations.core.declare import Field
from integrations.core.hub.endpoint import HubPeople
from integrations.core.hub.held import is_of, parts_held
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Link
from integrations.core.read_anew import READ_FROM

Columns = Mapping[str, Collection[str]]


def sources_beside(link: Link) -> set[str]:
    """Return of which of the hub's values a link keeps what was known under settings of before."""
    return {beside.partition(READ_FROM)[2] for beside in link.pairs if READ_FROM in beside}


def leave_beside(people: HubPeople, links: Mapping[str, Link], columns: Columns) -> set[str]:
    """Leave some columns of people as they are by now, under the settings before as well; returns whose link changed.

    Both maps are by left id. The links are locked, and their pairs are still to be saved.
    """
    changed = set()
    for beside in sorted({each for link in links.values() for each in link.pairs if READ_FROM in each}):
        name, _at, source = beside.partition(READ_FROM)
        mine = {
            left_id: links[left_id]
            for left_id, held in columns.items()
            if left_id in links and beside in links[left_id].pairs and is_of(source, held)
        }
        now = dict(_read_as(people, name, source, list(mine), columns))
        for left_id, link in mine.items():
            rest = {each: pair for each, pair in link.pairs.items() if each != beside}
            left = _left(people.resource.field(name), link.pairs[beside], *now[left_id]) if left_id in now else None
            pairs = rest if left is None else {**rest, beside: left}
            if pairs != link.pairs:
                link.pairs = pairs
                changed.add(left_id)
    return changed


def _read_as(
    people: HubPeople, name: str, source: str, left_ids: Sequence[str], columns: Columns
) -> Iterator[tuple[str, tuple[Any, Parts]]]:
    """Yield by left id what a field holds if it is read from a source, and the parts of it that the columns are."""
    if name not in people.resource.position:
        return
    then = replace(people, sources={**people.sources, name: source})
    for record in then.read_anywhere(left_ids):
        yield record.id, (then.resource.value(record, name), parts_held(then, columns[record.id])[name])


def _left(declared: Field, kept: Sequence[Any], own: Any, parts: Parts) -> list[Any] | None:
    """Return what is kept beside with the value of now left, or None: it must not hold again as it was."""
    left, right, state, read = kept
    key = declared.key(own)
    if key is UNKNOWN or read != declared.to_json(key):
        return None
    pair = Pair(declared.from_json(left), declared.from_json(right), PairState(state))
    edited = edited_parts(declared, pair=pair, key=key) & parts
    if not edited:
        return list(kept)
    moved = pair_left(declared, pair=pair, key=key, parts=edited)
    return [declared.to_json(moved.left), right, moved.state, read]
