"""New people imported by us and by import-export, in turn: ``python -m benchmarks.import_samples PEOPLE REPEATS``.

Both start from the bytes of one CSV file and end with everybody written; before each there is nobody.
"""

import argparse
import csv
import gc
import io
import json
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, Final

from benchmarks.scratch_database import scratch_database, set_up_django

set_up_django()

import tablib
from django.db import connection as database
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource

from benchmarks.plain_people import PlainEmployee
from employees.demo_people import DemoPerson, derive_person
from employees.models import Company, Employee, ImportJob
from employees.transfer import jobs, tasks
from integrations.core.models import FieldChange

# What stands in a person's own row: a reference would be a query per row for import-export.
COLUMNS: Final = (
    "employment_id",
    "given_name",
    "family_name",
    "work_email",
    "private_email",
    "work_phone",
    "private_phone",
    "birth_date",
    "national_id",
    "national_id_country",
    "street",
    "postal_code",
    "city",
    "country",
    "first_workday",
    "last_workday",
)


class PlainImport(ModelResource):
    """The ordinary mode, as its documentation begins: every setting but the columns is left as it is."""

    class Meta:
        model = PlainEmployee
        fields = COLUMNS
        import_id_fields = ("employment_id",)

    def __init__(self, *, company_id: int) -> None:
        super().__init__()
        self.company_id = company_id

    def init_instance(self, row: object = None) -> PlainEmployee:
        return PlainEmployee(company_id=self.company_id)


class BulkImport(PlainImport):
    """As its documentation advises for speed: in bulk, people looked up once, nothing compared."""

    class Meta(PlainImport.Meta):
        instance_loader_class = CachedInstanceLoader
        use_bulk = True
        skip_diff = True
        skip_html_diff = True
        report_skipped = False


def file_of(people: int) -> bytes:
    text = io.StringIO()
    rows = (_row(number, derive_person(index=number, seed=1)) for number in range(people))
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def _row(number: int, person: DemoPerson) -> list[object]:
    """Return the values in canonical form: both sides store them as they stand."""
    special = {"employment_id": number + 1, "national_id_country": person.country}
    return [special.get(name, getattr(person, name, "")) for name in COLUMNS]


def ours(company: Company, content: bytes) -> dict[str, float]:
    """Upload, preview, confirm and import as a worker does, history included."""
    started = time.perf_counter()
    job = jobs.start_import(
        company=company, by_id=None, file_name="people.csv", content=content, sensitive_allowed=True
    )
    tasks.work(job.pk)
    previewed = time.perf_counter()
    job.refresh_from_db()
    assert (job.state, job.counts.get("bad")) == (ImportJob.State.READY, 0), (job.state, job.error, job.counts)
    assert jobs.confirm_import(job=job, by_id=None, skip_bad=False)
    work_until_done(job)
    return {"preview": previewed - started, "whole": time.perf_counter() - started}


def work_until_done(job: ImportJob) -> None:
    while job.state not in (ImportJob.State.DONE, ImportJob.State.FAILED):
        tasks.work(job.pk)
        job.refresh_from_db(fields=["state", "error"])
    assert job.state == ImportJob.State.DONE, job.error


def theirs(importer: PlainImport, content: bytes) -> dict[str, float]:
    """A dry run and then the import, of a file that is read once."""
    started = time.perf_counter()
    rows = tablib.Dataset().load(content.decode(), format="csv")
    for dry_run in (True, False):
        result = importer.import_data(rows, dry_run=dry_run)
        assert not result.has_errors(), [repr(error.error) for _row, errors in result.row_errors() for error in errors]
        assert not result.has_validation_errors()
    return {"whole": time.perf_counter() - started}


def empty() -> None:
    """Take everybody away, the history too; by SQL, for neither may be deleted so."""
    with database.cursor() as cursor:
        for model in (FieldChange, Employee):
            cursor.execute(f"DELETE FROM {database.ops.quote_name(model._meta.db_table)}")  # noqa: S608 -- our own tables
    gc.collect()


def measure(*, people: int, repeats: int) -> dict[str, Any]:
    company = Company.objects.create(name="Demo AB", country="SE", time_zone="Europe/Stockholm")
    content = file_of(people)
    ways: dict[str, Callable[[], dict[str, float]]] = {
        "ours": partial(ours, company, content),
        "plain": partial(theirs, PlainImport(company_id=company.pk), content),
        "bulk": partial(theirs, BulkImport(company_id=company.pk), content),
    }
    samples: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    stored: dict[str, list[Any]] = {}
    for repeat in range(repeats):
        for name, way in ways.items():
            # Its rows are compared and marked up for a page; nobody waits for that five times.
            if name == "plain" and repeat:
                continue
            empty()
            samples[name].append(way())
            stored[name] = list(Employee.objects.order_by("employment_id").values_list(*COLUMNS))
            check_history(people if name == "ours" else 0)
    assert len(stored["ours"]) == people
    assert stored["ours"] == stored["plain"] == stored["bulk"], "the imports did not write the same"
    seconds = {f"{name}_seconds": median(each["whole"] for each in taken) for name, taken in samples.items()}
    return {**seconds, "preview_seconds": median(each["preview"] for each in samples["ours"]), "raw": samples}


def check_history(people: int) -> None:
    """Everybody's values stand in the history that was measured."""
    told = FieldChange.objects.all().of_fields("work_email")
    assert sum(1 for change in told if change.after) == people


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("people", type=int)
    parser.add_argument("repeats", type=int)
    options = parser.parse_args()
    with scratch_database():
        print(json.dumps(measure(people=options.people, repeats=options.repeats)))


if __name__ == "__main__":
    main()
