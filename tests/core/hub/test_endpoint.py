from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from employees.models import BankAccount as StoredAccount
from employees.models import Company, Employee
from employees.tracking import tracked_bulk
from integrations.core import kinds
from integrations.core.declare import Field, Record, Resource
from integrations.core.hub.acting import acting_as
from integrations.core.hub.endpoint import HubPeople, HubRefused, hub_people
from integrations.core.hub.people import VALUES
from integrations.core.kinds import Address, BankAccount
from integrations.core.models import Connection, FieldChange, SyncRun
from tests.core.hub.history import connection_of, last_change, new_changes
from tests.factories import BankAccountFactory, CompanyFactory, DepartmentFactory, EmployeeFactory

pytestmark = pytest.mark.django_db

TODAY: Final = date(2026, 3, 1)
KINDS: Final = {"address": kinds.ADDRESS, "bank_account": kinds.BANK_ACCOUNT}
# Every value of the hub, under its own name.
EVERYTHING: Final = Resource(
    name="employees",
    label="Employees",
    fields=tuple(Field(name=name, label=name, kind=KINDS.get(name, kinds.TEXT)) for name in VALUES),
    match_keys=("work_email",),
    natural_key="work_email",
    settle_seconds=0,
)
PERSON: Final[dict[str, Any]] = {
    "employment_id": "0042",
    "given_name": "Åsa",
    "family_name": "Ek",
    "work_email": "asa@example.se",
    "private_email": "asa@home.example",
    "work_phone": "+46701234567",
    "private_phone": "+46701234568",
    "national_id": "8112189876",
    "birth_date": date(1981, 12, 18),
    "first_workday": date(2020, 1, 1),
    "last_workday": date(2026, 12, 31),
    "address": Address("Storgatan 1", "22350", "Lund", "SE"),
    "bank_account": BankAccount("SE", "6000", "806967498", "", ""),
}


def people_of(company: Company, *, scope: Mapping[str, list[int]] | None = None, today: date = TODAY) -> HubPeople:
    return HubPeople(
        resource=EVERYTHING,
        sources={name: name for name in VALUES},
        company=company,
        scope=scope or {},
        today=today,
    )


def read(employee: Employee, **options: Any) -> Record:
    found = people_of(employee.company, **options).read_one(str(employee.pk))
    assert found is not None
    return found


def update(employee: Employee, **values: Any) -> None:
    people_of(employee.company).update(str(employee.pk), values)
    employee.refresh_from_db()


@pytest.fixture
def employee() -> Employee:
    return EmployeeFactory.create(family_name="Ek", employment_id="7", street2="c/o Berg", city="Umeå")


# --- Reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VALUES)
def test_a_written_value_is_read_back_as_it_was_written(employee: Employee, name: str) -> None:
    update(employee, **{name: PERSON[name]})

    assert EVERYTHING.value(read(employee), name) == PERSON[name]


def test_a_created_person_is_read_back_value_by_value() -> None:
    people = people_of(CompanyFactory.create())
    values = {name: value for name, value in PERSON.items() if name != "national_id"}

    record = people.read_one(people.create(values))

    assert record is not None
    assert EVERYTHING.values(record) == {**values, "national_id": None}
    assert record.label == "Åsa Ek"


def test_what_is_empty_is_read_as_empty() -> None:
    employee = Employee(company=CompanyFactory.create(), given_name="Åsa", family_name="Ek")
    employee.save()

    values = EVERYTHING.values(read(employee))

    assert {name for name, value in values.items() if value is not None} == {"given_name", "family_name"}


def test_a_country_alone_is_no_address(employee: Employee) -> None:
    employee.street = employee.postal_code = employee.city = ""
    employee.save()

    assert EVERYTHING.value(read(employee), "address") is None


@pytest.mark.parametrize(
    ("last_workday", "active"),
    [(None, True), (TODAY, True), (TODAY + timedelta(days=1), True), (TODAY - timedelta(days=1), False)],
)
def test_somebody_is_active_until_the_end_of_the_last_workday(
    employee: Employee, last_workday: date | None, active: bool
) -> None:
    employee.last_workday = last_workday
    employee.save()

    assert read(employee).active is active


@pytest.mark.behaviour("G-13")
def test_without_a_scope_everybody_of_the_company_takes_part(employee: Employee) -> None:
    EmployeeFactory.create()

    (record,) = people_of(employee.company).scan()

    assert (record.id, record.in_scope) == (str(employee.pk), True)


