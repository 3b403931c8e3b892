"""What a review showed and nobody has decided: no edit from before the review is sent, only a newer one (G-35).

Until the review is confirmed, the push reads the pairs as if they held what was shown. From then on they do, with the
state *open*: nothing looks edited, and the next comparison asks again. What a run writes moves them on.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet

from employees.shown import fingerprint
from integrations.core.calls import connector_of
from integrations.core.compare import Pair, PairState, pair_to_json, pairs_digest, pairs_from_json
from integrations.core.declare import Resource
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.kinds import UNKNOWN
from integrations.core.models import Connection, Link, Mark, SyncField, SyncRow, SyncRun
from integrations.core.read_anew import changed_by
from integrations.core.runs.compared_under import SETTINGS

LINKS_AT_ONCE: Final = 500
_MISSING: Final = (SyncRow.Kind.ONLY_LEFT, SyncRow.Kind.CANNOT_SEND)
LEFT, OPEN = SyncField.Decision.LEFT, SyncField.Decision.OPEN
# Edits of the hub's that do not go by themselves: both sides moved, or a person does not want it. What could not go
# anyway waits for its own reason.
_UNWANTED: Final = Q(change=SyncField.Change.LEFT) & ~Q(decision=LEFT) & (Q(reason_right="") | ~Q(decision=OPEN))
ASKED: Final = Q(change=SyncField.Change.BOTH) | _UNWANTED
# What the vendor has changed, or both have never agreed about, is no edit of the hub's alone either.
_IS_ASKED: Final = ExpressionWrapper(ASKED | ~Q(change=SyncField.Change.LEFT), output_field=BooleanField())


def asked_of(link: Link, resource: Resource) -> dict[str, Pair]:
    """Return the pairs, as they were shown, of what the last comparison asks and nobody has confirmed yet."""
    return asked_of_many(link.connection_id, resource, [link.pk]).get(link.pk, {})


def asked_of_many(connection_id: int, resource: Resource, links: Collection[int]) -> Mapping[int, dict[str, Pair]]:
    """Return the same of some links of one connection, by link; a query by hundreds of them."""
    compared = SyncRun.objects.filter(
        connection=connection_id, resource=resource.name, compared_at__isnull=False
    ).order_by("-pk")
    # A comparison that was replaced or cancelled has shown it all the same.
    fields = SyncField.objects.filter(ASKED, row__run=compared.values("pk")[:1], row__run__approved_at=None)
    known, found = list(links), dict[int, dict[str, Pair]]()
    for start in range(0, len(known), LINKS_AT_ONCE):
        part = known[start : start + LINKS_AT_ONCE]
        found.update(_shown_by_link(resource, fields.filter(row__link__in=part)))
    return found


def shown_by(run: SyncRun, resource: Resource, links: Collection[int]) -> Mapping[int, dict[str, Pair]]:
    """Return the pairs of all that a review shows, by link: beside them only what was edited since looks edited."""
    return _shown_by_link(resource, SyncField.objects.filter(row__run=run, row__link__in=links))


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
        shown = _shown_by_link(resource, fields.filter(row__link__in=links))
        for link in links:
            pairs = shown[link.pk]
            stored = {name: pair_to_json(resource.field(name), pair) for name, pair in pairs.items()}
            link.pairs = {**link.pairs, **stored}
            link.digest = pairs_digest(resource, link.pairs)
        Link.objects.bulk_update(links, ["pairs", "digest"], batch_size=200)


def keep_unseen(run: SyncRun) -> None:
    """Ask about edits that the review could not show: nobody knows what the vendor holds beside them by now.

    Both sides may have changed unseen while a connection was away. Of one that works, the push reads the vendor's value
    before it writes, as after any other edit. Belongs into the transaction that confirms, before the matches hold.
    """
    if run.connection.state == Connection.State.ACTIVE:
        return
    before = Q(changed_at__lt=run.created_at) | Q(left_id__in=not_compared(run).values("left_id"))
    marks = going_marks(run).filter(before)
    links = Link.objects.filter(
        connection=run.connection_id, resource=run.resource, left_id__in=marks.values("left_id")
    )
    known = links.exclude(state__in=(Link.State.PROPOSED, Link.State.GONE_LEFT, Link.State.GONE_RIGHT))
    ids = list(known.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return
    people = hub_people(connection=run.connection, resource=run.resource)
    for start in range(0, len(ids), LINKS_AT_ONCE):
        _ask_unseen(
            run, people, {link.left_id: link for link in known.filter(pk__in=ids[start : start + LINKS_AT_ONCE])}
        )


def _ask_unseen(run: SyncRun, people: HubPeople, links: Mapping[str, Link]) -> None:
    resource = people.resource
    shown = shown_by(run, resource, [link.pk for link in links.values()])
    for left in people.read(list(links)):
        link = links[left.id]
        keys = dict(zip(resource.position, resource.keys(left), strict=True))
        opened = {
            name: pair_to_json(resource.field(name), Pair(keys[name], pair.right, PairState.OPEN))
            for name, pair in pairs_from_json(resource, link.pairs).items()
            if name not in shown.get(link.pk, ()) and keys[name] not in (UNKNOWN, pair.left)
        }
        link.pairs = {**link.pairs, **opened}
        link.digest = pairs_digest(resource, link.pairs)
    Link.objects.bulk_update(links.values(), ["pairs", "digest"], batch_size=200)


def going_marks(run: SyncRun) -> QuerySet[Mark]:
    """Return the marks at a review's connection that nothing holds once it is confirmed."""
    marks = Mark.objects.filter(connection=run.connection_id, resource=run.resource)
    return marks.filter(held_by__in=("", Mark.Hold.REVIEW)).order_by("pk")


