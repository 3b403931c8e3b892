"""What waits in a synchronisation and has gone by itself: it is no question any more."""

from collections.abc import Collection
from typing import Final

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.core.models import Connection, SyncField, SyncRow, SyncRun

IDS_AT_ONCE: Final = 5_000


def settle_fields(*, connection: Connection, resource: str, left_id: str, names: Collection[str]) -> None:
    """A field that went by itself is no question any more; a row without another one ends."""
    rows = _waiting_rows(connection, resource, left_id).filter(kind=SyncRow.Kind.DIFFERS)
    settled = SyncField.objects.filter(field__in=list(names))
    # Whoever has the review before them is told that it is not what it was. Rows before fields, as whoever decides.
    rows.filter(Exists(settled.filter(row=OuterRef("pk")))).update(version=F("version") + 1)
    settled.filter(row__in=rows).delete()
    left_over = SyncField.objects.filter(row=OuterRef("pk"))
    _end(rows.exclude(Exists(left_over)), _sent())


def take_out(fields: QuerySet[SyncField]) -> None:
    """Fields of a review that is being confirmed go by themselves, as the hub holds them by now."""
    rows = list(fields.order_by().values_list("row", flat=True).distinct())
    fields.delete()
    for start in range(0, len(rows), IDS_AT_ONCE):
        without = SyncRow.objects.filter(pk__in=rows[start : start + IDS_AT_ONCE])
        reason = _("Changed in the hub after it was compared: the hub's value is sent by itself.")
        _end(without.exclude(Exists(SyncField.objects.filter(row=OuterRef("pk")))), reason)


def settle_rows(*, connection: Connection, resource: str, left_id: str, kinds: Collection[str]) -> None:
    _end(_waiting_rows(connection, resource, left_id).filter(kind__in=kinds), _sent())


def _waiting_rows(connection: Connection, resource: str, left_id: str) -> QuerySet[SyncRow]:
    return SyncRow.objects.filter(
        run__connection=connection,
        run__resource=resource,
        run__state__in=(SyncRun.State.REVIEW, *SyncRun.APPLY_WAITS),
        state__in=(SyncRow.State.OPEN, SyncRow.State.APPROVED),
        left_id=left_id,
    )


def _sent() -> str:
    return _("Settled meanwhile: the hub's change was sent by itself.")


def _end(rows: QuerySet[SyncRow], reason: str) -> None:
    rows.update(state=SyncRow.State.SKIPPED, reason=reason, ended_at=timezone.now())
