"""The push of absences to Fortnox, as the core asks for it (``core.push.others``)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from absences.tracking import ReachedAbsence
from integrations.core.calls import VendorCalls
from integrations.core.deliver import recover_interrupted
from integrations.core.dispatching import Dispatcher
from integrations.core.held_waiting import waiting_absences
from integrations.core.hub.absences import RESOURCE
from integrations.core.hub.endpoint import hub_people
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.leases import Held
from integrations.core.marks import HELD_BY, may_go, release
from integrations.core.models import Connection, Delivery, Mark, SyncRun
from integrations.core.push.others import Line, OtherPush, ReachedThere, Warned, Watcher
from integrations.core.push.session import PushSession
from integrations.fortnox.absence_endpoint import ABSENCES
from integrations.fortnox.absence_keeping import kept_back, release_fitting
from integrations.fortnox.absence_looking import ring_waiting
from integrations.fortnox.absence_mass_changes import leave_unsent
from integrations.fortnox.absence_reaching import reached_by, waiting_now
from integrations.fortnox.absence_sending import AbsenceSender
from integrations.fortnox.absence_standing import lines_of
from integrations.fortnox.absence_survey import ScheduleSurvey, warned_people
from integrations.fortnox.absence_switch import follow_settings
from integrations.fortnox.absence_waiting import ended_while_held, linked_by_now
from integrations.fortnox.models import ExistingLook


class AbsenceTransfer(OtherPush):
    def drain(self, *, held: Held, deadline: float, bulk: bool) -> bool:
        if not self._has_work():
            return True
        session = PushSession(
            connection=self.connection,
            resource=ABSENCES,
            left=hub_people(connection=self.connection, resource=PEOPLE),
            calls=VendorCalls(connection=self.connection, connector=self.connector, resource=ABSENCES, held=held),
            held=held,
            deadline=deadline,
            bulk=bulk,
        )
        recover_interrupted(connection=self.connection, resource=ABSENCES, pushed=True)
        follow_settings(self.connection)
        sender = AbsenceSender(session)
        try:
            return Dispatcher(
                calls=session.calls,
                held=held,
                next_job=sender.next_job,
                settle=sender.settle,
                stopped=sender.stopped,
                deadline=deadline,
                workers=session.workers,
                has_job=sender.has_job,
            ).run()
        finally:
            sender.close()

    def _has_work(self) -> bool:
        """Most drains are of people alone: they are not kept by what absences need."""
        mine = {"connection": self.connection, "resource": RESOURCE}
        deliveries = Delivery.objects.filter(**mine, state__in=(Delivery.State.SENDING, Delivery.State.UNKNOWN))
        return may_go().filter(**mine).exists() or deliveries.exists()

    @classmethod
    def waiting_for_release(cls, connections: QuerySet[Connection]) -> set[int]:
        mine = {"connection__in": connections, "resource": RESOURCE}
        later = Mark.objects.filter(**mine, held_by=Mark.Hold.LATER, due__lte=timezone.now())
        looks = ExistingLook.objects.filter(connection__in=connections, state__in=ExistingLook.AT_WORK)
        return {
            *later.values_list("connection", flat=True),
            *looks.values_list("connection_id", flat=True),
            *kept_back(connections).values_list("connection", flat=True),
            *linked_by_now(Mark.objects.filter(**mine, held_by=Mark.Hold.PERSON)),
            *ended_while_held(Mark.objects.filter(**mine)),
        }

    def release(self) -> int:
        """People who are linked by now need not wait any more; what was to be looked at later is."""
        ring_waiting(self.connection)
        mine = {"connection": self.connection, "resource": RESOURCE}
        later = Mark.objects.filter(**mine, held_by=Mark.Hold.LATER, due__lte=timezone.now())
        released = (release(later) if later.exists() else 0) + self._release_linked() + self._release_over()
        return released + release_fitting(self.connection)

    def _release_over(self) -> int:
        """What a mass change holds though nothing of it is to be sent any more leaves it by itself: nothing goes."""
        held = Mark.objects.filter(connection=self.connection, resource=RESOURCE)
        ended = ended_while_held(held).get(self.connection.pk, [])
        if not ended:
            return 0
        marks = list(held.filter(pk__in=ended))
        waiting = waiting_absences(self.connection, marks)
        over = [(mark.pk, mark.version) for mark in marks if mark.left_id not in waiting]
        return sum(release(held.filter(pk=pk, version=version, held_by__startswith=HELD_BY)) for pk, version in over)

    def _release_linked(self) -> int:
        held = Mark.objects.filter(connection=self.connection, resource=RESOURCE, held_by=Mark.Hold.PERSON)
        free = linked_by_now(held).get(self.connection.pk, [])
        return release(held.filter(pk__in=free)) if free else 0

    def reached(self, absences: Sequence[ReachedAbsence]) -> ReachedThere:
        return reached_by(self.connection, absences)

    def leave(self, left_ids: Sequence[str], *, deleted: Mapping[str, Any]) -> list[str]:
        return leave_unsent(self.connection, left_ids, deleted=deleted)

    def waiting(self, left_ids: Sequence[str], *, deleted: Mapping[str, Any]) -> Mapping[str, str]:
        return waiting_now(self.connection, left_ids, deleted=deleted)

    def watcher(self, run: SyncRun) -> Watcher | None:
        if run.connection.settings.get("create_absences") is not True:
            return None
        return ScheduleSurvey(run=run, connector=self.connector)

    def warned(self, run: SyncRun) -> list[Warned]:
        return warned_people(run)

    def lines(self, ids: Sequence[int]) -> Mapping[int, Line]:
        return lines_of(self.connection, ids)
