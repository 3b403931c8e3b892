"""The transactions that write down what became of an absence's rows: delivery, links, history, problems, the mark."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from absences.models import Absence
from employees.models import Employee
from integrations.core.deliver import end_delivery, write_ahead
from integrations.core.errors import VendorError
from integrations.core.hub.absences import PERSON, RESOURCE, label_of, left_id_of, pk_of
from integrations.core.hub.tracking import SUBJECT
from integrations.core.marks import release
from integrations.core.models import Delivery, FieldChange, Link, Mark, Problem
from integrations.core.problems import cause_of, open_causes, report_problem, solve_causes
from integrations.core.push.settling import PushSettler
from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_endpoint import ABSENCES
from integrations.fortnox.absence_planning import (
    CLOSED,
    DAYS,
    EDITED,
    GONE,
    JOURNAL,
    REFUSED,
    SINCE,
    VALUES,
    Subject,
)
from integrations.fortnox.absence_rules import Change, ListedRow, Plan, follows_mapping
from integrations.fortnox.absence_steps import BACK, RowStep, UnderWay, inverse, is_entry
from integrations.fortnox.absence_words import days_in_words

CLASH: Final = "absence:clash"
TOO_LONG: Final = "absence:too_long"
CLOSED_DAYS: Final = "absence:closed"
MOVED: Final = "absence:moved"
NO_HOURS: Final = "absence:no_hours"
# What trying again does first: the rows at Fortnox are listed, and what was done there by hand counts.
CHECK: Final = "check"
REPAIR: Final = "repair"
# In a mark: at which version, and when, nothing stood at Fortnox in the way of the absence.
LOOKED: Final = "looked"
LOOK_LASTS: Final = timedelta(minutes=10)
SHOW: Final = "show"


class AbsenceSettler(PushSettler):
    """Every method is one transaction."""

    # --- Problems ---------------------------------------------------------------------------------------

    def report(
        self, found: Mark, *, action: str, message: str, cause: str, wanted: Mapping[str, Any], right_id: str = ""
    ) -> None:
        report_problem(
            connection=self.connection,
            resource=RESOURCE,
            left_id=found.left_id,
            right_id="",
            label=self.name_of(found.left_id),
            action=action,
            message=message,
            cause=cause,
            wanted={CHECK: REPAIR},
        )

    def name_of(self, left_id: str) -> str:
        absence = Absence.objects.filter(pk=pk_of(left_id) or 0).select_related("employee", "type").first()
        if absence is not None:
            return label_of(absence)
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
        elif NO_HOURS not in open_causes(connection=self.connection, resource=RESOURCE, left_id=left_id):
            report_problem(
                connection=self.connection,
                resource=RESOURCE,
                left_id=left_id,
                right_id="",
                label=self.name_of(left_id),
                action=Delivery.Action.CREATE,
                message=_("The absences wait.") if held else _("The absences are sent, and Fortnox counts 0 hours."),
                cause=NO_HOURS,
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

    # --- Before a write -----------------------------------------------------------------------------------

    def write(self, under_way: UnderWay, step: RowStep) -> Delivery | None:
        """Record a write ahead; None where the absence, the person or the mapping has changed meanwhile."""
        subject, person = under_way.subject, under_way.person
        if subject is None or person is None:
            return None
        try:
            with transaction.atomic():
                now = Mark.objects.filter(pk=under_way.mark.pk, held_by="").first()
                same = now is not None and (now.version == under_way.mark.version or under_way.taking_back)
                linked = Link.objects.filter(pk=person.pk, state=Link.State.ACTIVE, right_id=person.right_id).exists()
                if not same or not linked or self._open_parent(subject) is None:
                    return None
                row = step.row
                return write_ahead(
                    connection=self.connection,
                    resource=ABSENCES,
                    left_id=subject.left_id,
                    step=step.name,
                    action=step.action,
                    right_id=step.row_id,
                    wanted={
                        "day": row.day.isoformat(),
                        "cause": row.cause,
                        "extent": row.extent,
                        "employee_id": person.right_id,
                    },
                    before={"extent": step.before if step.action == Delivery.Action.UPDATE else row.extent}
                    if step.row_id
                    else {},
                    mark_version=under_way.mark.version,
                    natural_key=f"{person.right_id}:{row.day.isoformat()}:{row.cause}",
                )
        except IntegrityError:
            return None

    def _open_parent(self, subject: Subject) -> Link | None:
        """Return the absence's link, made before its first write; None once the mapping has changed under it."""
        parent = self.parent_of(subject.left_id, lock=True)
        if parent is None:
            parent = Link.objects.create(
                connection=self.connection,
                resource=RESOURCE,
                left_id=subject.left_id,
                right_id=subject.left_id,
                options={VALUES: plain(subject.stored)},
                state=Link.State.ACTIVE,
            )
        return parent if parent.state == Link.State.ACTIVE else None

    def parent_of(self, left_id: str, *, lock: bool = False) -> Link | None:
        links = Link.objects.select_for_update() if lock else Link.objects.all()
        found = links.filter(connection=self.connection, resource=RESOURCE, left_id=left_id)
        return found.exclude(state__in=GONE).first()

    # --- After a write ------------------------------------------------------------------------------------

    def settle_row(self, delivery: Delivery, row: ListedRow | None) -> None:
        """Fortnox holds what was sent: ``row`` as it gave it back, None for a deletion."""
        row_id = row.row_id if row is not None else delivery.right_id
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.DONE, right_id=row_id):
                return
            parent = self.parent_of(delivery.left_id, lock=True)
            if parent is None:
                raise LookupError(f"Delivery {delivery.pk} has no link.")
            self._move_link(parent, delivery, row)
            journal = list(parent.options.get(JOURNAL, []))
            if delivery.step.startswith(BACK):
                journal = [entry for entry in journal if not is_entry(entry, delivery)]
            else:
                journal.append(inverse(delivery=delivery, row_id=row_id))
            parent.options[JOURNAL] = journal
            parent.options.pop(EDITED, None)
            parent.synced_at = timezone.now()
            parent.save(update_fields=["options", "synced_at"])
            self._remember(parent, delivery)

    def _move_link(self, parent: Link, delivery: Delivery, row: ListedRow | None) -> None:
        sent = delivery.wanted
        if row is None:
            self._gone(delivery.right_id)
            return
        options = {**sent, "hours": str(row.hours) if row.hours is not None else None}
        if delivery.action == Delivery.Action.CREATE:
            self._link_row(parent, row.row_id, options)
        else:
            rows = self._row_links().filter(right_id=row.row_id)
            rows.update(options=options, synced_at=timezone.now())

    def _link_row(self, parent: Link, row_id: str, options: Mapping[str, Any]) -> None:
        Link.objects.create(
            connection=self.connection,
            resource=DAYS,
            parent=parent,
            left_id=row_key(parent.left_id, options),
            right_id=row_id,
            options=dict(options),
            state=Link.State.ACTIVE,
            synced_at=timezone.now(),
        )

    def _row_links(self) -> Any:
        return Link.objects.filter(connection=self.connection, resource=DAYS).exclude(state__in=GONE)

    def _gone(self, row_id: str) -> None:
        self._row_links().filter(right_id=row_id).update(state=Link.State.GONE_RIGHT, gone_at=timezone.now())

    def _remember(self, parent: Link, delivery: Delivery) -> None:
        """Keep what was written with the person's history (G-12)."""
        sent, before = delivery.wanted, delivery.before.get("extent")
        text = f"{cause_name(sent['cause'])} %s %%"
        deleted = delivery.action == Delivery.Action.DELETE
        FieldChange.objects.create(
            subject=SUBJECT,
            subject_id=str(parent.options[VALUES]["employee"]),
            field=f"absence {sent['day']}",
            before=text % before if before is not None else None,
            after=None if deleted else text % sent["extent"],
            connection_id=delivery.connection_id,
            delivery=delivery,
            at=timezone.now(),
        )

    def lost_row(self, delivery: Delivery, error: VendorError | None) -> None:
        """The row to change is not there any more: somebody at Fortnox deleted it. It is planned anew."""
        with transaction.atomic():
            if end_delivery(delivery=delivery, state=Delivery.State.VOID, error=error):
                self._gone(delivery.right_id)

    # --- Refusals -----------------------------------------------------------------------------------------

    def refuse(self, delivery: Delivery, error: VendorError, *, cause: str = "", message: str = "") -> None:
        """A day was refused: what this change has written is taken back first, then a person is told (FX-17)."""
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.REFUSED, error=error):
                return
            parent = self.parent_of(delivery.left_id, lock=True)
            if parent is None:
                return
            refused = parent.options.get(REFUSED) or {
                "message": error.message or _("The other system gave no reason."),
                "cause": cause or cause_of(error),
                "action": delivery.action,
                "version": delivery.mark_version,
                "days": [],
            }
            if not delivery.step.startswith(BACK):
                refused["days"] = sorted({*refused["days"], delivery.wanted["day"]})
            parent.options[REFUSED] = refused
            parent.save(update_fields=["options"])

    def end_refused(self, found: Mark) -> None:
        """All that could be taken back is: one problem of the absence, which names the days (G-09)."""
        with transaction.atomic():
            parent = self.parent_of(found.left_id, lock=True)
            if parent is None or not parent.options.get(REFUSED):
                return
            refused, stand = parent.options.pop(REFUSED), parent.options.pop(JOURNAL, [])
            parent.save(update_fields=["options"])
            self.report(
                found,
                action=refused["action"],
                message=_refusal(refused, stand),
                cause=refused["cause"],
                wanted={},
            )
            now = Mark.objects.filter(pk=found.pk, version=refused["version"])
            if now.exists():
                self.hold(now.get(), Mark.Hold.PROBLEM)
            else:
                # Changed since: perhaps that mends it.
                Mark.objects.filter(pk=found.pk).update(attempts=0, due=timezone.now())

    def clash(self, under_way: UnderWay, others: Iterable[ListedRow]) -> None:
        """Rows that somebody typed are in the way: nothing is written before a person has looked (FX-15)."""
        rows = sorted(others, key=lambda row: (row.day, row.row_id))
        shown = "; ".join(f"{date_format(row.day, 'SHORT_DATE_FORMAT')}: {_row_in_words(row)}" for row in rows)
        with transaction.atomic():
            self.report(
                under_way.mark,
                action=Delivery.Action.CREATE,
                message=_("Already in Fortnox: %(rows)s.") % {"rows": shown},
                cause=CLASH,
                wanted={},
            )
            self.hold(under_way.mark, Mark.Hold.PROBLEM)

    # --- Without a call -----------------------------------------------------------------------------------

    def adopt(self, subject: Subject, rows: Iterable[ListedRow]) -> None:
        """Link rows that say the same already instead of creating them (FX-15)."""
        with transaction.atomic():
            parent = self._open_parent(subject)
            if parent is None:
                return
            for row in rows:
                self._link_row(parent, row.row_id, options_of(row))

    def finish(self, found: Mark, subject: Subject, plan: Plan) -> None:
        """Fortnox holds what the absence wants, or what may not be touched: the mark ends."""
        with transaction.atomic():
            parent = self.parent_of(subject.left_id, lock=True)
            if parent is None and plan.closed:
                parent = self._open_parent(subject)
            if parent is not None:
                self._settle_parent(parent, subject, plan)
            standing = _standing_problems(plan)
            over = self._open_causes(subject.left_id) - set(standing)
            solve_causes(connection=self.connection, resource=RESOURCE, left_id=subject.left_id, causes=over)
            for cause, (action, message) in standing.items():
                self.report(found, action=action, message=message, cause=cause, wanted={})
            self.take_off(found)

    def _open_causes(self, left_id: str) -> set[str]:
        """Return what finishing solves: rows elsewhere are looked after by a person, who says so by trying again."""
        found = open_causes(connection=self.connection, resource=RESOURCE, left_id=left_id)
        moved = Problem.objects.filter(connection=self.connection, resource=RESOURCE, left_id=left_id, cause=MOVED)
        return found - {MOVED} if moved.filter(state=Problem.State.OPEN).exists() else found

    def let_go(self, found: Mark, subject: Subject) -> None:
        """Rows at somebody else of Fortnox's, whom the person was linked to before, are a person's to remove."""
        strays = subject.strays
        days = days_in_words(_day(link) for link in strays)
        text = _("The person was linked to employee %(id)s in Fortnox before. These days remain there: %(days)s.")
        with transaction.atomic():
            Link.objects.filter(pk__in=[link.pk for link in strays]).update(state=Link.State.GONE_LEFT)
            message = text % {"id": strays[0].options["employee_id"], "days": days}
            self.report(found, action=Delivery.Action.DELETE, message=message, cause=MOVED, wanted={})

    def _settle_parent(self, parent: Link, subject: Subject, plan: Plan) -> None:
        closed = [_closed_entry(change) for change in plan.closed]
        options = {name: value for name, value in parent.options.items() if name not in (JOURNAL, REFUSED, CLOSED)}
        parent.options = {**options, VALUES: plain(subject.stored), **({CLOSED: closed} if closed else {})}
        rows_left = parent.children.exclude(state__in=GONE).exists()
        if subject.values.deleted and not rows_left and not closed:
            parent.state = Link.State.GONE_LEFT
        parent.save(update_fields=["options", "state"])

    # --- What was done at Fortnox by hand ------------------------------------------------------------------

    def reconcile(self, subject: Subject, listed: Iterable[ListedRow], *, mode: str) -> None:
        """Hold the linked rows against those that stand there; see CHECK. Reconnects what FX-13 disconnected."""
        there = {row.row_id: row for row in listed}
        links = [link for link in subject.rows if link not in subject.strays]
        with transaction.atomic():
            parent = self.parent_of(subject.left_id, lock=True)
            if parent is None:
                return
            standing = [link for link in links if link.right_id in there]
            if parent.state == Link.State.DISCONNECTED:
                self._reconnect(parent, subject, standing, there)
            elif mode == REPAIR:
                for link in links:
                    self._take_as_it_is(link, there.get(link.right_id))
            edited = [text for link in links if (text := _edited(link, there.get(link.right_id)))]
            parent.options[EDITED] = edited if mode == SHOW and parent.state == Link.State.ACTIVE else []
            parent.save(update_fields=["options", "state"])

    def _take_as_it_is(self, link: Link, row: ListedRow | None) -> None:
        if row is None:
            self._gone(link.right_id)
        elif row.extent is not None:
            options = options_of(row)
            if (options["extent"], row.cause) != (link.options["extent"], link.options["cause"]):
                self._rename(link, options, row)

    def _reconnect(self, parent: Link, subject: Subject, standing: list[Link], there: Mapping[str, ListedRow]) -> None:
        row_ids = {link.right_id for link in standing}
        if not follows_mapping(there.values(), row_ids=row_ids, cause=subject.mapped.cause or ""):
            return
        for link in subject.rows:
            row = there.get(link.right_id)
            if row is None:
                self._gone(link.right_id)
            else:
                self._rename(link, options_of(row), row)
        parent.state = Link.State.ACTIVE
        parent.options.pop(SINCE, None)

    def _rename(self, link: Link, options: Mapping[str, Any], row: ListedRow) -> None:
        # With the row's ID: nothing keeps two rows of one day from getting the same cause there.
        key = f"{row_key(str(link.parent and link.parent.left_id), options)}:{row.row_id}"
        Link.objects.filter(pk=link.pk).update(options=dict(options), left_id=key, state=Link.State.ACTIVE)


