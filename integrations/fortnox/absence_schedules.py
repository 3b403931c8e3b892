"""The working-time schedules at Fortnox, read day by day and kept for a day (FX-16).

There is no call for a week or a list: one day of the person names the schedule, and a schedule whose week is known
is not read again for the next person.
"""

from datetime import date, timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from integrations.core.models import Connection
from integrations.fortnox import absence_mappers
from integrations.fortnox.absence_rules import AbsenceValues, Schedule, TransferSettings, days_to_read
from integrations.fortnox.models import ScheduleDay

KEPT: Final = timedelta(days=1)
WEEK: Final = 7


class ScheduleBook:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def schedule(self, *, employee_id: str, start: date) -> Schedule:
        """Return what is known of a person's working time, and of the week from ``start`` on."""
        hours = {
            day: found
            for day, found in self._fresh().filter(employee_id=employee_id).values_list("day", "hours")
            if found is not None
        }
        return Schedule(hours=hours, has_hours=self._has_hours(employee_id, start))

    def next_to_read(self, *, employee_id: str, absence: AbsenceValues, settings: TransferSettings) -> date | None:
        """Return the next day that must be read before the absence's rows are created; None once all is known."""
        day = self.next_week_day(employee_id=employee_id, start=absence.start)
        if day is not None:
            return day
        known = set(self._fresh().filter(employee_id=employee_id).values_list("day", flat=True))
        missing = days_to_read(absence, settings=settings, schedule=Schedule())
        return next((day for day in missing if day not in known), None)

    def next_week_day(self, *, employee_id: str, start: date) -> date | None:
        """Return the next day that says whether the person has hours in the week from ``start`` on; None if known."""
        if not self._fresh().filter(employee_id=employee_id, day=start).exists():
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

    def forget(self, *, employee_id: str) -> None:
        """Have the person's schedule read again: somebody says that it has changed."""
        mine = ScheduleDay.objects.filter(connection=self._connection, employee_id=employee_id)
        schedules = set(mine.exclude(schedule_id="").values_list("schedule_id", flat=True))
        mine.delete()
        ScheduleDay.objects.filter(connection=self._connection, schedule_id__in=schedules).delete()

    def _fresh(self) -> QuerySet[ScheduleDay]:
        return ScheduleDay.objects.filter(connection=self._connection, read_at__gt=timezone.now() - KEPT)

    def _schedule_id(self, employee_id: str, start: date) -> str | None:
        found = self._fresh().filter(employee_id=employee_id, day=start).values_list("schedule_id", flat=True)
        return found.first()

    def _has_hours(self, employee_id: str, start: date) -> bool | None:
        """Return whether the schedule in force on the day has hours in a week; None while that is not known."""
        schedule_id = self._schedule_id(employee_id, start)
        if schedule_id is None:
            return None
        return _has_hours(self._of_schedule(employee_id, schedule_id), start)

    def _of_schedule(self, employee_id: str, schedule_id: str) -> QuerySet[ScheduleDay]:
        # A person without any schedule has no name for it, and shares it with nobody.
        days = self._fresh().filter(schedule_id=schedule_id)
        return days if schedule_id else days.filter(employee_id=employee_id)

    def _unread(self, employee_id: str, week: list[date]) -> list[date]:
        schedule_id = self._schedule_id(employee_id, week[0]) or ""
        read = set(self._of_schedule(employee_id, schedule_id).values_list("day", flat=True))
        mine = set(self._fresh().filter(employee_id=employee_id).values_list("day", flat=True))
        return [day for day in week if day not in read | mine]


def _has_hours(days: QuerySet[ScheduleDay], start: date) -> bool | None:
    """Return whether the days, all of one schedule, say that a week has hours; None while they do not tell."""
    if days.filter(hours__gt=0).exists():
        return True
    week = days.filter(day__range=(start, start + timedelta(days=WEEK - 1)), hours=0)
    return False if week.values("day").distinct().count() == WEEK else None
