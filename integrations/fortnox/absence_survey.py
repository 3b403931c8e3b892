"""Who has no scheduled hours at Fortnox, found while a comparison lists its people (FX-16).

The list names each person's schedule; a schedule is read once, of one of its people, and kept for a day. The path:
`ScheduleSurvey` writes down everybody's schedule page by page, then reads the schedules that are not known, and keeps
those people who have no hours, or of whom it could not be told. `warned_people` shows them with the run.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.db.models import CharField, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from employees.zones import today_of
from integrations.core.calls import VendorCalls
from integrations.core.declare import Record
from integrations.core.endpoints import VendorEndpoint
from integrations.core.errors import LicenceMissing, OutcomeUnknown, Refused, RightMissing, TemporarilyUnavailable
from integrations.core.hub.tracking import RESOURCE as PEOPLE
from integrations.core.kinds import UNKNOWN
from integrations.core.leases import Held
from integrations.core.models import Link, SyncRow, SyncRun
from integrations.core.push.others import Warned
from integrations.core.registry import Connector
from integrations.core.runs.standing import Standing
from integrations.fortnox.absence_endpoint import ABSENCES, rows
from integrations.fortnox.absence_mappers import LONGEST_SCHEDULE_ID
from integrations.fortnox.absence_schedules import ScheduleBook
from integrations.fortnox.mappers import SCHEDULE
from integrations.fortnox.models import PersonSchedule, ScheduleLook

# A company has a handful; of more only so many are read in one comparison.
SCHEDULES_READ: Final = 40
ROWS_AT_ONCE: Final = 500
GONE: Final = (Link.State.GONE_LEFT, Link.State.GONE_RIGHT)
HERE: Final = (Link.State.PROPOSED, Link.State.ACTIVE)


class ScheduleSurvey:
    """A `Watcher` of one run."""

    def __init__(self, *, run: SyncRun, connector: Connector) -> None:
        self._run = run
        self._book = ScheduleBook(run.connection)
        self._connector = connector
        self._people = PersonSchedule.objects.filter(run=run)
        self._schedules_read = 0

    def restart(self) -> None:
        self._people.delete()
        ScheduleLook.objects.filter(run=self._run).delete()

    def see(self, records: Sequence[Record]) -> None:
        PersonSchedule.objects.bulk_create(
            [
                self._person(record, record.seen.get(SCHEDULE, UNKNOWN))
                for record in records
                if record.id and record.active
            ],
            batch_size=ROWS_AT_ONCE,
            # A list that shifts while it is read names somebody twice.
            ignore_conflicts=True,
        )

    def _person(self, record: Record, schedule: Any) -> PersonSchedule:
        unread = schedule is UNKNOWN or len(schedule or "") > LONGEST_SCHEDULE_ID
        named = "" if unread else schedule or ""
        return PersonSchedule(
            run=self._run, employee_id=record.id, label=record.label[:300], schedule_id=named, unread=unread
        )

    def finish(self, *, held: Held, deadline: float) -> None:
        self._calls = VendorCalls(
            connection=self._run.connection, connector=self._connector, resource=ABSENCES, held=held
        )
        today = today_of(self._run.connection)
        named = self._people.exclude(schedule_id="").order_by().values_list("schedule_id")
        for schedule_id, employee_id in sorted(named.annotate(Min("employee_id"))):
            held.check()
            has_hours = self._look(schedule_id, employee_id, today, deadline)
            people = self._people.filter(schedule_id=schedule_id)
            if has_hours:
                people.delete()
            elif has_hours is None:
                people.update(unread=True)
        ScheduleLook.objects.update_or_create(run=self._run, defaults={"at": timezone.now()})

    def _look(self, schedule_id: str, employee_id: str, today: date, deadline: float) -> bool | None:
        """Return whether the schedule has hours in a week; None where that cannot be read now."""
        known = self._book.has_hours(schedule_id=schedule_id, start=today)
        if known is not None or self._schedules_read == SCHEDULES_READ:
            return known
        self._schedules_read += 1
        try:
            while (has_hours := self._book.has_hours(schedule_id=schedule_id, start=today)) is None:
                day = self._book.next_day_of(schedule_id=schedule_id, start=today)
                if day is None or not self._read_day(schedule_id, employee_id, day, deadline):
                    return None
        except (TemporarilyUnavailable, OutcomeUnknown, Refused, LicenceMissing, RightMissing):
            # The comparison does not need it: these people are told as unread.
            return None
        return has_hours

    def _read_day(self, schedule_id: str, employee_id: str, day: date, deadline: float) -> bool:
        """Return whether the day told something of this schedule: the person may have another one on it."""

        def read(endpoint: VendorEndpoint) -> Record:
            return rows(endpoint).read_schedule_day(employee_id, day=day)

        (found,) = self._calls.read(read, deadline=deadline).values
        self._book.keep(employee_id=employee_id, read=found._replace(day=day))
        return bool(found.schedule_id == schedule_id and found.hours is not None)


def warned_people(run: SyncRun) -> list[Warned]:
    """Return whose absences will count 0 hours, where absences are created at all."""
    if run.connection.settings.get("create_absences") is not True:
        return []
    if run.state == SyncRun.State.REVIEW and not ScheduleLook.objects.filter(run=run).exists():
        return [_not_looked_at(run)]
    people, created = _people(run), _created_without(run)
    known = people.exclude(employee_id__in=_links(run).filter(left_id__in=created.values("left_id")).values("right_id"))
    return [
        Warned(
            name="without-hours",
            title=_("Without scheduled hours in Fortnox"),
            why=_(
                "Their working-time schedule in Fortnox has no hours in a whole week, or they have none. Every absence"
                " of theirs counts 0 hours there."
            ),
            next_step=_held_or_sent(run),
            people=known.filter(unread=False),
        ),
        Warned(
            name="created-without-hours",
            title=_("Created in Fortnox without scheduled hours"),
            why=_(
                "The settings name no working-time schedule for new people, so Fortnox gives them one without hours."
                " Every absence of theirs counts 0 hours there."
            ),
            next_step=_(
                "Name a schedule under “New people in Fortnox” in the settings, or for one person under “Settings” on"
                " the page “Missing people”, before you confirm; or give them a schedule in Fortnox afterwards (staff"
                " card > Employment)."
            )
            if run.state == SyncRun.State.REVIEW
            else _held_or_sent(run),
            people=created,
        ),
        Warned(
            name="hours-unread",
            title=_("Scheduled hours not read"),
            why=_("Fortnox did not show, or could not be asked in time, whether their schedule has hours."),
            next_step=_("Look at their schedules in Fortnox (staff card > Employment), or synchronise again later."),
            people=known.filter(unread=True),
        ),
    ]


def _not_looked_at(run: SyncRun) -> Warned:
    return Warned(
        name="hours-not-looked-at",
        title=_("Scheduled hours not looked at"),
        why=_(
            "“Create absence in Fortnox” was turned on after this comparison, so it is not known whose schedule in"
            " Fortnox has no hours."
        ),
        next_step=_("Compare again to see it before you confirm: press “Synchronise users” on the connection's page."),
        people=_people(run),
        told=True,
    )


def _held_or_sent(run: SyncRun) -> str:
    if run.connection.settings.get("hold_without_hours") is True:
        return _("Give them a schedule in Fortnox (staff card > Employment). Their absences wait until then.")
    return _(
        "Give them a schedule in Fortnox (staff card > Employment). Absences that are sent before that count 0 hours,"
        " and have to be corrected in Fortnox by hand."
    )


def _people(run: SyncRun) -> QuerySet[Any]:
    """Return those who are in the hub, or will be by this run, by name."""
    # Subqueries that depend on no person: with as many people on both sides they are read once.
    created = SyncRow.objects.filter(
        run=run,
        kind=SyncRow.Kind.ONLY_RIGHT,
        decision=SyncRow.Decision.CREATE,
        state__in=(SyncRow.State.OPEN, *SyncRow.TO_DO),
    )
    links = _links(run).filter(state__in=HERE)
    here = Q(employee_id__in=links.values("right_id")) | Q(employee_id__in=created.values("right_id"))
    left_id = Subquery(_links(run).filter(right_id=OuterRef("employee_id"), state__in=HERE).values("left_id")[:1])
    people = PersonSchedule.objects.filter(here, run=run)
    return people.annotate(left_id=Coalesce(left_id, Value(""), output_field=CharField())).order_by("label", "pk")


def _links(run: SyncRun) -> QuerySet[Link]:
    """Return the links of people as the index on either side's ID has them."""
    return Link.objects.filter(connection=run.connection, resource=PEOPLE).exclude(state__in=GONE)


def _created_without(run: SyncRun) -> QuerySet[SyncRow]:
    """Return whom the run creates, or has created, in Fortnox without a schedule that somebody chose."""
    found = SyncRow.objects.filter(
        run=run,
        kind=SyncRow.Kind.ONLY_LEFT,
        decision=SyncRow.Decision.CREATE,
        state__in=(SyncRow.State.OPEN, *SyncRow.TO_DO, SyncRow.State.WRITTEN),
    )
    own = Q(options__settings__schedule_id="")
    if not run.connection.settings.get("schedule_id"):
        own |= Q(options__settings__schedule_id__isnull=True)
    found = found.filter(own).order_by("label", "pk")
    if run.state != SyncRun.State.REVIEW:
        return found
    return found.exclude(pk__in=list(Standing(run).of_rows(found)))
