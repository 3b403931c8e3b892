"""What becomes of a mark: counted, held, postponed, given up or taken off; and the problems that are told of it."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.foreign_text import quoting
from integrations.core.declare import NOTHING
from integrations.core.marks import HELD_BY
from integrations.core.models import Delivery, Mark
from integrations.core.problems import (
    FIELD,
    GIVEN_UP,
    open_causes,
    reopen_fields,
    report_problem,
    solve_causes,
    solve_problems,
)
from integrations.core.push.session import PushSession

# So often one mark is tried, whether its worker died or the vendor failed over it, before a person is asked.
TRIES: Final = 8
# How soon a record is looked at again that somebody else is writing.
BUSY_PAUSE: Final = timedelta(seconds=1)


class MarkHolder:
    """Every method is one transaction, and does nothing the second time."""

    def __init__(self, session: PushSession) -> None:
        self.session = session
        self.connection = session.connection
        self.resource = session.resource

    # --- Marks ------------------------------------------------------------------------------------------

    def count_start(self, found: Mark) -> bool:
        """Count a start that never came back, should this one not; returns False if the mark is not to be tried."""
        if found.attempts >= TRIES:
            self.give_up(found)
            return False
        counted = Mark.objects.filter(pk=found.pk, version=found.version, held_by="")
        return bool(counted.update(attempts=F("attempts") + 1))

    def take_off(self, found: Mark) -> None:
        """Nothing is left to send at this version but what mass changes hold; of a newer one the work goes on."""
        mine = Mark.objects.filter(pk=found.pk, version=found.version)
        if not mine.filter(held_fields={}).delete()[0] and not self._hold_rest(mine):
            Mark.objects.filter(pk=found.pk).update(attempts=0, due=timezone.now())
        elif found.wanted.get("fields"):
            reopen_fields(connection=self.connection, resource=self.resource.name, left_id=found.left_id)

    def _hold_rest(self, mine: QuerySet[Mark]) -> bool:
        now = mine.first()
        if now is None or not now.held_fields:
            return False
        # Released or edited meanwhile, it is looked at once more.
        same = mine.filter(held_fields=now.held_fields, held_by="")
        return bool(same.update(held_by=f"{HELD_BY}{next(iter(now.held_fields))}", wanted={}, attempts=0))

    def hold(self, found: Mark, reason: str) -> None:
        Mark.objects.filter(pk=found.pk, held_by="").update(held_by=reason, attempts=0)

    def postpone(self, found: Mark, *, counts: bool = False, pause: timedelta = BUSY_PAUSE) -> None:
        """Let the mark wait; what is not the fault of its record does not count as a try."""
        if counts:
            # Doubled by each further failure over the record: about 20 minutes in all.
            pause = timedelta(seconds=settings.RETRY_SECONDS) * 2 ** max(found.attempts, 0)
            Mark.objects.filter(pk=found.pk).update(due=timezone.now() + pause)
        else:
            Mark.objects.filter(pk=found.pk).update(due=timezone.now() + pause, attempts=Greatest(F("attempts") - 1, 0))

    def give_up(self, found: Mark) -> None:
        message = _("Tried %(count)d times without an answer that says what is wrong.") % {"count": TRIES}
        if last := self._last_said(found):
            message = quoting(_("Tried %(count)d times. What came last: %(message)s"), count=TRIES, message=last)
        with transaction.atomic():
            self.report(
                found,
                action=Delivery.Action.UPDATE,
                message=message,
                cause=GIVEN_UP,
                wanted=found.wanted,
            )
            self.hold(found, Mark.Hold.PROBLEM)

    def _last_said(self, found: Mark) -> str:
        ended = Delivery.objects.filter(connection=self.connection, resource=self.resource.name, left_id=found.left_id)
        return ended.order_by("-pk").values_list("message", flat=True).first() or ""

    # --- Problems ---------------------------------------------------------------------------------------

    def report(
        self,
        found: Mark,
        *,
        action: str,
        message: str,
        cause: str,
        wanted: Mapping[str, Any],
        right_id: str = "",
        became: str = "",
    ) -> None:
        left = self.session.left.read_one(found.left_id)
        report_problem(
            connection=self.connection,
            resource=self.resource.name,
            left_id=found.left_id,
            right_id=right_id,
            label=left.label if left is not None else found.left_id,
            action=action,
            message=message,
            cause=cause,
            wanted=wanted,
            became=became,
        )

    def tell_kept(
        self,
        found: Mark,
        kept: Mapping[str, str],
        *,
        right_id: str,
        unseen: Collection[str] = (),
        conflicts: Mapping[str, Any] = NOTHING,
    ) -> None:
        """Say which fields were kept back, and why (FX-09); those that are not any more are solved.

        What was said of an ``unseen`` field stays: the vendor still does not show what it holds. ``conflicts`` are what
        the vendor holds of fields that both sides changed, as JSON: trying again writes over just that (G-25).
        """
        with transaction.atomic():
            self._solve_sent(found.left_id, but={*kept, *unseen})
            for name, reason in kept.items():
                self.report(
                    found,
                    action=Delivery.Action.UPDATE,
                    message=f"{self.resource.field(name).label}: {reason}",
                    cause=f"{FIELD}{name}",
                    wanted={"fields": [name], **({"over": {name: conflicts[name]}} if name in conflicts else {})},
                    right_id=right_id,
                )

    def _solve_sent(self, left_id: str, *, but: Collection[str]) -> None:
        connection, resource = self.connection, self.resource.name
        open_ones = open_causes(connection=connection, resource=resource, left_id=left_id)
        over = {cause for cause in open_ones if cause.startswith(FIELD) and cause.removeprefix(FIELD) not in but}
        solve_causes(connection=connection, resource=resource, left_id=left_id, causes=over)

    def solve_all(self, left_id: str) -> None:
        """Both sides agree: what was refused before has been settled otherwise, and the connection works."""
        solve_problems(connection=self.connection, resource=self.resource.name, left_id=left_id)
        solve_problems(connection=self.connection, resource=self.resource.name, left_id="")
