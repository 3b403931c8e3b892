"""Who is gone at the vendor: seen by a comparison, and shown until a person decides (G-16)."""

from collections.abc import Collection, Iterable

from django.utils import timezone

from integrations.core.marks import release_held
from integrations.core.models import Delivery, Link, Mark, SyncRun
from integrations.core.problems import GONE, solve_causes
from integrations.core.runs.plan import LINKED


def note_gone(delivery: Delivery) -> None:
    """A write found that the vendor does not have the person any more: what becomes of the link, a person decides."""
    links = Link.objects.filter(
        connection=delivery.connection_id, resource=delivery.resource, left_id=delivery.left_id, gone_at=None
    )
    links.filter(right_id=delivery.right_id, state=Link.State.ACTIVE).update(gone_at=timezone.now())


def mark_gone(*, run: SyncRun, listed: Iterable[str], denied: Collection[str]) -> None:
    """Remember whom the vendor has no more, and whom it has again (G-16).

    ``listed`` are the ids of the list, ``denied`` those for which the vendor was asked by name and which it does not
    have: a list alone shows nobody as gone (G-24). Nothing is deleted: a person decides what becomes of the link.
    Belongs into the comparison's last transaction.
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
    links.filter(gone_at=None, right_id__in=set(denied) - there).update(gone_at=timezone.now())