def plain(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return an absence's values as JSON holds them."""
    return {name: value for name, value in stored.items() if name not in ("decided_at", "counts")}


def options_of(row: ListedRow) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "cause": row.cause,
        "extent": int(row.extent or 0),
        "employee_id": row.employee_id,
        "hours": str(row.hours) if row.hours is not None else None,
    }


def row_key(left_id: str, options: Mapping[str, Any]) -> str:
    return f"{left_id}:{options['day']}:{options['cause']}"


def _closed_entry(change: Change) -> dict[str, Any]:
    action = "create" if change.row is None else "update" if change.wanted is not None else "delete"
    return {"day": change.day.isoformat(), "action": action}


def _standing_problems(plan: Plan) -> dict[str, tuple[str, str]]:
    """Return cause → (action, message) of what a person has to do by hand."""
    found: dict[str, tuple[str, str]] = {}
    if plan.blocked:
        days = days_in_words(row.day for row in plan.blocked)
        text = _("Longer than 50 days. Remove or correct these days in Fortnox by hand: %(days)s.")
        found[TOO_LONG] = (Delivery.Action.DELETE, text % {"days": days})
    if plan.closed:
        words = {"create": _("create"), "update": _("change"), "delete": _("delete")}
        parts = [
            f"{word}: {days_in_words(change.day for change in plan.closed if _closed_entry(change)['action'] == name)}"
            for name, word in words.items()
            if any(_closed_entry(change)["action"] == name for change in plan.closed)
        ]
        text = _("Payroll is closed for these days, so they were not touched in Fortnox: %(days)s.")
        found[CLOSED_DAYS] = (Delivery.Action.UPDATE, text % {"days": "; ".join(parts)})
    return found


