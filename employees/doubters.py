"""What other apps have to say about a person's new values: they register here, since nothing here may know them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from employees.models import Employee
from employees.values.doubts import Doubt

# Takes people with their new values on them, unsaved; returns the doubts about them by primary key. Asks the database
# once for all of them.
Doubter = Callable[[Sequence[Employee]], Mapping[int, Sequence[Doubt]]]

_DOUBTERS: Final[list[tuple[frozenset[str], Doubter]]] = []


def register(fields: Iterable[str], doubter: Doubter) -> None:
    """``fields`` are those whose change it is asked about."""
    _DOUBTERS.append((frozenset(fields), doubter))


def doubts_about(people: Sequence[tuple[Employee, Collection[str]]]) -> dict[int, list[Doubt]]:
    """Return the doubts about stored people of whom the named fields become what they are on them."""
    found: dict[int, list[Doubt]] = {}
    for fields, doubter in _DOUBTERS:
        asked = [person for person, changed in people if person.pk and not fields.isdisjoint(changed)]
        for pk, doubts in doubter(asked).items() if asked else ():
            found.setdefault(pk, []).extend(doubts)
    return found
