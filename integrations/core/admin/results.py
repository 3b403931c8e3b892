"""The result of a run in numbers that add up (G-06)."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from integrations.core.models import SyncRow, SyncRun

LEFT_OUT: Final = {
    "ended": _("Ended or inactive"),
    "out_of_scope": _("Outside the connection's scope"),
    "disconnected": _("Disconnected one by one"),
    "unchanged": _("Not changed at the vendor since the comparison before"),
    "incomplete": _("The vendor's list was not complete"),
    "gone": _("Gone on one side"),
}

WROTE: Final = (SyncRow.State.WRITTEN, SyncRow.State.REFUSED, SyncRow.State.MOVED, SyncRow.State.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Line:
    """People who came out the same way; ``query`` filters the run's rows to them, empty where there are no rows."""

    label: Any
    count: int
    query: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """``outcomes`` and ``kinds`` count the same rows; ``done`` of ``rows`` have ended."""

    in_step: int
    left: int
    right: int
    outcomes: tuple[Line, ...]
    kinds: tuple[Line, ...]
    left_out: tuple[Line, ...]
    since: str
    rows: int
    counted_rows: int
    to_write: int
    done: int
    # Whether anything of anybody was written, or was to be.
    wrote: bool = True

    @property
    def seen(self) -> int:
        """Pairs and singles, each counted once."""
        return self.in_step + self.rows + sum(line.count for line in self.left_out)

    @property
    def adds_up(self) -> bool:
        return self.rows == self.counted_rows


def result_of(run: SyncRun) -> Result:
    """Count the rows by what they are and how they ended: one query, whatever their number."""
    groups = list(SyncRow.objects.filter(run=run).order_by().values_list("state", "kind").annotate(count=Count("pk")))
    states, kinds = _sums(groups, 0), _sums(groups, 1)
    rows = sum(states.values())
    return Result(
        in_step=int(run.counts.get("equal", 0)),
        left=int(run.counts.get("left", 0)),
        right=int(run.counts.get("right", 0)),
        outcomes=_lines(SyncRow.State, states, "state"),
        kinds=_lines(SyncRow.Kind, kinds, "kind"),
        left_out=tuple(
            Line(label=LEFT_OUT.get(reason, reason), count=count)
            for reason, count in run.counts.get("left_out", {}).items()
        ),
        # Only what changed at the vendor since that day was compared.
        since=str(run.counts.get("since", "")),
        rows=rows,
        counted_rows=int(run.counts.get("rows", rows)),
        # Who waits to be written or was; not those on whom nobody decided.
        to_write=rows - states.get(SyncRow.State.OPEN, 0),
        done=sum(states.get(state, 0) for state in SyncRow.ENDED),
        wrote=any(states.get(state) for state in WROTE),
    )


def _sums(groups: list[tuple[Any, ...]], place: int) -> dict[str, int]:
    sums: dict[str, int] = {}
    for group in groups:
        sums[group[place]] = sums.get(group[place], 0) + group[2]
    return sums


def _lines(choices: Any, counted: dict[str, int], lookup: str) -> tuple[Line, ...]:
    return tuple(
        Line(label=choice.label, count=counted[choice], query=f"{lookup}__exact={choice.value}")
        for choice in choices
        if choice in counted
    )
