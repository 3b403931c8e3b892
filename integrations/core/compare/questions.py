"""Who is asked about, and why: shared values, unclear matches, and whoever is matched with one of these (pure)."""

from django.utils.translation import gettext as _

from integrations.core.compare.ended import Ended
from integrations.core.compare.holding import names_of
from integrations.core.compare.index import LINKED, SideIndex
from integrations.core.compare.pairing import SINGLE, Comparison


class Questions:
    """``of_left`` and ``of_right`` are position → reason; ``shared_left`` and ``shared_right`` those with a value that
    somebody else of the same side has, too.
    """

    def __init__(self, comparison: Comparison, ended: Ended) -> None:
        self.comparison, self.ended = comparison, ended
        self.left, self.right = comparison.left, comparison.right
        self.of_left: dict[int, str] = {}
        self.of_right: dict[int, str] = {}
        self.shared_left: set[int] = set()
        self.shared_right: set[int] = set()

    def find(self) -> None:
        """Find them once the ended records are resolved: the first reason of somebody counts."""
        self._shared_values()
        self._unclear_matches()
        self._ended_matches()
        self._partners()

    def kind(self, *, left: int = SINGLE, right: int = SINGLE) -> str:
        """Return the kind of a row about these two."""
        return "duplicate" if left in self.shared_left or right in self.shared_right else "ambiguous"

    def _shared_values(self) -> None:
        for index, reasons, shared in (
            (self.left, self.of_left, self.shared_left),
            (self.right, self.of_right, self.shared_right),
        ):
            for name in index.unique:
                for positions in index.duplicates(name).values():
                    self._share(index, name, positions, reasons, shared)

    def _share(
        self, index: SideIndex, name: str, positions: list[int], reasons: dict[int, str], shared: set[int]
    ) -> None:
        declared = self.comparison.resource.field(name)
        if index is self.right:
            positions = [position for position in positions if position not in self.ended.current_of]
        for position in positions if len(positions) > 1 else ():
            # Somebody who is linked stays in step whatever a later record brings (FX-06).
            if index.flags[position] & LINKED or position in shared:
                continue
            others = [other for other in positions if other != position]
            shared.add(position)
            reasons[position] = _("%(field)s is also used by %(names)s.") % {
                "field": declared.label,
                "names": names_of(index, others, ended=True),
            }

    def _unclear_matches(self) -> None:
        comparison = self.comparison
        claims = dict(comparison.claims)
        for position, lefts in comparison.unclear.items():
            if self.left.flags[lefts[0]] & LINKED and len(lefts) == 1:
                reason = _("Matches %(names)s, who is already linked to somebody else.")
            else:
                reason = _("Matches several people: %(names)s.")
            self.of_right.setdefault(position, reason % {"names": names_of(self.left, lefts)})
            for left in lefts:
                if not self.left.flags[left] & LINKED:
                    taken = comparison.taken_by[left]
                    claims.setdefault(left, [] if taken == SINGLE else [taken]).append(position)
        for left, rights in claims.items():
            reason = _("Could be any of several people: %(names)s.") % {"names": names_of(self.right, rights)}
            self.of_left.setdefault(left, reason)
            for position in rights:
                self.of_right.setdefault(
                    position,
                    _("Could be %(names)s, and so could somebody else.") % {"names": names_of(self.left, [left])},
                )

    def _ended_matches(self) -> None:
        """Ask about those who are matched with an ended record of somebody whose current one is nobody's match."""
        for position, (left, current) in self.ended.unsure.items():
            names = names_of(self.right, [position, current], ended=True)
            reason = _("Could be any of several people: %(names)s.") % {"names": names}
            self.of_left.setdefault(left, reason)
            self.of_right.setdefault(position, reason)
            self.of_right.setdefault(current, reason)
        for position, current in self.ended.linked.items():
            name = names_of(self.left, [self.comparison.partner[position]])
            self.of_right[current] = _("The current record of %(name)s, who is linked to an ended one there.") % {
                "name": name
            }

    def _partners(self) -> None:
        """A held record's partner is held with it, in one row where the two belong to each other alone."""
        for left in list(self.of_left):
            position = self.comparison.taken_by[left]
            if position != SINGLE:
                self.of_right.setdefault(position, self.of_left[left])
        for position in list(self.of_right):
            left = self.comparison.partner[position]
            if left != SINGLE:
                self.of_left.setdefault(left, self.of_right[position])
