"""Who came out how in a run: counted by outcome, and one outcome's people with the reason and the next step (G-06)."""

from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from integrations.core.admin.declared import integration_label
from integrations.core.admin.shown_problems import row_reason
from integrations.core.admin.wizard.held_pages import held_links
from integrations.core.held_changes import held_mass_changes
from integrations.core.hub.labels import label_rows
from integrations.core.hub.own_values import know_own
from integrations.core.hub.tracking import RESOURCE
from integrations.core.models import SyncRow, SyncRun
from integrations.core.report.outcomes import Outcome, outcome_of_row, partly_decided
from integrations.core.report.people import Describer
from integrations.core.report.words import WORDS

PEOPLE_A_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True)
class Counted:
    """So many people who came out the same way; ``url`` lists them."""

    outcome: Outcome
    label: str
    meaning: str
    count: int
    chosen: bool

    @property
    def query(self) -> str:
        return f"?outcome={self.outcome}#people"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One person: ``details`` say which fields went where; the addresses are empty for whoever may not open them."""

    name: str
    details: tuple[str, ...]
    reason: str
    next_step: str
    row_url: str
    person_url: str


def outcomes_context(request: HttpRequest, *, run: SyncRun) -> dict[str, Any]:
    """Return the filters, and the page of people that the address asks for: at first those who need somebody most."""
    vendor = integration_label(run.connection.integration)
    rows = SyncRow.objects.filter(run=run).annotate(outcome=outcome_of_row())
    numbers = dict(rows.order_by().values_list("outcome").annotate(Count("pk")))
    shown = [outcome for outcome in Outcome if outcome in numbers]
    chosen = next((each for each in shown if each == request.GET.get("outcome")), shown[0] if shown else None)
    counted = [
        Counted(
            outcome=outcome,
            label=str(WORDS[outcome].label) % {"vendor": vendor},
            meaning=str(WORDS[outcome].meaning) % {"vendor": vendor},
            count=numbers[outcome],
            chosen=outcome == chosen,
        )
        for outcome in shown
    ]
    context: dict[str, Any] = {"outcomes": counted, "chosen": next((each for each in counted if each.chosen), None)}
    if chosen is None or not request.user.has_perm("core.view_syncrow"):
        return context
    page = _page(request, rows.filter(outcome=chosen))
    return {**context, "people_page": page, "people": _people(request, run, page, chosen, vendor)}


def left_to_do(run: SyncRun) -> dict[str, Any]:
    """Return what of an ended run, or beside it, is not done yet."""
    rows, connection = SyncRow.objects.filter(run=run), run.connection
    open_row = Q(state=SyncRow.State.OPEN, kind=SyncRow.Kind.DIFFERS)
    return {
        "waiting": rows.filter(state=SyncRow.State.HELD).exists(),
        "unknown": rows.filter(state=SyncRow.State.UNKNOWN).exists(),
        "undecided": rows.filter(partly_decided() | open_row).exists(),
        "releases": held_links(connection, held_mass_changes([connection]).get(connection.pk, [])),
    }


def _page(request: HttpRequest, rows: QuerySet[SyncRow]) -> Page[SyncRow]:
    ordered = rows.select_related("decided_by").prefetch_related("fields__decided_by").order_by("label", "pk")
    return Paginator(ordered, PEOPLE_A_PAGE).get_page(request.GET.get("page"))


def _people(request: HttpRequest, run: SyncRun, page: Page[SyncRow], outcome: Outcome, vendor: str) -> list[Listed]:
    found = list(page)
    describer = Describer(run=run, vendor=vendor, rows=found)
    # The describer names people as a mail may.
    label_rows(found, resource=run.resource)
    know_own(found, "reason", "hold_reason", reader=request.user)
    opens_people = run.resource == RESOURCE and request.user.has_perm("employees.view_employee")
    listed = []
    for row in found:
        described = describer.describe(row, outcome)
        listed.append(
            Listed(
                name=row.shown,
                details=described.details,
                # The report's reason leaves out what must not be mailed; whoever reads this page may see more.
                reason=row_reason(request, row) or row.hold_reason.for_reader(request.user) or described.reason,
                next_step=described.next_step,
                row_url=reverse("admin:core_syncrow_change", args=[row.pk]),
                person_url=_person_url(row) if opens_people else "",
            )
        )
    return listed


def _person_url(row: SyncRow) -> str:
    return reverse("admin:employees_employee_change", args=[row.left_id]) if row.left_id else ""
