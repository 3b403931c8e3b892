"""What is told of an absence: its problems, and what was seen at Fortnox beforehand."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from absences.models import Absence
from employees.models import Employee
from integrations.core.declare import NOTHING
from integrations.core.errors import AboutAnother, OutcomeUnknown, VendorError
from integrations.core.hub.absences import PERSON, RESOURCE, VALUES, left_id_of, pk_of
from integrations.core.marks import release
from integrations.core.models import Delivery, Link, Mark, Problem
from integrations.core.problems import OPEN, Became, report_problem, solve_causes
from integrations.core.push.settling import PushSettler
from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_planning import (
    DAYS,
    GONE,
)
from integrations.fortnox.absence_rules import Change, ListedRow, Plan
from integrations.fortnox.absence_steps import UnderWay
from integrations.fortnox.absence_words import days_in_words

CLASH: Final = "absence:clash"
TOO_LONG: Final = "absence:too_long"
CLOSED_DAYS: Final = "absence:closed"
MOVED: Final = "absence:moved"
LEFT_BEHIND: Final = "absence:left_behind"
NO_HOURS: Final = "absence:no_hours"
OVERLAP: Final = "absence:overlap"
OUTSIDE: Final = "absence:outside"
# What trying again does first: the rows at Fortnox are listed, and what was done there by hand counts.
CHECK: Final = "check"
REPAIR: Final = "repair"
# In a mark: at which version, and when, nothing stood at Fortnox in the way of the absence.
LOOKED: Final = "looked"
LOOK_LASTS: Final = timedelta(minutes=10)
# What a write that was not done after all may be called whose answer nobody has seen; empty: its worker died.
LOST: Final = frozenset({"", OutcomeUnknown.__name__, AboutAnother.__name__})
SHOW: Final = "show"


class AbsenceTeller(PushSettler):
    """Every method is one transaction."""

    # --- Problems ---------------------------------------------------------------------------------------

    def report(
        self,
        found: Mark,
        *,
        action: str,
        message: str,
        cause: str,
        wanted: Mapping[str, Any] = NOTHING,
        right_id: str = "",
        became: str = "",
    ) -> None:
        report_problem(
            connection=self.connection,
            resource=RESOURCE,
            left_id=found.left_id,
            right_id=right_id,
            label=self.name_of(found.left_id),
            action=action,
            message=message,
            cause=cause,
            wanted={CHECK: REPAIR},
            became=became,
        )

    def tried_with(self, left_id: str, *, journal: Iterable[Mapping[str, Any]] = ()) -> str:
        """Return what was to be done with the absence as a whole, whichever of its days is in the way.

        ``journal`` is how the rows that were written by the same change would be taken back.
        """
        mine = Link.objects.filter(resource=DAYS, parent__connection=self.connection, parent__left_id=left_id)
        entries = list(journal)
        created = [entry["row_id"] for entry in entries if entry["action"] == Delivery.Action.DELETE]
        before = mine.exclude(state__in=GONE).exclude(right_id__in=created).exists()
        if not before and len(created) == len(entries):
            return Delivery.Action.CREATE
        approved = Absence.objects.filter(pk=pk_of(left_id) or 0, status=Absence.Status.APPROVED).exists()
        return Delivery.Action.UPDATE if approved else Delivery.Action.DELETE

    def name_of(self, left_id: str) -> str:
        absence = Absence.objects.filter(pk=pk_of(left_id) or 0).select_related("employee", "type").first()
        if absence is not None:
            return absence.label
        employee = Employee.objects.filter(pk=pk_of(left_id, prefix=PERSON) or 0).first()
        if employee is not None:
            return employee.full_name
        parent = self.parent_of(left_id)
        return str(parent.options[VALUES].get("label", left_id)) if parent else left_id

    def warn_no_hours(self, under_way: UnderWay, *, has_hours: bool | None, held: bool) -> None:
        """Keep the person's one problem for a schedule without hours (FX-16)."""
        if under_way.person is None or has_hours is None:
            return
        left_id = f"{PERSON}{under_way.person.left_id}"
        if has_hours:
            solve_causes(connection=self.connection, resource=RESOURCE, left_id=left_id, causes={NO_HOURS})
            return
        became = Became.NOT_SENT if held else Became.REMARK
        same = Problem.objects.filter(connection=self.connection, resource=RESOURCE, left_id=left_id, cause=NO_HOURS)
        if not same.filter(state__in=OPEN, became=became).exists():
            report_problem(
                connection=self.connection,
                resource=RESOURCE,
                left_id=left_id,
                right_id="",
                label=self.name_of(left_id),
                action=Delivery.Action.CREATE,
                message=_("The absences wait.") if held else _("The absences are sent, and Fortnox counts 0 hours."),
                cause=NO_HOURS,
                became=became,
            )

    def wait(self, found: Mark, *, pause: timedelta) -> None:
        """Look at it again after the pause, or as soon as somebody edits it."""
        waiting = Mark.objects.filter(pk=found.pk, held_by="")
        waiting.update(held_by=Mark.Hold.LATER, attempts=0, due=timezone.now() + pause)

    def tell_schedule(self, under_way: UnderWay, *, has_hours: bool | None, held: bool) -> None:
        """A person's schedule was read again: what waited for it goes on."""
        person = under_way.person
        if person is None:
            return
        with transaction.atomic():
            Problem.objects.filter(
                connection=self.connection, resource=RESOURCE, left_id=under_way.mark.left_id, cause=NO_HOURS
            ).filter(state=Problem.State.RETRIED).update(state=Problem.State.OPEN)
            self.warn_no_hours(under_way, has_hours=has_hours, held=held)
            pks = Absence.objects.filter(employee=int(person.left_id)).values_list("pk", flat=True)
            later = Mark.objects.filter(connection=self.connection, resource=RESOURCE, held_by=Mark.Hold.LATER)
            release(later.filter(left_id__in=[left_id_of(pk) for pk in pks]))
            self.take_off(under_way.mark)

    # --- What stands there already -------------------------------------------------------------------------

    def looked_lately(self, found: Mark) -> bool:
        """Whether nothing stood in the way of this very version a moment ago: another task goes on with it."""
        seen = found.wanted.get(LOOKED, {})
        at = parse_datetime(seen.get("at", ""))
        return seen.get("version") == found.version and at is not None and timezone.now() - at < LOOK_LASTS

    def remember_look(self, found: Mark) -> None:
        seen = {"version": found.version, "at": timezone.now().isoformat()}
        found.wanted = {**found.wanted, LOOKED: seen}
        Mark.objects.filter(pk=found.pk, version=found.version).update(wanted=found.wanted)

    def forget_look(self, found: Mark) -> None:
        found.wanted = {name: value for name, value in found.wanted.items() if name != LOOKED}
        Mark.objects.filter(pk=found.pk, version=found.version).update(wanted=found.wanted)

    def days_in_doubt(self, found: Mark) -> frozenset[date]:
        """Return the days whose row may have been created, though nothing shows it as it was sent.

        Somebody may have corrected it at Fortnox since. Once a person was asked what stands there, that is settled.
        """
        asked = Problem.objects.filter(
            connection=self.connection, resource=RESOURCE, left_id=found.left_id, cause=CLASH
        ).aggregate(last=Max("last_at"))["last"]
        created = Delivery.objects.filter(
            connection=self.connection, resource=RESOURCE, left_id=found.left_id, action=Delivery.Action.CREATE
        )
        # By day, the last one counts.
        last = {each.wanted["day"]: each for each in created.order_by("pk")}
        lost = [each for each in last.values() if each.state == Delivery.State.VOID and each.error_class in LOST]
        days = [each.wanted["day"] for each in lost if asked is None or (each.ended_at or each.created_at) > asked]
        return frozenset(map(date.fromisoformat, days))

    def not_done(self, delivery: Delivery, error: VendorError | None, *, counts: bool) -> None:
        """What stands there is looked at before it is sent again: that may not be what stood there before."""
        with transaction.atomic():
            super().not_done(delivery, error, counts=counts)
            marks = Mark.objects.filter(connection=self.connection, resource=RESOURCE, left_id=delivery.left_id)
            for found in marks:
                self.forget_look(found)

    def parent_of(self, left_id: str, *, lock: bool = False) -> Link | None:
        links = Link.objects.select_for_update() if lock else Link.objects.all()
        found = links.filter(connection=self.connection, resource=RESOURCE, left_id=left_id)
        return found.exclude(state__in=GONE).first()