def not_compared(run: SyncRun) -> QuerySet[SyncRow]:
    """Return the review's rows of the hub's people who have nobody's values beside theirs."""
    return SyncRow.objects.filter(run=run).exclude(kind=SyncRow.Kind.DIFFERS).exclude(left_id="")


def leave_uncreated(run: SyncRun) -> None:
    """Whoever the review showed as missing and nobody ticked is not created by a change from before it (G-14, G-35).

    What was asked for of a person by name, what was refused, and what waits with a mass change, has a page of its own.
    Belongs into the transaction that confirms it.
    """
    unticked = SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN, kind__in=_MISSING)
    unticked = unticked.exclude(decision=SyncRow.Decision.CREATE)
    marks = Mark.objects.filter(connection=run.connection_id, resource=run.resource, held_by="", held_fields={})
    marks.filter(left_id__in=unticked.values("left_id")).exclude(wanted__has_key="create").delete()


def _parts(fields: QuerySet[SyncField]) -> Iterator[list[Link]]:
    ids = list(fields.order_by("row__link").values_list("row__link", flat=True).distinct())
    for start in range(0, len(ids), LINKS_AT_ONCE):
        links = Link.objects.filter(pk__in=ids[start : start + LINKS_AT_ONCE])
        yield list(links.select_for_update().order_by("pk"))


def _shown_by_link(resource: Resource, fields: QuerySet[SyncField]) -> Mapping[int, dict[str, Pair]]:
    found: dict[int, list[SyncField]] = {}
    otherwise = _Otherwise()
    for field in fields.annotate(is_asked=_IS_ASKED, **_Otherwise.asked).select_related("row"):
        if field.row.link_id is not None and not otherwise.is_read(field):
            found.setdefault(field.row.link_id, []).append(field)
    return {link_id: _shown(resource, shown) for link_id, shown in found.items()}


class _Otherwise:
    """Which fields were shown as they were read under other settings: their pairs have followed (`read_anew`)."""

    asked: Final = {
        "then": F("row__run__options"),
        "now": F("row__run__connection__settings"),
        "resource": F("row__run__resource"),
        "integration": F("row__run__connection__integration"),
    }

    def __init__(self) -> None:
        self._found: dict[str, Collection[str]] = {}

    def is_read(self, field: Any) -> bool:
        before = field.then.get(SETTINGS)
        if before is None or before == field.now:
            return False
        key = fingerprint(before, field.now, field.resource)
        if key not in self._found:
            self._found[key] = changed_by(field.integration, field.resource, before, field.now).sources
        return field.field in self._found[key]


def _shown(resource: Resource, fields: Iterable[Any]) -> dict[str, Pair]:
    """Return the pairs of a review's fields that say whether they are asked (``is_asked``)."""
    shown = {}
    for each in fields:
        if each.field in resource.position:
            declared = resource.field(each.field)
            left, right = declared.from_json(each.left), declared.from_json(each.right)
            state = PairState.OPEN if each.is_asked else PairState.SETTLED
            shown[each.field] = Pair(declared.key(left), declared.key(right), state)
    return shown
