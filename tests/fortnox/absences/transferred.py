"""Absences in the hub, and what Fortnox holds of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.utils import timezone

from absences.models import Absence, AbsenceType
from absences.tracking import tracked_bulk
from employees.models import Employee
from integrations.core.linking import connect_person_again, disconnect_person
from integrations.core.models import Delivery, Link, Mark, Problem
from integrations.core.problems import retry_problems
from integrations.core.push.draining import ring_waiting
from integrations.fortnox.absence_answers import save_mapping
from integrations.fortnox.absence_comparing import compare_absences
from integrations.fortnox.absence_standing import lines_of
from integrations.fortnox.absence_types import MappedType, changes_of, mapped_types
from integrations.fortnox.models import ScheduleDay
from tests.core.push.pushing import Pushed
from tests.core.runs.both_sides import PHONE, change
from tests.factories import AbsenceFactory

MONDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 6)
SICK, VACATION = "sick_leave", "vacation"
WEEK: Final = ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06")
PATH: Final = "absencetransactions"


@dataclass(frozen=True)
class Transferred(Pushed):
    def begin(self, number: int = 1, *, schedule: str = "HEL", **settings: Any) -> Employee:
        """Link a person, map sick leave to SJK and vacation to SEM, and turn the transfer on."""
        employee = self.pair_active(number, vendor={"ScheduleId": schedule})
        self.answer(sick_leave="SJK", vacation="SEM")
        self.configure(create_absences=True, **settings)
        self.push()
        self.sandbox.clear_calls()
        return employee

    def configure(self, **settings: Any) -> None:
        self.connection.refresh_from_db()
        self.connection.settings = {**self.connection.settings, **settings}
        self.connection.save(update_fields=["settings"])

    def answer(self, **causes: str) -> None:
        """Map types by their code; an empty cause is *do not transfer*."""
        types: list[MappedType] = mapped_types(self.connection)
        wanted = {each.type.pk: causes[each.type.code] for each in types if each.type.code in causes}
        save_mapping(connection=self.connection, changes=changes_of(types=types, wanted=wanted), by=None)

    def absence(self, employee: Employee, *, code: str = SICK, **values: Any) -> Absence:
        """Add an approved absence from Monday to Friday."""
        plain: dict[str, Any] = {"start": MONDAY, "end": FRIDAY, "status": Absence.Status.APPROVED}
        values = {**plain, **values}
        if values["status"] != Absence.Status.REQUESTED:
            values.setdefault("decided_at", timezone.now())
        kind = AbsenceType.objects.get(code=code)
        made: Absence = AbsenceFactory.create(employee=employee, type=kind, **values)
        return made

    def absences(self, days: Iterable[tuple[Employee, date]]) -> None:
        """Add many approved absences of a day each at once, as one operation."""
        kind, now = AbsenceType.objects.get(code=SICK), timezone.now()
        approved = Absence.Status.APPROVED
        with tracked_bulk(()):
            Absence.objects.bulk_create(
                Absence(employee=employee, type=kind, start=day, end=day, status=approved, decided_at=now)
                for employee, day in days
            )

    def transferred(self, employee: Employee, **values: Any) -> Absence:
        """Add an absence and let it reach Fortnox."""
        absence = self.absence(employee, **values)
        self.push()
        self.sandbox.clear_calls()
        return absence

    def rows(self, employee_id: str = "101") -> list[tuple[str, str, int]]:
        """Return (day, cause, extent) of what Fortnox holds of a person, in order."""
        found = self.sandbox.state("fortnox", "absences")
        return sorted(
            (row["Date"], row["CauseCode"], int(row["Extent"])) for row in found if row["EmployeeId"] == employee_id
        )

    def days(self, employee_id: str = "101") -> list[str]:
        return [day for day, _cause, _extent in self.rows(employee_id)]

    def row_ids(self) -> dict[str, str]:
        """Return row ID by day."""
        return {row["Date"]: row["id"] for row in self.sandbox.state("fortnox", "absences")}

    def typed(self, day: str, cause: str = "SJK", extent: int = 100, employee_id: str = "101") -> str:
        """Add a row as somebody at Fortnox's own screens; returns its ID."""
        row = {"EmployeeId": employee_id, "Date": day, "CauseCode": cause, "Extent": extent}
        return str(self.sandbox.add("fortnox", "absences", row)["id"])

    def line(self, absence: Absence) -> str:
        self.connection.refresh_from_db()
        return str(lines_of(self.connection, [absence.pk])[absence.pk].text)

    def writes_made(self) -> list[str]:
        """Return the methods of the writes that Fortnox served, in order."""
        calls = self.sandbox.calls(path=PATH)
        return [call["method"] for call in calls if call["method"] != "GET" and call["worked"]]

    def lists(self) -> int:
        return len([call for call in self.sandbox.calls(path=PATH) if call["method"] == "GET"])

    # --- What people do -----------------------------------------------------------------------------------

    def retry(self) -> None:
        """Try everything in the error log again, and work."""
        retry_problems(Problem.objects.filter(connection=self.connection), by=User.objects.get(username="hanna"))
        self.push()

    def compare_absences(self) -> None:
        compare_absences(self.connection)
        self.push()

    def disconnect(self, employee: Employee) -> None:
        disconnect_person(link=self.person_link(employee), by=User.objects.get(username="hanna"))

    def connect_again(self, employee: Employee) -> None:
        connect_person_again(link=self.person_link(employee), by=User.objects.get(username="hanna"))

    def person_link(self, employee: Employee) -> Link:
        return Link.objects.get(connection=self.connection, resource="employees", left_id=str(employee.pk))

    def link(self, employee: Employee, *, right_id: str) -> None:
        """Link the person to somebody else at Fortnox."""
        Link.objects.filter(pk=self.person_link(employee).pk).update(right_id=right_id)

    def edit_phone_after(self, employee: Employee, *, writes: int) -> None:
        """Edit the person's phone in the hub as soon as so many rows were written."""
        state = {"done": False}

        def watch(sender: Any, instance: Link, created: bool, **kwargs: Any) -> None:
            rows = Link.objects.filter(resource="absence_days").count()
            if instance.resource == "absence_days" and rows >= writes and not state["done"]:
                state["done"] = True
                change(employee, work_phone=PHONE)

        post_save.connect(watch, sender=Link, weak=False, dispatch_uid="edit phone after")

    def wait_until_settled(self) -> None:
        """Let the settle time of what was sent be over."""
        Delivery.objects.filter(state=Delivery.State.UNKNOWN).update(settle_until=timezone.now())

    def a_day_later(self) -> None:
        """Let what was read of schedules, and what waits for them, be a day old."""
        ScheduleDay.objects.update(read_at=timezone.now() - timedelta(days=1))
        Mark.objects.filter(held_by=Mark.Hold.LATER).update(due=timezone.now())

    def sweep(self) -> None:
        ring_waiting()

    def causes(self) -> set[str]:
        open_ones = Problem.objects.filter(connection=self.connection, resource="absences", state="open")
        return set(open_ones.values_list("cause", flat=True))


def edit(absence: Absence, **values: Any) -> None:
    """Change an absence as somebody in the hub does."""
    absence.refresh_from_db()
    for name, value in values.items():
        setattr(absence, name, value)
    if "status" in values:
        absence.decided_at = None if values["status"] == Absence.Status.REQUESTED else timezone.now()
    absence.save()
