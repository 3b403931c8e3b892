"""What people's absences take of their days, at Fortnox and on their way there, for `absence_sums` (FX-22).

Counted is what stands at Fortnox, whatever becomes of it, and what is to go there: approved, of a mapped type, with an
end, and neither refused nor left unsent. What waits for a release goes one day, and is counted.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _

from absences.doubts import period_text
from absences.models import Absence
from integrations.core.hub.absences import DELETED, RESOURCE, left_id_of, pk_of
from integrations.core.models import Delivery, Link, Mark, Problem
from integrations.core.problems import OPEN
from integrations.fortnox.absence_planning import DAYS, GONE, JOURNAL, Planner, Subject
from integrations.fortnox.absence_rules import LEAVES_ROWS, Schedule, days_of, why_none
from integrations.fortnox.absence_sums import Claim, Over, Sums, sort_out
from integrations.fortnox.absence_telling import TOO_LONG
from integrations.fortnox.absence_words import days_in_words

# A mark that is held so goes only when somebody says so.
STAYS: Final = (Mark.Hold.PROBLEM, Mark.Hold.OUTSIDE)
_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)


class Judged(NamedTuple):
    """One person's absences by left id, and which of them are kept back."""

    sums: Sums
    subjects: Mapping[str, Subject]

    def in_words(self, over: Over) -> str:
        """Return the days and the other absences; what an absence is stands in no mail."""
        others = ", ".join(_named(self.subjects[key], over.days) for key in over.others)
        text = _(
            "On %(days)s the person would be absent more than 100 %% in all, together with what is registered for"
            " %(others)s."
        )
        return text % {"days": days_in_words(over.days), "others": others}


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What else is to be known of absences: their marks, and which are being written."""

    marks: Mapping[str, str]
    under_way: Collection[str]
    going: Collection[str]
    about: str

    def is_ready(self, left_id: str) -> bool:
        """Whether it goes as soon as the person's other absences let it."""
        return left_id in self.going or self.marks.get(left_id) in ("", Mark.Hold.OVERLAP)

    def is_going(self, left_id: str) -> bool:
        held_by = self.marks.get(left_id)
        return left_id in self.going or (held_by is not None and held_by not in STAYS)


def is_alone(planner: Planner, subject: Subject) -> bool:
    """Whether nothing else of the person touches the absence's days: most are, and need no judgement."""
    person, start, end = int(subject.stored["employee"]), subject.values.start, subject.values.end or date.max
    others = Absence.objects.filter(employee=person).exclude(pk=pk_of(subject.left_id) or 0).order_by()
    periods = list(others.values_list("pk", "start", "end"))
    if any(first <= end and (last is None or last >= start) for _pk, first, last in periods):
        return False
    if _deleted(planner, {person}):
        return False
    rows = Link.objects.filter(
        resource=DAYS,
        parent__connection=planner.connection,
        parent__resource=RESOURCE,
        parent__left_id__in=[left_id_of(pk) for pk, _first, _last in periods],
    ).exclude(state__in=GONE)
    return not any(start.isoformat() <= day <= end.isoformat() for day in rows.values_list("options__day", flat=True))


def judge_people(
    planner: Planner,
    people: Collection[int],
    *,
    about: str = "",
    going: Collection[str] = (),
    after: Mapping[str, Mapping[str, Any]] | None = None,
    chosen: Collection[str] = (),
) -> dict[int, Judged]:
    """Judge all absences of these people, by person; a number of queries that does not depend on theirs.

    ``about`` is the one that is being sent by the caller; ``going`` go though nothing marks them yet; ``after`` and
    ``chosen`` are as for `Planner.subjects`.
    """
    ids = Absence.objects.filter(employee__in=people).order_by().values_list("pk", flat=True)
    # Also what an operation under way has deleted by now.
    left_ids = [*dict.fromkeys([*map(left_id_of, ids), *(after or {})])]
    deleted = _deleted(planner, people)
    subjects = planner.subjects([*left_ids, *deleted], deleted=deleted, chosen=chosen, after=after)
    mine = {"connection": planner.connection, "resource": RESOURCE, "left_id__in": list(subjects)}
    writing = Delivery.objects.filter(**mine, state__in=Delivery.OPEN).values_list("left_id", flat=True)
    known = _Known(
        marks=dict(Mark.objects.filter(**mine).values_list("left_id", "held_by")),
        under_way={*writing, *(key for key, each in subjects.items() if each.options.get(JOURNAL))},
        going=going,
        about=about,
    )
    of_people: dict[int, dict[str, Subject]] = {person: {} for person in people}
    # What has begun ends, whatever was registered before it: all days or none.
    for left_id, subject in sorted(
        subjects.items(), key=lambda item: (item[0] not in known.under_way, _registered(*item))
    ):
        of_people.get(subject.stored["employee"], {})[left_id] = subject
    return {
        person: Judged(sort_out([_claim(planner, each, known) for each in mine.values()]), mine)
        for person, mine in of_people.items()
    }


