"""Who is gone at the vendor: seen by a comparison, and shown until a person decides (G-16)."""

from collections.abc import Iterable

from django.utils import timezone

from integrations.core.marks import IDS_AT_ONCE, release_held
from integrations.core.models import Delivery, Link, Mark, SyncRun
from integrations.core.problems import GONE, solve_causes
from integrations.core.runs.plan import LINKED


def note_gone(delivery: Delivery) -> None:
    """A write found that the vendor does not have the person any more: what becomes of the link, a person decides."""
    links = Link.objects.filter(
        connection=delivery.connection_id, resource=delivery.resource, left_id=delivery.left_id, gone_at=None
    )
    links.filter(right_id=delivery.right_id, state=Link.State.ACTIVE).update(gone_at=timezone.now())


def mark_gone(*, run: SyncRun, listed: Iterable[str], complete: bool) -> None:
    """Remember of whom the vendor's list holds nothing any more, and of whom it does again (G-16).

    ``listed`` are the ids of the list; one that is not complete shows nobody as gone. Nothing is deleted: a person
    decides what becomes of the link. Belongs into the comparison's last transaction.
    """
    there = frozenset(listed)
    links = Link.objects.filter(connection=run.connection, resource=run.resource, state__in=LINKED)
    known = links.filter(gone_at__isnull=False).values_list("pk", "left_id", "right_id")
    back = [(pk, left_id) for pk, left_id, right_id in known if right_id in there]
    Link.objects.filter(pk__in=[pk for pk, _left_id in back]).update(gone_at=None)
    for _pk, left_id in back:
        solve_causes(connection=run.connection, resource=run.resource, left_id=left_id, causes={GONE})
    release_held(
        connection_id=run.connection_id,
        resource=run.resource,
        held_by=Mark.Hold.PROBLEM,
        left_ids=[left_id for _pk, left_id in back],
    )
    if not complete:
        return
    candidates = links.filter(gone_at=None).values_list("pk", "right_id")
    gone = [pk for pk, right_id in candidates.iterator(chunk_size=IDS_AT_ONCE) if right_id not in there]
    for start in range(0, len(gone), IDS_AT_ONCE):
        Link.objects.filter(pk__in=gone[start : start + IDS_AT_ONCE]).update(gone_at=timezone.now())
