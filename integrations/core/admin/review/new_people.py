"""What a new person is created with on the other side, and what stays behind, value by value (FX-09, FX-21, G-18)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from integrations.core.admin.declared import Shown
from integrations.core.admin.review.opened import Review
from integrations.core.compare import blocked
from integrations.core.declare import Field, Record, Side
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.labels import hidden_ids
from integrations.core.models import SyncRow
from integrations.core.runs.reviewing import CREATABLE


@dataclass(frozen=True, kw_only=True)
class NewValue:
    """One value of the new person; ``reason`` says why it stays behind, ``doubt`` why somebody should look at it.

    ``refused``: by what it is, and not because nothing of its kind goes there.
    """

    label: Any
    value: str
    reason: str
    doubt: str = ""
    refused: bool = False


def new_values(review: Review, row: SyncRow) -> list[NewValue]:
    """Return the values of one person who stands on one side only; none where the person is gone."""
    return values_of_new(review, [row]).get(row.pk, [])


def told_of_new_people(review: Review, rows: Sequence[SyncRow]) -> dict[int, list[str]]:
    """Return, by row, what to look at before somebody is created: values that are refused or doubtful."""
    wanted = [row for row in rows if row.kind in CREATABLE]
    found = values_of_new(review, wanted)
    return {
        pk: [
            _("%(field)s stays behind: %(reason)s") % {"field": each.label, "reason": each.reason}
            if each.refused
            else f"{each.label}: {each.doubt}"
            for each in values
            if each.refused or each.doubt
        ]
        for pk, values in found.items()
    }


def values_of_new(review: Review, rows: Sequence[SyncRow]) -> dict[int, list[NewValue]]:
    of_hub = {row.left_id: row.pk for row in rows if row.left_id}
    found = {row.pk: list(_of_vendor(review.shown, row)) for row in rows if not row.left_id}
    if of_hub:
        people = hub_people(connection=review.run.connection, resource=review.run.resource)
        hidden = hidden_ids(of_hub)
        for record in people.read([left_id for left_id in of_hub if left_id not in hidden]):
            values = zip(people.resource.fields, record.values, strict=True)
            found[of_hub[record.id]] = [
                _of_hub(review.shown, declared, value, record) for declared, value in values if value is not None
            ]
    return found


def _of_vendor(shown: Shown, row: SyncRow) -> Iterator[NewValue]:
    stored: Mapping[str, Any] = row.options.get("values", {})
    for name, value in stored.items():
        declared = shown.fields.get(name)
        if value is None or declared is None:
            continue
        held = declared.from_json(value)
        reason = declared.refuses(held, to=Side.LEFT)
        yield NewValue(
            label=declared.label,
            value=shown.value(name, value),
            reason=reason,
            doubt=declared.doubts(held),
            refused=bool(reason),
        )


def _of_hub(shown: Shown, declared: Field, value: Any, record: Record) -> NewValue:
    """A value is kept back where it may not go; what is sent on creation only may go."""
    refused = declared.refuses(value, to=Side.RIGHT) if declared.may_go(Side.RIGHT) else ""
    return NewValue(
        label=declared.label,
        value=declared.show(value, masked=shown.masked),
        reason=blocked(declared, to=Side.RIGHT, value=value, protected=record.protected),
        refused=bool(refused) and not (declared.withheld and record.protected),
    )
