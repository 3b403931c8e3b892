"""Whether it is enough to compare what changed at the vendor since the comparison before, and who else belongs to it.

It is chosen only where it shows what the whole list would: whoever waited for a decision is read again by name, and
as soon as somebody may have to be looked for among everybody, the whole list is read. That is also done once a week,
because nothing else shows who is gone, and whenever a person asks for it.
"""

from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.core.compare import Comparison
from integrations.core.compare.index import ACTIVE, IN_SCOPE, LINKED
from integrations.core.models import Connection, Link, Problem, SyncField, SyncRow, SyncRun
from integrations.core.problems import FIELD, NOT_KEPT, OPEN
from integrations.core.runs.compared_under import SETTINGS, compared_under
from integrations.core.runs.session import Session

WHOLE_AFTER: Final = timedelta(days=7)
# More than so many who waited for a decision cost as much as the list.
READ_AT_MOST: Final = 50
# The vendor's days may begin elsewhere, and its clock be another.
OVERLAP: Final = timedelta(days=1)


class Narrowed(NamedTuple):
    """``since`` is the day from which the vendor lists changes, ``again`` are the vendor's IDs to read beside."""

    since: date
    again: tuple[str, ...]


def narrow(*, session: Session, comparison: Comparison) -> Narrowed | None:
    """Return what to read, or None where it must be the whole list; the hub's side is indexed already."""
    run, connection = session.run, session.connection
    if not session.resource.lists_changes or run.options.get("whole") or run.options.get("include_ended"):
        return None
    if connection.state != Connection.State.ACTIVE or not _everybody_is_linked(comparison):
        return None
    compared = SyncRun.objects.filter(
        connection=connection, resource=run.resource, compared_at__isnull=False, counts__complete=True, pk__lt=run.pk
    )
    before = compared.order_by("-pk").first()
    whole = compared.filter(counts__since__isnull=True, created_at__gt=timezone.now() - WHOLE_AFTER)
    if before is None or before.options.get(SETTINGS) != connection.settings or not whole.exists():
        return None
    if Link.objects.filter(connection=connection, resource=run.resource, gone_at__isnull=False).exists():
        return None
    again = tuple(dict.fromkeys((*_undecided(before), *_told_of(run))))
    if len(again) > READ_AT_MOST:
        return None
    return Narrowed((before.created_at - OVERLAP).date(), again)


def remember(*, run: SyncRun, narrowed: Narrowed | None) -> dict[str, Any]:
    """Keep what it was compared under; returns what its counts say of a narrowed comparison."""
    run.options = {**run.options, **compared_under(run.connection)}
    run.save(update_fields=["options"])
    return {"since": narrowed.since.isoformat()} if narrowed else {}


def _everybody_is_linked(comparison: Comparison) -> bool:
    return all(flag & LINKED or not (flag & ACTIVE and flag & IN_SCOPE) for flag in comparison.left.flags)


def _undecided(before: SyncRun) -> tuple[str, ...]:
    """Return the vendor's IDs of everybody whom the comparison before showed and who was not settled."""
    open_field = SyncField.objects.filter(row=OuterRef("pk"), decision=SyncField.Decision.OPEN)
    rows = SyncRow.objects.filter(run=before).exclude(right_id="")
    unsettled = rows.filter(~Q(state=SyncRow.State.WRITTEN) | Exists(open_field))
    return tuple(unsettled.order_by("pk").values_list("right_id", flat=True)[: READ_AT_MOST + 1])


def _told_of(run: SyncRun) -> tuple[str, ...]:
    """Return the vendor's IDs of everybody of whom a field was kept back, or not kept there: it changed nothing."""
    subject = {"connection": run.connection, "resource": run.resource}
    of_field = Q(cause__startswith=NOT_KEPT) | Q(cause__startswith=FIELD, state__in=OPEN)
    told = Problem.objects.filter(of_field, **subject).exclude(state=Problem.State.SOLVED)
    differing = Link.objects.filter(**subject, state=Link.State.ACTIVE, left_id__in=told.values("left_id"))
    return tuple(differing.order_by("pk").values_list("right_id", flat=True)[: READ_AT_MOST + 1])
