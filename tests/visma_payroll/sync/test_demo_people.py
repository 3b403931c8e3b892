"""The Norwegian demo people: both sides derive them by the same recipe, and differ as it says."""

from collections import Counter

import pytest
from django.core.management import call_command
from django.utils import timezone
from stdnum.no import kontonr

from employees.demo_norwegians import derive_norwegian
from employees.models import BankAccount, Company, Employee
from employees.values.national_ids import clean_national_id
from integrations.core.models import SyncField, SyncRow
from tests.sandbox_client import SandboxClient
from tests.visma_payroll.sync.sides import VENDOR, VismaSides


@pytest.mark.parametrize(
    ("index", "name", "national_id", "account", "street"),
    [
        (0, "Jan Larsen", "01015590978", "12340000003", "Kirkegata 1"),
        (1234, "Øystein Kristiansen", "11068190071", "12340024689", "Nordre gate 35"),
        (99_999, "Tone Nguyen", "07116590888", "12341999985", "Åsveien 40"),
    ],
)
def test_the_recipes_examples(index: int, name: str, national_id: str, account: str, street: str) -> None:
    person = derive_norwegian(index=index, seed=1)
    assert f"{person.given_name} {person.family_name}" == name
    assert (person.national_id, person.account_number, person.street) == (national_id, account, street)


def test_both_sides_hold_the_same_people_but_for_the_differences(both: VismaSides, sandbox: SandboxClient) -> None:
    company = Company.objects.get()
    call_command("seed_people", company=company.name, country="NO", people=60, seed=1, verbosity=0)
    sandbox.seed(people=60, vendor=VENDOR)
    run = both.review()
    assert (run.counts["left"], run.counts["right"]) == (59, 59)
    differing = Counter(SyncField.objects.filter(row__run=run).values_list("field", flat=True))
    assert differing == {
        "phone": 2,
        "bank_account": 3,
        "family_name": 3,
        "work_email": 1,
        "employment_id": 1,
        "first_workday": 1,
    }
    kinds = Counter(SyncRow.objects.filter(run=run).values_list("kind", flat=True))
    assert (kinds["only_left"], kinds["only_right"]) == (1, 1)


def test_everybody_of_the_hub_is_valid(db: None) -> None:
    call_command("seed_people", company="Norge AS", country="NO", people=120, seed=3, verbosity=0)
    for employee in Employee.objects.all():
        employee.full_clean()
        assert clean_national_id(employee.national_id, "NO", today=timezone.localdate()) == employee.national_id
    for account in BankAccount.objects.all():
        account.full_clean()
        assert bool(account.iban) != kontonr.is_valid(account.account_number)
