"""What an import would do with one row of a file of people."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from employees.values.doubts import Doubt
from employees.values.texts import canonical, identifier_key

# None: the cell says nothing new. "" clears.
ManagerKey = str | None


@dataclass
class PlannedRow:
    """``values`` are canonical and fit JSON; ``changes`` are [before, after] as text, both by column.

    Of ``notes`` and ``questions``, which are [column, text], the latter have to be answered before it is written.
    """

    number: int
    employee_id: int | None = None
    version: int | None = None
    label: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)
    errors: list[list[str]] = field(default_factory=list)
    notes: list[list[str]] = field(default_factory=list)
    questions: list[list[str]] = field(default_factory=list)
    # Country and number, where the row brings a number.
    national_id: tuple[str, str] | None = None
    # Who has left and has the work e-mail that the row brings to somebody else.
    leaver: int | None = None
    manager: ManagerKey = None
    depth: int = 0

    @property
    def is_new(self) -> bool:
        return self.employee_id is None

    def refuse(self, column: str, reason: object) -> None:
        self.errors.append([column, str(reason)])

    def doubt_all(self, doubts: Iterable[Doubt]) -> None:
        for doubt in doubts:
            (self.questions if doubt.asked else self.notes).append([doubt.field, str(doubt.text)])

    def differ(self, column: str, before: str, after: str) -> None:
        """Write a difference down; that a value was stored before texts were canonical is none."""
        if before != after and not (before and _looks_same(column, before, after)):
            self.changes[column] = [before, after]


def _looks_same(column: str, before: str, after: str) -> bool:
    key = identifier_key if column == "employment_id" else canonical
    return key(before) == key(after)
