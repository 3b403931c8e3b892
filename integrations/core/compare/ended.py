"""An ended record of somebody beside the current one, both of the right side: the current one is matched (pure, G-28).

They are one person where one national ID says so, or, without two different ones, the same name beside a value that
only one may hold. Two current ones stay a question.
"""

from django.utils.translation import gettext as _

from integrations.core.compare.index import ACTIVE, CLUES_PER_RECORD, DISCONNECTED, LINKED, SideIndex
from integrations.core.compare.pairing import SINGLE, Comparison


class Ended:
    """Which records of the right side are ended ones of somebody whose current one stands there, too.

    ``current_of`` is ended position → current position; ``named`` are those of them that pointed at somebody of the
    left side. ``unsure`` is ended position → left and current position, where only the ended one points at the left;
    ``linked`` those whose link a person has to let go first. ``withdrawn`` are right ids whose pair, reported before,
    is void.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.current_of: dict[int, int] = {}
        self.named: set[int] = set()
        self.unsure: dict[int, tuple[int, int]] = {}
        self.linked: dict[int, int] = {}
        self.withdrawn: list[str] = []
        self._claimed: dict[int, int] = {}

    def resolve(self) -> None:
        flags = self.comparison.right.flags
        # Of one that cannot be read it is not known whether it has ended.
        found = {
            position: current
            for position, current in _ended_ones(self.comparison.right).items()
            if not {position, current} & self.comparison.unreadable.keys()
        }
        if not found:
            return
        self._claimed = {right: left for left, rights in self.comparison.claims.items() for right in rights}
        lefts_of = {position: self._lefts_of(position) for pair in found.items() for position in pair}
        for position, current in found.items():
            here, there = lefts_of[position], lefts_of[current]
            if flags[position] & LINKED:
                self._ask_of_linked(position, current, there)
            elif not here:
                self.current_of[position] = current
            elif here == there and len(here) == 1:
                self._make_room(position, current, left=next(iter(here)))
            elif len(here) == 1 and not there and not flags[current] & LINKED:
                self.unsure[position] = (next(iter(here)), current)

    def _lefts_of(self, position: int) -> frozenset[int]:
        """Return whom of the left side a record may be: its match, or all that it points at."""
        comparison = self.comparison
        if position in comparison.unclear:
            return frozenset(comparison.unclear[position])
        left = self._claimed.get(position, comparison.partner[position])
        return frozenset({left} - {SINGLE})

    def _make_room(self, position: int, current: int, *, left: int) -> None:
        """Take the ended record out of what it was matched with, and the current one in."""
        comparison = self.comparison
        self.current_of[position] = current
        self.named.add(position)
        comparison.unclear.pop(position, None)
        if comparison.partner[position] == left:
            comparison.partner[position] = SINGLE
            comparison.outcomes[position] = 0
            self.withdrawn.append(comparison.right.ids[position])
            comparison.take_instead(current, left=left)
        if position in self._claimed:
            claims = comparison.claims
            claims[left] = [right for right in claims[left] if right != position]
            if claims[left] == [comparison.taken_by[left]]:
                del claims[left]

    def _ask_of_linked(self, position: int, current: int, there: frozenset[int]) -> None:
        """Somebody who is linked to an ended record works under another one by now: a person lets the link go."""
        comparison = self.comparison
        left = comparison.partner[position]
        if left == SINGLE or comparison.right.flags[position] & DISCONNECTED or there - {left}:
            return
        if not comparison.right.flags[current] & LINKED:
            self.linked[position] = current
            comparison.outcomes[position] = 0
            self.withdrawn.append(comparison.right.ids[position])

    def reason_of_linked(self, position: int) -> str:
        """Say that the link leads to an ended record, and what to do."""
        index = self.comparison.right
        return _(
            "Linked to a record there that has ended (%(ended)s); the current one is %(current)s. Let the link go, then"
            " synchronise again: the current record is matched."
        ) % {"ended": index.ids[position], "current": index.ids[self.linked[position]]}

    def reason(self, position: int) -> str:
        """Name the ended record and the current one by their IDs there: their names are the same."""
        index = self.comparison.right
        return _("An ended record (%(ended)s) of %(name)s, whose current one there is %(current)s: nothing to do.") % {
            "ended": index.ids[position],
            "current": index.ids[self.current_of[position]],
            "name": index.labels[self.current_of[position]],
        }


def _ended_ones(index: SideIndex) -> dict[int, int]:
    """Return ended → current of records that are one person, where exactly one of those alike is current."""
    found: dict[int, set[int]] = {}
    groups = [index.duplicates(name).values() for name in index.hashes]
    for positions in (*(each for group in groups for each in group), *index.sharing_national_id()):
        active = [position for position in positions if index.flags[position] & ACTIVE]
        for position in positions:
            if not index.flags[position] & ACTIVE:
                found.setdefault(position, set()).update(each for each in active if is_one(index, position, each))
    return {position: next(iter(current)) for position, current in found.items() if len(current) == 1}


def is_one(index: SideIndex, one: int, other: int) -> bool:
    """Whether two records of one side are one person, as far as that can be told."""
    numbers = index.clues[one * CLUES_PER_RECORD], index.clues[other * CLUES_PER_RECORD]
    if all(numbers):
        return numbers[0] == numbers[1]
    return index.labels[one].casefold() == index.labels[other].casefold()
