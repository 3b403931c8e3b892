"""Writes a part of an import's rows, in the caller's transaction, and tells what could not be written any more."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from employees import bulk
from employees.models import BankAccount, Department, Employee, ImportJob, ImportRow
from employees.takeovers import TAKES_FROM, give_up_address
from employees.tracking import tracked_bulk
from employees.transfer.columns import BY_NAME, Kind
from employees.transfer.departments import Departments
from employees.values.bank_accounts import NUMBERS, BankAccountNumbers
from employees.values.contacts import email_key, email_writings
from employees.values.likely_ids import loose_key
from employees.values.texts import identifier_key
from employees.zones import today_of

DATES: Final = frozenset(column.name for column in BY_NAME.values() if column.kind is Kind.DATE)

# Values of a row that are no field of the person; whoever has left keeps no address that goes over (D-10).
ELSEWHERE: Final = ("bank_account", TAKES_FROM)
# ("employment_id" or "work_email", what is compared of it)
Key = tuple[str, str]


def write_rows(*, job: ImportJob, rows: list[ImportRow]) -> None:
    """Write the people of the rows, all of one depth; a row that has been overtaken becomes *moved*, with a reason.

    The values were cleaned by the preview. Whoever was changed since has another version and is left alone.
    """
    ids = [row.record_id for row in rows if row.record_id is not None]
    people = Employee._base_manager.select_for_update().filter(company=job.company).order_by("pk").in_bulk(ids)
    writer = _Writer(job=job, rows=rows, people=people)
    going = writer.going()
    # Before the rows: whoever has left is told to the other systems first.
    _give_up_addresses(job, going, people)
    with tracked_bulk(people):
        writer.write(going)
    _remember(rows)


def _give_up_addresses(job: ImportJob, rows: list[ImportRow], people: dict[int, Employee]) -> None:
    for row in rows:
        if leaver := row.values.get(TAKES_FROM):
            address = row.values.get("work_email", "")
            for each in give_up_address(leavers=[leaver], address=address, today=today_of(job)):
                # Rows are written column by column: what was read before must not come back.
                if each.pk in people:
                    people[each.pk].work_email = ""
                # Their own rows in a later part were overtaken by nobody but this import.
                later = ImportRow.objects.filter(job=job, record_id=each.pk, state=ImportRow.State.WAITING)
                later.filter(version=each.version - 1).update(version=each.version)


def _remember(rows: list[ImportRow]) -> None:
    bulk.update([row for row in rows if row.state == ImportRow.State.WRITTEN], ("state", "record_id"))
    bulk.update([row for row in rows if row.state == ImportRow.State.MOVED], ("state", "errors"))


class _Writer:
    def __init__(self, *, job: ImportJob, rows: list[ImportRow], people: dict[int, Employee]) -> None:
        self._job = job
        self._rows = rows
        self._people = people
        self._departments = self._find_departments()
        self._managers = self._find_managers()
        self._taken = self._find_taken()
        self._alike = self._find_alike()
        self._stayed = self._find_stayed()

    def going(self) -> list[ImportRow]:
        """Return the rows that are written; the others become *moved*."""
        return [row for row in self._rows if self._still_fits(row)]

    def write(self, going: list[ImportRow]) -> None:
        new = [(row, Employee(company=self._job.company)) for row in going if row.is_new]
        changed = [(row, self._people[row.record_id]) for row in going if row.record_id is not None]
        fields = set().union(*(self._put(row, person) for row, person in [*new, *changed])) if going else set()
        made = Employee.objects.bulk_create([person for _row, person in new])
        for (row, _person), person in zip(new, made, strict=True):
            row.record_id = person.pk
        if changed:
            self._update([person for _row, person in changed], fields)
        self._write_accounts(going)
        for row in going:
            row.state = ImportRow.State.WRITTEN

    def _update(self, people: list[Employee], fields: set[str]) -> None:
        if fields:
            Employee.objects.bulk_update(people, sorted(fields))
        Employee.objects.filter(pk__in=[person.pk for person in people]).update(
            version=F("version") + 1, updated_at=timezone.now()
        )

    # --- What may have happened since the preview -------------------------------------------------------

    def _still_fits(self, row: ImportRow) -> bool:
        reason = self._reason_against(row)
        if reason:
            row.state, row.errors = ImportRow.State.MOVED, [["", reason]]
        return not reason

    def _reason_against(self, row: ImportRow) -> str:
        if not row.is_new:
            person = self._people.get(row.record_id or 0)
            if person is None:
                return _("This person was deleted after the preview.")
            if person.version != row.version:
                return _(
                    "This person was changed by somebody else, or by a synchronisation, after the preview. Nothing "
                    "was written over it; upload the row again to see the difference."
                )
        return self._reason_against_values(row)

    def _reason_against_values(self, row: ImportRow) -> str:
        values = row.values
        if values.get(TAKES_FROM) in self._stayed:
            return _(
                "Whoever has this work e-mail has not left any more: somebody changed the last workday after the "
                "preview. Upload the row again."
            )
        own = {row.record_id, values.get(TAKES_FROM)}
        if any(self._taken.get(key, own) - own for key in self._keys(row)):
            return _("Somebody else has got this employment ID or work e-mail after the preview. Upload the row again.")
        if self._alike.get(_unasked_id(row), own) - own:
            return _(
                "Somebody has got an employment ID after the preview that differs from this one only in capitals, in "
                "letters of another alphabet that look the same, or in zeros, spaces and signs that a spreadsheet "
                "adds or takes away. Upload the row again to see who."
            )
        name = values.get("department")
        if name and self._departments.find(name) is None:
            return _("The department was deleted or renamed after the preview. Upload the row again.")
        if values.get("manager") and tuple(values["manager"]) not in self._managers:
            return _("The manager was not imported, or was deleted after the preview. Upload the row again.")
        return ""

    def _find_taken(self) -> dict[Key, set[int | None]]:
        """Return, for the employment IDs and e-mails that the rows bring, who of the company has them now."""
        wanted = {key for row in self._rows for key in self._keys(row)}
        employment_ids = {key for name, key in wanted if name == "employment_id"}
        emails = {each for name, key in wanted if name == "work_email" for each in email_writings(key)}
        people = Employee._base_manager.filter(company=self._job.company).annotate(small_email=Lower("work_email"))
        taken: dict[Key, set[int | None]] = {}
        for pk, employment_id, email in people.filter(
            Q(employment_id__in=employment_ids) | Q(small_email__in=emails)
        ).values_list("pk", "employment_id", "work_email"):
            for key in (("employment_id", identifier_key(employment_id)), ("work_email", email_key(email))):
                if key in wanted:
                    taken.setdefault(key, set()).add(pk)
        return taken

    def _keys(self, row: ImportRow) -> set[Key]:
        """Return what the row brings that nobody else may have: an address that stays may be shared already."""
        person = self._people.get(row.record_id or 0)
        present = email_key(person.work_email) if person is not None else ""
        email = email_key(row.values.get("work_email", ""))
        keys = {("employment_id", identifier_key(row.values.get("employment_id", "")))}
        if email != present or TAKES_FROM in row.values:
            keys.add(("work_email", email))
        return {(name, key) for name, key in keys if key}

    def _find_alike(self) -> dict[str, set[int | None]]:
        """Return, by `loose_key` of the employment IDs that the rows bring, who has got such a one since the upload.

        Who had it before was asked about; the import's own rows were asked about beside each other.
        """
        wanted = {_unasked_id(row) for row in self._rows} - {""}
        if not wanted:
            return {}
        written = ImportRow.objects.filter(job=self._job, state=ImportRow.State.WRITTEN, record_id__isnull=False)
        people = Employee._base_manager.filter(company=self._job.company, updated_at__gte=self._job.created_at)
        people = people.exclude(pk__in=written.values("record_id")).exclude(employment_id="")
        alike: dict[str, set[int | None]] = {}
        for pk, employment_id in people.values_list("pk", "employment_id").iterator(chunk_size=5_000):
            if (key := loose_key(employment_id)) in wanted:
                alike.setdefault(key, set()).add(pk)
        return alike

    def _find_stayed(self) -> set[int]:
        """Return whose address was to go over, and who has not left as things stand now."""
        leavers = {row.values[TAKES_FROM] for row in self._rows if TAKES_FROM in row.values}
        people = Employee._base_manager.filter(pk__in=leavers)
        return (
            set(people.exclude(last_workday__lt=today_of(self._job)).values_list("pk", flat=True)) if leavers else set()
        )

    def _find_departments(self) -> Departments:
        company = self._job.company
        found = Departments(company)
        if self._job.create_departments:
            for name in {row.values.get("department") or "" for row in self._rows} - {""}:
                if found.find(name) is None:
                    found.add(Department.objects.get_or_create(company=company, name=name)[0])
        return found

    def _find_managers(self) -> dict[tuple[str, int], int]:
        """Return the primary keys of the managers that the rows name, as far as they are there."""
        named = {tuple(row.values["manager"]) for row in self._rows if row.values.get("manager")}
        numbers = {number for kind, number in named if kind == "row"}
        written = ImportRow.objects.filter(job=self._job, number__in=numbers, state=ImportRow.State.WRITTEN)
        wanted = {("row", number): pk for number, pk in written.values_list("number", "record_id")}
        wanted |= {("person", pk): pk for kind, pk in named if kind == "person"}
        people = Employee._base_manager.filter(company=self._job.company, pk__in=set(wanted.values()))
        there = set(people.values_list("pk", flat=True))
        return {name: pk for name, pk in wanted.items() if pk in there}

    # --- What is written ---------------------------------------------------------------------------------

    def _put(self, row: ImportRow, person: Employee) -> set[str]:
        """Put the row's values on the person; return the names of the fields."""
        fields = set()
        for name, value in row.values.items():
            if name in ELSEWHERE:
                continue
            if name == "department":
                person.department = self._departments.find(value) if value else None
            elif name == "manager":
                person.manager_id = self._managers[tuple(value)] if value else None
            else:
                setattr(person, name, field_value(name, value))
            fields.add(name)
        return fields

    def _write_accounts(self, rows: Iterable[ImportRow]) -> None:
        wanted = {
            row.record_id: row.values["bank_account"]
            for row in rows
            if row.record_id is not None and "bank_account" in row.values
        }
        present = {each.employee_id: each for each in BankAccount._base_manager.filter(employee__in=wanted)}
        gone = [pk for pk, numbers in wanted.items() if numbers is None and pk in present]
        if gone:
            BankAccount.objects.filter(employee__in=gone).delete()
        changed = [present[pk] for pk, numbers in wanted.items() if numbers and pk in present]
        for account in changed:
            account.numbers = BankAccountNumbers(**wanted[account.employee_id])
        BankAccount.objects.bulk_update(changed, NUMBERS, batch_size=100)
        BankAccount.objects.bulk_create(
            BankAccount(employee_id=pk, **numbers) for pk, numbers in wanted.items() if numbers and pk not in present
        )


def _unasked_id(row: ImportRow) -> str:
    """Return the `loose_key` of the ID that the row brings, "" where the preview asked about it already."""
    asked = any(column == "employment_id" for column, _text in row.questions)
    return "" if asked else loose_key(row.values.get("employment_id", ""))


def field_value(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in DATES and value else value