def _registered(left_id: str, subject: Subject) -> tuple[bool, datetime, int, str]:
    """In the order of registration; those that will be there come last, in their own."""
    return pk_of(left_id) is None, subject.stored.get("created_at") or _BEFORE_ALL, pk_of(left_id) or 0, left_id


def _claim(planner: Planner, subject: Subject, known: _Known) -> Claim:
    standing = Counter[date]()
    for row in subject.known:
        standing[row.day] += row.extent
    wanted = _wanted(planner, subject, standing)
    if subject.left_id in known.under_way and subject.left_id != known.about:
        return Claim(subject.left_id, standing | Counter(wanted or {}), wanted)
    wanted = wanted if known.is_going(subject.left_id) else None
    return Claim(subject.left_id, standing, wanted, ready=known.is_ready(subject.left_id))


def _wanted(planner: Planner, subject: Subject, standing: Counter[date]) -> dict[date, int] | None:
    """Return what will stand, by day; None: what stands stays. Days without hours are the same for all of a person."""
    values, settings = subject.values, planner.settings
    why = why_none(values, mapped=subject.mapped, settings=settings, schedule=Schedule())
    if why in LEAVES_ROWS:
        return None
    days = days_of(values.start, values.end) if why is None and values.end else []
    wanted = dict.fromkeys(days, values.grade)
    if (closed_to := settings.closed_to) is None:
        return wanted
    # Closed days stay as they stand.
    still = {day: extent for day, extent in standing.items() if day <= closed_to}
    return {**still, **{day: extent for day, extent in wanted.items() if day > closed_to}}


def _deleted(planner: Planner, people: Collection[int]) -> dict[str, Any]:
    """Return what is gone from the hub and may stand at Fortnox still, with its last values where they are known."""
    mine = {"connection": planner.connection, "resource": RESOURCE}
    marks = Mark.objects.filter(**mine, wanted__has_key=DELETED).values_list("left_id", "wanted")
    found = {left_id: wanted[DELETED] for left_id, wanted in marks if wanted[DELETED]["employee"] in people}
    blocked = Problem.objects.filter(**mine, cause=TOO_LONG, state__in=OPEN).values_list("left_id", flat=True)
    return {**dict.fromkeys(_gone(blocked), None), **found}


def _gone(left_ids: Iterable[str]) -> list[str]:
    by_pk = {pk: left_id for left_id in left_ids if (pk := pk_of(left_id)) is not None}
    there = set(Absence.objects.filter(pk__in=by_pk).values_list("pk", flat=True)) if by_pk else set()
    return [left_id for pk, left_id in by_pk.items() if pk not in there]


def _named(subject: Subject, days: Collection[date]) -> str:
    """Name the other absence; where the hub has moved it away, or taken it back, what of it is in the way there."""
    values = subject.values
    period = f"{period_text(values.start, values.end)} ({values.grade} %)"
    goes_on = values.approved and not values.deleted
    if goes_on and any(values.start <= day and (values.end is None or day <= values.end) for day in days):
        return period
    standing = days_in_words(row.day for row in subject.known if row.day in days)
    return _("%(period)s, of which Fortnox still holds %(days)s") % {"period": period, "days": standing}
