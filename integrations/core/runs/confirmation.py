"""What confirming a review stands for: what it would write, a fingerprint of that, what changed since (G-21)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from employees.parameters import moment, whole
from employees.shown import fingerprint
from integrations.core.hub.happenings import OF_LINKS
from integrations.core.hub.tracking import SUBJECT, SYNCED
from integrations.core.models import Connection, FieldChange, SyncField, SyncRow, SyncRun
from integrations.core.models.history import EVERY_FIELD
from integrations.core.runs.following import Following
from integrations.core.runs.pending import Pending
from integrations.core.runs.standing import CREATED, Standing, decided_rows

Kind = SyncRow.Kind
SEPARATOR: Final = "|"
# What is sent of a person, as the history calls it.
EDITED: Final = (*sorted(SYNCED), f"bank_account.{EVERY_FIELD}")


def rows_to_write(standing: Standing) -> QuerySet[SyncRow]:
    """Return whom a confirmation approves: those who were decided on, and of whom the decisions still hold."""
    return decided_rows(standing.run).exclude(pk__in=list(standing.left_out))


def fingerprint_of_review(
    run: SyncRun,
    *,
    pending: Pending | None = None,
    following: Following | None = None,
    standing: Standing | None = None,
) -> str:
    """Return what the confirm page is made from, by a few queries whatever the number of people.

    ``pending`` is what the page tells of changes that go by themselves, ``following`` what it tells of other
    connections, ``standing`` whom it leaves out, where they were computed already.
    Whoever decides takes the row's next version, and whatever settles by itself is counted out: two states of a
    review have the same sums only where they would write the same.
    """
    pending = pending or Pending(run)
    standing = standing or Standing(run, pending.overtaken)
    people = _open_rows(run).filter(CREATED | Q(kind=Kind.DIFFERS)).order_by()
    fields = SyncField.objects.filter(row__in=_open_rows(run).filter(kind=Kind.DIFFERS)).order_by()
    by_kind = people.values_list("kind", "decision").annotate(Count("pk"), Sum("pk"), Sum("version"))
    by_field = fields.values_list("field", "decision").annotate(Count("pk"), Sum("pk"))
    return fingerprint(
        run.pk,
        {_plain(row) for row in by_kind},
        {_plain(row) for row in by_field},
        _last_edit(run),
        _settings(run),
        pending.made_from,
        (following or Following(run, standing)).made_from,
        standing.made_from,
    )


def _open_rows(run: SyncRun) -> QuerySet[SyncRow]:
    return SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN)


def _plain(row: tuple[Any, ...]) -> tuple[str, ...]:
    # A database's sum is not always an int.
    return tuple(str(each) for each in row)


def _last_edit(run: SyncRun) -> int:
    """Return the hub's last change of those who are written: new people go as it holds them, and of others what was
    shown of it is not true any more.
    """
    written = _open_rows(run).filter(Q(kind=Kind.DIFFERS) | Q(CREATED, kind=Kind.ONLY_LEFT))
    edits = FieldChange.objects.filter(subject=SUBJECT, subject_id__in=written.values("left_id"), connection=None)
    return edits.filter(field__in=EDITED).aggregate(last=Max("pk"))["last"] or 0


def _settings(run: SyncRun) -> Any:
    """Return by what new people are created, and who takes part."""
    return Connection.objects.values_list("settings", "scope").get(pk=run.connection_id)


# --- What changed since ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Since:
    """How far a review had come when a page of it was made, and when: the last decision, the last end, the last change.

    ``elsewhere`` is what went to other systems by itself, by connection.
    """

    decided: datetime | None = None
    ended: datetime | None = None
    change: int = 0
    settings: str = ""
    at: datetime | None = None
    elsewhere: str = ""

    def as_text(self) -> str:
        return SEPARATOR.join(str(value or "") for value in vars(self).values())

    @classmethod
    def from_text(cls, text: str) -> "Since":
        """Read what a page posted; of what cannot be read everything is told."""
        decided, ended, change, settings, at, elsewhere, *_rest = [*text.split(SEPARATOR), *[""] * 6]
        return cls(
            decided=moment(decided),
            ended=moment(ended),
            change=whole(change),
            settings=settings,
            at=moment(at),
            elsewhere=elsewhere,
        )


def since_now(run: SyncRun) -> Since:
    """Return how far it has come; whoever makes a page adds what goes ``elsewhere``."""
    of_rows = SyncRow.objects.filter(run=run).aggregate(decided=Max("decided_at"), ended=Max("ended_at"))
    last = FieldChange.objects.order_by("-pk").values_list("pk", flat=True).first()
    return Since(**of_rows, change=last or 0, settings=fingerprint(_settings(run)), at=timezone.now())


@dataclass(frozen=True, kw_only=True)
class DecidedSince:
    """Whom somebody decided on; ``rows`` are the first of them, with the decided fields as ``decided_fields``."""

    by: Any
    people: int
    rows: list[SyncRow]


@dataclass(frozen=True, kw_only=True)
class ChangedSince:
    """``ended``: (how many, the first) that need no decision any more; ``changes``: the first of both sides' values."""

    decided: list[DecidedSince]
    ended: tuple[int, list[SyncRow]]
    changes: list[FieldChange]
    settings: bool


def changed_since(run: SyncRun, since: Since, *, readable: QuerySet[FieldChange], named: int) -> ChangedSince:
    """Return what changed of a review, the first ``named`` of each kind.

    ``readable`` is the history that may be told.
    """
    rows = SyncRow.objects.filter(run=run).order_by("label", "pk")
    decided = rows.filter(decided_at__gt=since.decided) if since.decided else rows.filter(decided_at__isnull=False)
    ended = rows.filter(ended_at__gt=since.ended) if since.ended else rows.filter(ended_at__isnull=False)
    ended = ended.exclude(pk__in=decided.values("pk"))
    looked_at = rows.filter(Q(kind=Kind.DIFFERS) | CREATED).exclude(left_id="")
    changes = readable.filter(
        Q(connection=None) | Q(connection=run.connection_id) | Q(field__in=OF_LINKS),
        subject_id__in=looked_at.order_by().values("left_id"),
        pk__gt=since.change,
    )
    return ChangedSince(
        decided=[_decided_by(decided, by, people, since, named) for by, people in _deciders(decided)],
        ended=(ended.count(), list(ended[:named])),
        changes=list(changes[:named]) if since.change else [],
        settings=since.settings not in ("", fingerprint(_settings(run))),
    )


def _deciders(decided: QuerySet[SyncRow]) -> list[tuple[int | None, int]]:
    counted = decided.order_by().values_list("decided_by").annotate(people=Count("pk"))
    return list(counted.order_by("-people", "decided_by"))


def _decided_by(decided: QuerySet[SyncRow], by: int | None, people: int, since: Since, named: int) -> DecidedSince:
    theirs = decided.filter(decided_by=by)
    rows: list[Any] = list(theirs.select_related("decided_by")[:named])
    fields = SyncField.objects.filter(row__in=rows, decided_by=by, decided_at__isnull=False).order_by("pk")
    if since.decided:
        fields = fields.filter(decided_at__gt=since.decided)
    found: dict[int, list[SyncField]] = {}
    for field in fields:
        found.setdefault(field.row_id, []).append(field)
    for row in rows:
        row.decided_fields = found.get(row.pk, [])
    return DecidedSince(by=rows[0].decided_by if rows else None, people=people, rows=rows)
