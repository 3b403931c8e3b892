"""Writes what a comparison finds into the database: proposed links, rows and fields, in bulk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from employees import bulk
from integrations.core.compare import Comparison, FieldDifference, Found, InStep, LinkState, Row, pairs_digest
from integrations.core.compare.fields import pairs_in_step
from integrations.core.declare import CHOICE, Record, Resource
from integrations.core.hub.taking_part import moved_elsewhere, said_of_elsewhere
from integrations.core.models import Connection, Link, SyncField, SyncRow, SyncRun

IDS_AT_ONCE = 5_000
# One object for everybody without: it is prepared for the database once.
NO_OPTIONS: Final[dict[str, Any]] = {}
# Links in these states still pair two records; people gone are compared anew.
LINKED = (Link.State.ACTIVE, Link.State.DISCONNECTED, Link.State.OUT_OF_SCOPE)


def link_states(*, connection: Connection, resource: Resource) -> Iterable[LinkState]:
    links = Link.objects.filter(connection=connection, resource=resource.name, state__in=LINKED)
    for link in links.values_list("pk", "left_id", "right_id", "digest", "state").iterator():
        yield LinkState(*link[:4], link[4] != Link.State.DISCONNECTED)


def read_pairs(link_ids: Sequence[int]) -> Mapping[int, Mapping[str, Sequence[Any]]]:
    found: dict[int, Mapping[str, Sequence[Any]]] = {}
    for start in range(0, len(link_ids), IDS_AT_ONCE):
        found.update(Link.objects.filter(pk__in=link_ids[start : start + IDS_AT_ONCE]).values_list("pk", "pairs"))
    return found


def forget_plan(*, run: SyncRun) -> None:
    """Forget what an interrupted or incomplete comparison wrote: comparing starts anew."""
    with transaction.atomic():
        SyncRow.objects.filter(link__connection=run.connection, link__state=Link.State.PROPOSED).update(link=None)
        _delete_raw(SyncField.objects.filter(row__run=run))
        _delete_raw(SyncRow.objects.filter(run=run))
        _delete_raw(Link.objects.filter(connection=run.connection, resource=run.resource, state=Link.State.PROPOSED))


def _delete_raw(records: Any) -> None:
    """Delete in one query; what refers to the records was dealt with by the caller."""
    records._raw_delete(database.alias)


def write_found(*, run: SyncRun, resource: Resource, comparison: Comparison, found: Found) -> None:
    """Write one batch in one transaction; the number of queries does not depend on its size."""
    with transaction.atomic():
        if found.withdrawn:
            _withdraw(run, found.withdrawn)
        new_links = chain(
            _links_in_step(run, resource, comparison, found.in_step), _links_of_rows(run, resource, found.rows)
        )
        bulk.insert(Link, new_links)
        _refresh_links(run, resource, found)
        _insert_rows(run, resource, found.rows)


def _withdraw(run: SyncRun, right_ids: Sequence[str]) -> None:
    for start in range(0, len(right_ids), IDS_AT_ONCE):
        chunk = right_ids[start : start + IDS_AT_ONCE]
        _delete_raw(SyncField.objects.filter(row__run=run, row__right_id__in=chunk))
        _delete_raw(SyncRow.objects.filter(run=run, right_id__in=chunk))
        _delete_raw(
            Link.objects.filter(
                connection=run.connection, resource=run.resource, state=Link.State.PROPOSED, right_id__in=chunk
            )
        )


def _link(run: SyncRun, resource: Resource, left_id: str, right_id: str, pairs: Any, options: Any) -> dict[str, Any]:
    return {
        "connection_id": run.connection_id,
        "resource": resource.name,
        "left_id": left_id,
        "right_id": right_id,
        "pairs": pairs,
        "digest": pairs_digest(resource, pairs),
        "options": options or NO_OPTIONS,
        "state": Link.State.PROPOSED,
    }


def _links_in_step(
    run: SyncRun, resource: Resource, comparison: Comparison, in_step: Iterable[InStep]
) -> Iterator[dict[str, Any]]:
    ids = comparison.left.ids
    for found in in_step:
        if not found.link_id:
            pairs = _pairs(resource, found)
            yield _link(run, resource, ids[found.left], found.record.id, pairs, found.record.options)


def _links_of_rows(run: SyncRun, resource: Resource, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if row.kind == SyncRow.Kind.DIFFERS and not row.link_id:
            yield _link(run, resource, row.left_id, row.right_id, row.pairs, row.options)


def _pairs(resource: Resource, found: InStep) -> Mapping[str, Sequence[Any]]:
    return pairs_in_step(resource, found.record) if found.pairs is None else found.pairs


def _refresh_links(run: SyncRun, resource: Resource, found: Found) -> None:
    """Store what known links hold by now: equal values settle, whoever made them equal.

    What was written along a link while the two sides were being read is newer than what was read.
    """
    refreshed = {each.link_id: (_pairs(resource, each), each.record.options) for each in found.in_step if each.link_id}
    refreshed |= {row.link_id: (row.pairs, row.options) for row in found.rows if row.link_id and row.fields}
    if not refreshed:
        return
    untouched = Q(synced_at=None) | Q(synced_at__lt=run.created_at)
    links = Link.objects.select_for_update().filter(untouched).in_bulk(list(refreshed))
    for link_id, link in links.items():
        pairs, options = refreshed[link_id]
        link.pairs, link.options, link.digest = dict(pairs), dict(options), pairs_digest(resource, pairs)
    Link.objects.bulk_update(links.values(), ["pairs", "options", "digest"], batch_size=200)


def _insert_rows(run: SyncRun, resource: Resource, rows: Sequence[Row]) -> None:
    if not rows:
        return
    link_of, rows = _new_links(run, rows), _with_whereabouts(rows)
    last = SyncRow.objects.filter(run=run).order_by("-pk").values_list("pk", flat=True).first() or 0
    bulk.insert(SyncRow, [_row(run, row, link_of) for row in rows])
    pk_of = {
        (left_id, right_id): pk
        for pk, left_id, right_id in SyncRow.objects.filter(run=run, pk__gt=last).values_list(
            "pk", "left_id", "right_id"
        )
    }
    bulk.insert(
        SyncField,
        [_field(resource, pk_of[row.left_id, row.right_id], difference) for row in rows for difference in row.fields],
    )


def _with_whereabouts(rows: Sequence[Row]) -> Sequence[Row]:
    """Whoever is not among the company's people may belong to another company: only the hub knows that."""
    gone = [row.link_id for row in rows if row.kind == SyncRow.Kind.GONE and not row.left_id]
    left_id_of: dict[int, str] = {}
    for start in range(0, len(gone), IDS_AT_ONCE):
        links = Link.objects.filter(pk__in=gone[start : start + IDS_AT_ONCE])
        left_id_of.update(links.values_list("pk", "left_id"))
    moved = moved_elsewhere(left_id_of.values())
    if not moved:
        return rows
    return [row._replace(reason=said_of_elsewhere()) if left_id_of.get(row.link_id) in moved else row for row in rows]


