"""People as a file holds them: what a preview plans, and what the pages call it."""

from collections.abc import Iterable, Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from employees.models import Employee, ImportJob, ImportRow
from employees.privacy import ID_STORED, is_on
from employees.transfer.columns import PEOPLE, SENSITIVE_COLUMNS
from employees.transfer.doubting import settle_doubts
from employees.transfer.kinds import ImportKind, Planned, Progress, Words
from employees.transfer.managers import settle_managers
from employees.transfer.people import read_keys
from employees.transfer.people_reach import reach_of_people
from employees.transfer.planned import PlannedRow
from employees.transfer.planning import Planner
from employees.transfer.reading import Table
from employees.transfer.template import general_rules
from employees.transfer.writing import write_rows


def plan_people(job: ImportJob, table: Table, progress: Progress) -> Planned:
    index = read_keys(company=job.company)
    planner = Planner(
        table=table,
        company=job.company,
        index=index,
        create_departments=job.create_departments,
        sensitive_allowed=job.sensitive_allowed,
    )
    rows: list[PlannedRow] = []
    for part in planner.plan():
        rows += part
        progress(len(rows))
    settle_managers(rows=rows, index=index, keys=planner.keys)
    settle_doubts(rows=rows, index=index, company=job.company)
    shown = [row for row in rows if row.errors or row.changes or row.is_new]
    counts = {
        "new": sum(1 for row in shown if row.is_new and not row.errors),
        "changed": sum(1 for row in shown if not row.is_new and not row.errors),
        "unchanged": len(rows) - len(shown),
        "bad": sum(1 for row in shown if row.errors),
        "departments": _new_departments(planner, shown),
    }
    return Planned(rows=list(_import_rows(shown)), counts=counts)


def columns_not_kept(job: ImportJob) -> frozenset[str]:
    return frozenset() if is_on(job.company, ID_STORED) else frozenset({"national_id", "national_id_country"})


def write_people(job: ImportJob, rows: list[ImportRow]) -> None:
    write_rows(job=job, rows=rows)


def _new_departments(planner: Planner, rows: Iterable[PlannedRow]) -> list[str]:
    needed = {row.values.get("department") for row in rows if not row.errors}
    return sorted(name for name in planner.new_departments.values() if name in needed)


def _import_rows(rows: Iterable[PlannedRow]) -> Iterator[ImportRow]:
    for row in rows:
        yield ImportRow(
            number=row.number,
            state=ImportRow.State.BAD if row.errors else ImportRow.State.WAITING,
            label=row.label[:250],
            record_id=row.employee_id,
            is_new=row.is_new,
            version=row.version,
            depth=row.depth,
            values={} if row.errors else row.values,
            changes={} if row.errors else {k: v for k, v in row.changes.items() if k not in SENSITIVE_COLUMNS},
            sensitive_changes={} if row.errors else {k: v for k, v in row.changes.items() if k in SENSITIVE_COLUMNS},
            errors=row.errors,
            notes=[] if row.errors else row.notes,
            questions=[] if row.errors else row.questions,
        )


PEOPLE_IMPORT: Final = ImportKind(
    name="people",
    columns=PEOPLE,
    plan=plan_people,
    not_kept=columns_not_kept,
    write=write_people,
    rights=("employees.add_employee", "employees.change_employee"),
    page="admin:employees_employee",
    words=Words(
        title=_("Import employees"),
        record=_("Person"),
        new=_("New people"),
        changed=_("Updated people"),
        unchanged=_("Unchanged people"),
        back=_("Back to the employees"),
    ),
    rules=general_rules,
    reach=reach_of_people,
    model=Employee,
)
