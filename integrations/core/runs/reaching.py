"""A run's writes to the hub as one operation: whom they change, and what these will hold (G-36).

The same before it is confirmed and while it is applied: what is written already counts along.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from employees.models import BankAccount, Employee
from employees.tracking import Columns, Operation, Reach
from employees.values.bank_accounts import NUMBERS
from employees.zones import zone_of
from integrations.core.declare import Direction, Resource, Side
from integrations.core.hub.absences_behind import WORKDAYS
from integrations.core.hub.endpoint import HubPeople, hub_people
from integrations.core.hub.people import VALUES, put_numbers
from integrations.core.models import SyncField, SyncRow, SyncRun

State = SyncRow.State
Kind = SyncRow.Kind
READ_AT_ONCE: Final = 2_000
BANK_ACCOUNT: Final = "bank_account"
# Rows that are not written any more.
OVER: Final = (State.MOVED, State.REFUSED, State.SKIPPED, State.HELD)


def operation_of(run: SyncRun) -> Operation:
    """Return the run's operation; whom it reaches is read once."""
    day = timezone.localtime(run.created_at, zone_of(run)).date()
    label = _("Synchronisation of %(connection)s, %(date)s") % {
        "connection": run.connection.label,
        "date": date_format(day, "j M Y"),
    }
    return Operation(key=key_of(run), label=label, user_id=run.by_id, reach=cache(lambda: reach_of(run)))


def key_of(run: SyncRun) -> str:
    return f"run:{run.pk}"


def reach_of(run: SyncRun, left_out: Collection[int] = ()) -> Reach:
    """Return whom the decisions change in the hub, as they stand; ``left_out`` are rows that are not written."""
    return _RunReach(run, left_out).reach()


def moves_workdays(run: SyncRun, left_out: Collection[int] = ()) -> bool:
    """Whether the hub takes over the first or the last workday of somebody."""
    people = hub_people(connection=run.connection, resource=run.resource)
    names = [name for name, source in people.sources.items() if not set(WORKDAYS).isdisjoint(VALUES[source].columns)]
    return taken_fields(run).filter(field__in=names).exclude(row__in=left_out).exists()


def taken_fields(run: SyncRun) -> QuerySet[SyncField]:
    """Return the fields that the hub takes from the vendor."""
    fields = SyncField.objects.filter(row__run=run, decision=SyncField.Decision.RIGHT)
    return fields.filter(row__kind=Kind.DIFFERS).exclude(row__state__in=OVER).exclude(row__left_id="").order_by()


def values_of_new(resource: Resource, row: SyncRow) -> dict[str, Any]:
    """Return the vendor's values of a row that creates somebody in the hub, as the review shows them (G-21)."""
    stored: Mapping[str, Any] = row.options.get("values", {})
    known = {name: value for name, value in stored.items() if name in resource.position}
    return {name: resource.field(name).from_json(value) for name, value in known.items()}


class _RunReach:
    def __init__(self, run: SyncRun, left_out: Collection[int]) -> None:
        self._run, self._left_out = run, left_out
        self._people: HubPeople = hub_people(connection=run.connection, resource=run.resource)
        self._resource = self._people.resource

    def reach(self) -> Reach:
        changed: dict[int, set[str]] = {}
        for left_id, name in self._taken().values_list("row__left_id", "field").iterator(READ_AT_ONCE):
            changed.setdefault(int(left_id), set()).update(self._columns_of(name))
        assigned = self._assigned()
        for pk, names in assigned.items():
            changed.setdefault(pk, set()).update(names)
        company_id = self._people.company.pk
        return Reach(
            changed=changed,
            new={company_id: self._new().count()},
            after=self._after,
            added=lambda wanted: self._added() if wanted == company_id else iter(()),
            assigned=assigned,
        )

    # --- Rows ---------------------------------------------------------------------------------------------

    def _rows(self, kind: str) -> QuerySet[SyncRow]:
        rows = SyncRow.objects.filter(run=self._run, kind=kind).exclude(state__in=OVER)
        return rows.exclude(pk__in=self._left_out).order_by("pk")

    def _taken(self) -> QuerySet[SyncField]:
        return taken_fields(self._run).exclude(row__in=self._left_out)

    def _created(self, kind: str) -> QuerySet[SyncRow]:
        return self._rows(kind).filter(decision=SyncRow.Decision.CREATE, hold_reason="")

    def _new(self) -> QuerySet[SyncRow]:
        return self._created(Kind.ONLY_RIGHT)

    def _assigned(self) -> dict[int, Collection[str]]:
        """Return, of people who are created at the vendor, the empty columns that are filled by what it assigns."""
        names = [declared.name for declared in self._resource.fields if declared.direction is Direction.TO_LEFT]
        left_ids = [row.left_id for row in self._created(Kind.ONLY_LEFT).only("left_id")] if names else []
        found: dict[int, Collection[str]] = {}
        for left in self._people.read(left_ids):
            empty = [name for name in names if self._resource.value(left, name) is None]
            columns = {column for name in empty for column in self._columns_of(name)}
            if columns:
                found[int(left.id)] = columns
        return found

    # --- What they will hold ------------------------------------------------------------------------------

    def _columns_of(self, name: str) -> list[str]:
        """Return the columns of a field, as ``Reach`` names them."""
        return [column.partition("__")[0] for column in VALUES[self._people.sources[name]].columns]

    def _after(self, ids: Collection[int]) -> Mapping[int, Columns]:
        values: dict[int, dict[str, Any]] = {}
        fields = self._taken().filter(row__left_id__in=[str(pk) for pk in ids])
        for left_id, name, right in fields.values_list("row__left_id", "field", "right"):
            values.setdefault(int(left_id), {})[name] = self._resource.field(name).from_json(right)
        paid = [pk for pk, taken in values.items() if self._pays(taken)]
        accounts = {each.employee_id: each for each in BankAccount._base_manager.filter(employee__in=paid)}
        return {pk: self._stored(taken, accounts.get(pk)) for pk, taken in values.items()}

    def _added(self) -> Iterator[Columns]:
        for row in self._new().only("options").iterator(READ_AT_ONCE):
            values = values_of_new(self._resource, row)
            taken = {
                name: value
                for name, value in values.items()
                if value is not None and not self._resource.field(name).refuses(value, to=Side.LEFT)
            }
            yield self._stored(taken, None)

    def _pays(self, values: Mapping[str, Any]) -> bool:
        return any(self._people.sources[name] == BANK_ACCOUNT for name in values)

    def _stored(self, values: Mapping[str, Any], account: BankAccount | None) -> Columns:
        employee = Employee(company=self._people.company)
        stored: dict[str, Any] = {}
        for name, value in values.items():
            source = self._people.sources[name]
            if source == BANK_ACCOUNT:
                stored[BANK_ACCOUNT] = _numbers(account or BankAccount(), value)
                continue
            VALUES[source].write(employee, value)
            stored.update({column: getattr(employee, column) for column in VALUES[source].columns})
        return stored


def _numbers(account: BankAccount, value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    put_numbers(account=account, value=value)
    # What is refused in the end is written nowhere.
    with suppress(ValidationError):
        account.clean()
    return {column: getattr(account, column) for column in NUMBERS}
