"""Whom the manager column means, people of the same file included, and that no chain of managers is a circle."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from employees.transfer.people import FileKeys, KeyIndex
from employees.transfer.planned import PlannedRow

# A person who exists is meant by primary key, a new one by the row: ("person", 12), ("row", 7).
Person = tuple[str, int]


def settle_managers(*, rows: list[PlannedRow], index: KeyIndex, keys: FileKeys) -> None:
    """Put ``values["manager"]`` on the rows: ``["person", pk]``, ``["row", number]`` or None; refuse what cannot be.

    Sets ``depth``, so that whoever is new is written before the people whom they manage.
    """
    by_number = {row.number: row for row in rows}
    takers = {row.leaver: row for row in rows if row.leaver is not None}
    chosen: dict[int, Person | None] = {}
    for row in rows:
        if row.manager is not None and not row.errors:
            _choose(row, by_number, index, keys, chosen, takers)
    while _refuse_impossible(rows, by_number, index, chosen):
        pass
    depths: dict[int, int] = {}
    for row in rows:
        if row.number in chosen and not row.errors:
            manager = chosen[row.number]
            if manager == _present(row, index):
                # Only written in another way.
                row.changes.pop("manager", None)
                continue
            row.values["manager"] = list(manager) if manager else None
            row.depth = _depth(row, chosen, depths)


def _choose(
    row: PlannedRow,
    by_number: Mapping[int, PlannedRow],
    index: KeyIndex,
    keys: FileKeys,
    chosen: dict[int, Person | None],
    takers: Mapping[int, PlannedRow],
) -> None:
    if not row.manager:
        chosen[row.number] = None
        return
    try:
        if taker := _taker(row.manager, index, takers):
            # Whom the address means after the import, not whoever has left: the preview says so.
            chosen[row.number] = _person(taker)
            before = row.changes.get("manager", [row.manager])[0]
            row.changes["manager"] = [before, f"{taker.label}, {row.manager}"]
            return
        people = _stored(row.manager, index) or _in_file(row.manager, by_number, keys)
    except ValidationError as error:
        row.refuse("manager", error.messages[0])
        return
    if len(people) == 1:
        chosen[row.number] = people.pop()
    elif people:
        row.refuse("manager", _("Several people have this e-mail. Write the manager's employment ID."))
    else:
        row.refuse("manager", _("Nobody in the company or in this file has this employment ID or work e-mail."))


def _taker(text: str, index: KeyIndex, takers: Mapping[int, PlannedRow]) -> PlannedRow | None:
    """Return the row that takes the e-mail over from somebody who has left (D-10). Raises ValidationError."""
    if not takers or index.with_employment_id(text) is not None:
        return None
    return next((takers[pk] for pk in index.with_email(text) if pk in takers), None)


def _stored(text: str, index: KeyIndex) -> set[Person]:
    if (found := index.with_employment_id(text)) is not None:
        return {("person", found)}
    return {("person", pk) for pk in index.with_email(text)}


def _in_file(text: str, by_number: Mapping[int, PlannedRow], keys: FileKeys) -> set[Person]:
    numbers = keys.with_employment_id(text) or keys.with_email(text)
    return {_person(by_number[number]) for number in numbers}


def _person(row: PlannedRow) -> Person:
    return ("row", row.number) if row.employee_id is None else ("person", row.employee_id)


def _present(row: PlannedRow, index: KeyIndex) -> Person | None:
    manager_id = index.manager_of.get(row.employee_id) if row.employee_id else None
    return ("person", manager_id) if manager_id else None


def _refuse_impossible(
    rows: Iterable[PlannedRow],
    by_number: Mapping[int, PlannedRow],
    index: KeyIndex,
    chosen: Mapping[int, Person | None],
) -> bool:
    """Refuse rows whose manager's row is bad, and circles; a row that is refused may make others impossible."""
    good = [row for row in rows if row.number in chosen and not row.errors]
    refused = _refuse_below_bad(good, by_number, chosen)
    above: dict[Person, Person] = {
        ("person", pk): ("person", manager) for pk, manager in index.manager_of.items() if manager
    }
    for row in good:
        above.pop(_person(row), None)
        if (manager := chosen[row.number]) is not None and not row.errors:
            above[_person(row)] = manager
    in_circle = people_in_circles(above)
    for row in good:
        if not row.errors and _person(row) in in_circle:
            row.refuse("manager", _("The chain of managers would lead back to this person."))
            refused = True
    return refused


def _refuse_below_bad(
    good: Iterable[PlannedRow], by_number: Mapping[int, PlannedRow], chosen: Mapping[int, Person | None]
) -> bool:
    """Refuse whoever has a manager whose row is bad, and whoever is below them; tell whether anybody was."""
    below: dict[int, list[PlannedRow]] = defaultdict(list)
    for row in good:
        manager = chosen[row.number]
        if manager and manager[0] == "row":
            below[manager[1]].append(row)
    refused = False
    bad = [number for number in below if by_number[number].errors]
    while bad:
        number = bad.pop()
        for row in below[number]:
            if not row.errors:
                row.refuse(
                    "manager", _("The manager stands in row %(row)d, which cannot be imported.") % {"row": number}
                )
                bad.append(row.number)
                refused = True
    return refused


def people_in_circles(above: Mapping[Person, Person]) -> set[Person]:
    """Return everybody whose chain of managers leads back to themselves."""
    found: set[Person] = set()
    done: set[Person] = set()
    for start in above:
        chain: dict[Person, int] = {}
        person: Person | None = start
        while person is not None and person not in done and person not in chain:
            chain[person] = len(chain)
            person = above.get(person)
        if person is not None and person in chain:
            found.update(each for each, position in chain.items() if position >= chain[person])
        done.update(chain)
    return found


def _depth(row: PlannedRow, chosen: Mapping[int, Person | None], known: dict[int, int]) -> int:
    """Return how many of the file's new managers stand above; ``known`` remembers those of other rows."""
    path: list[int] = []
    number: int | None = row.number
    while number is not None and number not in known:
        path.append(number)
        manager = chosen.get(number)
        number = manager[1] if manager and manager[0] == "row" else None
    depth = -1 if number is None else known[number]
    for each in reversed(path):
        depth += 1
        known[each] = depth
    return known[row.number]
