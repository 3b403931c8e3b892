"""The people at both systems who edit all the time."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from config.sandbox_control import SandboxClient
from config.soak.passers_by import is_passer_by
from config.soak.record import HUB, VENDOR, Record
from config.soak.sides import Person, hub_people, vendor_people
from employees.demo_people import CLEARING_NUMBER, DemoPerson, derive_person
from employees.models import BankAccount, Company, Employee
from employees.tracking import Operation, Reach, operating, tracked_bulk
from integrations.core.linking import connect_person_again, disconnect_person
from integrations.core.models import Connection, Link

CITIES: Final = ("Kiruna", "Visby", "Kalmar", "Falun", "Skövde", "Ystad", "Örebro", "Ängelholm")
NAMES: Final = ("Nyström", "Dahl", "Ek", "Blom", "Ström", "Hedlund", "Sundberg", "Åkesson")
# People changed at once: below and above the connection's limit of the soak.
FEW: Final = 5
MANY: Final = 15
LIMIT: Final = 10


@dataclass
class Editors:
    company: Company
    connection: Connection
    by: User
    sandbox: SandboxClient
    chance: random.Random
    record: Record
    _numbers: Iterator[int] = field(default_factory=lambda: count(20_000))
    _operations: Iterator[int] = field(default_factory=lambda: count(1))

    # --- In the hub -------------------------------------------------------------------------------------

    def edit_in_hub(self) -> None:
        """Edit some fields of one person, as the person's page does: what was read is what is written over."""
        pk = self._somebody()
        with transaction.atomic(), self._noting(pk):
            employee = Employee.objects.select_for_update().get(pk=pk)
            for name, value in self._hub_values().items():
                if self._takes():
                    setattr(employee, name, value)
            employee.full_clean()
            employee.save()
            account = BankAccount.objects.select_for_update().filter(employee=employee).first()
            if account is not None and self._takes():
                account.account_number = self._new_person().account_number
                account.full_clean()
                account.save()

    def change_many(self) -> None:
        """Change a few people, or more than go unasked, in one operation of two transactions."""
        people = list(Employee.objects.filter(company=self.company).values_list("pk", flat=True))
        chosen = sorted(self.chance.sample(people, min(len(people), self.chance.choice((FEW, MANY)))))
        operation = Operation(
            key=f"soak:{next(self._operations)}",
            label="Soak",
            user_id=self.by.pk,
            reach=lambda: Reach(changed=dict.fromkeys(chosen, ("city",))),
        )
        city = self.chance.choice(CITIES)
        with operating(operation):
            for part in (chosen[: len(chosen) // 2], chosen[len(chosen) // 2 :]):
                with self._noting(*part), tracked_bulk(part):
                    Employee.objects.filter(pk__in=part).update(city=city)

    def add_to_hub(self) -> None:
        person = self._new_person()
        employee = Employee(
            company=self.company,
            **{
                name: getattr(person, name)
                for name in (
                    *("given_name", "family_name", "work_email", "work_phone", "birth_date"),
                    *("street", "postal_code", "city", "first_workday"),
                )
            },
            country="SE",
        )
        employee.full_clean()
        employee.save()
        self.record.note(HUB, before={}, after=hub_people(self.company)[str(employee.pk)])
        self.record.new_in_hub.add(person.work_email)

    def disconnect_somebody(self) -> None:
        link = Link.objects.filter(connection=self.connection, state=Link.State.ACTIVE).order_by("?").first()
        if link is not None:
            disconnect_person(link=link, by=self.by)

    def connect_everybody_again(self) -> None:
        for link in Link.objects.filter(connection=self.connection, state=Link.State.DISCONNECTED):
            connect_person_again(link=link, by=self.by)

    def _hub_values(self) -> dict[str, Any]:
        return {
            "work_phone": self._new_person().work_phone,
            "family_name": self.chance.choice(NAMES),
            "city": self.chance.choice(CITIES),
            "first_workday": self._day(),
        }

    def _somebody(self) -> int:
        people = list(Employee.objects.filter(company=self.company).values_list("pk", flat=True))
        return self.chance.choice(people)

    @contextmanager
    def _noting(self, *pks: int) -> Iterator[None]:
        before = self._hub(pks)
        yield
        for pk, after in self._hub(pks).items():
            self.record.note(HUB, before=before[pk], after=after)

    def _hub(self, pks: tuple[int, ...]) -> dict[str, Person]:
        wanted = {str(pk) for pk in pks}
        return {pk: person for pk, person in hub_people(self.company).items() if pk in wanted}

    # --- At the vendor ----------------------------------------------------------------------------------

    def edit_at_vendor(self) -> None:
        records = [each for each in self.sandbox.state("fortnox", "employees") if not is_passer_by(each)]
        before = self.chance.choice(records)
        values = self.vendor_values()
        if values:
            key = before["EmployeeId"]
            after = self.sandbox.change("fortnox", "employees", key, values)
            self.record.note(VENDOR, before=_person(before), after=_person(after))

    def vendor_values(self) -> dict[str, str]:
        """Return new values of some fields, in the vendor's names."""
        fresh = self._new_person()
        choices: tuple[dict[str, str], ...] = (
            {"Phone1": fresh.work_phone},
            {"LastName": self.chance.choice(NAMES)},
            {"City": self.chance.choice(CITIES)},
            {"ClearingNo": CLEARING_NUMBER, "BankAccountNo": fresh.account_number},
            {"EmploymentDate": self._day().isoformat()},
        )
        return {name: value for some in choices if self._takes() for name, value in some.items()}

    # --- Chance -----------------------------------------------------------------------------------------

    def _takes(self) -> bool:
        return self.chance.random() < 0.4

    def _day(self) -> date:
        return date(2015, 1, 1) + timedelta(days=self.chance.randrange(3_000))

    def _new_person(self) -> DemoPerson:
        """Return somebody whose e-mail, phone and account nobody has."""
        return derive_person(index=next(self._numbers), seed=1)


def _person(record: dict[str, Any]) -> Person:
    return vendor_people([record])[str(record["EmployeeId"])]


# What a person's edit may meet when the product changes the same person; the page would show it again.
OVERTAKEN: Final = (IntegrityError,)
