"""The same comparison by diffsync: ``python -m benchmarks.compare_diffsync WHAT PEOPLE``.

Inside the time: load (a model per person, added to an adapter) and diff, as its documentation shows.
"""

import argparse
import gc
import json
import logging
import time
import tracemalloc
from typing import Any, ClassVar

import structlog
from diffsync import Adapter, DiffSyncModel
from diffsync.diff import Diff

from benchmarks.people import NAMES, Person, two_sides


class SomePerson(DiffSyncModel):
    _modelname = "person"
    _identifiers = (NAMES[0],)
    _attributes = NAMES[1:]

    work_email: str
    employment_id: str
    phone: str
    given_name: str
    family_name: str
    street: str
    postal_code: str
    city: str
    country: str
    birth_date: str
    first_workday: str
    last_workday: str
    title: str
    department: str
    clearing_number: str
    account_number: str


class People(Adapter):
    person = SomePerson
    top_level: ClassVar[list[str]] = ["person"]

    def load_people(self, people: list[Person]) -> None:
        for person in people:
            values: dict[str, Any] = {name: person[name] for name in NAMES}
            self.add(SomePerson(**values))


def compare(left: list[Person], right: list[Person]) -> Diff:
    ours, theirs = People(), People()
    ours.load_people(left)
    theirs.load_people(right)
    return ours.diff_to(theirs)


def kind_of(change: dict[str, Any]) -> str:
    """The destination (-) is the right side, the source (+) the left one."""
    if "+" in change and "-" in change:
        return "differs"
    return "only_left" if "+" in change else "only_right"


def timed(people: int) -> dict[str, object]:
    left, right = two_sides(people)
    gc.collect()
    started = time.process_time()
    diff = compare(left, right)
    seconds = time.process_time() - started
    changes = diff.dict().get("person", {})
    return {"seconds": seconds, "different": sorted([kind_of(change), email] for email, change in changes.items())}


def peak(people: int) -> dict[str, object]:
    left, right = two_sides(people)
    gc.collect()
    tracemalloc.start()
    diff = compare(left, right)
    return {"bytes": tracemalloc.get_traced_memory()[1], "found": len(diff)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("time", "peak"))
    parser.add_argument("people", type=int)
    options = parser.parse_args()
    # Its progress messages cost time that nobody asked for.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    timed(100)
    print(json.dumps({"time": timed, "peak": peak}[options.what](options.people)))


if __name__ == "__main__":
    main()
