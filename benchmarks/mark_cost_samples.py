"""An import of many people, with and without an active connection: ``python -m benchmarks.mark_cost_samples N``.

The import's own writing in this process, once each way with the people changed back in between; no network.
"""

import argparse
import json
import time
from typing import Any

from benchmarks.scratch_database import scratch_database, set_up_django

set_up_django()

from employees.models import Company, Employee
from integrations.core.models import Connection, Link, Mark
from tests.employees.transfer.files import confirm, preview
from tests.factories import CompanyFactory, EmployeeFactory


def people_of(company: Company, number: int) -> list[Employee]:
    return [EmployeeFactory.create(company=company, employment_id=str(each + 1)) for each in range(number)]


def active_connection(company: Company, people: list[Employee]) -> Connection:
    connection = Connection.objects.create(
        integration="fortnox", label="Fortnox", company=company, state=Connection.State.ACTIVE, push_limit=1_000_000
    )
    Link.objects.bulk_create(
        Link(
            connection=connection,
            resource="employees",
            left_id=str(person.pk),
            right_id=person.employment_id,
            state=Link.State.ACTIVE,
        )
        for person in people
    )
    return connection


def imported(company: Company, people: list[Employee], city: str) -> float:
    """Return the seconds that the confirmed import takes to write everybody's new city."""
    lines = [["Employment ID", "City"], *([person.employment_id, city] for person in people)]
    job = preview(company, lines)
    started = time.perf_counter()
    job = confirm(job)
    seconds = time.perf_counter() - started
    assert (job.state, Employee.objects.filter(city=city).count()) == ("done", len(people)), job.error
    return seconds


def measure(number: int, repeats: int) -> dict[str, Any]:
    company = CompanyFactory.create(name="Demo AB")
    people = people_of(company, number)
    imported(company, people, "Warm")
    connection = active_connection(company, people)
    without, marked = [], []
    for repeat in range(repeats):
        Connection.objects.filter(pk=connection.pk).update(state=Connection.State.DRAFT)
        without.append(imported(company, people, f"Without {repeat}"))
        assert not Mark.objects.exists()
        Connection.objects.filter(pk=connection.pk).update(state=Connection.State.ACTIVE)
        marked.append(imported(company, people, f"Marked {repeat}"))
        assert Mark.objects.count() == number
        Mark.objects.all().delete()
    return {"without_seconds": without, "marked_seconds": marked}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("people", type=int)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with scratch_database():
        print(json.dumps(measure(options.people, options.repeats)))


if __name__ == "__main__":
    main()
