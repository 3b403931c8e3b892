"""What a row of people may hold rightly, and should be looked at all the same: told, or asked (D-05 to D-11)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from employees.doubters import doubts_about
from employees.likenesses import NAMED, employment_id_doubt, named, national_id_doubt, work_email_doubt
from employees.models import Company, Employee
from employees.privacy import ID_MATCHED, is_on
from employees.takeovers import TAKES_FROM
from employees.transfer.cells import cell_text
from employees.transfer.columns import BANK_COLUMNS, SENSITIVE_COLUMNS, bank_field
from employees.transfer.people import KeyIndex
from employees.transfer.planned import PlannedRow
from employees.values.account_doubts import doubts_about_account
from employees.values.bank_accounts import BankAccountNumbers
from employees.values.doubts import (
    PERSON_DATES,
    PERSON_PHONES,
    PERSON_TEXTS,
    Doubt,
    doubts_about_dates,
    doubts_about_id,
    doubts_about_phones,
    doubts_about_texts,
)
from employees.values.likely_ids import loose_key

BANK: Final = frozenset(BANK_COLUMNS)
NationalId = tuple[str, str]


# --- One row ----------------------------------------------------------------------------------------------


def doubt_values(
    row: PlannedRow,
    person: Employee,
    cells: Mapping[str, Any],
    account: Mapping[str, str] | None,
    *,
    new_departments: Collection[str],
    sensitive_allowed: bool,
    today: date,
) -> None:
    """Put the doubts about what the row changes on it; ``cells`` are as the file has them, ``person`` is canonical.

    Unless ``sensitive_allowed``, nothing is compared with what the uploader may not see: that would tell it.
    """
    changed = row.changes.keys()
    row.doubt_all(doubts_about_texts({name: getattr(person, name) for name in PERSON_TEXTS if name in changed}))
    if "employment_id" in changed:
        row.doubt_all(doubts_about_id(person.employment_id))
    if (department := row.values.get("department")) and department in new_departments:
        row.doubt_all(doubts_about_texts({"department": department}))
    phones = {name: cell_text(cells[name]) for name in PERSON_PHONES if name in changed}
    row.doubt_all(doubts_about_phones(phones, country=person.company.country))
    if not changed.isdisjoint(PERSON_DATES):
        seen = [name for name in PERSON_DATES if sensitive_allowed or name not in SENSITIVE_COLUMNS]
        row.doubt_all(doubts_about_dates({name: getattr(person, name) for name in seen}, today=today))
    if "national_id" in changed and person.national_id and is_on(person.company, ID_MATCHED):
        row.national_id = (person.national_id_country, person.national_id)
    if account and changed & BANK:
        new = {bank_field(name) for name in changed & BANK}
        doubts = doubts_about_account(BankAccountNumbers(**account))
        row.doubt_all(doubt for doubt in doubts if new & {doubt.field, *doubt.beside})


def doubt_with_others(rows: Iterable[PlannedRow], people: Mapping[int, Employee]) -> None:
    """Put on the rows what other apps have to say about the people, who are as the rows will have them."""
    changed = {row.employee_id: row for row in rows if row.employee_id in people and row.changes and not row.errors}
    found = doubts_about([(people[pk], row.changes) for pk, row in changed.items() if pk is not None])
    for pk, doubts in found.items():
        changed[pk].doubt_all(doubts)


# --- All rows together ------------------------------------------------------------------------------------


def settle_doubts(*, rows: list[PlannedRow], index: KeyIndex, company: Company) -> None:
    """Put on the rows what they have in common with each other, and with the people who are there."""
    good = [row for row in rows if not row.errors]
    stored = Employee.objects.for_company(company)
    found = [*_national_ids(good, stored), *_employment_ids(good, index)]
    leavers = {row.leaver for row in good if row.leaver is not None}
    people = stored.in_bulk(leavers.union(*(each.people for each in found)))
    for each in found:
        each.settle(people)
    for row in good:
        if row.leaver in people:
            row.values[TAKES_FROM] = row.leaver
            row.doubt_all([work_email_doubt([people[row.leaver]])])


@dataclass(frozen=True)
class _Likeness:
    """What a row has in common with people who are there, by primary key, and with other rows."""

    row: PlannedRow
    people: Sequence[int]
    rows: Sequence[PlannedRow]
    doubt: Callable[[list[str]], Doubt]

    def settle(self, people: Mapping[int, Employee]) -> None:
        others = [named(people[pk]) for pk in self.people if pk in people]
        others += [_("%(name)s in row %(row)d") % {"name": each.label, "row": each.number} for each in self.rows]
        if others:
            self.row.doubt_all([self.doubt(others)])


def _national_ids(rows: Sequence[PlannedRow], stored: QuerySet[Employee]) -> Iterator[_Likeness]:
    in_file: dict[NationalId, list[PlannedRow]] = defaultdict(list)
    for row in rows:
        if row.national_id:
            in_file[row.national_id].append(row)
    known = _stored_national_ids(stored) if in_file else {}
    # Whose number the file replaces does not keep the present one.
    replaced = {row.employee_id for row in rows if "national_id" in row.changes}
    for number, same in in_file.items():
        others = [pk for pk in known.get(number, ()) if pk not in replaced][:NAMED]
        if others or len(same) > 1:
            yield from (_Likeness(row, others, _others(same, row), national_id_doubt) for row in same)


def _stored_national_ids(stored: QuerySet[Employee]) -> dict[NationalId, list[int]]:
    found: dict[NationalId, list[int]] = defaultdict(list)
    people = stored.exclude(national_id="").order_by("pk").values_list("pk", "national_id_country", "national_id")
    for pk, country, number in people.iterator(chunk_size=5_000):
        found[country, number].append(pk)
    return found


def _employment_ids(rows: Sequence[PlannedRow], index: KeyIndex) -> Iterator[_Likeness]:
    in_file: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in rows:
        if row.changes.get("employment_id", ["", ""])[1]:
            in_file[loose_key(row.values["employment_id"])].append(row)
    replaced = {row.employee_id for row in rows if "employment_id" in row.changes}
    for same in in_file.values():
        for row in same:
            alike = [pk for pk in index.alike(row.values["employment_id"]) if pk not in replaced]
            if alike or len(same) > 1:
                yield _Likeness(row, alike[:NAMED], _others(same, row), employment_id_doubt)


def _others(rows: Sequence[PlannedRow], row: PlannedRow) -> list[PlannedRow]:
    return [each for each in rows[: NAMED + 1] if each is not row][:NAMED]
