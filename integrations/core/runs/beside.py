"""Several people in one review: who else is in it, and whose decisions a choice for many would undo (G-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.shown import Happened, fingerprint, told_texts
from employees.users import user_name
from integrations.core.hub.labels import label_row, label_rows
from integrations.core.models import FieldChange, ReviewVisit, SyncRow, SyncRun
from integrations.core.runs.deciding import RunRefused

SEEN_WITHIN: Final = timedelta(minutes=2)
# A visit is written so often at most.
NOTED_EVERY: Final = timedelta(minutes=1)
# Of everybody whose decisions would be undone, so many are named for each who decided.
NAMED: Final = 5


def note_visit(*, run: SyncRun, by: AbstractBaseUser) -> list[ReviewVisit]:
    """Note that somebody looks at the review; returns who else did within a couple of minutes."""
    now = timezone.now()
    recent = ReviewVisit.objects.filter(run=run, seen_at__gt=now - SEEN_WITHIN).select_related("user")
    visits = list(recent.order_by("-seen_at"))
    if not any(visit.user_id == by.pk and visit.seen_at > now - NOTED_EVERY for visit in visits):
        ReviewVisit.objects.bulk_create(
            [ReviewVisit(run=run, user_id=by.pk, seen_at=now)],
            update_conflicts=True,
            unique_fields=["run", "user"],
            update_fields=["seen_at"],
        )
    return [visit for visit in visits if visit.user_id != by.pk]


@dataclass(frozen=True, kw_only=True)
class OnOthers:
    """What somebody said of others' decisions: keep them, or overwrite those that ``made_from`` stands for."""

    keep: bool = False
    made_from: str = ""


ASK: Final = OnOthers()


class Decider(NamedTuple):
    """Somebody who decided on people; ``labels`` are some of these, ``at`` is when the last of them was decided on."""

    name: str
    people: int
    at: datetime
    labels: tuple[str, ...]

    @property
    def more(self) -> int:
        return self.people - len(self.labels)


class WouldOverwrite(RunRefused):
    """Others decided on some of these people: whoever chooses for many says first what becomes of that.

    ``made_from`` stands for their decisions; ``answered``: it was asked already, and they decided again since.
    """

    def __init__(self, deciders: Sequence[Decider], *, made_from: str, answered: bool, free: int) -> None:
        super().__init__(_("Somebody else decided on some of these people."))
        self.deciders = deciders
        self.made_from = made_from
        self.answered = answered
        self.free = free

    @property
    def people(self) -> int:
        return sum(decider.people for decider in self.deciders)


def of_others(by: AbstractBaseUser, *, row: str = "") -> Q:
    """Return the condition that somebody else decided last; ``row`` leads from what is asked to the row."""
    return Q(**{f"{row}decided_by__isnull": False}) & ~Q(**{f"{row}decided_by": by.pk})


def ask_about_others(rows: QuerySet[SyncRow], *, by: AbstractBaseUser, said: OnOthers) -> None:
    """Raise WouldOverwrite when others decided on some of the rows that are to change, unless that was answered."""
    theirs = rows.filter(of_others(by))
    versions = list(theirs.order_by("pk").values_list("pk", "version"))
    made_from = fingerprint(versions)
    if not versions or said.keep or said.made_from == made_from:
        return
    free = rows.exclude(of_others(by)).count()
    raise WouldOverwrite(_deciders(theirs), made_from=made_from, answered=bool(said.made_from), free=free)


def deciders_of(run: SyncRun) -> list[Decider]:
    """Return who decided on people in a review, where it still waits."""
    if run.state != SyncRun.State.REVIEW:
        return []
    return _deciders(SyncRow.objects.filter(run=run, state=SyncRow.State.OPEN, decided_by__isnull=False))


def _deciders(rows: QuerySet[SyncRow]) -> list[Decider]:
    counted = rows.order_by().values_list("decided_by").annotate(people=Count("pk"), at=Max("decided_at"))
    place = Window(RowNumber(), partition_by="decided_by", order_by=[F("label").asc(), F("pk").asc()])
    some = rows.order_by().annotate(place=place).filter(place__lte=NAMED).order_by("place")
    labels: dict[int, list[str]] = {}
    named = list(some.select_related("run"))
    if named:
        label_rows(named, resource=named[0].run.resource)
    for row in named:
        labels.setdefault(row.decided_by_id or 0, []).append(row.shown)
    found = [(each, *rest) for each, *rest in counted.order_by("-at")]
    users = get_user_model().objects.in_bulk([user_id for user_id, _people, _at in found])
    return [
        Decider(user_name(users.get(user_id)), people, at, tuple(labels.get(user_id, ())))
        for user_id, people, at in found
    ]


def matched_since(run: SyncRun, since: datetime | None) -> list[Happened]:
    """Return who said who is whom in the review since, newest first: the rows of two who were matched are gone."""
    if since is None:
        return []
    changes = FieldChange.objects.filter(run=run, field="link", at__gte=since).select_related("user")
    return [Happened(user_name(change.user), _("said who is whom"), change.at) for change in changes[:NAMED]]


def settled_text(run: SyncRun, row_id: int, *, since: datetime | None) -> str:
    """Return what to tell of somebody who does not wait for an answer any more: who settled it, as far as is known."""
    row = SyncRow.objects.select_related("decided_by").filter(pk=row_id, run=run).first()
    found = matched_since(run, since)
    if row is not None and row.decided_by and row.decided_at:
        found = [
            Happened(user_name(row.decided_by), _("decided on %(name)s") % {"name": label_row(row)}, row.decided_at)
        ]
    nothing = _("Nothing was done: this question was settled meanwhile.")
    return " ".join([nothing, *told_texts(found), _("The page shows what is still asked.")])
