"""The working-time schedules at Fortnox, read day by day and kept for a day (FX-16).

There is no call for a week or a list: one day of the person names the schedule, and a schedule whose week is known
is not read again for the next person.
"""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.models import Connection
from integrations.fortnox import absence_mappers
from integrations.fortnox.absence_rules import AbsenceValues, Schedule, TransferSettings, days_to_read
from integrations.fortnox.models import ScheduleDay

KEPT: Final = timedelta(days=1)
WEEK: Final = 7


# A schedule that is named for one day is taken to be the person's on days that near, too, where it only warns.
NEAR: Final = timedelta(weeks=4)


class ScheduleBook:
    """What is known, read once per person and kept up to date: a book lasts as long as a drain."""

    def __init__(self, connection: Connection, *, exact: bool = True) -> None:
        """``exact``: absences are held by what is found, so the schedule in force on the very day is asked for."""
        self._connection = connection
        self._near = timedelta(0) if exact else NEAR
        self._days: dict[str, dict[date, tuple[str, Decimal | None]]] = {}
        self._with_hours: set[str] = set()

    def read_ahead(self, employee_ids: Collection[str]) -> None:
        """Read what is known of these people at once."""
        found: dict[str, dict[date, tuple[str, Decimal | None]]] = {each: {} for each in employee_ids}
        mine = self._fresh().filter(employee_id__in=found)
        for employee_id, day, schedule_id, hours in mine.values_list("employee_id", "day", "schedule_id", "hours"):
            found[employee_id][day] = (schedule_id, hours)
        self._days |= found

    def schedule(self, *, employee_id: str, start: date) -> Schedule:
        """Return what is known of a person's working time, and of the week from ``start`` on."""
        mine = self._days_of(employee_id)
        hours = {day: found for day, (_schedule, found) in mine.items() if found is not None}
        return Schedule(hours=hours, has_hours=self._has_hours(employee_id, start))

    def next_to_read(self, *, employee_id: str, absence: AbsenceValues, settings: TransferSettings) -> date | None:
        """Return the next day that must be read before the absence's rows are created; None once all is known."""
        day = self.next_week_day(employee_id=employee_id, start=absence.start)
        if day is not None:
            return day
        known = self._days_of(employee_id)
        missing = days_to_read(absence, settings=settings, schedule=Schedule())
        return next((day for day in missing if day not in known), None)

    def next_week_day(self, *, employee_id: str, start: date) -> date | None:
        """Return the next day that says whether the person has hours in the week from ``start`` on; None if known."""
        if self._schedule_id(employee_id, start) is None:
            return start
        if self._has_hours(employee_id, start) is not None:
            return None
        week = [start + timedelta(days=number) for number in range(WEEK)]
        return next(iter(self._unread(employee_id, week)), None)

    def has_hours(self, *, schedule_id: str, start: date) -> bool | None:
        """Return whether a schedule has hours in the week from ``start`` on; None while that is not known."""
        return _has_hours(self._fresh().filter(schedule_id=schedule_id), start)

    def next_day_of(self, *, schedule_id: str, start: date) -> date | None:
        """Return the next day of that week of which nobody's hours by this schedule are known; None: all are."""
        read = set(self._fresh().filter(schedule_id=schedule_id).values_list("day", flat=True))
        week = (start + timedelta(days=number) for number in range(WEEK))
        return next((day for day in week if day not in read), None)

    def keep(self, *, employee_id: str, read: absence_mappers.ScheduleDay) -> None:
        ScheduleDay.objects.update_or_create(
            connection=self._connection,
            employee_id=employee_id,
            day=read.day,
            defaults={"schedule_id": read.schedule_id, "hours": read.hours, "read_at": timezone.now()},
        )
        self._days_of(employee_id)[read.day] = (read.schedule_id, read.hours)

    def forget(self, *, employee_id: str) -> None:
        """Have the person's schedule read again: somebody says that it has changed."""
        mine = ScheduleDay.objects.filter(connection=self._connection, employee_id=employee_id)
        schedules = set(mine.exclude(schedule_id="").values_list("schedule_id", flat=True))
        mine.delete()
        ScheduleDay.objects.filter(connection=self._connection, schedule_id__in=schedules).delete()
        self._days.clear()
        self._with_hours.clear()

    def _fresh(self) -> QuerySet[ScheduleDay]:
        return ScheduleDay.objects.filter(connection=self._connection, read_at__gt=timezone.now() - KEPT)

    def _days_of(self, employee_id: str) -> dict[date, tuple[str, Decimal | None]]:
        """Return the person's schedule and hours by day."""
        if employee_id not in self._days:
            mine = self._fresh().filter(employee_id=employee_id).values_list("day", "schedule_id", "hours")
            self._days[employee_id] = {day: (schedule_id, hours) for day, schedule_id, hours in mine}
        return self._days[employee_id]

    def _schedule_id(self, employee_id: str, start: date) -> str | None:
        """Return what the schedule is called on the day; empty: there is none; None: not known."""
        mine = self._days_of(employee_id)
        nearest = min(mine, key=lambda day: (abs(day - start), day), default=None)
        return mine[nearest][0] if nearest is not None and abs(nearest - start) <= self._near else None

    def _has_hours(self, employee_id: str, start: date) -> bool | None:
        """Return whether the schedule in force on the day has hours in a week; None while that is not known."""
        schedule_id = self._schedule_id(employee_id, start)
        if schedule_id is None:
            return None
        if schedule_id in self._with_hours:
            return True
        has_hours = _has_hours(self._of_schedule(employee_id, schedule_id), start)
        if has_hours and schedule_id:
            self._with_hours.add(schedule_id)
        return has_hours

    def _of_schedule(self, employee_id: str, schedule_id: str) -> QuerySet[ScheduleDay]:
        # A person without any schedule has no name for it, and shares it with nobody.
        days = self._fresh().filter(schedule_id=schedule_id)
        return days if schedule_id else days.filter(employee_id=employee_id)

    def _unread(self, employee_id: str, week: list[date]) -> list[date]:
        schedule_id = self._schedule_id(employee_id, week[0]) or ""
        read = set(self._of_schedule(employee_id, schedule_id).values_list("day", flat=True))
        return [day for day in week if day not in read and day not in self._days_of(employee_id)]


def _has_hours(days: QuerySet[ScheduleDay], start: date) -> bool | None:
    """Return whether the days, all of one schedule, say that a week has hours; None while they do not tell."""
    if days.filter(hours__gt=0).exists():
        return True
    week = days.filter(day__range=(start, start + timedelta(days=WEEK - 1)), hours=0)
    return False if week.values("day").distinct().count() == WEEK else None
