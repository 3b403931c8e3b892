"""The three-way comparison of one field, and the pairs that it starts from (pure).

A pair holds what both sides were last known to hold, normalised. A side has changed when it differs from its
own half of the pair; which side changed decides the direction, and only what moved on one side is chosen
beforehand (G-04).
"""

import enum
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from integrations.core.declare import Direction, Field, Record, Resource, Side
from integrations.core.kinds import UNKNOWN, Json


class PairState(enum.StrEnum):
    SETTLED = "settled"
    LEFT_AS_IS = "left_as_is"
    OPEN = "open"


class Change(enum.StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    FIRST = "first"


class Decision(enum.StrEnum):
    OPEN = "open"
    LEFT = "left"
    RIGHT = "right"
    LEAVE = "leave"


# Bound once: Python 3.11 runs a Python function each time a member is read off its enum, and these are read per value.
_LEFT, _RIGHT = Side.LEFT, Side.RIGHT
_OPEN, _TAKE_LEFT, _TAKE_RIGHT = Decision.OPEN, Decision.LEFT, Decision.RIGHT
_LEFT_MOVED, _RIGHT_MOVED, _FIRST = Change.LEFT, Change.RIGHT, Change.FIRST
_PAIR_OPEN = PairState.OPEN
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class Pair(NamedTuple):
    """Both halves, normalised, and how they came to stand beside each other."""

    left: Any
    right: Any
    state: PairState


class FieldDifference(NamedTuple):
    """One field that needs a decision; ``reason_right`` says why the left value cannot go right."""

    field: str
    base: Pair | None
    left: Any
    right: Any
    change: Change
    suggestion: Decision
    decision: Decision
    reason_left: str
    reason_right: str


def change_of(declared: Field, *, pair: Pair | None, left: Any, right: Any) -> Change | None:
    """Return which side moved, or None where nothing needs to be decided."""
    if left is UNKNOWN or right is UNKNOWN:
        return None
    left_key, right_key = declared.key(left), declared.key(right)
    if left_key == right_key:
        return None
    if pair is None or pair.state is _PAIR_OPEN:
        return _FIRST
    moved_left, moved_right = left_key != pair.left, right_key != pair.right
    if moved_left and moved_right:
        return Change.BOTH
    if moved_left:
        return _LEFT_MOVED
    return _RIGHT_MOVED if moved_right else None


def not_sent() -> str:
    return _("Not sent: the person has a protected identity.")


def not_taken() -> str:
    return _("Not taken over: the person has a protected identity.")


def blocked(declared: Field, *, to: Side, value: Any, protected: bool, given_away: bool = False) -> str:
    """Return why the value cannot be written to a side, or an empty string (G-05, G-18, FX-09).

    ``given_away``: what is emptied belongs to somebody else by now, who waits for it (D-10).
    """
    if not declared.may_go(to):
        if to is _RIGHT:
            return _("This field is only taken over from the other system, never sent to it.")
        return _("This field is only sent to the other system, never taken over from it.")
    if declared.withheld and protected:
        return not_sent() if to is _RIGHT else not_taken()
    required = declared.required or declared.never_emptied if to is _RIGHT else declared.required_left
    if value is None:
        return _("It cannot be emptied there.") if required and not given_away else ""
    return declared.refuses(value, to=to)


def unfit_together(resource: Resource, *, left: Record, right: Record) -> dict[str, str]:
    """Return, per field, why the hub's values cannot go to this very record of the vendor's."""
    if resource.check_together is None:
        return {}
    return {name: str(reason) for name, reason in resource.check_together(resource.values(left), right).items()}


def _suggestion(change: Change, *, left: Any, right: Any) -> Decision:
    """Return the side that moved; at the first match only a missing value suggests one: the side that has a value."""
    if change is _LEFT_MOVED or (change is _FIRST and right is None):
        return _TAKE_LEFT
    if change is _RIGHT_MOVED or (change is _FIRST and left is None):
        return _TAKE_RIGHT
    return _OPEN


def _rule_covers(declared: Field, *, left: Any, right: Any) -> bool:
    """A one-way field whose target is empty is taken over by rule, announced in the review (FX-07)."""
    if declared.direction is Direction.TO_LEFT:
        return left is None
    return declared.direction is Direction.TO_RIGHT and right is None


def difference(
    declared: Field,
    *,
    pair: Pair | None,
    left: Any,
    right: Any,
    protected: bool = False,
    unfit: str = "",
    given_away: bool = False,
) -> FieldDifference | None:
    """Return what a person sees of a differing field, with the direction that is chosen beforehand.

    ``unfit`` says why the left value cannot go to this record of the right side, where that is known; ``given_away``
    that the right value is somebody else's on the left by now.
    """
    change = change_of(declared, pair=pair, left=left, right=right)
    if change is None:
        return None
    reason_right = blocked(declared, to=_RIGHT, value=left, protected=protected, given_away=given_away) or unfit
    reason_left = blocked(declared, to=_LEFT, value=right, protected=protected)
    suggestion = _suggestion(change, left=left, right=right)
    if (suggestion is _TAKE_LEFT and reason_right) or (
        suggestion is _TAKE_RIGHT and (reason_left or declared.doubts(right))
    ):
        suggestion = _OPEN
    chosen = change in (_LEFT_MOVED, _RIGHT_MOVED) or _rule_covers(declared, left=left, right=right)
    return FieldDifference(
        field=declared.name,
        base=None if pair is None or pair.state is _PAIR_OPEN else pair,
        left=left,
        right=right,
        change=change,
        suggestion=suggestion,
        decision=suggestion if chosen else _OPEN,
        reason_left=reason_left,
        reason_right=reason_right,
    )


def pair_now(declared: Field, *, pair: Pair | None, left: Any, right: Any) -> Pair | None:
    """Return the pair after a comparison: equal values settle, undecided ones keep what stood before.

    A pair moves only when both halves are known (invariant 6).
    """
    if left is UNKNOWN or right is UNKNOWN:
        return pair
    left_key, right_key = declared.key(left), declared.key(right)
    if left_key == right_key:
        return Pair(left_key, right_key, PairState.SETTLED)
    if pair is None or pair.state is _PAIR_OPEN:
        return Pair(left_key, right_key, _PAIR_OPEN)
    return pair


def compare_records(
    resource: Resource,
    *,
    left: Record,
    right: Record,
    pairs: Mapping[str, Pair],
    given_away: Collection[str] = (),
) -> tuple[tuple[FieldDifference, ...], dict[str, list[Any]]]:
    """Return what needs a decision between two records that belong together, and their pairs as a link stores them.

    ``given_away`` are the fields whose right value is somebody else's on the left by now.
    """
    differences: list[FieldDifference] = []
    stored: dict[str, list[Any]] = {}
    unfit = unfit_together(resource, left=left, right=right) if resource.check_together else {}
    for declared, left_value, right_value in zip(resource.fields, left.values, right.values, strict=True):
        if not declared.compared:
            continue
        if left_value == right_value and left_value is not UNKNOWN:
            half = _stored_half(declared, left_value)
            stored[declared.name] = [half, half, "settled"]
            continue
        pair = pairs.get(declared.name)
        reason = unfit.get(declared.name, "")
        found = difference(
            declared,
            pair=pair,
            left=left_value,
            right=right_value,
            protected=left.protected,
            unfit=reason,
            given_away=declared.name in given_away,
        )
        closed = declared.withheld and left.protected
        if found is not None:
            # That they differ is told; no copy is kept of either value.
            differences.append(found._replace(base=None, left=None, right=None) if closed else found)
        now = pair if closed else pair_now(declared, pair=pair, left=left_value, right=right_value)
        if now is not None:
            stored[declared.name] = pair_to_json(declared, now)
    return tuple(differences), stored


def _stored_half(declared: Field, value: Any) -> Json:
    """Return a known value as a pair stores it: in one step, because a first comparison does it for every value."""
    kind = declared.kind
    key = None if value is None else kind.normalise(value)
    return kind.to_json(key) if key else None


def pair_to_json(declared: Field, pair: Pair) -> list[Any]:
    return [declared.to_json(pair.left), declared.to_json(pair.right), str(pair.state)]


def pairs_in_step(resource: Resource, record: Record) -> dict[str, list[Any]]:
    """Return the settled pairs, as stored, of two records that hold the same values."""
    stored: dict[str, list[Any]] = {}
    for declared, value in zip(resource.fields, record.values, strict=True):
        if declared.compared and value is not UNKNOWN:
            half = _stored_half(declared, value)
            stored[declared.name] = [half, half, "settled"]
    return stored


def pairs_from_json(resource: Resource, stored: Mapping[str, Sequence[Any]]) -> dict[str, Pair]:
    """Return a link's pairs; those of fields that are no longer declared are left out."""
    return {
        name: Pair(
            resource.field(name).from_json(left),
            resource.field(name).from_json(right),
            PairState(state),
        )
        for name, (left, right, state, *_more) in stored.items()
        if name in resource.position
    }


def digest(pairs: Iterable[Sequence[Any]]) -> str:
    """Return 16 hex digits that stand for the pairs as stored: equal digests, nothing moved on either side."""
    text = _ENCODER.encode([half for pair in pairs for half in (pair[0], pair[1])])
    return blake2b(text.encode(), digest_size=8).hexdigest()


def pairs_digest(resource: Resource, stored: Mapping[str, Sequence[Any]]) -> str:
    """Return the digest of a link's stored pairs, in the order of the declared fields."""
    return digest(stored.get(declared.name, ("", "?")) for declared in resource.fields if declared.compared)
