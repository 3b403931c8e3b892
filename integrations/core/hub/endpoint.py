"""The left endpoint: a company's people, read in bulk and written one at a time."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet, Value
from django.db.models.functions import Length, Lower, Replace, Substr, Upper
from django.utils.translation import gettext as _

from employees.labels import field_label
from employees.models import Company, Employee
from employees.privacy import ID_MATCHED, ID_SENT, ID_STORED, is_on
from employees.zones import today_of
from integrations.core.clues import NATIONAL_ID, national_id_clue
from integrations.core.declare import Record, Resource
from integrations.core.hub.people import ABOUT, VALUES, clues_of, write_bank_account
from integrations.core.hub.taking_part import why_not_there
from integrations.core.kinds import CODE, UNKNOWN
from integrations.core.models import Connection
from integrations.core.registry import connector_class

READ_AT_ONCE: Final = 2_000
# SQLite takes far more variables in one query, other databases less.
IDS_AT_ONCE: Final = 5_000
# Column, as `hub.people` names it, → what is stored there.
Columns = Mapping[str, Any]


class HubRefused(Exception):
    """The hub's own validation refused a value; the text names fields and reasons, never values."""


@dataclass(frozen=True, kw_only=True)
class HubPeople:
    """A company's people as records of a resource.

    ``sources`` maps the resource's fields to `hub.people.VALUES`; a field without one is unknown. ``scope`` is
    the connection's (G-13), ``today`` the date in its zone.
    """

    resource: Resource
    sources: Mapping[str, str]
    company: Company
    scope: Mapping[str, Sequence[int]]
    today: date

    @property
    def matches_numbers(self) -> bool:
        """Whether the company recognises people by national IDs (PR-02)."""
        return is_on(self.company, ID_STORED) and is_on(self.company, ID_MATCHED)

    def scan(self) -> Iterator[Record]:
        """Yield everybody of the company, those out of scope too (they are paired, and left out)."""
        return self._records(self._people().order_by("pk"))

    def read(self, ids: Sequence[str], *, after: Mapping[int, Columns] | None = None) -> Iterator[Record]:
        """Yield the records of the given ids, in no particular order; those deleted are not among them.

        ``after`` are the columns that some of them will hold, by primary key: they are read as they will be.
        """
        for start in range(0, len(ids), IDS_AT_ONCE):
            people = self._people().filter(pk__in=[int(one) for one in ids[start : start + IDS_AT_ONCE]])
            yield from self._records(people, after)

    def read_anywhere(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield the same of whoever belongs to another company by now, too: they may come back."""
        for start in range(0, len(ids), IDS_AT_ONCE):
            yield from self._records(
                Employee.objects.filter(pk__in=[int(one) for one in ids[start : start + IDS_AT_ONCE]])
            )

    def read_new(self, people: Iterable[Columns]) -> Iterator[Record]:
        """Yield records, without an id, of people who are still to be added, from their columns."""
        reader = self._reader()
        blank = Employee(company=self.company)
        plain = [None if "__" in column else getattr(blank, column) for column in reader.columns]
        for number, columns in enumerate(people):
            row = [columns.get(column, value) for column, value in zip(reader.columns, plain, strict=True)]
            yield reader.record(row)._replace(id=f"new {number}")

    def read_one(self, left_id: str) -> Record | None:
        return next(self.read([left_id]), None)

    def holders(self, field: str, value: str) -> list[str]:
        """Return the ids of the company's people who hold a text in any writing, whatever its case."""
        declared = self.resource.field(field)
        key = declared.key(value)
        if key is None or key is UNKNOWN:
            return []
        (column,) = VALUES[self.sources[field]].columns
        if key.isascii():
            # An address has an index of its own so; only codes are compared without their spaces.
            written = Replace(Lower(column), Value(" "), Value("")) if declared.kind is CODE else Lower(column)
            people = self._people().annotate(folded=written).filter(folded=key.lower())
            return [str(pk) for pk in people.values_list("pk", flat=True)]
        # No database folds such letters as we do (SQLite folds none).
        wanted = key.casefold()
        held = self._people().exclude(**{column: ""}).values_list("pk", column)
        return [str(pk) for pk, text in held.iterator() if str(declared.key(text)).casefold() == wanted]

    def with_clue(self, clue: str) -> list[str]:
        """Return the ids of the company's people who carry a clue."""
        people, end = self._people(), clue.rpartition(":")[2]
        if clue.startswith(NATIONAL_ID):
            if not self.matches_numbers:
                return []
            # Whatever divides the number, it does not divide the end of it.
            people = people.exclude(national_id="").filter(national_id__iendswith=end[-2:])
        else:
            people = people.filter(birth_date=date.fromisoformat(end))
        columns = ("given_name", "family_name", "birth_date", "national_id", "national_id_country")
        return [str(pk) for pk, *about in people.values_list("pk", *columns) if clue in clues_of(*about)]

    def may_hold(self, field: str, keys: Collection[str]) -> set[str]:
        """Return those of a text's keys that somebody may hold: of several at once, and rather one too many."""
        declared = self.resource.field(field)
        (column,) = VALUES[self.sources[field]].columns
        asked = {key.lower(): key for key in keys if key.isascii()}
        written = Replace(Lower(column), Value(" "), Value("")) if declared.kind is CODE else Lower(column)
        people = self._people().annotate(folded=written).filter(folded__in=list(asked))
        held = {asked[folded] for folded in people.values_list("folded", flat=True)}
        return held | {key for key in keys if not key.isascii()}

    def may_carry(self, clues: Collection[str]) -> set[str]:
        """Return those of the clues that somebody carries: two queries, however many clues."""
        numbers = [clue for clue in clues if clue.startswith(NATIONAL_ID)]
        if not self.matches_numbers:
            clues, numbers = set(clues) - set(numbers), []
        born = {date.fromisoformat(clue.rpartition(":")[2]) for clue in clues if clue not in numbers}
        ends = {clue[-2:].upper() for clue in numbers}
        columns = ("given_name", "family_name", "birth_date", "national_id", "national_id_country")
        ending = Upper(Substr("national_id", Length("national_id") - 1))
        with_number = self._people().exclude(national_id="").annotate(ending=ending).filter(ending__in=ends)
        found = [self._people().filter(birth_date__in=born)] if born else []
        found += [with_number] if ends else []
        carried = {clue for people in found for about in people.values_list(*columns) for clue in clues_of(*about)}
        return carried.intersection(clues)

    def leavers_without(self, field: str) -> list[str]:
        """Return the ids of whoever has left and holds no text in a field."""
        (column,) = VALUES[self.sources[field]].columns
        people = self._people().annotate(folded=Lower(column)).filter(folded="", last_workday__lt=self.today)
        return [str(pk) for pk in people.values_list("pk", flat=True)]

    def sharing_national_id(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Return, of these people, who shares a national ID with whom of the company, in whatever writing (D-08)."""
        if not self.matches_numbers:
            return {}
        numbers = self._people().exclude(national_id="").values_list("pk", "national_id", "national_id_country")
        clue_of = {
            str(pk): clue
            for start in range(0, len(ids), IDS_AT_ONCE)
            for pk, number, country in numbers.filter(pk__in=[int(one) for one in ids[start : start + IDS_AT_ONCE]])
            if (clue := national_id_clue(country, number))
        }
        holders: dict[str, list[str]] = {clue: [] for clue in clue_of.values()}
        if len(holders) == 1:
            # Spares a look at everybody; whatever divides the number, it does not divide the end of it.
            numbers = numbers.filter(national_id__iendswith=next(iter(holders))[-2:])
        for pk, number, country in numbers.iterator(chunk_size=READ_AT_ONCE) if holders else ():
            if (clue := national_id_clue(country, number)) in holders:
                holders[clue].append(str(pk))
        return {
            one: others for one, clue in clue_of.items() if (others := [each for each in holders[clue] if each != one])
        }

    def create(self, values: Mapping[str, Any]) -> str:
        """Create a person from values by field; raises HubRefused. Belongs into the caller's transaction."""
        employee = Employee(company=self.company)
        self._write(employee, values)
        return str(employee.pk)

    def update(self, left_id: str, values: Mapping[str, Any]) -> None:
        """Write values by field; raises HubRefused. Belongs into the caller's transaction."""
        employee = self._people().select_for_update(of=("self",)).filter(pk=int(left_id)).first()
        if employee is None:
            raise HubRefused(why_not_there([left_id])[left_id])
        self._write(employee, values)

    def _write(self, employee: Employee, values: Mapping[str, Any]) -> None:
        try:
            for field, value in values.items():
                VALUES[self.sources[field]].write(employee, value)
            employee.full_clean()
            employee.save()
            for field, value in values.items():
                if self.sources[field] == "bank_account":
                    write_bank_account(employee=employee, value=value)
        except ValidationError as error:
            raise HubRefused(_reasons(error)) from error
        except IntegrityError as error:
            # Somebody else took a value that may occur only once, between the check and the write.
            raise HubRefused(_("Another change came in between. Compare again.")) from error

    def _people(self) -> QuerySet[Employee]:
        return Employee.objects.filter(company=self.company)

    def _records(self, people: QuerySet[Employee], after: Mapping[int, Columns] | None = None) -> Iterator[Record]:
        reader = self._reader()
        for row in people.values_list(*reader.columns).iterator(chunk_size=READ_AT_ONCE):
            changed = after.get(row[0]) if after else None
            if changed is None:
                yield reader.record(row)
                continue
            will_be = [changed.get(*held) for held in zip(reader.columns, row, strict=True)]
            # People are told of by the name that they have.
            yield reader.record(will_be)._replace(label=reader.label(row))

    def _reader(self) -> "_Reader":
        columns = dict.fromkeys(ABOUT)
        plan: list[tuple[Any, tuple[str, ...]]] = []
        for field in self.resource.fields:
            hub_value = VALUES[self.sources[field.name]]
            columns.update(dict.fromkeys(hub_value.columns))
            plan.append((hub_value.read, hub_value.columns))
        place = {column: number for number, column in enumerate(columns)}
        return _Reader(
            columns=tuple(columns),
            about=[place[column] for column in ABOUT],
            readers=[(read, [place[column] for column in wanted]) for read, wanted in plan],
            departments=frozenset(self.scope.get("departments", ())),
            chosen=frozenset(self.scope.get("employees", ())),
            today=self.today,
            numbers=self.matches_numbers,
        )


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Makes records of rows of ``columns``, whose first is the primary key."""

    columns: tuple[str, ...]
    about: Sequence[int]
    readers: Sequence[tuple[Callable[..., Any], Sequence[int]]]
    departments: frozenset[int]
    chosen: frozenset[int]
    today: date
    # Whether people are recognised by national IDs.
    numbers: bool

    def record(self, row: Sequence[Any]) -> Record:
        pk, given, family, born, national_id, id_country, last_workday, protected, department, version = (
            row[number] for number in self.about
        )
        return Record(
            id=str(pk),
            values=tuple([read(*[row[number] for number in numbers]) for read, numbers in self.readers]),
            label=_label(given, family),
            active=last_workday is None or last_workday >= self.today,
            protected=protected,
            in_scope=self._takes_part(pk, department),
            clues=clues_of(given, family, born, national_id if self.numbers else "", id_country),
            version=version,
        )

    def label(self, row: Sequence[Any]) -> str:
        given, family = (row[self.columns.index(name)] for name in ("given_name", "family_name"))
        return _label(given, family)

    def _takes_part(self, pk: int, department: int | None) -> bool:
        everybody = not self.departments and not self.chosen
        return everybody or department in self.departments or pk in self.chosen


def _label(given: str, family: str) -> str:
    return f"{given} {family}".strip()


def hub_people(*, connection: Connection, resource: str) -> HubPeople:
    """Return a connection's left side; raises ValueError for a connection without a company."""
    if connection.company is None:
        raise ValueError(f"connection {connection.pk} has no company")
    connector = connector_class(connection.integration)(options=connection.settings)
    declared, sources = {each.name: each for each in connector.resources()}[resource], connector.sources(resource)
    return HubPeople(
        resource=as_company_allows(declared, sources, connection.company),
        sources=sources,
        company=connection.company,
        scope=connection.scope,
        today=today_of(connection),
    )


def as_company_allows(resource: Resource, sources: Mapping[str, str], company: Company) -> Resource:
    """Return the resource with the company's word on national IDs as a check of the fields that hold them (PR-02)."""
    stored = is_on(company, ID_STORED)
    if stored and is_on(company, ID_SENT):
        return resource
    not_kept = _("%(company)s keeps no national IDs.") % {"company": company}
    not_sent = _("%(company)s sends no national IDs.") % {"company": company}
    fields = [
        replace(
            each,
            check_left=each.check_left if stored else lambda value: not_kept,
            check_right=lambda value: not_sent if stored else not_kept,
        )
        if sources.get(each.name) == "national_id"
        else each
        for each in resource.fields
    ]
    return replace(resource, fields=tuple(fields))


def _reasons(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(_reason(name, messages) for name, messages in error.message_dict.items())


def _reason(name: str, messages: Iterable[str]) -> str:
    text = " ".join(messages)
    if name == NON_FIELD_ERRORS:
        return text
    try:
        label = field_label(Employee, name)
    except FieldDoesNotExist:
        label = name.replace("_", " ")
    return f"{str(label).capitalize()}: {text}"
