"""What of a review's decisions is written as the hub stands: the writers' rule, and it asked beforehand (G-21)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import CharField, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.core.agreed import holding_links
from integrations.core.compare import blocked, cannot_create, pairs_from_json
from integrations.core.declare import Record, Resource, Side
from integrations.core.hub.endpoint import IDS_AT_ONCE, HubPeople, hub_people
from integrations.core.hub.given_away import given_away
from integrations.core.hub.scope import people_in_scope
from integrations.core.hub.taking_part import why_not_there
from integrations.core.hub.tracking import SUBJECT
from integrations.core.models import FieldChange, Link, SyncField, SyncRow, SyncRun
from integrations.core.models.history import EVERY_FIELD
from integrations.core.sharing import may_share_since, named_of_same, said_of_named, unanswered_of_row

Kind, Decision = SyncRow.Kind, SyncField.Decision
READ_AT_ONCE: Final = 2_000
LINKED_HERE: Final = gettext_lazy("The person was linked to somebody in the hub meanwhile.")
LINKED_THERE: Final = gettext_lazy("The person was linked to somebody in the other system meanwhile.")
# A match that is only proposed holds once its review is confirmed.
TO_BE_LINKED: Final = (Link.State.ACTIVE, Link.State.PROPOSED)
CREATED: Final = Q(decision=SyncRow.Decision.CREATE, kind__in=(Kind.ONLY_LEFT, Kind.ONLY_RIGHT), hold_reason="")


# --- The rule ------------------------------------------------------------------------------------------


def takes_no_part(row: SyncRow, left: Record | None, *, linked: Collection[str]) -> str:
    """Return why nothing is written of somebody of the hub any more, on either side (G-13), or an empty string."""
    if left is None:
        return why_not_there([row.left_id])[row.left_id]
    if not left.in_scope:
        return _("The person takes no part in the connection any more.")
    if row.kind != Kind.ONLY_LEFT and (row.link is None or row.link.state not in linked):
        return _("The person was disconnected meanwhile.")
    return ""


def not_sendable(resource: Resource, left: Record, names: Collection[str], *, emptied: Collection[str] = ()) -> str:
    """Return why one of these values of the hub cannot go to the vendor as it is now, or an empty string."""
    for name in sorted(names):
        declared, value = resource.field(name), resource.value(left, name)
        reason = blocked(declared, to=Side.RIGHT, value=value, protected=left.protected, given_away=name in emptied)
        if reason:
            return f"{declared.label}: {reason}"
    return ""


def moved_in_hub(resource: Resource, left: Record, fields: Collection[SyncField]) -> str:
    """Return that a value of the hub is not the one that was shown, or an empty string."""
    for field in fields:
        declared = resource.field(field.field)
        if declared.key(resource.value(left, field.field)) != declared.key(declared.from_json(field.left)):
            return _("%(field)s was changed in the hub meanwhile.") % {"field": declared.label}
    return ""


# --- Asked beforehand ----------------------------------------------------------------------------------


def decided_rows(run: SyncRun) -> QuerySet[SyncRow]:
    """Return whom the decisions are about: people with a decided field, and those who are to be created."""
    decided = SyncField.objects.filter(row=OuterRef("pk")).exclude(decision=Decision.OPEN)
    return _open_rows(run).filter(CREATED | Q(Exists(decided), kind=Kind.DIFFERS))


@dataclass(frozen=True)
class Standing:
    """``overtaken`` are fields that are no question any more (`runs.pending`): nothing is written of them.

    A number of queries that depends on thousands of people only who were changed since the comparison.
    """

    run: SyncRun
    overtaken: Collection[int] = ()

    @cached_property
    def left_out(self) -> Mapping[int, str]:
        """Return why decided people are not written, by the row's primary key."""
        return self._reasons(decided_rows(self.run), values=True)

    def of_rows(self, rows: QuerySet[SyncRow]) -> Mapping[int, str]:
        """Return the same of some people, decided or not; which values moved is not asked."""
        return self._reasons(rows.filter(state=SyncRow.State.OPEN), values=False)

    @property
    def made_from(self) -> list[tuple[int, str]]:
        return sorted(self.left_out.items())

    def _reasons(self, rows: QuerySet[SyncRow], *, values: bool) -> dict[int, str]:
        try:
            people = hub_people(connection=self.run.connection, resource=self.run.resource)
        except (KeyError, ValueError, ValidationError):
            # Nothing is written while the settings do not hold.
            return {}
        waiting = self._doubtful(rows, people).iterator(READ_AT_ONCE)
        reasons: dict[int, str] = {}
        while batch := list(islice(waiting, READ_AT_ONCE)):
            for row, reason in _Batch(self.run, people, batch, self.overtaken, values).reasons():
                reasons[row.pk] = reason
        return {pk: reason for pk, reason in reasons.items() if reason}

    def _doubtful(self, rows: QuerySet[SyncRow], people: HubPeople) -> QuerySet[SyncRow]:
        """Return who is not, or may not be, as when they were compared."""
        connection = self.run.connection
        there = people_in_scope(connection=connection).annotate(left=Cast("pk", CharField())).values("left")
        since = FieldChange.objects.filter(subject=SUBJECT, subject_id=OuterRef("left_id"))
        # Nobody who is new since has been compared.
        changed = since.filter(at__gte=self.run.created_at).exclude(field=EVERY_FIELD)
        links = holding_links(connection=connection, resource=people.resource)
        of_hub = ~Q(left_id="") & (~Q(left_id__in=there) | Q(Exists(changed)))
        found = rows.filter(
            of_hub
            | Q(kind=Kind.DIFFERS) & (Q(link=None) | ~Q(link__state__in=TO_BE_LINKED))
            | Q(kind=Kind.ONLY_LEFT, left_id__in=links.values("left_id"))
            | self._sharing(rows, people)
            | Q(kind=Kind.ONLY_RIGHT, right_id__in=links.values("right_id"))
        )
        fields = SyncField.objects.exclude(decision=Decision.OPEN).order_by("pk")
        return found.select_related("link").prefetch_related(Prefetch("fields", fields)).order_by("pk")

    def _sharing(self, rows: QuerySet[SyncRow], people: HubPeople) -> Q:
        """Return who is to be created with a national ID that somebody else has by now, who may be in no row (D-08)."""
        new = Q(kind=Kind.ONLY_LEFT)
        left_ids = may_share_since(people, rows.filter(new), self.run.created_at)
        return new & Q(left_id__in=left_ids) if len(left_ids) <= IDS_AT_ONCE else new


