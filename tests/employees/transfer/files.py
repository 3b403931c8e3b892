"""Files to import, and the whole way of one without a worker process."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

from employees.models import Company, ImportJob
from employees.transfer import tasks
from employees.transfer.jobs import confirm_import, start_import

Lines = Sequence[Sequence[Any]]


def csv_file(lines: Lines, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue().encode(encoding)


def xlsx_file(lines: Lines) -> bytes:
    workbook = Workbook()
    for line in lines:
        workbook.worksheets[0].append(list(line))
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def upload(
    company: Company,
    lines: Lines = (),
    *,
    content: bytes | None = None,
    file_name: str = "people.csv",
    create_departments: bool = False,
    sensitive_allowed: bool = True,
) -> ImportJob:
    return start_import(
        company=company,
        by_id=None,
        file_name=file_name,
        content=csv_file(lines) if content is None else content,
        create_departments=create_departments,
        sensitive_allowed=sensitive_allowed,
    )


def work(job: ImportJob) -> ImportJob:
    tasks.work(job.pk)
    job.refresh_from_db()
    return job


def preview(company: Company, lines: Lines = (), **options: Any) -> ImportJob:
    return work(upload(company, lines, **options))


def confirm(job: ImportJob, *, skip_bad: bool = False, by_id: int | None = None) -> ImportJob:
    assert confirm_import(job=job, by_id=by_id, skip_bad=skip_bad)
    return work(job)


def reasons(job: ImportJob) -> dict[int, list[list[str]]]:
    """Row number → [[column, reason], …]."""
    return dict(job.rows.exclude(errors=[]).values_list("number", "errors"))
