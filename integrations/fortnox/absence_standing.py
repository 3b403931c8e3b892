"""What became of an absence in Fortnox, in one line; read for many at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.foreign_text import joined, quoting
from employees.zones import zone_of
from integrations.core.hub.absences import PERSON, RESOURCE, left_id_of
from integrations.core.marks import HELD_BY
from integrations.core.models import Connection, Link, Mark, Problem
from integrations.core.problems import OPEN
from integrations.core.push.others import Line
from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_planning import CLOSED, EDITED, REFUSED, SINCE, Planner, Subject
from integrations.fortnox.absence_rules import Schedule, Why, why_none
from integrations.fortnox.absence_telling import CLOSED_DAYS, MOVED, NO_HOURS, OUTSIDE, OVERLAP, TOO_LONG

GOOD, WAITS, BAD, PLAIN = "success", "warning", "danger", ""
# These stand beside the rows; every other open problem is a refusal.
BESIDE: Final = (CLOSED_DAYS, TOO_LONG, MOVED)
# Nothing was refused: it waits for somebody.
KEPT: Final = (OVERLAP, OUTSIDE)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the line tells; ``why`` is the rule's reason for no rows."""

    subject: Subject
    why: Why | None
    requested: bool
    marked: bool
    problems: Mapping[str, str]
    # With a mass change that nobody has released yet.
    held: bool = False
    # Until days of the person's other absences have left Fortnox.
    follows: bool = False
    # Days without hours are not sent.
    leaves_out: bool = False
    # Why nothing of the connection is sent now.
    stopped: str = ""
    zone: tzinfo = UTC

    def told(self, causes: Sequence[str]) -> str:
        return joined(message for cause, message in self.problems.items() if cause in causes)


def lines_of(connection: Connection, ids: Sequence[int]) -> dict[int, Line]:
    left_ids = {pk: left_id_of(pk) for pk in ids}
    planner = Planner(connection)
    subjects = planner.subjects(left_ids.values())
    mine = {"connection": connection, "resource": RESOURCE}
    marks = Mark.objects.filter(**mine, left_id__in=left_ids.values())
    marked = dict(marks.values_list("left_id", "held_by"))
    problems: dict[str, dict[str, str]] = {}
    people = {f"{PERSON}{each.stored['employee']}" for each in subjects.values()}
    found = Problem.objects.filter(**mine, state__in=OPEN, left_id__in=[*left_ids.values(), *people])
    for left_id, cause, message in found.values_list("left_id", "cause", "message"):
        problems.setdefault(left_id, {})[cause] = message
    lines = {}
    for pk, left_id in left_ids.items():
        subject = subjects.get(left_id)
        if subject is not None:
            without_hours = NO_HOURS in problems.get(f"{PERSON}{subject.stored['employee']}", {})
            schedule = Schedule(has_hours=False if without_hours else None)
            why = why_none(subject.values, mapped=subject.mapped, settings=planner.settings, schedule=schedule)
            lines[pk] = line(
                Standing(
                    subject=subject,
                    why=why,
                    requested=subject.stored["requested"],
                    marked=left_id in marked,
                    held=marked.get(left_id, "").startswith(HELD_BY),
                    follows=marked.get(left_id) == Mark.Hold.OVERLAP,
                    problems=_true_still(problems.get(left_id, {}), subject),
                    leaves_out=not planner.settings.send_days_without_hours,
                    stopped=_stopped(connection),
                    zone=zone_of(connection),
                )
            )
    return lines


def _true_still(problems: Mapping[str, str], subject: Subject) -> Mapping[str, str]:
    """Workdays that moved may have brought the days into the employment: nobody can confirm them any more."""
    return {cause: said for cause, said in problems.items() if cause != OUTSIDE or subject.values.outside}


def line(standing: Standing) -> Line:
    subject = standing.subject
    refused = [message for cause, message in standing.problems.items() if cause not in (*BESIDE, *KEPT)]
    if subject.options.get(REFUSED):
        return Line(_("refused: what was written is being taken back"), BAD)
    if refused:
        return Line(quoting(_("refused: %(message)s"), message=joined(refused)), BAD)
    if standing.why is Why.DISCONNECTED:
        return _disconnected(subject, standing.zone)
    if subject.rows:
        return _in_fortnox(standing)
    if kept := standing.told(KEPT):
        return Line(_held(kept), WAITS)
    if standing.why is not None:
        text = WORDS[standing.why](standing)
        return Line(text, WAITS if text.startswith(_waiting("")) else PLAIN)
    return _not_there(standing)


def reason_of(subject: Subject, why: Why | None) -> str:
    """Return why an absence that is not in Fortnox would not go there, or an empty text."""
    if why in (None, Why.SCHEDULE_UNREAD):
        return _person_waits(subject)
    return WORDS[why](Standing(subject=subject, why=why, requested=False, marked=False, problems={}))


def _in_fortnox(standing: Standing) -> Line:
    rows, options = standing.subject.rows, standing.subject.options
    hours = sum(1 for link in rows if Decimal(link.options.get("hours") or 0) > 0)
    causes = ", ".join(sorted({cause_name(link.options["cause"]) for link in rows}))
    parts = [
        ngettext(
            "in Fortnox: %(count)d day, %(hours)d with hours, %(cause)s",
            "in Fortnox: %(count)d days, %(hours)d with hours, %(cause)s",
            len(rows),
        )
        % {"count": len(rows), "hours": hours, "cause": causes}
    ]
    if unsent := _unsent(standing):
        parts.append(unsent)
    if options.get(CLOSED):
        parts.append(_closed(options[CLOSED]))
    if options.get(EDITED):
        parts.append(_("edited in Fortnox: %(days)s") % {"days": ", ".join(options[EDITED])})
    alright = len(parts) == 1
    return Line("; ".join(parts), GOOD if alright else WAITS)


