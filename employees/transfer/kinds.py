"""What a file may hold: people, and what other apps register. The life of an import is the same for all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from employees.models import ImportJob, ImportRow
from employees.tracking import Reach
from employees.transfer.column_sets import ColumnSet
from employees.transfer.reading import Table

# Tells how many rows are planned; raises HoldLost.
Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """``rows`` are unsaved, without their job: those that are bad, or change something. ``counts`` are the page's."""

    rows: Sequence[ImportRow]
    counts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the pages call it: headings of the counts, and of a row's record."""

    title: Any
    record: Any
    new: Any
    changed: Any
    unchanged: Any
    back: Any


def _nobody(job: ImportJob) -> Reach:
    return Reach(changed={})


def _none(job: ImportJob) -> frozenset[str]:
    return frozenset()


def _nothing(job: ImportJob) -> Mapping[int, object]:
    return {}


@dataclass(frozen=True, kw_only=True)
class ImportKind:
    """``plan`` and ``write`` do what only this kind knows; ``rights`` are needed to import, and to see imports.

    ``page`` begins the names of the record's admin pages: ``admin:employees_employee``.
    """

    name: str
    columns: ColumnSet[Any]
    plan: Callable[[ImportJob, Table, Progress], Planned]
    write: Callable[[ImportJob, list[ImportRow]], None]
    rights: tuple[str, ...]
    page: str
    words: Words
    # Columns whose values the job's company does not keep.
    not_kept: Callable[[ImportJob], frozenset[str]] = _none
    rules: Callable[[], list[str]]
    # Rows with a question are left out until somebody says that they are right; otherwise they are written anyway.
    leaves_out_asked: bool = True
    asking: Any = _("Rows with a question are left out unless you say that they are right:")
    # Whom it changes in all, where that may go to other systems.
    reach: Callable[[ImportJob], Reach] = _nobody
    # The records that a row changes, and the name of the column with their person.
    model: type[models.Model]
    person: str = "pk"
    # By person, what else of people the preview was made from: it is asked for anew where that was changed.
    beside: Callable[[ImportJob], Mapping[int, object]] = _nothing


_KINDS: Final[dict[str, ImportKind]] = {}


def register(kind: ImportKind) -> None:
    _KINDS[kind.name] = kind


def kind_of(job: ImportJob) -> ImportKind:
    return _KINDS[job.kind]


def importable_by(user: Any) -> list[ImportKind]:
    """Return the kinds that the user may import."""
    return [kind for kind in _KINDS.values() if user.has_perms(kind.rights)]
