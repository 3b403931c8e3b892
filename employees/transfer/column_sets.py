"""What the columns of any import and export file have in common, and a file's columns together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.utils.text import capfirst
from django.utils.translation import get_language

from employees.transfer.contents import Content


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """``label`` names it for people, ``name`` for programs; ``text`` is what an export writes of a record.

    ``content`` says what a cell of a spreadsheet means here. Without ``ticked`` an export holds it only once its reader
    chose it.
    """

    name: str
    label: Any
    explanation: Any
    example: str
    content: Content = Content.TEXT
    sensitive: bool = False
    ticked: bool = True
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
        return self._named(get_language() or "").get(_comparable(header))

    def _named(self, language: str) -> dict[str, ColumnT]:
        if language not in self._by_words:
            words = {_comparable(column.name): column for column in self.columns}
            self._by_words[language] = words | {_comparable(column.header): column for column in self.columns}
        return self._by_words[language]

    @cached_property
    def _by_words(self) -> dict[str, dict[str, ColumnT]]:
        """By language, since labels are translated."""
        return {}

    def headers_of(self, names: Iterable[str]) -> str:
        """Return headers for a sentence, in the order of the declaration."""
        chosen = set(names)
        return ", ".join(column.header for column in self.columns if column.name in chosen)


def _comparable(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