def _day(link: Link) -> date:
    return date.fromisoformat(link.options["day"])


def _refusal(refused: Mapping[str, Any], stand: list[dict[str, Any]]) -> str:
    days = days_in_words(date.fromisoformat(day) for day in refused["days"])
    said = _("%(message)s – refused for %(days)s.") % {"message": refused["message"], "days": days}
    if not stand:
        return said + " " + _("Fortnox holds what it held before this change.")
    left = days_in_words(date.fromisoformat(entry["day"]) for entry in stand)
    return (
        said
        + " "
        + _("Part of the change could not be taken back and stands in Fortnox: %(days)s. Trying again repairs it.")
        % {"days": left}
    )


def _row_in_words(row: ListedRow) -> str:
    extent = f"{row.extent.normalize():f} %" if row.extent is not None else _("no extent")
    return f"{cause_name(row.cause)}, {extent}"


def _edited(link: Link, row: ListedRow | None) -> str:
    """Return what somebody did to a row at Fortnox, or an empty text."""
    day = date_format(_day(link), "SHORT_DATE_FORMAT")
    if row is None:
        return _("%(day)s is gone") % {"day": day}
    if (row.cause, row.extent) != (link.options["cause"], link.options["extent"]):
        return _("%(day)s is %(row)s") % {"day": day, "row": _row_in_words(row)}
    return ""