@pytest.mark.behaviour("G-13")
@pytest.mark.parametrize("how", ["departments", "employees"])
def test_only_those_chosen_are_in_scope(how: str) -> None:
    kitchen = DepartmentFactory.create()
    chosen = EmployeeFactory.create(company=kitchen.company, department=kitchen)
    EmployeeFactory.create(company=kitchen.company)
    scope = {how: [kitchen.pk if how == "departments" else chosen.pk]}

    found = {record.id for record in people_of(kitchen.company, scope=scope).scan() if record.in_scope}

    assert found == {str(chosen.pk)}


@pytest.mark.behaviour("G-13")
def test_a_chosen_person_of_another_department_is_in_scope_beside_a_chosen_department() -> None:
    kitchen = DepartmentFactory.create()
    cook = EmployeeFactory.create(company=kitchen.company, department=kitchen)
    chosen, other = EmployeeFactory.create_batch(2, company=kitchen.company)

    records = people_of(kitchen.company, scope={"departments": [kitchen.pk], "employees": [chosen.pk]}).scan()

    assert {record.id: record.in_scope for record in records} == {
        str(cook.pk): True,
        str(chosen.pk): True,
        str(other.pk): False,
    }


@pytest.mark.behaviour("G-13")
def test_nobody_of_another_company_is_read_or_written(employee: Employee) -> None:
    other = people_of(CompanyFactory.create())

    assert list(other.read([str(employee.pk)])) == []
    with pytest.raises(HubRefused):
        other.update(str(employee.pk), {"family_name": "Al"})

    employee.refresh_from_db()
    assert employee.family_name == "Ek"


@pytest.mark.behaviour("G-18")
def test_a_protected_identity_is_told(employee: Employee) -> None:
    employee.protected_identity = True
    employee.save()

    assert read(employee).protected is True


def test_a_record_points_at_its_person_by_national_id_and_by_name_and_birth_date() -> None:
    employee = EmployeeFactory.create(
        given_name="Åsa",
        family_name="Ek",
        national_id="198112189876",
        birth_date=date(1981, 12, 18),
    )

    assert read(employee).clues == ("nid:SE:8112189876", "person:åsa ek:1981-12-18")


def test_somebody_deleted_is_not_among_those_read(employee: Employee) -> None:
    people, left_id = people_of(employee.company), str(employee.pk)
    employee.delete()

    assert people.read_one(left_id) is None
    with pytest.raises(HubRefused, match="deleted"):
        people.update(left_id, {"family_name": "Al"})


@pytest.mark.parametrize("method", ["scan", "read"])
def test_five_thousand_people_are_read_in_as_many_queries_as_five(method: str) -> None:
    company = CompanyFactory.create()
    with tracked_bulk([]):
        made = Employee.objects.bulk_create(
            Employee(company=company, given_name="Åsa", family_name=f"Ek {number}") for number in range(5_000)
        )
    ids = [str(employee.pk) for employee in made]
    people = people_of(company)

    def queries(count: int) -> int:
        with CaptureQueriesContext(database) as captured:
            found = list(people.scan() if method == "scan" else people.read(ids[:count]))
        assert len(found) == (5_000 if method == "scan" else count)
        return len(captured)

    assert queries(5_000) == queries(5) == 1


# --- Writing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(VALUES) - {"given_name", "family_name"}))
def test_a_value_is_emptied(employee: Employee, name: str) -> None:
    update(employee, **{name: PERSON[name]})

    update(employee, **{name: None})

    assert EVERYTHING.value(read(employee), name) is None


def test_an_address_keeps_the_hubs_second_line(employee: Employee) -> None:
    update(employee, address=PERSON["address"])
    assert (employee.street, employee.city, employee.street2) == ("Storgatan 1", "Lund", "c/o Berg")

    update(employee, address=None)
    assert (employee.street, employee.country, employee.street2) == ("", "", "c/o Berg")


def test_a_bank_account_is_written_whole(employee: Employee) -> None:
    BankAccountFactory.create(employee=employee, iban="SE4550000000058398257466", bic="ESSESESS")

    update(employee, bank_account=PERSON["bank_account"])

    stored = StoredAccount.objects.get(employee=employee)
    # An IBAN left over from the account before would be paid into.
    assert (stored.account_number, stored.iban, stored.bic) == ("806967498", "", "")


