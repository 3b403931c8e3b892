"""Plans in the database, ours and import-export's, in turn: ``python -m benchmarks.plan_samples PEOPLE REPEATS``."""

import argparse
import gc
import json
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any, Final
from unittest.mock import patch

from benchmarks.scratch_database import scratch_database, set_up_django

set_up_django()

import tablib
from django.core.management import call_command
from django.db import connection as database
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource

from benchmarks.plain_people import PlainEmployee
from benchmarks.standing_in import StandIn
from employees.models import BankAccount as BankAccountRow
from employees.models import Company, Employee
from integrations.core.budget import SHORT_PAUSE
from integrations.core.calls import AnswerT, VendorCalls
from integrations.core.declare import NOTHING, Record
from integrations.core.endpoints import Page, Place, Reply, VendorEndpoint
from integrations.core.kinds import Address, BankAccount
from integrations.core.models import Connection, Link, SyncField, SyncRow, SyncRun
from integrations.core.runs import comparing
from integrations.core.runs.session import Session, open_session

# Whatever the number of people: between two pages a run asks whether the lease is still its own.
PAGES: Final = 20
ADDRESS: Final = ("street", "postal_code", "city", "country")
COLUMNS: Final = (
    "work_email",
    "employment_id",
    "given_name",
    "family_name",
    "work_phone",
    *ADDRESS,
    "first_workday",
    "last_workday",
)
Person = dict[str, Any]


class EveryRow(ModelResource):
    """Bulk mode as its documentation advises for speed, without diffs: every row is written, and rolled back."""

    class Meta:
        model = PlainEmployee
        fields = COLUMNS
        import_id_fields = ("work_email",)
        instance_loader_class = CachedInstanceLoader
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        skip_html_diff = True
        report_skipped = False

    def __init__(self, *, company_id: int) -> None:
        super().__init__()
        self.company_id = company_id

    def init_instance(self, row: object = None) -> PlainEmployee:
        return PlainEmployee(company_id=self.company_id)


class ChangedRows(EveryRow):
    """Bulk mode that leaves out what has not changed; that needs the diff (``skip_row``)."""

    class Meta(EveryRow.Meta):
        skip_diff = False
        skip_unchanged = True


def number_people(company: Company) -> None:
    """Both sides know the employment IDs already, so that what differs is what was changed."""
    people = list(PlainEmployee.objects.filter(company=company).order_by("pk"))
    for number, person in enumerate(people, 1):
        person.employment_id = str(number)
    PlainEmployee.objects.bulk_update(people, ["employment_id"], batch_size=500)