def standing_problems(plan: Plan) -> dict[str, tuple[str, str]]:
    """Return cause → (action, message) of what a person has to do by hand."""
    found: dict[str, tuple[str, str]] = {}
    if plan.blocked:
        days = days_in_words(row.day for row in plan.blocked)
        text = _("Longer than 50 days. Remove or correct these days in Fortnox by hand: %(days)s.")
        found[TOO_LONG] = (Delivery.Action.DELETE, text % {"days": days})
    if plan.closed:
        words = {"create": _("create"), "update": _("change"), "delete": _("delete")}
        parts = [
            f"{word}: {days_in_words(change.day for change in plan.closed if closed_entry(change)['action'] == name)}"
            for name, word in words.items()
            if any(closed_entry(change)["action"] == name for change in plan.closed)
        ]
        text = _("Payroll is closed for these days, so they were not touched in Fortnox: %(days)s.")
        found[CLOSED_DAYS] = (Delivery.Action.UPDATE, text % {"days": "; ".join(parts)})
    return found


def closed_entry(change: Change) -> dict[str, Any]:
    action = "create" if change.row is None else "update" if change.wanted is not None else "delete"
    return {"day": change.day.isoformat(), "action": action}


def day_of(link: Link) -> date:
    return date.fromisoformat(link.options["day"])


