"""The two sides before each run: seeded people, then changes and new people on both, drawn from one seed."""

import random
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

from django.core.management import call_command

from employees.demo_people import CLEARING_NUMBER, DemoPerson, derive_person
from employees.models import BankAccount, Company, Employee
from tests.factories import BankAccountFactory, EmployeeFactory
from tests.sandbox_client import SandboxClient

COMPANY: Final = "Demo AB"
# How many people appear on one side only, before each run: creations are what can be doubled.
NEW_ON_EACH_SIDE: Final = 14
# The share of people whose record is changed, and of a changed record's fields, at the vendor and in the hub.
CHANGED_AT_VENDOR: Final = 0.7
CHANGED_IN_HUB: Final = 0.3
CHANGED_FIELDS: Final = 0.4
CITIES: Final = ("Kiruna", "Visby", "Kalmar", "Falun", "Skövde", "Ystad")
NAMES: Final = ("Nyström", "Dahl", "Ek", "Blom", "Ström", "Hedlund", "Sundberg")


class Scrambler:
    def __init__(self, *, sandbox: SandboxClient, people: int, chance: random.Random) -> None:
        self._sandbox, self._people, self._chance = sandbox, people, chance
        # Indexes of demo people that nobody has yet: their e-mails, phones and accounts are free.
        self._free = count(2_000)

    def seed(self) -> Company:
        """Fill both sides with the demo people."""
        seed = self._chance.randrange(1_000)
        self._sandbox.seed(people=self._people, seed=seed)
        call_command("seed_people", company=COMPANY, people=self._people, seed=seed, verbosity=0)
        return Company.objects.get(name=COMPANY)

    def scramble(self, company: Company) -> None:
        """Change values and add people, on both sides."""
        for record in self._sandbox.state("fortnox", "employees"):
            if self._chance.random() < CHANGED_AT_VENDOR and (values := self._vendor_values()):
                self._sandbox.change("fortnox", "employees", record["EmployeeId"], values)
        for employee in Employee.objects.filter(company=company).order_by("pk"):
            if self._chance.random() < CHANGED_IN_HUB:
                self._change_in_hub(employee)
        for _ in range(NEW_ON_EACH_SIDE):
            self._add_at_vendor(self._somebody_new())
            self._add_to_hub(company, self._somebody_new())

    def _somebody_new(self) -> DemoPerson:
        return derive_person(index=next(self._free), seed=1)

    def _vendor_values(self) -> dict[str, Any]:
        free = self._somebody_new()
        values = (
            {"Phone1": free.work_phone},
            {"LastName": self._chance.choice(NAMES)},
            {"City": self._chance.choice(CITIES)},
            {"ClearingNo": CLEARING_NUMBER, "BankAccountNo": free.account_number},
            {"EmploymentDate": self._day().isoformat()},
        )
        return {name: value for some in values if self._takes_field() for name, value in some.items()}

    def _change_in_hub(self, employee: Employee) -> None:
        free = self._somebody_new()
        values = {
            "work_phone": free.work_phone,
            "family_name": self._chance.choice(NAMES),
            "city": self._chance.choice(CITIES),
            "first_workday": self._day(),
        }
        for name, value in values.items():
            if self._takes_field():
                setattr(employee, name, value)
        employee.save()
        account = BankAccount.objects.filter(employee=employee).first()
        if account is not None and self._takes_field():
            account.account_number = free.account_number
            account.save()

    def _takes_field(self) -> bool:
        return self._chance.random() < CHANGED_FIELDS

    def _day(self) -> date:
        return date(2015, 1, 1) + timedelta(days=self._chance.randrange(3_000))

    def _add_to_hub(self, company: Company, person: DemoPerson) -> None:
        employee = EmployeeFactory.create(company=company, person=person)
        BankAccountFactory.create(employee=employee, account_number=person.account_number)

    def _add_at_vendor(self, person: DemoPerson) -> None:
        self._sandbox.add(
            "fortnox",
            "employees",
            {
                "PersonalIdentityNumber": person.national_id,
                "FirstName": person.given_name,
                "LastName": person.family_name,
                "Email": person.work_email,
                "Phone1": person.work_phone,
                "Address1": person.street,
                "PostCode": person.postal_code,
                "City": person.city,
                "Country": "Sverige",
                "EmploymentDate": person.first_workday.isoformat(),
                "EmploymentForm": "TV",
                "SalaryForm": "MAN",
                "PersonelType": "TJM",
                "ClearingNo": person.clearing_number,
                "BankAccountNo": person.account_number,
            },
        )
