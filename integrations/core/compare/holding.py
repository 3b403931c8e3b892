"""Who is held from creation until a person answers: they may be there already, or stand twice on their own side (pure).

What points at one person says `likeness` (G-05, D-08, G-20).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.core.compare.index import ACTIVE, IN_SCOPE, SideIndex
from integrations.core.compare.likeness import sign_fields
from integrations.core.declare import NOTHING, Resource, Text

# Names in a reason; the rest is counted.
NAMES: Final = 3
# In a row's options: the ids of those on the person's own side who have the same national ID.
SAME_ID: Final = "same_id"
# In a row's options: the ids of those on the other side who may be the person, and the question is about.
LIKE: Final = "like"
SAME_IN_HUB: Final = gettext_lazy(
    "Same national ID in the hub as %(names)s. If they are one person, keep only one of the two there. If they are not,"
    " correct the number, or say that this is somebody else."
)
SAME_AT_VENDOR: Final = gettext_lazy(
    "Same national ID in the other system as %(names)s. If they are one person, create only one of the two. If they are"
    " not, correct the number there, or say that this is somebody else."
)


class Hold(NamedTuple):
    """Why a single is held from creation, and what its row remembers of that."""

    reason: str
    options: Mapping[str, Any]


NO_HOLD: Final = Hold("", NOTHING)


def find_holds(
    resource: Resource,
    here: SideIndex,
    there: SideIndex,
    singles: Sequence[int],
    *,
    is_free: Callable[[int], bool],
    text: Text,
) -> dict[int, Hold]:
    """Return position → hold of those singles of one side who may be created twice.

    By their clues they may be anybody of the other side, by a value that only one may hold whoever ``is_free`` there:
    not matched with another. ``text`` says that somebody of the same side has the same national ID, with the
    placeholder ``names``.
    """
    found: dict[int, dict[int, list[str]]] = {}
    for other, position in there.clue_hits(here.clues_of(singles)):
        found.setdefault(position, {}).setdefault(other, [_("same national ID, or same name and birth date")])
    for name in sign_fields(resource):
        same = _("same %(field)s") % {"field": resource.field(name).label}
        for other, position in there.value_hits(name, here.values_of(name, singles)):
            if is_free(other):
                found.setdefault(position, {}).setdefault(other, []).append(same)
    holds = {position: _hold_of(there, others) for position, others in found.items()}
    if sharing := here.sharing_national_id() if singles else []:
        _hold_sharing(here, sharing, frozenset(singles), holds, text=text)
    return holds


def hold_namesakes(
    here: SideIndex, there: SideIndex, singles: Sequence[int], *, unreadable: Sequence[int]
) -> dict[int, Hold]:
    """Return position → hold of those who have the name of somebody there who cannot be read.

    Perhaps no more than the name is known of that one.
    """
    names: dict[str, list[str]] = {}
    for position in unreadable:
        if name := there.labels[position].casefold():
            names.setdefault(name, []).append(there.ids[position])
    reason = _("May be %(name)s of the other system, whose record there cannot be read.")
    return {
        position: Hold(reason % {"name": here.labels[position]}, {LIKE: names[named]})
        for position in (singles if names else ())
        if (named := here.labels[position].casefold()) in names
    }


def _hold_of(there: SideIndex, others: Mapping[int, Sequence[str]]) -> Hold:
    reasons = [
        _("May be %(name)s: %(shared)s.") % {"name": names_of(there, [other], ended=True), "shared": ", ".join(shared)}
        for other, shared in islice(others.items(), NAMES)
    ]
    return Hold(" ".join(reasons), {LIKE: [there.ids[other] for other in others]})


def _hold_sharing(
    here: SideIndex,
    sharing: Sequence[Sequence[int]],
    singles: frozenset[int],
    holds: dict[int, Hold],
    *,
    text: Text,
) -> None:
    for positions in sharing:
        for position in singles.intersection(positions):
            others = [other for other in positions if other != position]
            said = str(text) % {"names": names_of(here, others, ended=True)}
            reason = f"{holds[position].reason} {said}" if position in holds else said
            options = holds[position].options if position in holds else NOTHING
            holds[position] = Hold(reason, {**options, SAME_ID: [here.ids[other] for other in others]})


def names_of(index: SideIndex, positions: Sequence[int], *, ended: bool = False) -> str:
    """Return the first few names. With ``ended``, it is said of whom has left."""
    return enumerated(
        [
            shown_name(
                index.labels[position],
                in_scope=bool(index.flags[position] & IN_SCOPE),
                has_left=ended and not index.flags[position] & ACTIVE,
            )
            for position in positions[:NAMES]
        ],
        count=len(positions),
    )


def shown_name(label: str, *, in_scope: bool, has_left: bool = False) -> str:
    """Return how somebody is named to people; those outside the connection's scope stay unnamed (G-13)."""
    if not in_scope:
        return _("somebody outside this connection's scope")
    return _("%(name)s (has left)") % {"name": label} if has_left else label


def enumerated(names: Sequence[str], *, count: int) -> str:
    """Return the names in one line; of ``count`` people, those who are not named are counted."""
    more = count - len(names)
    return ", ".join(names) + (_(" and %(count)d more") % {"count": more} if more > 0 else "")
