"""What a row of people may hold rightly, and should be looked at all the same: told, or asked (D-05 to D-11)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from employees.likenesses import employment_id_doubt, named, national_id_doubt, work_email_doubt
from employees.models import Company, Employee
from employees.takeovers import TAKES_FROM
from employees.transfer.cells import cell_text
from employees.transfer.columns import BANK_COLUMNS, bank_field
from employees.transfer.people import KeyIndex
from employees.transfer.planned import PlannedRow
from employees.values.account_doubts import doubts_about_account
from employees.values.bank_accounts import BankAccountNumbers
from employees.values.doubts import doubts_about_dates, doubts_about_phones, doubts_about_texts
from employees.values.texts import identifier_key

TEXTS: Final = ("given_name", "family_name", "street", "street2", "city")
PHONES: Final = ("work_phone", "private_phone")
DATES: Final = frozenset({"birth_date", "first_workday", "national_id", "national_id_country"})
BANK: Final = frozenset(BANK_COLUMNS)
MOST_NAMED: Final = 10
NationalId = tuple[str, str]


# --- One row ----------------------------------------------------------------------------------------------


def doubt_values(
    row: PlannedRow,
    person: Employee,
    cells: Mapping[str, Any],
    account: Mapping[str, str] | None,
    *,
    new_departments: Collection[str],
    today: date,
) -> None:
    """Put the doubts about what the row changes on it; ``cells`` are as the file has them, ``person`` is canonical."""
    changed = row.changes.keys()
    texts = {name: text for name in TEXTS if name in changed and not (text := getattr(person, name)).isascii()}
    row.doubt_all(doubts_about_texts(texts, texts))
    if (department := row.values.get("department")) and department in new_departments:
        row.doubt_all(doubts_about_texts({"department": department}, ("department",)))
    phones = {name: cell_text(cells[name]) for name in PHONES if name in changed}
    row.doubt_all(doubts_about_phones(phones, country=person.company.country))
    if changed & DATES:
        row.doubt_all(doubts_about_dates({name: getattr(person, name) for name in DATES}, today=today))
    if "national_id" in changed and person.national_id:
        row.national_id = (person.national_id_country, person.national_id)
    if account and changed & BANK:
        new = {bank_field(name) for name in changed & BANK}
        doubts = doubts_about_account(BankAccountNumbers(**account))
        row.doubt_all(doubt for doubt in doubts if new & {doubt.field, *doubt.beside})


# --- All rows together ------------------------------------------------------------------------------------


def settle_doubts(*, rows: list[PlannedRow], index: KeyIndex, company: Company) -> None:
    """Put on the rows what they have in common with each other, and with the people who are there."""
    good = [row for row in rows if not row.errors]
    stored = _Stored(company)
    _doubt_national_ids(good, stored)
    _doubt_employment_ids(good, index, stored)
    for row in good:
        if row.leaver is not None:
            row.values[TAKES_FROM] = row.leaver
            row.doubt_all([work_email_doubt(stored.people([row.leaver]))])


class _Stored:
    """The company's people, as far as a doubt needs them."""

    def __init__(self, company: Company) -> None:
        self._people = Employee.objects.for_company(company)

    def named(self, ids: Iterable[int]) -> list[str]:
        return [named(person) for person in self.people(ids)]

    def people(self, ids: Iterable[int]) -> list[Employee]:
        return list(self._people.filter(pk__in=list(ids)[:MOST_NAMED]))

    def national_ids(self) -> dict[NationalId, list[int]]:
        found: dict[NationalId, list[int]] = defaultdict(list)
        people = self._people.exclude(national_id="").order_by("pk")
        for pk, country, number in people.values_list("pk", "national_id_country", "national_id").iterator(
            chunk_size=5_000
        ):
            found[country, number].append(pk)
        return found


def _doubt_national_ids(rows: list[PlannedRow], stored: _Stored) -> None:
    bringing = [row for row in rows if row.national_id]
    if not bringing:
        return
    known = stored.national_ids()
    in_file: dict[NationalId, list[PlannedRow]] = defaultdict(list)
    for row in bringing:
        in_file[row.national_id or ("", "")].append(row)
    # Whose number the file replaces does not keep the present one.
    replaced = {row.employee_id for row in rows if "national_id" in row.changes}
    for number, same in in_file.items():
        others = [pk for pk in known.get(number, ()) if pk not in replaced]
        for row in same:
            if people := [*stored.named(others), *_other_rows(same, row)] if others or len(same) > 1 else []:
                row.doubt_all([national_id_doubt(people)])


def _doubt_employment_ids(rows: list[PlannedRow], index: KeyIndex, stored: _Stored) -> None:
    bringing = [row for row in rows if row.changes.get("employment_id", ["", ""])[1]]
    by_small_letters: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in bringing:
        by_small_letters[_small_letters(row)].append(row)
    replaced = {row.employee_id for row in rows if "employment_id" in row.changes}
    for same in by_small_letters.values():
        for row in same:
            alike = [pk for pk in index.alike(row.values["employment_id"]) if pk not in replaced]
            if alike or len(same) > 1:
                row.doubt_all([employment_id_doubt([*stored.named(alike), *_other_rows(same, row)])])


def _small_letters(row: PlannedRow) -> str:
    return identifier_key(row.values["employment_id"]).casefold()


def _other_rows(rows: Iterable[PlannedRow], row: PlannedRow) -> list[str]:
    others = [each for each in rows if each is not row][:MOST_NAMED]
    return [_("%(name)s in row %(row)d") % {"name": each.label, "row": each.number} for each in others]
