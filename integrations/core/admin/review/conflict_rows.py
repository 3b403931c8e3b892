"""People with conflicts as a reviewer reads them: each field's values side by side, and what may be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from employees.masking import HIDDEN_WHOLE
from integrations.core.admin.choosing import choose_url, chosen_label
from integrations.core.admin.declared import Shown
from integrations.core.admin.names import user_name
from integrations.core.admin.review.filtering import CHANGES, ConflictFilter, change_of
from integrations.core.admin.review.left_out import standing_reasons
from integrations.core.admin.review.opened import Review
from integrations.core.declare import NOTHING
from integrations.core.hub.labels import hidden_ids, label_rows
from integrations.core.models import SyncField, SyncRow
from integrations.core.runs.reviewing import why_not

Decision = SyncField.Decision
SAID: Final = {Decision.LEFT: _("Hub"), Decision.LEAVE: _("Leave both"), Decision.OPEN: _("Undecided")}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of a field's radio buttons; ``reason`` says why it cannot be taken."""

    value: str
    label: Any
    chosen: bool
    reason: str
    suggested: bool


@dataclass(frozen=True, kw_only=True)
class ConflictField:
    """``agreed`` is what both sides were last known to hold, ``doubt`` why to look at the vendor's value.

    ``remains`` is what stays at the vendor though the hub's value is taken.
    """

    pk: int
    label: Any
    left: str
    right: str
    agreed: str
    change: Any
    choices: tuple[Choice, ...]
    decision: str
    doubt: str = ""
    remains: str = ""

    @property
    def reasons(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.reason]


@dataclass(frozen=True, kw_only=True)
class ConflictRow:
    row: SyncRow
    fields: tuple[ConflictField, ...]
    # Fields of the person that the filter does not ask for.
    hidden: int
    undecided: int
    # Where the vendor holds several: what it is, the one whose values these are, and where another is chosen.
    choice: Any = ""
    chosen: str = ""
    choose_url: str = ""
    # Why nothing is written of the person as things stand.
    left_out: str = ""

    @property
    def decided_by(self) -> str:
        return user_name(self.row.decided_by)


def conflict_rows(rows: list[SyncRow], *, wanted: ConflictFilter, review: Review) -> list[ConflictRow]:
    """Return the people in a number of queries that does not depend on theirs."""
    shown, left_out = review.shown, standing_reasons(review, rows)
    every = Prefetch("fields", queryset=SyncField.objects.order_by("pk"), to_attr="every_field")
    prefetch_related_objects(rows, every, "decided_by", "link")
    prefetched: list[Any] = rows
    label_rows(rows)
    asked = set(SyncField.objects.filter(wanted.shows, row__in=[row.pk for row in rows]).values_list("pk", flat=True))
    found = [_row(row, row.every_field, asked, shown, review.vendor) for row in prefetched]
    hidden = hidden_ids(row.left_id for row in rows)
    return [
        replace(
            each,
            left_out=left_out.get(each.row.pk, ""),
            fields=tuple(map(_without_values, each.fields)) if each.row.left_id in hidden else each.fields,
        )
        for each in found
    ]


def _without_values(field: ConflictField) -> ConflictField:
    """Of somebody whom the reader may not see it is told that a field differs, and nothing of either value."""
    return replace(field, left=HIDDEN_WHOLE, right=HIDDEN_WHOLE, agreed=HIDDEN_WHOLE, doubt="", remains="")


def _row(row: SyncRow, fields: Sequence[SyncField], asked: set[int], shown: Shown, vendor: str) -> ConflictRow:
    options = row.link.options if row.link else NOTHING
    visible = tuple(_field(field, shown, vendor, options) for field in fields if field.pk in asked)
    return ConflictRow(
        row=row,
        fields=visible,
        hidden=len(fields) - len(visible),
        undecided=sum(field.decision == Decision.OPEN for field in fields),
        choice=shown.choice if row.link else "",
        chosen=chosen_label(row.link) if row.link else "",
        choose_url=choose_url(row.link) if row.link else "",
    )


def _field(field: SyncField, shown: Shown, vendor: str, options: Mapping[str, Any]) -> ConflictField:
    left, right, base_left, base_right = (
        shown.value(field.field, value) for value in (field.left, field.right, field.base_left, field.base_right)
    )
    return ConflictField(
        pk=field.pk,
        label=shown.label(field.field),
        left=left,
        right=right,
        agreed=base_left if base_left == base_right else f"{base_left or '–'} / {base_right or '–'}",
        change=CHANGES[change_of(field)],
        choices=tuple(
            Choice(
                value=decision.value,
                label=SAID.get(decision, vendor),
                chosen=field.decision == decision,
                reason=why_not(field, decision),
                suggested=decision != Decision.OPEN and field.suggestion == decision,
            )
            for decision in (Decision.LEFT, Decision.RIGHT, Decision.LEAVE, Decision.OPEN)
        ),
        decision=field.decision,
        doubt=shown.doubt(field.field, field.right),
        remains=shown.remaining(field.field, field.left, options),
    )