class _Batch:
    def __init__(
        self, run: SyncRun, people: HubPeople, rows: Sequence[SyncRow], overtaken: Collection[int], values: bool
    ) -> None:
        self._people, self._resource, self._rows, self._values = people, people.resource, rows, values
        self._overtaken = frozenset(overtaken)
        ids = [row.left_id for row in rows if row.left_id]
        self._left = {record.id: record for record in people.read(ids)}
        self._gone = why_not_there([left_id for left_id in ids if left_id not in self._left])
        new = [row.left_id for row in rows if row.kind == Kind.ONLY_LEFT]
        links = holding_links(connection=run.connection, resource=self._resource)
        self._linked = set(links.filter(left_id__in=new).values_list("left_id", flat=True)) if new else set()
        sharing = people.sharing_national_id(new) if new else {}
        shared = [row for row in rows if row.kind == Kind.ONLY_LEFT and row.left_id in sharing]
        self._same = {row.left_id: unanswered_of_row(row, sharing[row.left_id]) for row in shared}
        self._named = named_of_same(people, self._same.values())

    def reasons(self) -> Iterator[tuple[SyncRow, str]]:
        for row in self._rows:
            yield row, self._why_not(row)

    def _why_not(self, row: SyncRow) -> str:
        if not row.left_id:
            return str(LINKED_HERE) if row.kind == Kind.ONLY_RIGHT else ""
        left = self._left.get(row.left_id)
        if left is None:
            return self._gone[row.left_id]
        if row.kind == Kind.ONLY_LEFT:
            return takes_no_part(row, left, linked=TO_BE_LINKED) or self._why_not_created(left)
        if row.kind != Kind.DIFFERS:
            return takes_no_part(row, left, linked=TO_BE_LINKED) if row.link_id else ""
        return takes_no_part(row, left, linked=TO_BE_LINKED) or self._why_no_field(row, left)

    def _why_not_created(self, left: Record) -> str:
        if left.id in self._linked:
            return str(LINKED_THERE)
        if same := self._same.get(left.id):
            return said_of_named(self._named, same)
        return cannot_create(self._resource, left, to=Side.RIGHT)

    def _why_no_field(self, row: SyncRow, left: Record) -> str:
        fields = [field for field in row.fields.all() if field.pk not in self._overtaken]
        sent = {field.field for field in fields if field.decision == Decision.LEFT}
        stored: Mapping[str, Any] = row.link.pairs if row.link is not None else {}
        emptied = given_away(self._people, left, pairs_from_json(self._resource, stored))
        reason = not_sendable(self._resource, left, sent, emptied=emptied)
        return reason or (moved_in_hub(self._resource, left, fields) if self._values else "")


def _open_rows(run: SyncRun) -> QuerySet[SyncRow]:
    return SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN)
