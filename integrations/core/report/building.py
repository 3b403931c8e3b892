"""Builds a run's report from its rows; the number of queries does not depend on theirs."""

from datetime import date
from typing import Final

from django.conf import settings
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.urls import NoReverseMatch

from employees.zones import zone_of
from integrations.core.addresses import run_url as address_of_run
from integrations.core.addresses import warned_url
from integrations.core.hub.labels import labels_of_named
from integrations.core.models import SyncRow, SyncRun
from integrations.core.push.others import warned_of
from integrations.core.registry import manifests
from integrations.core.report.contents import LeftOut, Person, Report, Section, WarnedOf
from integrations.core.report.elsewhere import elsewhere_of, let_go_by
from integrations.core.report.outcomes import Outcome, outcome_of_row, partly_decided
from integrations.core.report.people import Describer
from integrations.core.report.words import LEFT_OUT, WORDS
from integrations.core.runs.deciders import confirmed_by, started_by

# Names per outcome; the rest is counted, and stands on the run's page.
LISTED: Final = 50


def build_report(*, run: SyncRun) -> Report:
    """Return what came of everybody, as the run stands now."""
    run = SyncRun.objects.select_related("connection__company", "by", "approved_by").get(pk=run.pk)
    connection, manifest = run.connection, manifests().get(run.connection.integration)
    vendor = manifest.label if manifest else connection.integration
    # Without counts the comparison never ended: rows that it wrote on the way are no result.
    compared = bool(run.counts)
    numbers = _numbers(run) if compared else {}
    return Report(
        run_id=run.pk,
        connection_label=connection.label,
        vendor_label=vendor,
        company=connection.company.name if connection.company else connection.account_shown,
        started_by=started_by(run),
        started_at=run.created_at,
        confirmed_by=confirmed_by(run),
        confirmed_at=run.approved_at,
        finished_at=run.finished_at,
        time_zone=str(zone_of(connection)),
        state=run.state,
        state_label=run.get_state_display(),
        error=run.error.for_mail(),
        compared=compared,
        # Of a list that lacks many the section of those who are missing tells.
        complete=bool(run.counts.get("complete", True) or run.counts.get("not_listed")),
        left=run.counts.get("left", 0),
        right=run.counts.get("right", 0),
        in_step=run.counts.get("equal", 0),
        counted_rows=run.counts.get("rows", 0),
        left_out=tuple(
            LeftOut(reason=reason, meaning=str(LEFT_OUT.get(reason, reason)) % {"vendor": vendor}, count=count)
            for reason, count in run.counts.get("left_out", {}).items()
            if count
        ),
        sections=_sections(run, numbers, vendor),
        url=run_url(run),
        since=date.fromisoformat(run.counts["since"]) if run.counts.get("since") else None,
        warnings=_warnings(run) if compared else (),
        elsewhere=elsewhere_of(run),
        let_go=let_go_by(run),
        numbers=numbers,
        partly=SyncRow.objects.filter(partly_decided(), run=run).count() if compared else 0,
    )


def run_url(run: SyncRun) -> str:
    """Return where the run stands in the admin, or an empty string where there is no such page."""
    try:
        return f"{settings.PUBLIC_URL}{address_of_run(run.connection, run.pk)}"
    except NoReverseMatch:
        return ""


def _warnings(run: SyncRun) -> tuple[WarnedOf, ...]:
    return tuple(
        WarnedOf(
            title=warned.title,
            why=warned.why,
            next_step=warned.next_step,
            count=warned.count,
            names=tuple(labels_of_named(warned.people[:LISTED], mailed=True)),
            url=_warned_url(run, warned.name),
        )
        for warned in warned_of(run)
    )


def _warned_url(run: SyncRun, name: str) -> str:
    address = warned_url(run.connection, run.pk, name)
    return f"{settings.PUBLIC_URL}{address}" if address else ""


def _numbers(run: SyncRun) -> dict[Outcome, int]:
    rows = SyncRow.objects.filter(run=run).annotate(outcome=outcome_of_row())
    counted = dict(rows.values_list("outcome").annotate(Count("pk")).order_by())
    return {outcome: counted[outcome] for outcome in Outcome if outcome in counted}


def _sections(run: SyncRun, numbers: dict[Outcome, int], vendor: str) -> tuple[Section, ...]:
    listed = _listed(run) if numbers else []
    describer = Describer(run=run, vendor=vendor, rows=[row for row, _ in listed])
    people: dict[Outcome, list[Person]] = {}
    for row, outcome in listed:
        people.setdefault(outcome, []).append(describer.describe(row, outcome))
    return tuple(
        Section(
            outcome=outcome,
            label=str(WORDS[outcome].label) % {"vendor": vendor},
            meaning=str(WORDS[outcome].meaning) % {"vendor": vendor},
            count=count,
            people=tuple(people.get(outcome, ())),
        )
        for outcome, count in numbers.items()
    )


def _listed(run: SyncRun) -> list[tuple[SyncRow, Outcome]]:
    """Return the first rows of each outcome, by name."""
    rows = (
        SyncRow.objects.filter(run=run)
        .annotate(outcome=outcome_of_row())
        .annotate(place=Window(RowNumber(), partition_by=F("outcome"), order_by=("label", "pk")))
        .filter(place__lte=LISTED)
        .order_by("label", "pk")
        .select_related("decided_by")
        .prefetch_related("fields__decided_by")
    )
    return [(row, Outcome(row.outcome)) for row in rows]
