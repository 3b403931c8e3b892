from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from employees.demo_norwegians import derive_norwegian
from employees.demo_people import DEPARTMENTS, MOST_PEOPLE, DemoPerson, derive_person, is_in_hub
from employees.models import BankAccount, Company, Department, Employee, Position
from employees.tracking import tracked_bulk

BATCH = 1000
ZONES = {"SE": "Europe/Stockholm", "NO": "Europe/Oslo"}


class Command(BaseCommand):
    help = (
        "Fill a Swedish or Norwegian company with made-up people (docs/demo-people.md); a company that has people is"
        " left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", default="Demo AB", help="name of the company; made if it is not there")
        parser.add_argument("--country", choices=sorted(ZONES), default="SE", help="of a company that is made")
        parser.add_argument("--people", type=int, default=200, help="how many people the hub and the vendor share out")
        parser.add_argument("--seed", type=int, default=1, help="another number gives other names and addresses")

    def handle(self, *args: Any, **options: Any) -> None:
        people, seed = options["people"], options["seed"]
        if not 0 <= people <= MOST_PEOPLE or seed < 0:
            raise CommandError(_("--people must be 0 to 100000, --seed 0 or more."))
        company, _made = Company.objects.get_or_create(
            name=options["company"], defaults={"country": options["country"], "time_zone": ZONES[options["country"]]}
        )
        held = Employee.objects.for_company(company).count()
        if held:
            text = _("%(company)s has %(held)d people already: left as it is.")
            self.stdout.write(text % {"company": company, "held": held})
            return
        seed_company(company=company, people=people, seed=seed)
        made = Employee.objects.for_company(company).count()
        self.stdout.write(_("%(company)s now has %(made)d people.") % {"company": company, "made": made})


def seed_company(*, company: Company, people: int, seed: int) -> None:
    departments = {name: Department.objects.get_or_create(company=company, name=name)[0] for name in DEPARTMENTS}
    indexes = [index for index in range(people) if is_in_hub(index)]
    derive = derive_norwegian if company.country == "NO" else derive_person
    with tracked_bulk([]):
        for start in range(0, len(indexes), BATCH):
            derived = [derive(index=index, seed=seed) for index in indexes[start : start + BATCH]]
            _create(company=company, departments=departments, people=derived)


def _create(*, company: Company, departments: dict[str, Department], people: list[DemoPerson]) -> None:
    employees = Employee.objects.bulk_create(
        [_employee(company=company, department=departments[person.department], person=person) for person in people]
    )
    pairs = list(zip(employees, people, strict=True))
    BankAccount.objects.bulk_create(
        BankAccount(
            employee=employee,
            # A bank abroad, where there is only an IBAN.
            country=person.iban[:2] or person.country,
            clearing_number=person.clearing_number,
            account_number=person.account_number,
            iban=person.iban,
            bic=person.bic,
        )
        for employee, person in pairs
    )
    Position.objects.bulk_create(
        Position(
            employee=employee,
            title=person.title,
            department=employee.department,
            start=person.first_workday,
            end=person.last_workday,
        )
        for employee, person in pairs
    )


def _employee(*, company: Company, department: Department, person: DemoPerson) -> Employee:
    return Employee(
        company=company,
        department=department,
        given_name=person.given_name,
        family_name=person.family_name,
        work_email=person.work_email,
        private_email=person.private_email,
        work_phone=person.work_phone,
        private_phone=person.private_phone,
        birth_date=person.birth_date,
        national_id=person.national_id,
        national_id_country=person.country,
        street=person.street,
        postal_code=person.postal_code,
        city=person.city,
        country=person.country,
        first_workday=person.first_workday,
        last_workday=person.last_workday,
        employment_id=person.employment_id,
    )
