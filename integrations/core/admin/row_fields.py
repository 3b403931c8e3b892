"""One row's fields as a person reads them: both sides' values, what was last agreed, and the decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.core.admin.declared import Shown
from integrations.core.models import SyncField, SyncRow
from integrations.core.runs.deciders import decided_by


@dataclass(frozen=True, kw_only=True)
class ShownField:
    """``agreed`` is what both sides were last known to hold, one text where they agreed."""

    label: Any
    left: str
    right: str
    agreed: str = ""
    change: Any = ""
    decision: Any = ""
    decided: bool = False
    decided_by: str = ""
    reasons: tuple[str, ...] = ()


def shown_fields(row: SyncRow, *, shown: Shown) -> tuple[ShownField, ...]:
    fields = list(row.fields.select_related("decided_by"))
    for field in fields:
        field.row = row
    if fields:
        return tuple(_shown(field, shown) for field in fields)
    # Somebody who is only at the vendor has no fields to decide on, but the values of the new person.
    values: Mapping[str, Any] = row.options.get("values", {})
    return tuple(
        ShownField(label=shown.label(name), left="", right=shown.value(name, value))
        for name, value in values.items()
        if value is not None
    )


def _shown(field: SyncField, shown: Shown) -> ShownField:
    base_left, base_right = (shown.value(field.field, base) for base in (field.base_left, field.base_right))
    return ShownField(
        label=shown.label(field.field),
        left=shown.value(field.field, field.left),
        right=shown.value(field.field, field.right),
        agreed=base_left if base_left == base_right else f"{base_left or '–'} / {base_right or '–'}",
        change=field.get_change_display(),
        decision=field.get_decision_display(),
        decided=field.decision != SyncField.Decision.OPEN,
        decided_by=decided_by(field, field.row.run),
        reasons=tuple(shown.said(reason) for reason in (field.reason_right, field.reason_left) if reason),
    )
