"""One comparison by the product's pure functions: ``python -m benchmarks.compare_ours WHAT PEOPLE``.

Inside the time: records from the dicts, match keys, normalising, pairing, and the rows of the plan.
"""

import argparse
import gc
import json
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Final

import django
from django.conf import settings

from benchmarks.people import NAMES, Person, two_sides
from integrations.core.compare import Comparison, Found, LinkState, finish
from integrations.core.declare import Field, Record, Resource
from integrations.core.kinds import CODE, EMAIL, PHONE, TEXT

KINDS: Final = {"work_email": EMAIL, "employment_id": CODE, "phone": PHONE}
RESOURCE: Final = Resource(
    name="employees",
    label="Employees",
    fields=tuple(
        Field(name=name, label=name, kind=KINDS.get(name, TEXT), unique=name in KINDS, required=name == "work_email")
        for name in NAMES
    ),
    match_keys=("work_email",),
    natural_key="work_email",
    settle_seconds=1,
)
PAGE: Final = 500
VALUES_OF = itemgetter(*NAMES)


def record(person: Person) -> Record:
    return Record(person["id"], VALUES_OF(person), person["work_email"])


def begin(left: Sequence[Person]) -> Comparison:
    by_id = {person["id"]: person for person in left}
    return Comparison(
        RESOURCE,
        read_left=lambda ids: [record(by_id[one]) for one in ids],
        read_pairs=lambda ids: {one: {} for one in ids},
    )


def compare(comparison: Comparison, left: Sequence[Person], right: Sequence[Person]) -> Iterator[Found]:
    comparison.add_left(map(record, left))
    yield from take_pages(comparison, right)
    yield from finish(comparison)


def take_pages(comparison: Comparison, right: Sequence[Person]) -> Iterator[Found]:
    for start in range(0, len(right), PAGE):
        comparison.take([record(person) for person in right[start : start + PAGE]])
        if comparison.full:
            yield comparison.drain()


def timed(people: int) -> dict[str, object]:
    left, right = two_sides(people)
    gc.collect()
    started = time.process_time()
    found = list(compare(begin(left), left, right))
    seconds = time.process_time() - started
    return {"seconds": seconds, "different": sorted([row.kind, row.label] for each in found for row in each.rows)}


def peak(people: int) -> dict[str, object]:
    """The whole comparison with everything it found kept, as the peer keeps its diff."""
    left, right = two_sides(people)
    gc.collect()
    tracemalloc.start()
    found = list(compare(begin(left), left, right))
    return {"bytes": tracemalloc.get_traced_memory()[1], "found": len(found)}


def indexed(people: int, *, linked: bool) -> dict[str, object]:
    """Bytes at the peak with what was found given away page by page, and of the index alone after the last page."""
    left, right = two_sides(people)
    comparison = begin(left)
    gc.collect()
    tracemalloc.start()
    if linked:
        comparison.add_links(
            LinkState(number, person["id"] + "", f"right-{number}", f"{number:016x}", True)
            for number, person in enumerate(left)
        )
    comparison.add_left(map(record, left))
    # What was found is given away at once, as the plan in the database takes it.
    deque(take_pages(comparison, right), maxlen=0)
    comparison.drain()
    gc.collect()
    kept, most = tracemalloc.get_traced_memory()
    return {"with_buffer": most, "bytes": kept}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("time", "peak", "index", "index-linked"))
    parser.add_argument("people", type=int)
    options = parser.parse_args()
    settings.configure(USE_I18N=False)
    django.setup()
    # Imports and first calls are not what is compared.
    timed(100)
    measures: dict[str, Callable[[int], dict[str, object]]] = {
        "time": timed,
        "peak": peak,
        "index": partial(indexed, linked=False),
        "index-linked": partial(indexed, linked=True),
    }
    print(json.dumps(measures[options.what](options.people)))


if __name__ == "__main__":
    main()
