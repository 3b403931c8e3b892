"""What a review showed and nobody has decided: no edit from before the review is sent, only a newer one (G-35).

Until the review is confirmed, the push reads the pairs as if they held what was shown. From then on they do, with the
state *open*: nothing looks edited, and the next comparison asks again. What a run writes moves them on.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.db.models import Q, QuerySet

from integrations.core.calls import connector_of
from integrations.core.compare import Pair, PairState, pair_to_json, pairs_digest
from integrations.core.declare import Resource
from integrations.core.models import Link, SyncField, SyncRow, SyncRun

LINKS_AT_ONCE: Final = 500
LEFT, OPEN = SyncField.Decision.LEFT, SyncField.Decision.OPEN
# Edits of the hub's that do not go by themselves: both sides moved, or a person does not want it. What could not go
# anyway waits for its own reason.
_UNWANTED: Final = Q(change=SyncField.Change.LEFT) & ~Q(decision=LEFT) & (Q(reason_right="") | ~Q(decision=OPEN))
ASKED: Final = Q(change=SyncField.Change.BOTH) | _UNWANTED


def asked_of(link: Link, resource: Resource) -> dict[str, Pair]:
    """Return the pairs, as they were shown, of what the last comparison asks and nobody has confirmed yet."""
    return asked_of_links([link], resource).get(link.pk, {})


def asked_of_links(links: Sequence[Link], resource: Resource) -> dict[int, dict[str, Pair]]:
    """Return the same of several links of one connection, by their primary keys; a query by hundreds of them."""
    found: dict[int, list[SyncField]] = {}
    for start in range(0, len(links), LINKS_AT_ONCE):
        part = links[start : start + LINKS_AT_ONCE]
        compared = SyncRun.objects.filter(
            connection=part[0].connection_id, resource=part[0].resource, compared_at__isnull=False
        ).order_by("-pk")
        # A comparison that was replaced or cancelled has shown it all the same.
        fields = SyncField.objects.filter(
            ASKED,
            row__link__in=[link.pk for link in part],
            row__run=compared.values("pk")[:1],
            row__run__approved_at=None,
        )
        for field in fields.select_related("row"):
            found.setdefault(field.row.link_id or 0, []).append(field)
    return {pk: _shown(resource, fields) for pk, fields in found.items()}


def keep_asking(run: SyncRun) -> None:
    """Let the links hold what the review shows of such fields. Belongs into the transaction that confirms it."""
    fields = SyncField.objects.filter(
        ASKED,
        row__run=run,
        row__kind=SyncRow.Kind.DIFFERS,
        row__link__isnull=False,
        # Whoever was disconnected meanwhile was shown, too.
        row__state__in=(SyncRow.State.OPEN, SyncRow.State.SKIPPED),
    )
    if not fields.exists():
        return
    resource = next(each for each in connector_of(run.connection).resources() if each.name == run.resource)
    for links in _parts(fields):
        shown: dict[int | None, list[SyncField]] = {}
        for field in fields.filter(row__link__in=links).select_related("row"):
            shown.setdefault(field.row.link_id, []).append(field)
        for link in links:
            pairs = _shown(resource, shown[link.pk])
            stored = {name: pair_to_json(resource.field(name), pair) for name, pair in pairs.items()}
            link.pairs = {**link.pairs, **stored}
            link.digest = pairs_digest(resource, link.pairs)
        Link.objects.bulk_update(links, ["pairs", "digest"], batch_size=200)


def _parts(fields: QuerySet[SyncField]) -> Iterator[list[Link]]:
    ids = list(fields.order_by("row__link").values_list("row__link", flat=True).distinct())
    for start in range(0, len(ids), LINKS_AT_ONCE):
        links = Link.objects.filter(pk__in=ids[start : start + LINKS_AT_ONCE])
        yield list(links.select_for_update().order_by("pk"))


def _shown(resource: Resource, fields: Iterable[SyncField]) -> dict[str, Pair]:
    shown = {}
    for each in fields:
        if each.field in resource.position:
            declared = resource.field(each.field)
            left, right = declared.from_json(each.left), declared.from_json(each.right)
            shown[each.field] = Pair(declared.key(left), declared.key(right), PairState.OPEN)
    return shown
