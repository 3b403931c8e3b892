"""What the page of an import shows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from employees.masking import HIDDEN_WHOLE
from employees.models import ImportJob, ImportRow
from employees.outgoing import held_of
from employees.transfer.column_sets import ColumnSet
from employees.transfer.confirming import confirm_context
from employees.transfer.kinds import ImportKind, kind_of
from employees.transfer.reaching import operation_key

ROWS_A_PAGE: Final = 50
RowState = ImportRow.State
# Filters of the rows: name → (label, condition).
SHOWN: Final[dict[str, tuple[Any, Q]]] = {
    "bad": (_("Bad"), Q(state=RowState.BAD)),
    "moved": (RowState.MOVED.label, Q(state=RowState.MOVED)),
    "left_out": (RowState.LEFT_OUT.label, Q(state=RowState.LEFT_OUT)),
    "asked": (_("With a question"), ~Q(questions=[]) & ~Q(state__in=ImportRow.NOT_WRITTEN)),
    "noted": (_("To look at"), ~Q(notes=[]) & ~Q(state__in=ImportRow.NOT_WRITTEN)),
    "new": (_("New"), Q(is_new=True) & ~Q(state__in=(*ImportRow.NOT_WRITTEN, RowState.MOVED))),
    "changed": (_("Updated"), Q(is_new=False) & ~Q(state__in=(*ImportRow.NOT_WRITTEN, RowState.MOVED))),
}
VARIANTS: Final = {
    ImportJob.State.READY: "warning",
    ImportJob.State.DONE: "success",
    ImportJob.State.FAILED: "danger",
    ImportJob.State.CANCELLED: "",
}


@dataclass(frozen=True)
class Difference:
    header: str
    before: str
    after: str


@dataclass(frozen=True)
class ShownRow:
    row: ImportRow
    differences: list[Difference]
    errors: list[tuple[str, str]]
    questions: list[tuple[str, str]]
    notes: list[tuple[str, str]]

    @property
    def kind(self) -> tuple[Any, str]:
        """Label and colour."""
        if self.row.state == RowState.BAD:
            return RowState.BAD.label, "danger"
        if self.row.state == RowState.MOVED:
            return RowState.MOVED.label, "warning"
        if self.row.state == RowState.LEFT_OUT:
            return RowState.LEFT_OUT.label, "warning"
        return (_("New"), "success") if self.row.is_new else (_("Updated"), "info")


@dataclass(frozen=True)
class Filter:
    name: str
    label: Any
    count: int
    chosen: bool


def job_context(
    *, job: ImportJob, shown: str, page: str, may_see_sensitive: bool, take_questions: bool, user: Any
) -> dict[str, Any]:
    """Return the context of the page; the number of queries does not depend on the number of rows."""
    ready = job.state == ImportJob.State.READY
    confirming = confirm_context(job, take_questions=take_questions) if ready else {"outgoing": []}
    return {**progress_context(job, user=user), **_rows_context(job, shown, page, may_see_sensitive), **confirming}


def page_addresses(kind: ImportKind) -> dict[str, str]:
    """Return where the pages of a kind's records are."""
    return {
        "list_url": reverse(f"{kind.page}_changelist"),
        "import_url": reverse(f"{kind.page}_import"),
        "record_page": f"{kind.page}_change",
        "template_page": f"{kind.page}_import_template",
    }


def progress_context(job: ImportJob, *, user: Any) -> dict[str, Any]:
    at_work = job.state in ImportJob.AT_WORK
    counts = job.rows.aggregate(
        written=Count("pk", filter=Q(state=RowState.WRITTEN)),
        to_write=Count("pk", filter=~Q(state__in=ImportRow.NOT_WRITTEN)),
        left_out=Count("pk", filter=Q(state=RowState.LEFT_OUT)),
        moved=Count("pk", filter=Q(state=RowState.MOVED)),
        new=Count("pk", filter=Q(state=RowState.WRITTEN, is_new=True)),
    )
    reading = job.state in ImportJob.PREVIEW_WAITS
    return {
        "job": job,
        "kind": kind_of(job),
        **page_addresses(kind_of(job)),
        "variant": VARIANTS.get(ImportJob.State(job.state), "info"),
        "at_work": at_work,
        "held": held_of(key=operation_key(job), user=user) if job.confirmed_at is not None else [],
        "reading": reading,
        "result": {**counts, "updated": counts["written"] - counts["new"]},
        "steps_done": job.counts.get("read", 0) if reading else counts["written"] + counts["moved"],
        "steps": job.counts.get("rows", 0) if reading else counts["to_write"],
    }


def _rows_context(job: ImportJob, shown: str, page: str, may_see_sensitive: bool) -> dict[str, Any]:
    columns = kind_of(job).columns
    found = job.rows.aggregate(**{name: Count("pk", filter=condition) for name, (_label, condition) in SHOWN.items()})
    if shown not in SHOWN or not found[shown]:
        shown = next((name for name in SHOWN if found[name]), "changed")
    rows: Page[ImportRow] = Paginator(job.rows.filter(SHOWN[shown][1]), ROWS_A_PAGE).get_page(page)
    return {
        "filters": [
            Filter(name, label, found[name], name == shown)
            for name, (label, _condition) in SHOWN.items()
            if found[name]
        ],
        "shown": shown,
        "page": rows,
        "rows": [_shown_row(row, columns, may_see_sensitive) for row in rows],
    }


def _shown_row(row: ImportRow, columns: ColumnSet[Any], may_see_sensitive: bool) -> ShownRow:
    changes = {**row.changes, **_masked(row.sensitive_changes, columns, may_see_sensitive)}
    return ShownRow(
        row=row,
        differences=[
            Difference(column.header, *changes[column.name]) for column in columns.columns if column.name in changes
        ],
        errors=[(columns.by_name[name].header if name else "", reason) for name, reason in row.errors],
        questions=_remarks(row.questions, columns, may_see_sensitive),
        notes=_remarks(row.notes, columns, may_see_sensitive),
    )


def _remarks(
    remarks: Iterable[str | list[str]], columns: ColumnSet[Any], may_see_sensitive: bool
) -> list[tuple[str, str]]:
    """Return (header, text); of a column that the reader may not see, only that there is something."""
    shown = []
    for remark in remarks:
        name, text = ("", remark) if isinstance(remark, str) else remark
        if name and columns.by_name[name].sensitive and not may_see_sensitive:
            text = str(_("Somebody who may see national IDs and bank accounts has to look at this."))
        shown.append((columns.by_name[name].header if name else "", str(text)))
    return shown


def _masked(changes: dict[str, list[str]], columns: ColumnSet[Any], may_see_sensitive: bool) -> dict[str, list[str]]:
    if may_see_sensitive:
        return changes
    return {name: _hide(values, columns.by_name[name].mask) for name, values in changes.items()}


def _hide(values: Iterable[str], mask: Callable[[str], str] | None) -> list[str]:
    return [mask(value) if mask else HIDDEN_WHOLE if value else "" for value in values]
