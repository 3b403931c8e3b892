"""Who may be whom: the one rule by which two records are taken for one person, or somebody for being there (pure).

The signs of a person are the values that only one may hold, the match keys, and the clues: the national ID, where it
may be used to match, and name and birth date (G-05, G-10, G-20). Comparing, verifying before a write, and creating on
either side all ask here.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from integrations.core.clues import NATIONAL_ID, PERSON
from integrations.core.declare import Record, Resource, Side
from integrations.core.kinds import UNKNOWN

# Instead of a field's name, in a sign that is a clue.
CLUE: Final = ""
# And of a name, which says nothing but of somebody who cannot be read (perhaps no more is known of that one, G-23), and
# of somebody who may just have been created, whose other values may have been corrected there since (G-30).
NAMESAKE: Final = "name of somebody who may be anybody"


class Sign(NamedTuple):
    """What points at one person: a field with its normalised value, or a clue (``field`` is CLUE)."""

    field: str
    key: Any


def sign_fields(resource: Resource) -> tuple[str, ...]:
    """Return the names of the fields by which a person is told: match keys, and values that may occur once a side."""
    unique = (declared.name for declared in resource.fields if declared.unique)
    return tuple(dict.fromkeys([*resource.match_keys, *unique]))


def signs_of(resource: Resource, record: Record) -> frozenset[Sign]:
    keys = ((name, resource.field(name).key(resource.value(record, name))) for name in sign_fields(resource))
    of_fields = (Sign(name, key) for name, key in keys if key not in (None, UNKNOWN))
    return frozenset((*of_fields, *(Sign(CLUE, clue) for clue in record.clues if clue)))


def _name(record: Record) -> tuple[Sign, ...]:
    return (Sign(NAMESAKE, record.label.casefold()),) if record.label else ()


def shared_in_words(resource: Resource, shared: Iterable[Sign]) -> str:
    """Return what two have in common, for people to read; never a value."""
    names = {sign.field for sign in shared if sign.field != CLUE}
    labels = [str(resource.field(name).label) for name in sign_fields(resource) if name in names]
    clues = [str(sign.key) for sign in shared if sign.field == CLUE]
    if any(clue.startswith(NATIONAL_ID) for clue in clues):
        labels.append(_("national ID"))
    if any(clue.startswith(PERSON) for clue in clues):
        labels.append(_("name and birth date"))
    elif any(sign.field == NAMESAKE for sign in shared):
        labels.append(_("name"))
    return ", ".join(labels)


class Wanted:
    """People who are to be created on one side, by their signs: whoever comes there meanwhile is found by one look.

    Only hashes are kept, which never leave the process.
    """

    def __init__(self, resource: Resource, *, by_name: bool = False) -> None:
        """``by_name``: whoever has the same name counts, too, not only somebody who cannot be read."""
        self._resource, self._by_name = resource, by_name
        self._asking: dict[int, list[str]] = {}
        self._apart: dict[str, frozenset[str]] = {}

    def add(self, record: Record, *, apart: Collection[str] = ()) -> None:
        """``apart`` are the ids of those on that side of whom a person said that they are somebody else."""
        if apart:
            self._apart[record.id] = frozenset(apart)
        for sign in {*signs_of(self._resource, record), *_name(record)}:
            self._asking.setdefault(hash(sign), []).append(record.id)

    def like(self, there: Record, *, counting: Collection[str] | None = None) -> Mapping[str, str]:
        """Return whom a record may be, by id, with what they share in words.

        ``counting`` are the fields that count beside the clues, all of them if None: fewer of a record that is known,
        by its link, to be somebody else.
        """
        shared: dict[str, list[Sign]] = {}
        for sign in {*signs_of(self._resource, there), *(_name(there) if self._by_name or there.unreadable else ())}:
            if counting is not None and sign.field != CLUE and sign.field not in counting:
                continue
            for asking in self._asking.get(hash(sign), ()):
                if there.id not in self._apart.get(asking, ()):
                    shared.setdefault(asking, []).append(sign)
        return {asking: shared_in_words(self._resource, signs) for asking, signs in shared.items()}


def came_there(*, name: str, shared: str, side: Side) -> str:
    """Say why nobody is created on a side: somebody who came there may be the same person."""
    text = (
        _("“%(name)s” exists in the hub by now and may be the same person: same %(shared)s.")
        if side is Side.LEFT
        else _("“%(name)s” exists in the other system by now and may be the same person: same %(shared)s.")
    )
    return text % {"name": name, "shared": shared}