@pytest.mark.behaviour("D-05")
@pytest.mark.parametrize(
    ("held", "pulled", "left"),
    [
        # The number that Fortnox gives is the IBAN's: both stay.
        (
            {"iban": "SE4550000000058398257466", "bic": "ESSESESS"},
            BankAccount("SE", "5839", "8257466"),
            ("5839", "8257466", "SE4550000000058398257466", "ESSESESS"),
        ),
        # Another account of the same bank: its BIC is the bank's, the IBAN is not the account's.
        (
            {"clearing_number": "5839", "account_number": "8257466", "iban": "SE4550000000058398257466"},
            BankAccount("SE", "5439", "0000004"),
            ("5439", "0000004", "", ""),
        ),
        # An account abroad, as Visma gives it.
        (
            {"clearing_number": "5839", "account_number": "8257466", "iban": "SE4550000000058398257466"},
            BankAccount("DE", iban="DE89370400440532013000", bic="COBADEFFXXX"),
            ("", "", "DE89370400440532013000", "COBADEFFXXX"),
        ),
        (
            {"country": "NO", "account_number": "86011117947", "iban": "NO9386011117947", "bic": "DABANO22"},
            BankAccount("NO", "", "70580671290"),
            ("", "70580671290", "", ""),
        ),
        (
            {"country": "NO", "iban": "NO9386011117947", "bic": "DABANO22"},
            BankAccount("NO", "", "86011117947"),
            ("", "86011117947", "NO9386011117947", "DABANO22"),
        ),
    ],
)
def test_what_a_vendor_does_not_hold_stays_where_it_is_the_same_accounts(
    employee: Employee, held: dict[str, str], pulled: BankAccount, left: tuple[str, ...]
) -> None:
    BankAccountFactory.create(employee=employee, **{"clearing_number": "", "account_number": "", **held})

    update(employee, bank_account=pulled)

    stored = StoredAccount.objects.get(employee=employee)
    assert stored.country == pulled.country
    assert (stored.clearing_number, stored.account_number, stored.iban, stored.bic) == left


@pytest.mark.behaviour("G-12")
def test_an_update_is_kept_under_the_run_that_brought_it_and_raises_the_version(employee: Employee) -> None:
    connection = connection_of(employee.company)
    run = SyncRun.objects.create(connection=connection, resource="employees", trigger=SyncRun.Trigger.OPERATOR)
    since, version = last_change(), read(employee).version

    with acting_as(run_id=run.pk, connection_id=connection.pk):
        update(employee, family_name="Al", bank_account=PERSON["bank_account"])

    changes = new_changes(employee.pk, since=since)
    assert changes["family_name"] == ("Ek", "Al")
    assert changes["bank_account.account_number"] == (None, "806967498")
    assert set(FieldChange.objects.filter(pk__gt=since).values_list("run", flat=True)) == {run.pk}
    assert read(employee).version > version


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"work_phone": "12"}, "Work phone", "phone"),
        ({"work_email": "asa at example"}, "Work e-mail", "valid"),
        ({"family_name": "E" * 101}, "Family name", "at most 100"),
        ({"family_name": None}, "Family name", "blank"),
        ({"last_workday": date(2019, 1, 1)}, "Last workday", "before the first"),
        ({"address": Address("Storgatan 1", "999", "Lund", "SE")}, "Postal code", "postal code"),
        ({"national_id": "198112189870"}, "National ID", "."),
        ({"bank_account": BankAccount("SE", "6000", "806967499", "", "")}, "Account number", "last digit"),
        ({"bank_account": BankAccount("", "6000", "806967498", "", "")}, "Country", "country"),
    ],
)
def test_a_refused_value_is_told_by_field_and_reason_but_not_shown(
    employee: Employee, values: dict[str, Any], field: str, reason: str
) -> None:
    before = EVERYTHING.values(read(employee))

    with pytest.raises(HubRefused) as refused:
        update(employee, **values)

    told = str(refused.value)
    assert field.lower() in told.lower()
    assert reason in told
    (value,) = values.values()
    shown = [str(part) for part in (value if isinstance(value, tuple) else [value]) if len(str(part or "")) > 3]
    assert not [part for part in shown if part in told]
    # And a value that fits is taken afterwards.
    assert EVERYTHING.values(read(employee)) == before
    update(employee, family_name="Al")
    assert employee.family_name == "Al"


def test_an_employment_id_that_somebody_else_has_is_refused_without_naming_it(employee: Employee) -> None:
    EmployeeFactory.create(company=employee.company, employment_id="0042")

    with pytest.raises(HubRefused, match="employment ID") as refused:
        update(employee, employment_id="0042")
    assert "0042" not in str(refused.value)

    update(employee, employment_id="0043")
    assert employee.employment_id == "0043"


# --- Of a connection --------------------------------------------------------------------------------------


def test_a_connections_people_are_those_of_its_company_and_scope(employee: Employee) -> None:
    connection = connection_of(employee.company)
    connection.scope = {"employees": [employee.pk]}
    other = EmployeeFactory.create(company=employee.company)

    people = hub_people(connection=connection, resource="employees")

    assert {record.id: record.in_scope for record in people.scan()} == {str(employee.pk): True, str(other.pk): False}


def test_a_connection_without_a_company_has_no_people() -> None:
    connection = Connection.objects.create(integration="fortnox", label="Fortnox")

    with pytest.raises(ValueError, match="has no company"):
        hub_people(connection=connection, resource="employees")
