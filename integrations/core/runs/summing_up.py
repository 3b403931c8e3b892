"""What approving a review would write, in numbers and names (G-04)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q

from integrations.core.hub.labels import label_rows
from integrations.core.models import SyncField, SyncRow, SyncRun
from integrations.core.runs.reviewing import CREATABLE, creatable, open_fields, open_rows
from integrations.core.runs.standing import Standing

Decision = SyncField.Decision
Kind = SyncRow.Kind
# Names that are told; the rest is counted.
NAMES: Final = 25
# From so many people, and from so large a share of everybody, a summary warns.
MANY_PEOPLE: Final = 20
MANY_SHARE: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Part:
    """So many fields of so many people; ``emptied`` of them lose a value."""

    fields: int
    people: int
    emptied: int = 0


@dataclass(frozen=True, kw_only=True)
class Creation:
    people: int
    names: tuple[str, ...]

    @property
    def more(self) -> int:
        return self.people - len(self.names)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """``to_right`` goes to the vendor, ``to_left`` to the hub; ``unclear`` and ``not_created`` are people."""

    to_right: Part
    to_left: Part
    leave: Part
    undecided: Part
    create_right: Creation
    create_left: Creation
    unclear: int
    not_created: int
    held: int
    many: bool

    @property
    def writes(self) -> bool:
        return bool(self.to_right.fields or self.to_left.fields or self.create_right.people or self.create_left.people)

    @property
    def vendor_writes(self) -> int:
        """Calls that write to the vendor: one per person."""
        return self.to_right.people + self.create_right.people


def sum_up(run: SyncRun, standing: Standing | None = None) -> Summary:
    """Count what the decisions would write; the number of queries does not depend on theirs.

    Without a ``standing`` whoever is not as shown any more counts along.
    """
    overtaken, left_out = (list(standing.overtaken), list(standing.left_out)) if standing else ([], [])
    wanted = {
        "left": Q(decision=Decision.LEFT),
        "right": Q(decision=Decision.RIGHT),
        "leave": Q(decision=Decision.LEAVE),
        "open": Q(decision=Decision.OPEN),
    }
    counted = (
        open_fields(run)
        .exclude(pk__in=overtaken)
        .exclude(row__in=left_out)
        .aggregate(
            **{f"{name}_fields": Count("pk", filter=one) for name, one in wanted.items()},
            **{f"{name}_people": Count("row", filter=one, distinct=True) for name, one in wanted.items()},
            left_emptied=Count("pk", filter=wanted["left"] & Q(left__isnull=True)),
            right_emptied=Count("pk", filter=wanted["right"] & Q(right__isnull=True)),
            written=Count("row", filter=wanted["left"] | wanted["right"], distinct=True),
        )
    )
    kinds = list(
        open_rows(run)
        .order_by()
        .values_list("kind", "decision")
        .annotate(people=Count("pk"), held=Count("pk", filter=~Q(hold_reason="")))
    )
    part = {
        name: Part(
            fields=counted[f"{name}_fields"],
            people=counted[f"{name}_people"],
            emptied=counted.get(f"{name}_emptied", 0),
        )
        for name in wanted
    }
    together = int(run.counts.get("equal", 0)) + _people(kinds, (Kind.DIFFERS,))
    return Summary(
        to_right=part["left"],
        to_left=part["right"],
        leave=part["leave"],
        undecided=part["open"],
        create_right=_creation(run, Kind.ONLY_LEFT, left_out),
        create_left=_creation(run, Kind.ONLY_RIGHT, left_out),
        unclear=_people(kinds, (Kind.AMBIGUOUS, Kind.DUPLICATE, Kind.UNREADABLE, Kind.GONE, Kind.NOT_LISTED)),
        not_created=_people(
            [kind for kind in kinds if kind[1] != SyncRow.Decision.CREATE], (*CREATABLE, Kind.CANNOT_SEND)
        ),
        held=sum(kind[3] for kind in kinds if kind[0] in CREATABLE),
        many=counted["written"] >= max(MANY_PEOPLE, MANY_SHARE * together),
    )


def _people(kinds: Iterable[tuple[Any, ...]], wanted: tuple[str, ...]) -> int:
    return sum(people for kind, _decision, people, _held in kinds if kind in wanted)


def _creation(run: SyncRun, kind: str, left_out: Collection[int]) -> Creation:
    ticked = creatable(open_rows(run)).filter(kind=kind, decision=SyncRow.Decision.CREATE).exclude(pk__in=left_out)
    first = list(ticked.order_by("label", "pk")[:NAMES])
    return Creation(people=ticked.count(), names=tuple(label_rows(first, resource=run.resource).values()))