def refusal_in_words(refused: Mapping[str, Any], stand: list[dict[str, Any]], given_up: Collection[str] = ()) -> str:
    days = days_in_words(date.fromisoformat(day) for day in refused["days"])
    said = _("%(message)s – refused for %(days)s.") % {"message": refused["message"], "days": days}
    if given_up:
        gone = days_in_words(map(date.fromisoformat, given_up))
        said += " " + _("These days left Fortnox before, for another absence, and are not put back: %(days)s.") % {
            "days": gone
        }
    if not stand:
        return said if given_up else said + " " + _("Fortnox holds what it held before this change.")
    left = days_in_words(date.fromisoformat(entry["day"]) for entry in stand)
    return (
        said
        + " "
        + _("Part of the change could not be taken back and stands in Fortnox: %(days)s. Trying again repairs it.")
        % {"days": left}
    )


def row_in_words(row: ListedRow) -> str:
    extent = f"{row.extent.normalize():f} %" if row.extent is not None else _("no extent")
    return f"{cause_name(row.cause)}, {extent}"


def edited_in_words(link: Link, row: ListedRow | None) -> str:
    """Return what somebody did to a row at Fortnox, or an empty text."""
    day = date_format(day_of(link), "SHORT_DATE_FORMAT")
    if row is None:
        return _("%(day)s is gone") % {"day": day}
    if row.day != day_of(link):
        moved = {"day": day, "other": date_format(row.day, "SHORT_DATE_FORMAT"), "row": row_in_words(row)}
        return _("%(day)s is on %(other)s now: %(row)s") % moved
    if (row.cause, row.extent) != (link.options["cause"], link.options["extent"]):
        return _("%(day)s is %(row)s") % {"day": day, "row": row_in_words(row)}
    return ""
