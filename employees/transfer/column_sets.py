"""What the columns of any import and export file have in common, and a file's columns together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.utils.text import capfirst


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """``label`` names it for people, ``name`` for programs; ``text`` is what an export writes of a record."""

    name: str
    label: Any
    explanation: Any
    example: str
    sensitive: bool = False
    mask: Callable[[str], str] | None = None

    @property
    def header(self) -> str:
        return str(capfirst(self.label))

    def text(self, record: Any) -> str:
        raise NotImplementedError


ColumnT = TypeVar("ColumnT", bound=FileColumn)


@dataclass(frozen=True)
class ColumnSet(Generic[ColumnT]):
    """``keys``: a file needs one of them, to recognise by what its rows mean."""

    columns: tuple[ColumnT, ...]
    keys: tuple[str, ...]

    @cached_property
    def by_name(self) -> dict[str, ColumnT]:
        return {column.name: column for column in self.columns}

    @cached_property
    def sensitive(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.sensitive)

    def find(self, header: str) -> ColumnT | None:
        """Return the column of a header: its label or its technical name, without regard to case and spacing."""
        wanted = _comparable(header)
        for column in self.columns:
            if wanted in {_comparable(column.name), _comparable(column.header)}:
                return column
        return None

    def headers_of(self, names: Iterable[str]) -> str:
        """Return headers for a sentence, in the order of the declaration."""
        chosen = set(names)
        return ", ".join(column.header for column in self.columns if column.name in chosen)


def _comparable(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
