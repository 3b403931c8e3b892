"""Rewrites one table's values in the writing that they would have today, and keeps what was rewritten."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.utils import timezone

from integrations.core.upgrades.tables import Row, Table

AT_ONCE: Final = 1_000
# Fields of which no second copy is kept.
NOT_REPEATED: Final = frozenset({("absences.absence", "note")})


@dataclass
class Looked:
    """What was done: counts for whoever upgrades, never values."""

    rewritten: Counter[str] = field(default_factory=Counter)
    to_mend: Counter[str] = field(default_factory=Counter)
    links: int = 0
    reviews: int = 0
    imports: int = 0

    def lines(self) -> list[str]:
        """Return sentences; none where nothing had to be done."""
        counted = [
            *((f"Rewritten: {name}", count) for name, count in sorted(self.rewritten.items())),
            *((f"To mend: {name}", count) for name, count in sorted(self.to_mend.items())),
            ("Links whose agreed values were rewritten", self.links),
            ("Reviews to be compared again", self.reviews),
            ("Imports to be uploaded again", self.imports),
        ]
        return [f"{name}: {count}" for name, count in counted if count]


class Rewriting:
    def __init__(self, apps: Apps, table: Table, looked: Looked) -> None:
        self._table, self._looked = table, looked
        self._model = apps.get_model(table.label)
        self._stored_values = apps.get_model("employees.StoredValue")
        self._changes = apps.get_model("core.FieldChange")
        self._taken = self._read_taken() if table.unique else set()

    def run(self) -> None:
        for rows in _chunks(self._model, self._columns()):
            changed = {row["id"]: values for row in rows if (values := self._look_at(row))}
            self._write({row["id"]: row for row in rows}, changed)

    def _columns(self) -> list[str]:
        table = self._table
        wanted = ("id", *table.fields, *table.about, *table.unique, table.employee, table.company)
        return list(dict.fromkeys(name for name in wanted if name))

    def _read_taken(self) -> set[tuple[Any, ...]]:
        return set(self._model._base_manager.values_list(*self._table.unique).iterator(chunk_size=AT_ONCE))

    def _look_at(self, row: Row) -> dict[str, Any]:
        """Return the row's new values; what has none is listed to be mended."""
        cleaners = self._table.cleaners(row)
        values: dict[str, Any] = {}
        refused: set[str] = set()
        for name in self._table.fields:
            if row[name] in (None, ""):
                continue
            try:
                values[name] = self._cleaned(cleaners[name], name, row[name])
            except ValidationError:
                refused.add(name)
        values = {name: value for name, value in values.items() if value != row[name]}
        if self._table.together:
            values, refused = self._look_at_whole(self._table.together, row, values, refused)
        if not self._is_free(row, values):
            refused.add(self._table.unique[-1])
            values.pop(self._table.unique[-1])
        self._list_to_mend(row, refused)
        return values

    def _cleaned(self, clean: Callable[[Any], Any], name: str, value: Any) -> Any:
        """Return the canonical value. Raises ValidationError, also where nothing is left of one that is required.

        And where it is longer than what the table holds: a database may cut it without a word.
        """
        cleaned, declared = clean(value), self._model._meta.get_field(name)
        if cleaned == "" and not declared.blank:
            raise ValidationError("")
        if isinstance(cleaned, str) and declared.max_length and len(cleaned) > declared.max_length:
            raise ValidationError("")
        return cleaned

    def _look_at_whole(
        self, together: Callable[[Row], Row], row: Row, values: Row, refused: set[str]
    ) -> tuple[dict[str, Any], set[str]]:
        whole = {name: values.get(name, row[name]) for name in self._table.fields}
        try:
            found = together(whole)
        except ValidationError as error:
            names = {name for name in error.message_dict if name in self._table.fields}
            return {}, refused | (names or {self._table.fields[0]})
        return {name: value for name, value in found.items() if value != row[name]}, refused

    def _is_free(self, row: Row, values: Mapping[str, Any]) -> bool:
        """Whether nobody else has what the rewritten value would be: two that look equal stay two, and are listed."""
        unique = self._table.unique
        if not unique or unique[-1] not in values:
            return True
        new = tuple(values.get(name, row[name]) for name in unique)
        if new[-1] and new in self._taken:
            return False
        self._taken.discard(tuple(row[name] for name in unique))
        self._taken.add(new)
        return True

    # --- What is kept of it -------------------------------------------------------------------------------

    def _stored(self, row: Row, name: str, state: str, **more: str) -> Any:
        table = self._table
        return self._stored_values(
            state=state,
            model=table.label,
            record_id=row["id"],
            field=name,
            company_id=row[table.company] if table.company else None,
            employee_id=row[table.employee] if table.employee else None,
            **more,
        )

    def _list_to_mend(self, row: Row, names: set[str]) -> None:
        self._looked.to_mend.update(f"{self._table.label}.{name}" for name in names)
        self._stored_values._base_manager.bulk_create(
            [self._stored(row, name, "to_mend") for name in sorted(names)], ignore_conflicts=True
        )

    def _write(self, rows: Mapping[int, Row], changed: Mapping[int, dict[str, Any]]) -> None:
        if not changed:
            return
        records = list(self._model._base_manager.filter(pk__in=list(changed)))
        for record in records:
            for name, value in changed[record.pk].items():
                setattr(record, name, value)
        self._model._base_manager.bulk_update(records, list(self._table.fields), batch_size=100)
        flat = [(rows[pk], name, value) for pk, values in changed.items() for name, value in values.items()]
        self._looked.rewritten.update(f"{self._table.label}.{name}" for _row, name, _value in flat)
        self._stored_values._base_manager.bulk_create(
            [self._stored(row, name, "rewritten", **self._copies(name, row[name], value)) for row, name, value in flat],
            batch_size=500,
            ignore_conflicts=True,
        )
        if self._table.part:
            self._remember(flat, self._table.part)

    def _copies(self, name: str, before: Any, after: Any) -> dict[str, str]:
        if (self._table.label, name) in NOT_REPEATED:
            return {}
        return {"before": str(before), "after": str(after)}

    def _remember(self, flat: Sequence[tuple[Row, str, Any]], part: Callable[[Row], str]) -> None:
        """Write the person's history: by nobody, outside any run."""
        now = timezone.now()
        self._changes._base_manager.bulk_create(
            [
                self._changes(
                    subject="employee",
                    subject_id=str(row[self._table.employee]),
                    field=f"{part(row)}{name}",
                    before=str(row[name]),
                    after=str(value) or None,
                    at=now,
                )
                for row, name, value in flat
            ],
            batch_size=500,
        )


def _chunks(model: Any, columns: Sequence[str]) -> Iterator[list[Row]]:
    last = 0
    while rows := list(model._base_manager.filter(pk__gt=last).order_by("pk").values(*columns)[:AT_ONCE]):
        last = rows[-1]["id"]
        yield rows
