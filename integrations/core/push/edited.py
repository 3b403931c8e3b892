"""Which of a person's values go to the vendor: those edited since the last send, and those asked for (pure, G-07)."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from integrations.core.compare import Pair, PairState, blocked, unfit_together
from integrations.core.declare import CHOICE, Record, Resource, Side
from integrations.core.kinds import UNKNOWN


class Edited(NamedTuple):
    """Field name → value to send, and field name → why a value is kept back.

    ``by_rule`` are the names kept back as everybody expects, such as the address of a protected person (G-18);
    ``unseen`` those that the vendor has never shown: whether they were edited, their pair does not say.
    """

    values: dict[str, Any]
    kept: dict[str, str]
    by_rule: frozenset[str]
    unseen: frozenset[str] = frozenset()


class Needed(NamedTuple):
    """What the vendor's record makes of the edits: values to write, what they overwrite, and pairs that agree."""

    values: dict[str, Any]
    before: dict[str, Any]
    agreed: dict[str, Pair]
    kept: dict[str, str]


def edited_values(
    resource: Resource,
    left: Record,
    *,
    pairs: Mapping[str, Pair],
    wanted: Collection[str] = (),
    given_away: Collection[str] = (),
) -> Edited:
    """Return what was edited in the hub: a value that is not the left half of its pair any more.

    ``wanted`` are the names of fields to send though they were not edited. A field that has no pair was never seen
    at the vendor: what was there before an edit is not known, so nothing is written over it. ``given_away`` are the
    names of fields whose value at the vendor is somebody else's in the hub by now.
    """
    values: dict[str, Any] = {}
    kept: dict[str, str] = {}
    by_rule: set[str] = set()
    unseen: set[str] = set()
    for declared, value in zip(resource.fields, left.values, strict=True):
        key = declared.key(value)
        if not declared.compared or not declared.may_go(Side.RIGHT) or key is UNKNOWN:
            continue
        pair = pairs.get(declared.name)
        if declared.name not in wanted and (pair is None or key == pair.left):
            if pair is None and not (declared.withheld and left.protected):
                unseen.add(declared.name)
            continue
        given = declared.name in given_away
        reason = blocked(declared, to=Side.RIGHT, value=value, protected=left.protected, given_away=given)
        if not reason:
            values[declared.name] = value
        elif declared.withheld and left.protected:
            by_rule.add(declared.name)
        else:
            kept[declared.name] = reason
    return Edited(values, kept, frozenset(by_rule), frozenset(unseen))


def not_shown() -> str:
    return _("The other system does not show what it holds, so nothing is written over it.")


def needed_writes(
    resource: Resource,
    left: Record,
    values: Mapping[str, Any],
    right: Record,
    *,
    given_away: Collection[str] = (),
    known_as: str = "",
    late: Collection[str] = (),
) -> Needed:
    """Return what has to be written so that the vendor's record holds the values of the hub's record ``left``.

    ``given_away`` are the names of fields whose value in that record is somebody else's in the hub by now, ``late`` of
    those that do not show yet what was written. ``known_as`` is which of several the edited values were those of, when
    both sides were compared.
    """
    needed = Needed({}, {}, {}, {})
    reasons = {**unfit_together(resource, left=left, right=right), **_of_another(resource, right, known_as=known_as)}
    for name, value in values.items():
        declared = resource.field(name)
        key, there = declared.key(value), resource.value(right, name)
        there_key = declared.key(there)
        if there_key is UNKNOWN:
            needed.kept[name] = not_shown()
        elif there_key == key and name not in late:
            needed.agreed[name] = Pair(key, there_key, PairState.SETTLED)
        elif blocked(declared, to=Side.RIGHT, value=value, protected=left.protected, given_away=name in given_away):
            # Somebody has put another address in its place, which nobody waits for.
            needed.agreed[name] = Pair(key, there_key, PairState.LEFT_AS_IS)
        elif name in reasons:
            needed.kept[name] = reasons[name]
        else:
            needed.values[name] = value
            needed.before[name] = declared.to_json(there)
    return needed


def _of_another(resource: Resource, right: Record, *, known_as: str) -> dict[str, str]:
    """Return, per field of a choice, why it is kept back: another of several counts than when both were compared."""
    now = right.options.get(CHOICE, "")
    if resource.choice is None or not known_as or not now or now == known_as:
        return {}
    reason = _("%(choice)s: another one counts in the other system by now. Synchronise, to see its values.") % {
        "choice": resource.choice.label
    }
    return dict.fromkeys(resource.choice.fields, reason)
