"""Many people of the left side written together, with the same checks, history and marks as one at a time.

Whoever cannot be shown beforehand to be taken is not prepared, and is written alone: so what is refused, and why, is
decided in one place, ``core.hub.endpoint``.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone

from employees.models import BankAccount, Employee
from employees.tracking import tracked_bulk
from employees.values.bank_accounts import NUMBERS
from integrations.core.hub.endpoint import HubPeople
from integrations.core.hub.people import VALUES, clues_of, put_numbers

BANK_ACCOUNT: Final = "bank_account"
UNIQUE: Final = "employment_id"
CLUES: Final = ("given_name", "family_name", "birth_date", "national_id", "national_id_country")


@dataclass
class Prepared:
    """A person as he or she will be saved; ``fields`` are those that change, of a new one all."""

    employee: Employee
    fields: frozenset[str] = frozenset()
    account: BankAccount | None = None
    drops_account: bool = False

    @property
    def is_new(self) -> bool:
        """Whether the person is still to be added."""
        return self.employee._state.adding

    @property
    def left_id(self) -> str:
        return str(self.employee.pk)

    @property
    def clues(self) -> tuple[str, ...]:
        """By which somebody else may be found to be the same person, where the change has to do with them."""
        if self.fields.isdisjoint(CLUES):
            return ()
        return clues_of(*(getattr(self.employee, name) for name in CLUES))


class ManyPeople:
    """Belongs into one transaction: it locks whoever is to be changed."""

    def __init__(self, people: HubPeople, left_ids: Iterable[str]) -> None:
        self._people = people
        self._company = people.company
        ids = sorted({int(left_id) for left_id in left_ids})
        mine = Employee._base_manager.filter(company=self._company, pk__in=ids)
        # Locked without the outer joins, which PostgreSQL does not lock.
        list(mine.order_by("pk").select_for_update().values_list("pk"))
        found = mine.select_related("department", "manager")
        self._employees = {str(each.pk): each for each in found}
        accounts = BankAccount._base_manager.filter(employee__in=ids)
        self._accounts = {str(each.employee_id): each for each in accounts}

    def change(self, left_id: str, values: Mapping[str, Any]) -> Prepared | None:
        """Return the person with other values; None: is to be written alone."""
        employee = self._employees.get(left_id)
        if employee is None:
            return None
        before = _columns(employee)
        return self._prepare(employee, values, before=before, stored=self._accounts.get(left_id))

    def add(self, values: Mapping[str, Any]) -> Prepared | None:
        """Return a new person; None: is to be written alone."""
        return self._prepare(Employee(company=self._company), values, before={}, stored=None)

    def _prepare(
        self, employee: Employee, values: Mapping[str, Any], *, before: Mapping[str, Any], stored: BankAccount | None
    ) -> Prepared | None:
        account, drops = None, False
        try:
            for name, value in values.items():
                VALUES[self._people.sources[name]].write(employee, value)
            employee.clean_fields()
            employee.clean()
            for name, value in values.items():
                if self._people.sources[name] == BANK_ACCOUNT:
                    account, drops = self._account(employee, stored, value)
        except ValidationError:
            return None
        fields = frozenset(name for name, value in _columns(employee).items() if before.get(name) != value)
        if UNIQUE in fields and self._is_taken(employee):
            return None
        return Prepared(employee, fields, account, drops)

    def _account(self, employee: Employee, stored: BankAccount | None, value: Any) -> tuple[BankAccount | None, bool]:
        if value is None:
            return None, stored is not None
        account = stored or BankAccount(employee=employee)
        put_numbers(account=account, value=value)
        # The person of a new account has no key before it is saved.
        account.clean_fields(exclude={"employee"})
        account.clean()
        return account, False

    def _is_taken(self, employee: Employee) -> bool:
        same = Employee._base_manager.filter(company=self._company, employment_id=employee.employment_id)
        return bool(employee.employment_id) and same.exclude(pk=employee.pk).exists()


def save_together(prepared: Sequence[Prepared]) -> None:
    """Save them in the caller's transaction; raises IntegrityError where the database refuses one of them."""
    if not prepared:
        return
    changed = [each for each in prepared if not each.is_new]
    new = [each for each in prepared if each.is_new]
    with tracked_bulk([each.employee.pk for each in changed]):
        Employee.objects.bulk_create([each.employee for each in new])
        _update([each.employee for each in changed], frozenset().union(*(each.fields for each in changed)))
        _save_accounts(prepared)


def _update(people: Sequence[Employee], fields: Collection[str]) -> None:
    if fields:
        Employee.objects.bulk_update(people, sorted(fields))
    Employee.objects.filter(pk__in=[each.pk for each in people]).update(
        version=F("version") + 1, updated_at=timezone.now()
    )


def _save_accounts(prepared: Sequence[Prepared]) -> None:
    dropped = [each.employee.pk for each in prepared if each.drops_account]
    if dropped:
        BankAccount.objects.filter(employee__in=dropped).delete()
    accounts = []
    for each in prepared:
        if each.account is not None:
            # A new person has got a key since.
            each.account.employee = each.employee
            accounts.append(each.account)
    stored = [account for account in accounts if not account._state.adding]
    if stored:
        BankAccount.objects.bulk_update(stored, NUMBERS)
    added = [account for account in accounts if account._state.adding]
    if added:
        BankAccount.objects.bulk_create(added)


def _columns(employee: Employee) -> dict[str, Any]:
    return {
        each.name: getattr(employee, each.attname)
        for each in Employee._meta.concrete_fields
        if each.name not in ("id", "version", "created_at", "updated_at")
    }
