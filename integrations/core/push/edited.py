"""Which of a person's values go to the vendor: those edited since the last send, and those asked for (pure, G-07).

Of a value of several parts only those that were edited; a sensitive one that the vendor has changed as well is none of
them: it waits for a person (G-25, G-35).
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from integrations.core.compare import (
    NO_PARTS,
    Pair,
    PairState,
    Parts,
    all_parts,
    blocked,
    edited_parts,
    merged,
    overwrites,
    pair_after,
    unfit_together,
)
from integrations.core.declare import CHOICE, NOTHING, Field, Record, Resource, Side
from integrations.core.kinds import UNKNOWN


class Edited(NamedTuple):
    """Field name → the hub's value, and field name → why a value is kept back.

    ``parts`` are those of each value that were edited; ``pairs`` what they were edited beside.
    ``by_rule`` are the names kept back as everybody expects, such as the address of a protected person (G-18);
    ``unseen`` those that the vendor has never shown: whether they were edited, their pair does not say.
    """

    values: dict[str, Any]
    kept: dict[str, str]
    by_rule: frozenset[str]
    unseen: frozenset[str] = frozenset()
    parts: Mapping[str, Parts] = NOTHING
    pairs: Mapping[str, Pair] = NOTHING

    def without(self, name: str, reason: str) -> "Edited":
        """Return the same with a value kept back."""
        values = {each: value for each, value in self.values.items() if each != name}
        return self._replace(values=values, kept={**self.kept, name: reason})


class Needed(NamedTuple):
    """What the vendor's record makes of the edits: values to write, what they overwrite, and pairs that agree.

    ``after`` are the pairs once the vendor holds what is written; ``newer`` the names of the fields of which the vendor
    loses what it had changed since both were known; ``conflicts`` those that wait for a person because of that, with
    what the vendor holds, as JSON.
    """

    values: dict[str, Any]
    before: dict[str, Any]
    agreed: dict[str, Pair]
    kept: dict[str, str]
    after: dict[str, Pair]
    newer: set[str]
    conflicts: dict[str, Any]

    def write(self, declared: Field, value: Any, there: Any, after: Pair) -> None:
        self.values[declared.name] = value
        self.before[declared.name] = declared.to_json(there)
        self.after[declared.name] = after


def edited_values(
    resource: Resource,
    left: Record,
    *,
    pairs: Mapping[str, Pair],
    wanted: Collection[str] = (),
    given_away: Collection[str] = (),
    held: Mapping[str, Parts] = NOTHING,
) -> Edited:
    """Return what was edited in the hub: a value that is not the left half of its pair any more.

    ``wanted`` are the names of fields to send though they were not edited. A field that has no pair was never seen
    at the vendor: what was there before an edit is not known, so nothing is written over it. ``given_away`` are the
    names of fields whose value at the vendor is somebody else's in the hub by now. ``held`` are the parts, by field,
    that wait for a person with a mass change.
    """
    values: dict[str, Any] = {}
    kept: dict[str, str] = {}
    by_rule: set[str] = set()
    unseen: set[str] = set()
    parts: dict[str, Parts] = {}
    for declared, value in zip(resource.fields, left.values, strict=True):
        key, name = declared.key(value), declared.name
        if not declared.compared or not declared.may_go(Side.RIGHT) or key is UNKNOWN:
            continue
        edited = _edited(declared, pairs.get(name), key, wanted=name in wanted, held=held.get(name, NO_PARTS))
        if edited is None or not edited:
            if edited is None and not (declared.withheld and left.protected):
                unseen.add(name)
            continue
        reason = blocked(declared, to=Side.RIGHT, value=value, protected=left.protected, given_away=name in given_away)
        parts[name] = edited
        if not reason:
            values[name] = value
        elif declared.withheld and left.protected:
            by_rule.add(name)
        else:
            kept[name] = reason
    return Edited(values, kept, frozenset(by_rule), frozenset(unseen), parts, pairs)


def _edited(declared: Field, pair: Pair | None, key: Any, *, wanted: bool, held: Parts) -> Parts | None:
    """Return the edited parts, None where the vendor has never shown the field."""
    if pair is not None:
        return edited_parts(declared, pair=pair, key=key, held=held, wanted=wanted)
    return all_parts(declared) - held if wanted else None


def not_shown() -> str:
    return _("The other system does not show what it holds, so nothing is written over it.")


def changed_on_both() -> str:
    return _(
        "It was changed in the other system as well since both agreed, so it is not sent. See both values here: try"
        " again to send the hub's, or synchronise users and decide."
    )


def needed_writes(
    resource: Resource,
    left: Record,
    edited: Edited,
    right: Record,
    *,
    given_away: Collection[str] = (),
    known_as: str = "",
    late: Collection[str] = (),
    over: Mapping[str, Any] = NOTHING,
) -> Needed:
    """Return what has to be written so that the vendor's record holds the edits of the hub's record ``left``.

    ``given_away`` are the names of fields whose value in that record is somebody else's in the hub by now, ``late`` of
    those that do not show yet what was written. ``known_as`` is which of several the edited values were those of, when
    both sides were compared. ``over`` are values of the vendor's, as JSON, that a person has seen and wants
    written over.
    """
    needed = Needed({}, {}, {}, {}, {}, set(), {})
    reasons = {**unfit_together(resource, left=left, right=right), **_of_another(resource, right, known_as=known_as)}
    for name, own in edited.values.items():
        declared, there = resource.field(name), resource.value(right, name)
        there_key, parts, pair = declared.key(there), edited.parts[name], edited.pairs.get(name)
        if there_key is UNKNOWN:
            needed.kept[name] = not_shown()
            continue
        value = merged(declared, value=own, there=there, parts=parts)
        key = declared.key(value)
        after = pair_after(declared, pair=pair, key=declared.key(own), sent=key, parts=parts)
        # What we sent, or what a person has seen, is no change by somebody else.
        known = name in late or _is_seen(declared, there_key, over.get(name))
        if there_key == key and name not in late:
            needed.agreed[name] = after
        elif blocked(declared, to=Side.RIGHT, value=own, protected=left.protected, given_away=name in given_away):
            # Somebody has put another address in its place, which nobody waits for.
            needed.agreed[name] = Pair(key, there_key, PairState.LEFT_AS_IS)
        elif name in reasons:
            needed.kept[name] = reasons[name]
        elif not known and _is_conflict(declared, pair, there_key):
            needed.kept[name] = changed_on_both()
            needed.conflicts[name] = declared.to_json(there)
        else:
            needed.write(declared, value, there, after)
            if not known and overwrites(declared, pair=pair, there=there_key, sent=key, parts=parts):
                needed.newer.add(name)
    return needed


def _is_seen(declared: Field, there: Any, seen: Any) -> bool:
    """Whether the vendor holds, normalised, the value that a person was shown and has the hub's written over."""
    return seen is not None and bool(declared.key(declared.from_json(seen)) == there)


def is_asked_first(declared: Field, pair: Pair) -> bool:
    """Whether a sensitive value waits for a person because the vendor was last known to hold another one."""
    return declared.sensitive and pair.state is PairState.OPEN and pair.right is not None


def _is_conflict(declared: Field, pair: Pair | None, there: Any) -> bool:
    """Whether a sensitive value was changed at the vendor, too, or was never agreed about (G-25)."""
    if not declared.sensitive or pair is None:
        return False
    return bool(is_asked_first(declared, pair) or there != pair.right)


def _of_another(resource: Resource, right: Record, *, known_as: str) -> dict[str, str]:
    """Return, per field of a choice, why it is kept back: another of several counts than when both were compared."""
    now = right.options.get(CHOICE, "")
    if resource.choice is None or not known_as or not now or now == known_as:
        return {}
    reason = _("%(choice)s: another one counts in the other system by now. Synchronise, to see its values.") % {
        "choice": resource.choice.label
    }
    return dict.fromkeys(resource.choice.fields, reason)
