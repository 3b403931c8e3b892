"""Opening the conflict page of two runs: ``python -m benchmarks.conflict_page_samples FEW MANY``.

Django's test client, so that no network is measured: from the request to the whole answer, warm, the median of 20.
"""

import argparse
import json
import time
from statistics import median
from typing import Any, Final

from benchmarks.scratch_database import scratch_database, set_up_django

set_up_django()

from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from employees import bulk
from integrations.core.models import SyncField, SyncRow
from tests.core.review.filling import AGREED, HERE, THERE, Reviewed, review_of
from tests.factories import CompanyFactory

OPENED: Final = 20
FIELDS: Final = ("phone", "family_name")


def fill(people: int) -> Reviewed:
    """Return a run in review in which everybody differs in two fields; one in ten is decided."""
    reviewed = review_of(company=CompanyFactory.create(name=f"Demo {people} AB"), account_id=str(people))
    SyncRow.objects.bulk_create(
        SyncRow(
            run=reviewed.run,
            kind=SyncRow.Kind.DIFFERS,
            left_id=str(number),
            right_id=f"right-{number}",
            label=f"Given Family {number}",
        )
        for number in range(people)
    )
    rows = SyncRow.objects.filter(run=reviewed.run).values_list("pk", flat=True)
    bulk.insert(SyncField, [_field(pk, name, number) for number, pk in enumerate(rows) for name in FIELDS])
    # What its autovacuum does by itself within a minute of such a comparison.
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
    return reviewed


def _field(row_id: int, name: str, number: int) -> dict[str, Any]:
    return {
        "row_id": row_id,
        "field": name,
        "left": HERE,
        "right": THERE,
        "base_left": AGREED,
        "base_right": AGREED,
        "change": SyncField.Change.BOTH,
        "decision": SyncField.Decision.OPEN if number % 10 else SyncField.Decision.LEFT,
    }


def count_queries(client: Client, address: str) -> int:
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(database) as captured:
        client.get(address)
        # Counted here: the next request begins the log anew.
        return len(captured)


def seconds_of(client: Client, address: str) -> float:
    started = time.perf_counter()
    answer = client.get(address)
    seconds = time.perf_counter() - started
    assert answer.content.count(b"<article") == 50
    return seconds


def measure(client: Client, few: str, many: str) -> dict[str, dict[str, float]]:
    """Open both in turn, so that what else the machine does slows neither alone."""
    queries = {"few": count_queries(client, few), "many": count_queries(client, many)}
    samples = [(seconds_of(client, few), seconds_of(client, many)) for _ in range(OPENED)]
    return {
        name: {"seconds": median(sample[place] for sample in samples), "queries": queries[name]}
        for place, name in enumerate(("few", "many"))
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("few", type=int)
    parser.add_argument("many", type=int)
    options = parser.parse_args()
    with scratch_database(), override_settings(ROOT_URLCONF="tests.core.review.addresses"):
        client = Client()
        client.force_login(User.objects.create_superuser("admin"))
        few, many = fill(options.few), fill(options.many)
        print(json.dumps(measure(client, few.address("conflicts"), many.address("conflicts"))))


if __name__ == "__main__":
    main()
