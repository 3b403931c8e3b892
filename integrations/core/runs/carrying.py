"""Equal decisions of the review that a newer comparison replaces are carried over."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from integrations.core.models import Link, SyncField, SyncRow, SyncRun
from integrations.core.runs.session import Session

# What a field takes over from the review before, with who decided, and when.
CARRIED: Final = ("decision", "decided_by_id", "decided_at")
READ: Final = (*CARRIED, "field", "left", "right", "row__left_id", "row__right_id")


def carry_decisions(*, run: SyncRun) -> None:
    """Copy decisions onto rows and fields that show the very same as in the review before."""
    before = (
        SyncRun.objects.filter(
            connection=run.connection, resource=run.resource, state=SyncRun.State.SUPERSEDED, pk__lt=run.pk
        )
        .order_by("-pk")
        .first()
    )
    if (
        before is None
        or SyncRun.objects.filter(
            connection=run.connection, resource=run.resource, pk__gt=before.pk, pk__lt=run.pk, approved_at__isnull=False
        ).exists()
    ):
        return
    _carry_fields(before, run)
    _carry_rows(before, run)


def _carry_fields(before: SyncRun, run: SyncRun) -> None:
    decided = SyncField.objects.filter(row__run=before, decided_at__isnull=False).select_related("row").only(*READ)
    known = {(field.row.left_id, field.row.right_id, field.field): field for field in decided.iterator()}
    if not known:
        return
    changed: list[SyncField] = []
    for field in SyncField.objects.filter(row__run=run).select_related("row").iterator():
        found = known.get((field.row.left_id, field.row.right_id, field.field))
        if found and _shows_the_same(field, found) and _may_be(field, found.decision):
            for name in CARRIED:
                setattr(field, name, getattr(found, name))
            changed.append(field)
    SyncField.objects.bulk_update(changed, ["decision", "decided_by", "decided_at"], batch_size=200)


def _shows_the_same(field: SyncField, before: SyncField) -> bool:
    return (str(field.left), str(field.right)) == (str(before.left), str(before.right))


def _may_be(field: SyncField, decision: str) -> bool:
    """Whether the decision is still possible."""
    reason = {SyncField.Decision.LEFT: field.reason_right, SyncField.Decision.RIGHT: field.reason_left}
    return not reason.get(SyncField.Decision(decision), "")


def _carry_rows(before: SyncRun, run: SyncRun) -> None:
    decided = {
        (left_id, right_id, kind): (decision, by, at)
        for left_id, right_id, kind, decision, by, at in _decided_rows(before)
    }
    if not decided:
        return
    changed: list[SyncRow] = []
    for row in SyncRow.objects.filter(run=run).iterator():
        found = decided.get((row.left_id, row.right_id, row.kind))
        if found and not (found[0] == SyncRow.Decision.CREATE and row.hold_reason):
            row.decision, row.decided_by_id, row.decided_at = found
            changed.append(row)
    SyncRow.objects.bulk_update(changed, ["decision", "decided_by", "decided_at"], batch_size=200)


def _decided_rows(before: SyncRun) -> Iterator[tuple[str, str, str, str, int | None, datetime | None]]:
    rows: QuerySet[SyncRow] = SyncRow.objects.filter(run=before, decided_at__isnull=False)
    return rows.values_list("left_id", "right_id", "kind", "decision", "decided_by_id", "decided_at").iterator()


def keep_choices(session: Session) -> None:
    """Keep with the run what people chose along links that are only proposed: comparing makes them anew."""
    if not session.resource.choice:
        return
    choices = {**session.run.options.get("choices", {}), **session.calls.connector.choices}
    session.calls.connector.choices = choices
    if choices != session.run.options.get("choices", {}):
        session.run.options = {**session.run.options, "choices": choices}
        session.run.save(update_fields=["options"])


def carry_choices(*, run: SyncRun) -> None:
    """Write what people chose onto the links that were made anew."""
    for right_id, choice in run.options.get("choices", {}).items():
        links = Link.objects.filter(connection=run.connection, resource=run.resource, right_id=right_id)
        links.filter(state=Link.State.PROPOSED).update(choice=choice)
