"""What an absence needs next: a listing, a schedule, rows to write, or nothing."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from employees.zones import today_of
from integrations.core.hub.absences import PERSON, pk_of
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.models import Link, Mark
from integrations.core.push.sending import Failures
from integrations.core.push.session import PushSession
from integrations.fortnox.absence_keeping import AbsenceKeeper
from integrations.fortnox.absence_planning import DAYS, GONE, JOURNAL, REFUSED, Planner, Subject, known_row
from integrations.fortnox.absence_rules import (
    AbsenceValues,
    ListedRow,
    Plan,
    Schedule,
    WantedRow,
    Why,
    plan_changes,
    wanted_rows,
)
from integrations.fortnox.absence_schedules import KEPT, ScheduleBook
from integrations.fortnox.absence_steps import ListRead, UnderWay, steps_back, steps_of
from integrations.fortnox.absence_telling import CHECK
from integrations.fortnox.absence_typed import Finding, look_among


class AbsencePlans:
    """The absences under way, and what is known of their people's rows; all of it in the dispatcher's thread."""

    def __init__(self, session: PushSession) -> None:
        self.session = session
        self.planner = Planner(session.connection)
        self.settler = AbsenceKeeper(session, self.planner)
        self.failures = Failures(session, self.settler)
        self.book = ScheduleBook(session.connection, exact=self.planner.settings.hold_without_hours)
        self._under_way: list[UnderWay] = []
        self._lists: dict[str, tuple[ListedRow, ...]] = {}
        self._listing: set[str] = set()
        self._looking: set[int] = set()
        self._pages: list[ListRead] = []

    def _begin(self, found: Mark) -> None:
        if not self.settler.count_start(found):
            return
        person_pk = pk_of(found.left_id, prefix=PERSON)
        if person_pk is not None:
            self._begin_person(found, str(person_pk))
            return
        subject = self.planner.subject(found)
        if subject is None:
            # Deleted before anything was sent, or of another company by now.
            self.settler.solve_all(found.left_id)
            self.settler.take_off(found)
            return
        under_way = UnderWay(mark=found, person=subject.person, subject=subject, start=subject.values.start)
        self._under_way.append(under_way)
        if subject.options.get(REFUSED) and subject.parent and subject.parent.state == Link.State.ACTIVE:
            self._take_back(under_way)
        else:
            self._plan(under_way)

    def _begin_person(self, found: Mark, person_pk: str) -> None:
        """Somebody says that the person has another schedule: it is read again, and what waited for it goes on."""
        links = Link.objects.filter(connection=self.session.connection, resource=PEOPLE, left_id=person_pk)
        person = links.filter(state=Link.State.ACTIVE).first()
        if person is None:
            self.settler.hold(found, Mark.Hold.PERSON)
            return
        self.book.forget(employee_id=person.right_id)
        today = today_of(self.session.connection)
        under_way = UnderWay(mark=found, person=person, subject=None, start=today)
        self._under_way.append(under_way)
        self._plan(under_way)

    def _plan(self, under_way: UnderWay) -> None:
        """Say what the absence waits for, or which writes it needs; one that needs none ends here."""
        under_way.needs = ()
        subject, person = under_way.subject, under_way.person
        if subject is None:
            self._plan_person(under_way)
            return
        linked = person is not None and person.state == Link.State.ACTIVE and person.gone_at is None
        if linked and subject.strays:
            self.settler.let_go(under_way.mark, subject)
            self._again(under_way)
            return
        schedule = self._schedule(under_way) if linked else Schedule()
        plan = self._plan_of(subject, subject.values, schedule)
        check = under_way.mark.wanted.get(CHECK) if subject.rows and not under_way.checked else ""
        if not linked and subject.values.moved and plan.changes:
            self._drop(under_way)
            self.settler.tell_left_behind(under_way.mark, subject)
        elif not linked:
            waits = plan.why in (Why.SCHEDULE_UNREAD, Why.NO_HOURS, Why.OUTSIDE)
            if plan.changes or waits or subject.options.get(JOURNAL):
                self._drop(under_way)
                self.settler.hold(under_way.mark, Mark.Hold.PERSON)
            else:
                self._finish(under_way, plan)
        elif check:
            under_way.needs = (None,)
        else:
            self._plan_calls(under_way, plan, schedule)

    def _plan_of(self, subject: Subject, values: AbsenceValues, schedule: Schedule) -> Plan:
        wanted = wanted_rows(values, mapped=subject.mapped, settings=self.planner.settings, schedule=schedule)
        return plan_changes(values, wanted, subject.known, closed_to=self.planner.settings.closed_to)

    def _plan_calls(self, under_way: UnderWay, plan: Plan, schedule: Schedule) -> None:
        subject, person = under_way.subject, under_way.person
        if subject is None or person is None:
            raise TypeError("Only absences of linked people are planned.")
        if under_way.turning and not plan.giving_up.changes:
            self.settler.end_turn(under_way)
        if self._is_kept(under_way, plan, schedule) or self._needs_hours(under_way, plan, schedule):
            return
        if under_way.turning:
            plan = plan.giving_up
        if not self._may_add(under_way, plan):
            return
        listed = self._lists.get(person.right_id)
        if listed is None and plan.delete and len(plan.changes) > 1:
            # Should the change be taken back, a deleted row gets back what else it holds.
            under_way.needs = (None,)
            return
        under_way.steps.extend(steps_of(plan, listed=listed or ()))
        if not under_way.steps:
            self._finish(under_way, plan)

    def _is_kept(self, under_way: UnderWay, plan: Plan, schedule: Schedule) -> bool:
        """Whether days are outside the employment, or make more than a whole one with other absences (FX-10, FX-22)."""
        if plan.why is Why.OUTSIDE and under_way.subject is not None:
            self._drop(under_way)
            inside = self._plan_of(under_way.subject, replace(under_way.subject.values, outside=False), schedule)
            self.settler.keep_outside(under_way.mark, under_way.subject, wants_more=bool(inside.changes))
            return True
        if under_way.judged or not (plan.create or plan.update):
            return False
        # Once is enough beforehand: it is judged again when its first row is written.
        under_way.judged = True
        judged = self.settler.judge(under_way)
        if judged is None:
            return False
        if under_way.mark.left_id in judged.sums.turning:
            under_way.turning = True
            return False
        self._drop(under_way)
        self.settler.keep_back(under_way.mark, judged)
        return True

    def _needs_hours(self, under_way: UnderWay, plan: Plan, schedule: Schedule) -> bool:
        """Whether the person's schedule is to be read first, or keeps the absence (FX-16)."""
        subject, unread = under_way.subject, plan.why in (Why.SCHEDULE_UNREAD, Why.NO_HOURS)
        if subject is None or not (plan.create or unread):
            return False
        settings = self.planner.settings
        day = self.book.next_to_read(employee_id=under_way.employee_id, absence=subject.values, settings=settings)
        if day is not None:
            under_way.needs = (day,)
            return True
        self.settler.warn_no_hours(under_way, has_hours=schedule.has_hours, held=plan.why is Why.NO_HOURS)
        if unread:
            # Hours that are not shown to us, or a schedule without any: looked at again when it is read anew.
            self._drop(under_way)
            self.settler.wait(under_way.mark, pause=KEPT)
        return unread

    def _may_add(self, under_way: UnderWay, plan: Plan) -> bool:
        """Look among the rows that stand there already; returns whether the plan is to be done (FX-15, FX-22)."""
        wishes = [each.wanted for each in plan.create if each.wanted]
        raised = [each.wanted for each in plan.update if each.grows and each.wanted]
        subject, person = under_way.subject, under_way.person
        if not (wishes or raised) or self.settler.looked_lately(under_way.mark):
            return True
        if subject is None or person is None or person.right_id not in self._lists:
            under_way.needs = (None,)
            return False
        listed = self._lists[person.right_id]
        doubted = self.settler.days_in_doubt(under_way.mark)
        look = look_among(
            listed,
            wishes=wishes,
            linked_ids=self._linked(listed),
            doubted=doubted,
            raised=raised,
            beside=self._beside(subject, [*wishes, *raised]),
        )
        if look.finding is Finding.FREE:
            self.settler.remember_look(under_way.mark)
            return True
        if look.finding is Finding.CLASH:
            self._drop(under_way)
            self.settler.clash(under_way, look)
        else:
            self.settler.adopt(subject, look.adopted.values())
            self._again(under_way)
        return False

    def _plan_person(self, under_way: UnderWay) -> None:
        person = under_way.person
        if person is None:
            raise TypeError("A schedule is a person's.")
        day = self.book.next_week_day(employee_id=person.right_id, start=under_way.start)
        if day is not None:
            under_way.needs = (day,)
            return
        has_hours = self.book.schedule(employee_id=person.right_id, start=under_way.start).has_hours
        self._drop(under_way)
        self.settler.tell_schedule(under_way, has_hours=has_hours, held=self.planner.settings.hold_without_hours)

    def _schedule(self, under_way: UnderWay) -> Schedule:
        person = under_way.person
        if person is None:
            return Schedule()
        return self.book.schedule(employee_id=person.right_id, start=under_way.start)

    def _linked(self, listed: Iterable[ListedRow]) -> set[str]:
        links = Link.objects.filter(
            connection=self.session.connection, resource=DAYS, right_id__in=[row.row_id for row in listed]
        )
        return set(links.exclude(state__in=GONE).values_list("right_id", flat=True))

    def _beside(self, subject: Subject, wishes: Iterable[WantedRow]) -> Counter[date]:
        """Return what the person's other absences take of the wishes' days at Fortnox, as the hub knows it."""
        mine = {"connection": self.session.connection, "resource": DAYS, "options__employee_id": subject.employee_id}
        links = Link.objects.filter(**mine, options__day__in=[wish.day.isoformat() for wish in wishes])
        rows = links.exclude(state__in=GONE).exclude(parent__left_id=subject.left_id)
        standing = Counter[date]()
        for row in map(known_row, rows):
            standing[row.day] += row.extent
        return standing

    def _again(self, under_way: UnderWay) -> None:
        """Plan anew with what the hub holds now."""
        now = Mark.objects.filter(pk=under_way.mark.pk, held_by="").first()
        subject = self.planner.subject(now) if now is not None else None
        if now is None or subject is None:
            self._drop(under_way)
            return
        if now.version != under_way.mark.version:
            under_way.fits = under_way.judged = under_way.turning = False
        under_way.mark, under_way.subject, under_way.person = now, subject, subject.person
        under_way.start = subject.values.start
        self._plan(under_way)

    def _take_back(self, under_way: UnderWay) -> None:
        subject = under_way.subject
        if subject is None:
            raise TypeError("Only an absence is taken back.")
        person = under_way.person
        if person is None or person.state != Link.State.ACTIVE:
            self._drop(under_way)
            self.settler.hold(under_way.mark, Mark.Hold.PERSON)
            return
        parent = self.settler.parent_of(subject.left_id)
        under_way.taking_back, under_way.refused = True, False
        under_way.steps.clear()
        under_way.steps.extend(steps_back(parent.options.get(JOURNAL, []) if parent else []))
        if not under_way.steps:
            self._end_refused(under_way)

    def _end_refused(self, under_way: UnderWay) -> None:
        self._drop(under_way)
        self.settler.end_refused(under_way.mark)

    def _finish(self, under_way: UnderWay, plan: Plan) -> None:
        self._drop(under_way)
        if under_way.subject is not None:
            self.settler.finish(under_way.mark, under_way.subject, plan)

    def _drop(self, under_way: UnderWay) -> None:
        if under_way in self._under_way:
            self._under_way.remove(under_way)
