"""What only the whole listing can show: shared values, unclear matches, singles, people gone (pure).

Every record of either side ends in exactly one place: a pair, a row, or a counted reason to be left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.core.compare.ended import Ended
from integrations.core.compare.found import NOT_MISSING, Asked, Found, InSteps, Row
from integrations.core.compare.holding import (
    NO_HOLD,
    SAME_AT_VENDOR,
    SAME_IN_HUB,
    Hold,
    find_holds,
    hold_namesakes,
)
from integrations.core.compare.index import ACTIVE, DISCONNECTED, IN_SCOPE, LINKED
from integrations.core.compare.pairing import SINGLE, Comparison, cannot_create
from integrations.core.compare.questions import Questions
from integrations.core.declare import Side

# Left singles are read again so many at a time, to see whether they can be created on the right.
READ_AT_ONCE: Final = 5_000

OUT_OF_SCOPE: Final = "out_of_scope"
ENDED: Final = "ended"
LEFT_DISCONNECTED: Final = "disconnected"
INCOMPLETE: Final = "incomplete"
UNCHANGED: Final = "unchanged"
NOT_LISTED: Final = gettext_lazy(
    "The list of the other system lacks this person, and it was not asked for them by name yet. Nothing is concluded"
    " from that."
)
NAMELESS: Final = gettext_lazy("A record without a name")


def finish(
    comparison: Comparison, *, complete: bool = True, narrowed: bool = False, asked: Asked = NOT_MISSING
) -> Iterator[Found]:
    """Yield what was not drained yet and what only the whole listing shows.

    An incomplete listing never yields "only here", and "gone" only of whom the vendor was asked for. A ``narrowed`` one
    holds what changed on the right side: who is not in it is unchanged there.
    """
    yield comparison.drain()
    yield from _Ending(comparison, complete=complete, narrowed=narrowed, asked=asked).found()


class _Ending:
    def __init__(self, comparison: Comparison, *, complete: bool, narrowed: bool, asked: Asked) -> None:
        self.comparison = comparison
        self.left, self.right = comparison.left, comparison.right
        self.complete = complete
        self.narrowed = narrowed
        self.asked = asked
        self.ended = Ended(comparison)
        self.asked_about = Questions(comparison, self.ended)

    def found(self) -> Iterator[Found]:
        self.ended.resolve()
        yield Found(InSteps(), [], self.ended.withdrawn)
        yield self.comparison.drain()
        self.asked_about.find()
        yield self._held()
        yield self._unreadable()
        yield from self._left_singles()
        yield self._right_singles()

    # --- People who are asked about -------------------------------------------------------------------------

    def _held(self) -> Found:
        comparison = self.comparison
        found = Found(InSteps(), [], [])
        joined: set[int] = set()
        for position, reason in self.asked_about.of_right.items():
            if position in comparison.unreadable:
                continue
            left = comparison.partner[position]
            if left != SINGLE:
                comparison.outcomes[position] = 0
                found.withdrawn.append(self.right.ids[position])
            if left != SINGLE and left not in comparison.claims:
                joined.add(left)
                if self._in_scope(left):
                    kind = self.asked_about.kind(left=left, right=position)
                    found.rows.append(self._row(kind, left=left, right=position, reason=reason))
                continue
            found.rows.append(self._row(self.asked_about.kind(right=position), right=position, reason=reason))
        for left, reason in self.asked_about.of_left.items():
            if left not in joined and self._in_scope(left):
                found.rows.append(self._row(self.asked_about.kind(left=left), left=left, reason=reason))
        comparison.rows += len(found.rows)
        return found

    def _in_scope(self, left: int) -> bool:
        if self.left.flags[left] & IN_SCOPE:
            return True
        self.comparison.leave_out(OUT_OF_SCOPE)
        return False

    def _row(self, kind: str, *, left: int = SINGLE, right: int = SINGLE, reason: str, hold_reason: str = "") -> Row:
        return Row(
            kind,
            self.left.ids[left] if left != SINGLE else "",
            self.right.ids[right] if right != SINGLE else "",
            0,
            self.left.labels[left] if left != SINGLE else self.right.labels[right],
            reason,
            hold_reason,
        )

    def _unreadable(self) -> Found:
        """Tell of those whose record cannot be read, together with their partner, who is in no other row."""
        comparison = self.comparison
        found = Found(InSteps(), [], [])
        for position, reason in comparison.unreadable.items():
            left = comparison.partner[position]
            flags = self.right.flags[position] if left == SINGLE else self.left.flags[left]
            if flags & DISCONNECTED or not flags & IN_SCOPE:
                if left == SINGLE:
                    comparison.leave_out(LEFT_DISCONNECTED)
                continue
            link = comparison.link_of_right.get(self.right.ids[position])
            row = self._row(
                "unreadable", left=SINGLE if left in self.asked_about.of_left else left, right=position, reason=reason
            )
            found.rows.append(row._replace(link_id=link.id if link else 0, label=row.label or str(NAMELESS)))
        comparison.rows += len(found.rows)
        return found

    def _is_free_left(self, position: int) -> bool:
        """Whether somebody of the left side is matched with nobody."""
        return self.comparison.taken_by[position] == SINGLE and not self.left.flags[position] & LINKED

    def _is_free_right(self, position: int) -> bool:
        return self.comparison.partner[position] == SINGLE and not self.right.flags[position] & LINKED

    # --- Singles -----------------------------------------------------------------------------------------

    def _left_singles(self) -> Iterator[Found]:
        """Yield the left side's people without a partner, and those whose partner is gone."""
        comparison, flags = self.comparison, self.left.flags
        singles: list[int] = []
        gone = Found(InSteps(), [], [])
        unusual = (
            position
            for position, (taken, flag) in enumerate(zip(comparison.taken_by, flags, strict=True))
            if taken == SINGLE or flag & DISCONNECTED or not flag & IN_SCOPE
        )
        for position in unusual:
            if position in self.asked_about.of_left:
                continue
            paired = comparison.taken_by[position] != SINGLE
            reason = self._why_left_out(flags[position], paired=paired)
            row = None if paired else self._missing(position)
            if row is not None and reason in ("", INCOMPLETE):
                gone.rows.append(row)
            elif reason or (self.narrowed and not paired):
                comparison.leave_out(reason or UNCHANGED)
            elif not paired:
                singles.append(position)
        gone.rows.extend(self._linked_to_ended())
        comparison.rows += len(gone.rows) + len(singles)
        yield gone
        unreadable = [place for place in comparison.unreadable if comparison.partner[place] == SINGLE]
        holds = {
            **hold_namesakes(self.left, self.right, singles, unreadable=unreadable),
            **find_holds(
                comparison.resource, self.left, self.right, singles, is_free=self._is_free_right, text=SAME_IN_HUB
            ),
        }
        for start in range(0, len(singles), READ_AT_ONCE):
            yield Found(InSteps(), self._only_left(singles[start : start + READ_AT_ONCE], holds), [])

    def _missing(self, position: int) -> Row | None:
        """Return the row of somebody linked whom the list lacks, None where that says nothing."""
        if not self.left.flags[position] & LINKED or self.narrowed:
            return None
        link = self.comparison.link_of_left[self.left.ids[position]]
        if link.right_id in self.asked.not_asked:
            row = self._row("not_listed", left=position, reason=str(NOT_LISTED))
            return row._replace(link_id=link.id)
        if self.complete or link.right_id in self.asked.denied:
            return self._gone(position, SINGLE, link.id)
        return None

    def _linked_to_ended(self) -> Iterator[Row]:
        """Yield those whose link leads to an ended record, though a current one is there: it is as good as gone."""
        for position in self.ended.linked:
            left = self.comparison.partner[position]
            if self.left.flags[left] & IN_SCOPE:
                row = self._gone(left, position, self.comparison.link_of_left[self.left.ids[left]].id)
                yield row._replace(reason=self.ended.reason_of_linked(position))

    def _why_left_out(self, flags: int, *, paired: bool) -> str:
        if flags & DISCONNECTED:
            return LEFT_DISCONNECTED
        if not flags & IN_SCOPE:
            return OUT_OF_SCOPE
        if paired:
            return ""
        if not self.complete:
            return INCOMPLETE
        ended = not flags & ACTIVE and not flags & LINKED and not self.comparison.include_ended
        return ENDED if ended else ""

    def _only_left(self, positions: Sequence[int], holds: Mapping[int, Hold]) -> list[Row]:
        comparison = self.comparison
        records = {record.id: record for record in comparison.read_left([self.left.ids[place] for place in positions])}
        rows = []
        for position in positions:
            record = records.get(self.left.ids[position])
            reason = cannot_create(comparison.resource, record, to=Side.RIGHT) if record else ""
            kind = "cannot_send" if reason else "only_left"
            hold = holds.get(position, NO_HOLD)
            row = self._row(kind, left=position, reason=reason, hold_reason=hold.reason)
            rows.append(row._replace(options=hold.options))
        return rows

    def _right_singles(self) -> Found:
        comparison, flags = self.comparison, self.right.flags
        found = Found(InSteps(), [], [])
        singles: list[int] = []
        for position, partner in enumerate(comparison.partner):
            if partner != SINGLE or position in self.asked_about.of_right or position in comparison.unreadable:
                continue
            named = position in self.ended.named
            reason = "" if named else self._why_left_out(flags[position], paired=False)
            if reason:
                comparison.leave_out(reason)
            elif flags[position] & LINKED:
                link = comparison.link_of_right[self.right.ids[position]]
                found.rows.append(self._gone(SINGLE, position, link.id))
            elif position in self.ended.current_of:
                found.rows.append(self._row("cannot_send", right=position, reason=self.ended.reason(position)))
            else:
                singles.append(position)
        holds = find_holds(
            comparison.resource, self.right, self.left, singles, is_free=self._is_free_left, text=SAME_AT_VENDOR
        )
        for position in singles:
            reason = comparison.cannot.get(position, "")
            kind = "cannot_send" if reason else "only_right"
            hold = holds.get(position, NO_HOLD)
            row = self._row(kind, right=position, reason=reason, hold_reason=hold.reason)
            values = comparison.singles.values(comparison.resource, position)
            found.rows.append(row._replace(options={**hold.options, "values": values}))
        comparison.rows += len(found.rows)
        return found

    def _gone(self, left: int, right: int, link_id: int) -> Row:
        reason = _("Gone from the other system.") if right == SINGLE else _("Gone from the hub.")
        return self._row("gone", left=left, right=right, reason=reason)._replace(link_id=link_id)
