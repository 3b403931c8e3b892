from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from employees.demo_people import derive_person, is_in_hub
from employees.models import BankAccount, Company, Employee, Position
from employees.values.swedish_bank_accounts import clean_swedish_account

pytestmark = pytest.mark.django_db


def seed(**options: object) -> str:
    output = StringIO()
    call_command("seed_people", stdout=output, **options)
    return output.getvalue()


def test_a_seeded_company_has_everybody_who_is_in_the_hub() -> None:
    seed(company="Demo AB", people=100)

    counts = (Employee.objects.count(), BankAccount.objects.count(), Position.objects.count())
    assert counts == (98, 98, 98)


def test_seeded_people_are_valid() -> None:
    seed(company="Demo AB", people=60)

    people = list(Employee.objects.select_related("company", "bank_account"))
    assert len(people) == 59
    for employee in people:
        employee.full_clean()
        employee.bank_account.full_clean()


def test_the_same_seed_gives_the_same_people() -> None:
    seed(company="One AB", people=60, seed=4)
    seed(company="Two AB", people=60, seed=4)

    one, two = (
        list(Employee.objects.for_company(company).values_list("work_email", "street", "city"))
        for company in Company.objects.order_by("name")
    )
    assert one == two
    assert len(one) == 59


def test_a_company_that_has_people_is_left_alone() -> None:
    seed(company="Demo AB", people=10)

    assert "left as it is" in seed(company="Demo AB", people=20)
    assert Employee.objects.count() == 10


def test_too_many_people_are_refused() -> None:
    with pytest.raises(CommandError):
        seed(people=100_001)


def test_a_person_follows_from_index_and_seed() -> None:
    person = derive_person(index=1234, seed=1)

    assert (person.given_name, person.family_name, person.work_email) == (
        "Håkan",
        "Persson",
        "hakan.persson.1234@example.se",
    )
    assert (person.birth_date, person.national_id, person.account_number) == (
        date(1981, 6, 11),
        "8106119806",
        "0024698",
    )


def test_every_derived_account_is_valid_and_somebody_elses() -> None:
    people = [derive_person(index=index, seed=0) for index in range(0, 100_000, 97)]
    accounts = {
        clean_swedish_account(clearing_number=person.clearing_number, account_number=person.account_number)
        for person in people
    }

    assert len(accounts) == len(people)


def test_one_in_fifty_is_not_in_the_hub() -> None:
    assert [index for index in range(100) if not is_in_hub(index)] == [29, 79]
