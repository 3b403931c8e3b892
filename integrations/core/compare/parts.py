"""Which parts of a value were edited, and what goes of it: nothing that nobody edited is sent (pure, G-35).

An address has several parts (`Kind.parts`), any other value is one. A part is meant by its position in what is stored;
positions of one part are edited, sent and held together.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from integrations.core.compare.fields import Pair, PairState
from integrations.core.declare import Field

Parts = frozenset[int]
NO_PARTS: Final[Parts] = frozenset()


def all_parts(declared: Field) -> Parts:
    return frozenset(place for part in _parts(declared) for place in part)


def with_neighbours(declared: Field, places: Collection[int]) -> Parts:
    """Return all positions of the parts that some of the positions belong to."""
    return frozenset(place for part in _parts(declared) if not set(part).isdisjoint(places) for place in part)


def edited_parts(declared: Field, *, pair: Pair, key: Any, held: Parts = NO_PARTS, wanted: bool = False) -> Parts:
    """Return the parts that the hub's value ``key`` has otherwise than the left half of its pair.

    ``held`` wait for somebody and do not count. Of a ``wanted`` value, which a person wants to be sent though it was
    not edited, also those that the right side has otherwise, and all where it has none.
    """
    now, left, right = (_split(declared, each) for each in (key, pair.left, pair.right))
    places = all_parts(declared)
    moved = {place for place in places if now[place] != left[place] or (wanted and now[place] != right[place])}
    return with_neighbours(declared, moved or (places if wanted else ())) - held


def merged(declared: Field, *, value: Any, there: Any, parts: Parts) -> Any:
    """Return what is sent: the hub's edited parts, and beside them what stands there."""
    return _join(declared, _put(_split(declared, there), _split(declared, value), parts))


def pair_after(declared: Field, *, pair: Pair | None, key: Any, sent: Any, parts: Parts) -> Pair:
    """Return the pair once the right side holds ``sent``, of which ``parts`` were the hub's.

    The halves move by these parts alone: what the right side has changed beside them stays its change, and what waits
    in the hub stays an edit.
    """
    if pair is None:
        return Pair(sent, sent, PairState.SETTLED)
    left = _key(declared, _put(_split(declared, pair.left), _split(declared, key), parts))
    right = _key(declared, _put(_split(declared, pair.right), _split(declared, sent), parts))
    return Pair(left, right, PairState.SETTLED if left == right else pair.state)


def pair_left(declared: Field, *, pair: Pair, key: Any, parts: Parts) -> Pair:
    """Return the pair once some parts of the hub's value are left as they are beside the right side's."""
    left = _key(declared, _put(_split(declared, pair.left), _split(declared, key), parts))
    if left == pair.right:
        return Pair(left, pair.right, PairState.SETTLED)
    asked = pair.state is PairState.OPEN and parts != all_parts(declared)
    return Pair(left, pair.right, PairState.OPEN if asked else PairState.LEFT_AS_IS)


def overwrites(declared: Field, *, pair: Pair | None, there: Any, sent: Any, parts: Parts) -> bool:
    """Whether sending writes over something that the right side has changed since the pair; both are normalised."""
    if pair is None:
        return False
    before, now, after = (_split(declared, each) for each in (pair.right, there, sent))
    return any(now[place] != before[place] and now[place] != after[place] for place in parts)


def _parts(declared: Field) -> tuple[tuple[int, ...], ...]:
    return declared.kind.parts or ((0,),)


def _split(declared: Field, value: Any) -> list[Any]:
    if not declared.kind.parts:
        return [value]
    return list(value) if value is not None else [""] * len(all_parts(declared))


def _join(declared: Field, parts: list[Any]) -> Any:
    if not declared.kind.parts:
        return parts[0]
    return declared.from_json(parts) if any(parts) else None


def _put(into: list[Any], value: Iterable[Any], parts: Parts) -> list[Any]:
    return [new if place in parts else old for place, (old, new) in enumerate(zip(into, value, strict=True))]


def _key(declared: Field, parts: list[Any]) -> Any:
    # A half is normalised already; of several parts it is empty once nothing but a country is left.
    return declared.key(_join(declared, parts)) if declared.kind.parts else parts[0]
