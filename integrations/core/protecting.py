"""What is taken out of stored copies once somebody is marked as protected, and what vendors hold still (PR-04)."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from integrations.core.compare import pairs_digest
from integrations.core.compare.fields import not_sent, not_taken
from integrations.core.declare import Resource
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.people import RESOURCE
from integrations.core.models import Connection, Delivery, Link, Problem, SyncField, SyncRow, SyncRun

# What is decided there is asked about again, right before it is written.
AT_WORK: Final = (SyncRun.State.APPROVED, SyncRun.State.APPLYING)
VALUES: Final = ("left", "right", "base_left", "base_right")
COLUMNS: Final = ("wanted", "before", "left_keys", "pairs")


def take_out(left_ids: Collection[str]) -> None:
    """Take address and phones of these people out of reviews, links, problems and what was sent to vendors.

    What is being sent right now is left alone: its end is judged by it.
    """
    mine = {"resource": RESOURCE, "left_id__in": list(left_ids)}
    for connection in Connection.objects.filter(links__in=Link.objects.filter(**mine)).distinct():
        resource = _resource_of(connection)
        names = withheld(resource) if resource is not None else []
        if resource is None or not names:
            continue
        of_rows = {"run__connection": connection, "run__resource": RESOURCE, "left_id__in": list(left_ids)}
        _forget_shown(SyncRow.objects.filter(**of_rows), names)
        _forget_pairs(Link.objects.filter(**mine, connection=connection), resource, names)
        _forget_sent(Delivery.objects.filter(**mine, connection=connection), names)
        _forget_seen(Problem.objects.filter(**mine, connection=connection), names)


def withheld(resource: Resource) -> list[str]:
    return [declared.name for declared in resource.fields if declared.withheld]


def held_by_vendors(left_id: str, connections: Iterable[Connection]) -> Iterator[tuple[Connection, Link, list[str]]]:
    """Yield where a person's address and phones may stand from before, with what they are called."""
    links = Link.objects.filter(resource=RESOURCE, left_id=left_id, connection__in=[each.pk for each in connections])
    of_connection = {each.pk: each for each in connections}
    for link in links.exclude(state__in=(Link.State.GONE_LEFT, Link.State.GONE_RIGHT)).order_by("pk"):
        connection = of_connection[link.connection_id]
        resource = _resource_of(connection)
        labels = [str(resource.field(name).label) for name in withheld(resource)] if resource is not None else []
        if labels:
            yield connection, link, labels


def _resource_of(connection: Connection) -> Resource | None:
    if connection.company is None:
        return None
    return hub_people(connection=connection, resource=RESOURCE).resource


def _forget_shown(rows: Any, names: Collection[str]) -> None:
    fields = SyncField.objects.filter(row__in=rows.exclude(run__state__in=AT_WORK), field__in=names)
    in_review = fields.filter(row__run__state=SyncRun.State.REVIEW)
    in_review.update(
        decision=SyncField.Decision.OPEN,
        suggestion=SyncField.Decision.OPEN,
        reason_left=not_taken(),
        reason_right=not_sent(),
    )
    fields.update(**dict.fromkeys(VALUES))


def _forget_pairs(links: Any, resource: Resource, names: Collection[str]) -> None:
    for link in links.select_for_update(of=("self",)):
        pairs = _without(link.pairs, names)
        if pairs != link.pairs:
            link.pairs, link.digest = pairs, pairs_digest(resource, pairs)
            link.save(update_fields=["pairs", "digest"])


def _forget_sent(deliveries: Any, names: Collection[str]) -> None:
    for delivery in deliveries.filter(state__in=(Delivery.State.DONE, Delivery.State.REFUSED, Delivery.State.VOID)):
        for column in COLUMNS:
            setattr(delivery, column, _without(getattr(delivery, column), names))
        delivery.save(update_fields=[*COLUMNS])


def _forget_seen(problems: Any, names: Collection[str]) -> None:
    for problem in problems:
        if over := problem.wanted.get("over"):
            problem.wanted = {**problem.wanted, "over": _without(over, names)}
            problem.save(update_fields=["wanted"])


def _without(values: Any, names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in dict(values).items() if name not in names}