def vendor_people(company: Company) -> list[Person]:
    """Return the hub's people as a vendor would list them: 5 % changed, 1 % missing and 1 % more."""
    chance = random.Random(1)
    accounts = {each.employee_id: each for each in BankAccountRow.objects.filter(employee__company=company)}
    everybody = Employee.objects.filter(company=company).order_by("pk")
    # Accounts are compared by us alone: for import-export they would be a second model and a second import.
    people: list[Person] = [
        {**person, "bank_account": neutral_account(accounts.get(person["pk"]))}
        for person in everybody.values("pk", *COLUMNS)
    ]
    for person in chance.sample(people, len(people) // 20):
        person["family_name"] += " Changed"
    alone = len(people) // 100
    new = [
        {**person, "work_email": f"new.{number}@example.se", "employment_id": f"9{number:06d}", "work_phone": ""}
        for number, person in enumerate(people[:alone])
    ]
    return people[alone:] + new


def neutral_account(account: BankAccountRow | None) -> BankAccount | None:
    if account is None:
        return None
    return BankAccount(account.country, account.clearing_number, account.account_number, account.iban, account.bic)


def record(person: Person, names: list[str]) -> Record:
    values = {
        **{name: person[name] or None for name in (*COLUMNS, "bank_account")},
        "phone": person["work_phone"] or None,
        "address": Address(*[person[part] for part in ADDRESS]),
    }
    label = f"{person['given_name']} {person['family_name']}"
    return Record(person["employment_id"], tuple([values[name] for name in names]), label)


def pages(people: list[Person], names: list[str]) -> Iterator[Page]:
    size = math.ceil(len(people) / PAGES)
    last = math.ceil(len(people) / size)
    for number in range(1, last + 1):
        records = tuple(record(person, names) for person in people[(number - 1) * size : number * size])
        yield Page(records, len(people), number + 1 if number < last else None)


class Listed(VendorEndpoint):
    """The vendor's list in memory, which can be listed and nothing else."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self.pages = list(pages)

    def list_page(self, page: Place) -> Page:
        return self.pages[int(page) - 1]

    # A comparison that reads or creates measures something else: it fails here.
    def read(self, right_id: str, *, options: Mapping[str, Any] = NOTHING) -> Record:
        raise NotImplementedError("A comparison only lists.")

    def create(self, values: Mapping[str, Any], *, settings: Mapping[str, Any] = NOTHING) -> Reply:
        raise NotImplementedError("A comparison only lists.")


class FromMemory(StandIn, VendorCalls):
    """A run's calls, answered from memory: no token is asked for, and no slot waited for."""

    def __init__(self, session: Session, people: list[Person]) -> None:
        super().__init__(connection=session.connection, connector=session.calls.connector, resource=session.resource)
        self.listed = Listed(pages(people, [field.name for field in session.resource.fields]))

    def read(
        self, call: Callable[[VendorEndpoint], AnswerT], *, deadline: float, patience: float = SHORT_PAUSE
    ) -> AnswerT:
        return call(self.listed)


def plan(run: SyncRun, people: list[Person]) -> None:
    """Compare as a worker does, from lease to review; only the vendor's pages come from memory."""

    def open_from_memory(**options: Any) -> Session:
        session = open_session(**options)
        return replace(session, calls=FromMemory(session, people))

    with patch.object(comparing, "open_session", open_from_memory):
        comparing.compare_run(run_id=run.pk)


def dry_run(people: list[Person], importer: EveryRow) -> Any:
    rows = tablib.Dataset(*[[person[name] for name in COLUMNS] for person in people], headers=COLUMNS)
    result = importer.import_data(rows, dry_run=True)
    refused = [repr(error.error) for _number, errors in result.row_errors() for error in errors]
    assert not refused, refused[:3]
    assert not result.base_errors, result.base_errors
    assert not result.has_validation_errors()
    return result


def fresh_run(connection: Connection) -> SyncRun:
    for model in (SyncField, SyncRow, Link, SyncRun):
        model.objects.all().delete()
    return SyncRun.objects.create(connection=connection, resource="employees", trigger=SyncRun.Trigger.OPERATOR)


def seconds_of(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def queries_of(work: Callable[[], object]) -> int:
    """Return how many statements went to the database; ``executemany`` is one."""
    seen = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal seen
        seen += 1
        return execute(*arguments)

    with database.execute_wrapper(count):
        work()
    return seen


def measure(*, people: int, repeats: int) -> dict[str, object]:
    call_command("seed_people", people=people, verbosity=0)
    company = Company.objects.get()
    connection = Connection.objects.create(
        integration="fortnox", label="Fortnox", company=company, state=Connection.State.AUTHORISED, account_id="1"
    )
    number_people(company)
    vendor = vendor_people(company)
    run = fresh_run(connection)
    queries = queries_of(partial(plan, run, vendor))
    check(run, vendor)
    importers = {"every_row": EveryRow(company_id=company.pk), "changed_rows": ChangedRows(company_id=company.pk)}
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in importers}
    for _repeat in range(repeats):
        ours.append(seconds_of(partial(plan, fresh_run(connection), vendor)))
        for name, importer in importers.items():
            theirs[name].append(seconds_of(partial(dry_run, vendor, importer)))
    seconds = {name: median(samples) for name, samples in theirs.items()}
    fastest = min(seconds, key=seconds.__getitem__)
    return {
        "seconds": median(ours),
        "import_export_seconds": seconds[fastest],
        **{f"{name}_seconds": value for name, value in seconds.items()},
        "queries": queries,
        "import_export_queries": queries_of(partial(dry_run, vendor, importers[fastest])),
        "rows": SyncRow.objects.count(),
        "links": Link.objects.count(),
        "raw": {"ours": ours, **theirs},
    }


def check(run: SyncRun, vendor: list[Person]) -> None:
    """The plan that was measured is a right one."""
    run.refresh_from_db()
    assert run.state == SyncRun.State.REVIEW, (run.state, run.error)
    changed = SyncField.objects.filter(row__run=run, field="family_name").count()
    expected = sum(
        person["family_name"].endswith(" Changed") for person in vendor if "new." not in person["work_email"]
    )
    assert changed == expected, (changed, expected)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("people", type=int)
    parser.add_argument("repeats", type=int)
    options = parser.parse_args()
    with scratch_database():
        print(json.dumps(measure(people=options.people, repeats=options.repeats)))


if __name__ == "__main__":
    main()
