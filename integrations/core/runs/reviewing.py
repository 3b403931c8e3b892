"""Decisions as the review pages make them: a person's fields together, whole selections, ticks, settings (G-04, G-05).

Each locks the run, so that nothing is decided once somebody has approved it. A person that somebody else decided on
after the page was shown is never overwritten: the row's version tells. A choice for many asks first (`beside`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from employees.users import user_name
from employees.zones import moment_text
from integrations.core.hub.labels import label_row
from integrations.core.models import SyncField, SyncRow, SyncRun
from integrations.core.runs.beside import ASK, OnOthers, ask_about_others, of_others
from integrations.core.runs.deciding import RunRefused, locked_review, put_decision, touch_rows

Decision = SyncField.Decision
Kind = SyncRow.Kind
SUGGESTED: Final = "suggested"
CREATABLE: Final = (Kind.ONLY_LEFT, Kind.ONLY_RIGHT)


class DecidedByAnother(RunRefused):
    """Somebody else decided on the person after the page was shown: what stands there is shown instead."""


class Chosen(NamedTuple):
    """What a choice for many did: fields that it decided, and (reason, number) of those that it could not."""

    decided: int
    kept: tuple[tuple[str, int], ...]


class Progress(NamedTuple):
    people: int
    decided: int


def open_rows(run: SyncRun) -> QuerySet[SyncRow]:
    return SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN)


def open_conflicts(run: SyncRun) -> QuerySet[SyncRow]:
    return open_rows(run).filter(kind=Kind.DIFFERS)


def open_fields(run: SyncRun) -> QuerySet[SyncField]:
    return SyncField.objects.filter(row__run=run, row__kind=Kind.DIFFERS, row__state=SyncRow.State.OPEN).order_by()


def count_open(run: SyncRun) -> dict[str, Progress]:
    """Count the open people by kind, and those of them who have no undecided field, in one query."""
    undecided = Exists(SyncField.objects.filter(row=OuterRef("pk"), decision=Decision.OPEN))
    kinds = (
        open_rows(run)
        .order_by()
        .values_list("kind")
        .annotate(people=Count("pk"), undecided=Count("pk", filter=undecided))
    )
    return {kind: Progress(people, people - undecided) for kind, people, undecided in kinds}


def progress_of(run: SyncRun) -> Progress:
    """Count the people with conflicts, and those of them whose every field is decided."""
    return count_open(run).get(Kind.DIFFERS, Progress(0, 0))


def decide_person(
    *, row: SyncRow, decisions: Mapping[int, str], version: int | None, by: AbstractBaseUser
) -> Sequence[SyncField]:
    """Decide some of a person's fields, by their primary keys; returns those that changed.

    Raises DecidedByAnother, or RunRefused with the reason when a side cannot be written; nothing is decided then.
    """
    with locked_review(row.run):
        changed = [field for field in row.fields.all() if decisions.get(field.pk, field.decision) != field.decision]
        if not changed:
            return ()
        for field in changed:
            reason = why_not(field, decisions[field.pk])
            if reason:
                raise RunRefused(reason)
        take_row(row=row, version=version, by=by)
        for field in changed:
            put_decision(SyncField.objects.filter(pk=field.pk), decisions[field.pk], by)
    return changed


def why_not(field: SyncField, decision: str) -> str:
    """Return why a field cannot be decided so, or an empty string."""
    return {Decision.LEFT: field.reason_right, Decision.RIGHT: field.reason_left}.get(Decision(decision), "")


def take_row(*, row: SyncRow, version: int | None, by: AbstractBaseUser, **changes: Any) -> None:
    """Take the next version of a row that is as it was shown, or was last decided by the same person."""
    rows = SyncRow.objects.filter(pk=row.pk, state=SyncRow.State.OPEN)
    shown = rows if version is None else rows.filter(Q(version=version) | Q(decided_by_id=by.pk))
    if not touch_rows(shown, by, **changes):
        raise DecidedByAnother(_decided_by_another(row))


def _decided_by_another(row: SyncRow) -> str:
    now = SyncRow.objects.select_related("decided_by").filter(pk=row.pk).first()
    if now is None or now.decided_by is None:
        return _(
            "%(name)s is not as the page showed any more. What stands there now is shown; yours was not saved."
        ) % {"name": label_row(row)}
    return _(
        "%(who)s decided on %(name)s meanwhile (%(at)s). What stands there now is theirs; yours was not saved."
    ) % {"who": user_name(now.decided_by), "name": label_row(row), "at": moment_text(now.decided_at, row.run)}


def decide_selection(
    *, run: SyncRun, fields: QuerySet[SyncField], decision: str, by: AbstractBaseUser, others: OnOthers = ASK
) -> Chosen:
    """Decide all of the given fields at once, but for those whose side cannot be written; they stay as they are.

    SUGGESTED takes the suggestion of each field that is undecided. Raises WouldOverwrite where others decided on some
    of the people and ``others`` does not say what becomes of that; nothing is decided then.
    """
    with locked_review(run):
        kept, changing = _kept(fields, decision), _changing(fields, decision)
        ask_about_others(_rows_of(changing), by=by, said=others)
        if others.keep:
            changing = changing.exclude(of_others(by, row="row__"))
        touch_rows(_rows_of(changing), by)
        return Chosen(_decide(changing, decision, by), kept)


def decide_whole_person(
    *, row: SyncRow, fields: QuerySet[SyncField], decision: str, version: int | None, by: AbstractBaseUser
) -> Chosen:
    """Do the same for the given fields of one person; raises DecidedByAnother."""
    with locked_review(row.run):
        kept, changing = _kept(fields, decision), _changing(fields, decision)
        if changing.exists():
            take_row(row=row, version=version, by=by)
        return Chosen(_decide(changing, decision, by), kept)


def _changing(fields: QuerySet[SyncField], decision: str) -> QuerySet[SyncField]:
    if decision == SUGGESTED:
        return fields.filter(decision=Decision.OPEN).exclude(suggestion=Decision.OPEN)
    return _writable(fields, decision).exclude(decision=decision)


def _rows_of(fields: QuerySet[SyncField]) -> QuerySet[SyncRow]:
    return SyncRow.objects.filter(pk__in=fields.values("row"))


def _decide(fields: QuerySet[SyncField], decision: str, by: AbstractBaseUser) -> int:
    return put_decision(fields, F("suggestion") if decision == SUGGESTED else decision, by)


def _writable(fields: QuerySet[SyncField], decision: str) -> QuerySet[SyncField]:
    return {
        Decision.LEFT.value: fields.filter(reason_right=""),
        Decision.RIGHT.value: fields.filter(reason_left=""),
    }.get(decision, fields)


def _kept(fields: QuerySet[SyncField], decision: str) -> tuple[tuple[str, int], ...]:
    if decision == SUGGESTED:
        without = fields.filter(decision=Decision.OPEN, suggestion=Decision.OPEN).count()
        return ((_("Nothing is suggested where both sides have a value, or a side cannot be written."), without),) * (
            without > 0
        )
    column = {Decision.LEFT.value: "reason_right", Decision.RIGHT.value: "reason_left"}.get(decision)
    if column is None:
        return ()
    blocked = fields.exclude(**{column: ""}).values_list(column).annotate(count=Count("pk")).order_by("-count")
    return tuple((reason, count) for reason, count in blocked)


def creatable(rows: QuerySet[SyncRow]) -> QuerySet[SyncRow]:
    """Return who may be ticked: nobody who cannot be created, nobody held by a question (G-05)."""
    return rows.filter(kind__in=CREATABLE, hold_reason="", state=SyncRow.State.OPEN)


def tick_people(
    *, run: SyncRun, rows: QuerySet[SyncRow], create: bool, by: AbstractBaseUser, others: OnOthers = ASK
) -> int:
    """Tick everybody of these who may be created, or nobody; returns how many changed. Raises WouldOverwrite."""
    decision = SyncRow.Decision.CREATE if create else SyncRow.Decision.OPEN
    with locked_review(run):
        changing = creatable(rows).exclude(decision=decision)
        ask_about_others(changing, by=by, said=others)
        if others.keep:
            changing = changing.exclude(of_others(by))
        return touch_rows(changing, by, decision=decision)


def tick_person(*, row: SyncRow, create: bool, version: int | None, by: AbstractBaseUser) -> bool:
    """Tick one person for creation, or take the tick back; returns whether that changed anything.

    Raises DecidedByAnother, or RunRefused with the reason when the person cannot be created.
    """
    decision = SyncRow.Decision.CREATE if create else SyncRow.Decision.OPEN
    with locked_review(row.run):
        row.refresh_from_db(fields=["decision", "kind", "hold_reason", "state"])
        if row.decision == decision:
            return False
        if create and (row.kind not in CREATABLE or row.hold_reason):
            raise RunRefused(row.hold_reason or row.reason or _("This person cannot be created."))
        take_row(row=row, version=version, by=by, decision=decision)
    return True


def keep_settings(*, row: SyncRow, chosen: Mapping[str, Any], version: int | None, by: AbstractBaseUser) -> None:
    """Keep what a new person is created with where it differs from the connection's settings.

    Raises DecidedByAnother, RunRefused.
    """
    with locked_review(row.run):
        row.refresh_from_db(fields=["options"])
        options = {name: value for name, value in row.options.items() if name != "settings"}
        if chosen:
            options["settings"] = dict(chosen)
        take_row(row=row, version=version, by=by, options=options)