def _unsent(standing: Standing) -> str:
    """Return why Fortnox does not hold what the hub says, or an empty text."""
    left_alone = {
        Why.TOO_LONG: _("changes not transferred: longer than 50 days"),
        Why.LEFT: _("changes not transferred: their mass change was dropped"),
        Why.MOVED: _("the person belongs to another company now: the days stay there unless the absence changes"),
    }
    if standing.why in left_alone:
        return left_alone[standing.why]
    if standing.held:
        return _("a change waits for somebody to release its mass change")
    if standing.why is Why.SWITCHED_OFF:
        return _("changes not transferred: turned off in the settings")
    if kept := standing.told(KEPT):
        return _held(kept)
    on_its_way = _person_waits(standing.subject) or standing.stopped or _("a change is on its way")
    return on_its_way if standing.marked else ""


def _disconnected(subject: Subject, zone: tzinfo) -> Line:
    since = parse_datetime(str(subject.options.get(SINCE, "")))
    day = date_format(localtime(since, zone), "SHORT_DATE_FORMAT") if since else "–"
    text = ngettext(
        "mapping changed on %(day)s, %(count)d row remains in Fortnox",
        "mapping changed on %(day)s, %(count)d rows remain in Fortnox",
        len(subject.rows),
    )
    return Line(text % {"day": day, "count": len(subject.rows)}, PLAIN)


def _closed(entries: Sequence[Mapping[str, Any]]) -> str:
    text = ngettext(
        "%(count)d day left alone: payroll is closed", "%(count)d days left alone: payroll is closed", len(entries)
    )
    return text % {"count": len(entries)}


def _not_there(standing: Standing) -> Line:
    subject = standing.subject
    waits = _person_waits(subject)
    if waits:
        return Line(waits, WAITS)
    if standing.held:
        return Line(_waiting(_("somebody has to release its mass change")), WAITS)
    if standing.follows:
        return Line(_waiting(_("days of another absence leave Fortnox first")), WAITS)
    if standing.marked:
        return Line(standing.stopped or _waiting(_("on its way to Fortnox")), WAITS)
    if subject.options.get(CLOSED):
        return Line(_not_transferred(_("payroll is closed for these days")), PLAIN)
    # Nothing waits for it any more: it was looked at to the end.
    done = subject.parent is not None or standing.leaves_out
    return Line(_not_transferred(_("no day of it has working hours")) if done else _waiting(_("not sent yet")))


def _person_waits(subject: Subject) -> str:
    if subject.person is None or subject.person.state == Link.State.PROPOSED:
        return _waiting(_("the person is not in step with Fortnox yet"))
    if subject.person.state == Link.State.DISCONNECTED:
        return _waiting(_("the person is disconnected"))
    if subject.person.state == Link.State.OUT_OF_SCOPE:
        return _waiting(_("the person takes no part in the connection"))
    return ""


def _stopped(connection: Connection) -> str:
    if connection.state == Connection.State.ACTIVE:
        return ""
    if connection.state in Connection.TO_CONFIRM:
        return _waiting(_("a synchronisation has to be confirmed first"))
    return _waiting(_("Fortnox has to be connected again"))


def _waiting(reason: str) -> str:
    return _("waiting: %(reason)s") % {"reason": reason}


def _held(reason: str) -> str:
    return quoting(_("held: %(reason)s"), reason=reason)


def _not_transferred(reason: str) -> str:
    return _("not transferred: %(reason)s") % {"reason": reason}


def _not_approved(standing: Standing) -> str:
    if standing.requested:
        return _waiting(_("not approved yet"))
    return _not_transferred(_("declined or cancelled"))


WORDS: Final[Mapping[Why, Callable[[Standing], str]]] = {
    Why.DISCONNECTED: lambda standing: _disconnected(standing.subject, standing.zone).text,
    Why.MOVED: lambda _standing: _not_transferred(_("the person belongs to another company now")),
    Why.TAKEN_BACK: lambda _standing: _not_transferred(_("the person belongs to another company now")),
    Why.ELSEWHERE: lambda _standing: _not_transferred(
        _("its days stand in the system of the company that the person has left; once changed, it goes from there")
    ),
    Why.SWITCHED_OFF: lambda _standing: _not_transferred(_("turned off in the settings")),
    Why.BEFORE: lambda _standing: _not_transferred(
        _("approved before absences were transferred; choose it on the page “Existing absences”")
    ),
    Why.LEFT: lambda _standing: _not_transferred(_("its mass change was dropped; change the absence to send it")),
    Why.TOO_LONG: lambda _standing: _not_transferred(_("longer than 50 days")),
    Why.DELETED: lambda _standing: _not_transferred(_("deleted")),
    Why.NOT_APPROVED: _not_approved,
    Why.OPEN_END: lambda _standing: _waiting(_("no last day yet")),
    Why.NOT_WORK_DAYS: lambda _standing: _not_transferred(_("the type does not count as work days")),
    Why.NOT_ANSWERED: lambda _standing: _waiting(_("the absence type has no answer yet")),
    Why.NOT_TRANSFERRED: lambda _standing: _not_transferred(_("the type is not transferred")),
    Why.OUTSIDE: lambda _standing: _waiting(_("days outside the employment that nobody has confirmed")),
    Why.NO_HOURS: lambda _standing: _waiting(_("the person's schedule in Fortnox has no hours")),
    Why.SCHEDULE_UNREAD: lambda _standing: _waiting(_("the person's schedule in Fortnox is not read yet")),
}