def _new_links(run: SyncRun, rows: Sequence[Row]) -> dict[str, int]:
    right_ids = [row.right_id for row in rows if row.kind == SyncRow.Kind.DIFFERS and not row.link_id]
    proposed = Link.objects.filter(connection=run.connection, resource=run.resource, state=Link.State.PROPOSED)
    found: dict[str, int] = {}
    for start in range(0, len(right_ids), IDS_AT_ONCE):
        chunk = right_ids[start : start + IDS_AT_ONCE]
        found.update(proposed.filter(right_id__in=chunk).values_list("right_id", "pk"))
    return found


def _row(run: SyncRun, row: Row, link_of: Mapping[str, int]) -> dict[str, Any]:
    decided = [difference.decision for difference in row.fields]
    return {
        "run_id": run.pk,
        "kind": row.kind,
        "left_id": row.left_id,
        "right_id": row.right_id,
        "link_id": row.link_id or link_of.get(row.right_id)
        if row.kind == SyncRow.Kind.DIFFERS
        else row.link_id or None,
        "label": row.label[:300],
        "decision": SyncRow.Decision.FIELDS if decided else SyncRow.Decision.OPEN,
        "reason": row.reason,
        "hold_reason": row.hold_reason,
        "options": _meant(row.options) if row.kind == SyncRow.Kind.DIFFERS else dict(row.options),
    }


def _meant(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return which of several at the vendor the values are those of: it is part of what is shown (G-40)."""
    return {CHOICE: options[CHOICE]} if options.get(CHOICE) else NO_OPTIONS


def _field(resource: Resource, row_id: int, difference: FieldDifference) -> dict[str, Any]:
    declared, base = resource.field(difference.field), difference.base
    return {
        "row_id": row_id,
        "field": difference.field,
        "base_left": declared.to_json(base.left) if base else None,
        "base_right": declared.to_json(base.right) if base else None,
        "left": declared.to_json(difference.left),
        "right": declared.to_json(difference.right),
        "change": str(difference.change),
        "suggestion": str(difference.suggestion),
        "decision": str(difference.decision),
        "reason_left": difference.reason_left,
        "reason_right": difference.reason_right,
    }


def insert_matched_row(
    *,
    run: SyncRun,
    resource: Resource,
    left: Record,
    right: Record,
    link: Link,
    differences: tuple[FieldDifference, ...],
) -> SyncRow | None:
    """Insert the row of two people matched by hand; None when nothing differs between them."""
    if not differences:
        return None
    row = Row(
        SyncRow.Kind.DIFFERS,
        left.id,
        right.id,
        link.pk,
        left.label or right.label,
        options=right.options,
        fields=differences,
    )
    _insert_rows(run, resource, [row])
    inserted = SyncRow.objects.get(run=run, left_id=left.id, right_id=right.id)
    inserted.reason = _("Matched by hand.")
    inserted.save(update_fields=["reason"])
    return inserted
