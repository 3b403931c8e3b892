"""The transactions of a whole absence: finished, refused, adopted, let go, or done at Fortnox by hand."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from integrations.core.deliver import end_delivery
from integrations.core.errors import Forbidden, VendorError
from integrations.core.hub.absences import RESOURCE, VALUES, mark_current
from integrations.core.models import Delivery, Link, Mark, Problem
from integrations.core.problems import Became, cause_of, open_causes, solve_causes, solve_problems
from integrations.fortnox.absence_planning import (
    CLOSED,
    EDITED,
    GIVEN_UP,
    GONE,
    JOURNAL,
    REFUSED,
    SINCE,
    Subject,
)
from integrations.fortnox.absence_rows import AbsenceRowSettler, options_of, plain, row_key
from integrations.fortnox.absence_rules import ListedRow, Plan, Why
from integrations.fortnox.absence_steps import BACK, UnderWay
from integrations.fortnox.absence_telling import (
    CLASH,
    LEFT_BEHIND,
    MOVED,
    REPAIR,
    SHOW,
    TOO_LONG,
    closed_entry,
    day_of,
    edited_in_words,
    refusal_in_words,
    row_in_words,
    standing_problems,
)
from integrations.fortnox.absence_typed import Look, follows_mapping
from integrations.fortnox.absence_words import days_in_words

# Of the options, what a change that is done leaves behind it.
ENDS: Final = (JOURNAL, REFUSED, CLOSED, GIVEN_UP)


class AbsenceSettler(AbsenceRowSettler):
    """Every method is one transaction."""

    # --- Refusals -----------------------------------------------------------------------------------------

    def refuse(
        self, delivery: Delivery, error: VendorError, *, cause: str = "", message: str = "", became: str = ""
    ) -> None:
        """A day was refused: what this change has written is taken back first, then a person is told (FX-17)."""
        with transaction.atomic():
            if not end_delivery(delivery=delivery, state=Delivery.State.REFUSED, error=error):
                return
            parent = self.parent_of(delivery.left_id, lock=True)
            if parent is None:
                return
            refused = parent.options.get(REFUSED) or {
                "message": error.message.verbatim or _("The other system gave no reason."),
                "cause": cause or cause_of(error),
                "version": delivery.mark_version,
                "days": [],
                # Whose right is missing is not the absence's alone.
                "about": delivery.wanted["employee_id"] if isinstance(error, Forbidden) else "",
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
                action=self.tried_with(found.left_id, journal=stand),
                message=refusal_in_words(refused, stand, parent.options.get(GIVEN_UP, ())),
                cause=refused["cause"],
                right_id=refused.get("about", ""),
                became=Became.IN_PART if stand else "",
            )
            now = Mark.objects.filter(pk=found.pk, version=refused["version"])
            if now.exists():
                self.hold(now.get(), Mark.Hold.PROBLEM)
            else:
                # Changed since: perhaps that mends it.
                Mark.objects.filter(pk=found.pk).update(attempts=0, due=timezone.now())

    def clash(self, under_way: UnderWay, look: Look) -> None:
        """Rows that somebody typed are in the way: nothing is written before a person has looked (FX-15)."""
        rows = sorted(look.others, key=lambda row: (row.day, row.row_id))
        shown = "; ".join(f"{date_format(row.day, 'SHORT_DATE_FORMAT')}: {row_in_words(row)}" for row in rows)
        message = _("Already in Fortnox: %(rows)s.") % {"rows": shown}
        if look.too_much:
            message += " " + _("With the absence, a day would make more than 100 %.")
        with transaction.atomic():
            self.report(
                under_way.mark,
                action=self.tried_with(under_way.mark.left_id),
                message=message,
                cause=CLASH,
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
            written = parent is not None and bool(parent.options.get(JOURNAL))
            if parent is not None:
                self._settle_parent(parent, subject, plan)
            standing = standing_problems(plan)
            over = self._open_causes(subject.left_id) - set(standing)
            solve_causes(connection=self.connection, resource=RESOURCE, left_id=subject.left_id, causes=over)
            # The connection works: what kept all of it is over.
            solve_problems(connection=self.connection, resource=RESOURCE, left_id="")
            for cause, (action, message) in standing.items():
                # What is too long is written in no part: what stands there stays.
                unchanged = Became.REMAINS if cause == TOO_LONG else Became.NOT_SENT
                became = Became.IN_PART if written else unchanged
                self.report(found, action=action, message=message, cause=cause, became=became)
            self.take_off(found)

    def _open_causes(self, left_id: str) -> set[str]:
        """Return what finishing solves: rows elsewhere are looked after by a person, who says so by trying again."""
        found = open_causes(connection=self.connection, resource=RESOURCE, left_id=left_id)
        moved = Problem.objects.filter(connection=self.connection, resource=RESOURCE, left_id=left_id, cause=MOVED)
        return found - {MOVED} if moved.filter(state=Problem.State.OPEN).exists() else found

    def let_go(self, found: Mark, subject: Subject) -> None:
        """Rows at somebody else of Fortnox's, whom the person was linked to before, are a person's to remove."""
        strays = subject.strays
        days = days_in_words(day_of(link) for link in strays)
        text = _("The person was linked to employee %(id)s in Fortnox before. These days remain there: %(days)s.")
        with transaction.atomic():
            Link.objects.filter(pk__in=[link.pk for link in strays]).update(state=Link.State.GONE_LEFT)
            message = text % {"id": strays[0].options["employee_id"], "days": days}
            self.report(
                found,
                action=Delivery.Action.DELETE,
                message=message,
                cause=MOVED,
                became=Became.REMAINS,
            )

    def tell_left_behind(self, found: Mark, subject: Subject) -> None:
        """The person is of another company, and linked to nobody here: what stands there is a person's to remove."""
        text = _(
            "%(name)s belongs to another company now, and is not linked in this connection any more. These days remain"
            " there, though the absence was changed, declined or deleted: %(days)s."
        )
        message = text % {"name": subject.label, "days": days_in_words(day_of(link) for link in subject.rows)}
        with transaction.atomic():
            self.report(
                found,
                action=Delivery.Action.DELETE,
                message=message,
                cause=LEFT_BEHIND,
                became=Became.REMAINS,
            )
            self.hold(found, Mark.Hold.PROBLEM)

    def _settle_parent(self, parent: Link, subject: Subject, plan: Plan) -> None:
        closed = [closed_entry(change) for change in plan.closed]
        options = {name: value for name, value in parent.options.items() if name not in ENDS}
        values, over = subject.values, not parent.children.exclude(state__in=GONE).exists() and not closed
        # Of somebody who has moved on, what stands there still says what was sent: it is taken back once it may be.
        sent = parent.options[VALUES] if values.moved and not over else plain(subject.stored)
        parent.options = {**options, VALUES: sent, **({CLOSED: closed} if closed else {})}
        if over and (values.deleted or values.moved):
            parent.state = Link.State.GONE_LEFT
        parent.save(update_fields=["options", "state"])
        if over and plan.why is Why.TAKEN_BACK:
            # Nothing of it stands here any more: where the person is now, it goes as any other.
            mark_current(subject.left_id)

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
            edited = [text for link in links if (text := edited_in_words(link, there.get(link.right_id)))]
            parent.options[EDITED] = edited if mode == SHOW and parent.state == Link.State.ACTIVE else []
            parent.save(update_fields=["options", "state"])

    def _take_as_it_is(self, link: Link, row: ListedRow | None) -> None:
        if row is None:
            self._gone(link.right_id)
        elif row.extent is not None:
            options = options_of(row)
            if any(options[name] != link.options[name] for name in ("day", "extent", "cause")):
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
