"""The report as a person gets it: subject, text, HTML."""

import re

import pytest

from integrations.core.models import SyncRun
from integrations.core.report import build_report, report_text
from integrations.core.report.writing import report_html, subject_line
from tests.core.report.runs import Decision, Kind, State, add_row, count_rows, make_run

pytestmark = pytest.mark.django_db


def subject_of(run: SyncRun) -> str:
    return subject_line(build_report(run=count_rows(run, equal=1)))


def test_the_subject_says_what_came_of_it() -> None:
    run = make_run()
    for _number in range(2):
        add_row(run, kind=Kind.DIFFERS, state=State.WRITTEN, decided={"phone": Decision.LEFT})
    add_row(run, kind=Kind.ONLY_LEFT, state=State.WRITTEN)
    add_row(run, kind=Kind.ONLY_LEFT, state=State.REFUSED)
    assert subject_of(run) == "Fortnox: 2 updated, 1 created, 1 refused – Demo AB"


def test_the_subject_of_a_run_without_differences_says_so() -> None:
    assert subject_of(make_run()) == "Fortnox: everything in step – Demo AB"


def test_the_subject_of_a_run_that_left_everything_says_so() -> None:
    run = make_run()
    add_row(run, kind=Kind.DIFFERS, state=State.SKIPPED)
    assert subject_of(run) == "Fortnox: nothing written – Demo AB"


def test_the_subject_names_the_company_once() -> None:
    run = make_run()
    run.connection.label = "Demo AB at Fortnox"
    run.connection.save()

    assert subject_of(run) == "Demo AB at Fortnox: everything in step"


@pytest.mark.parametrize(("state", "said"), [(SyncRun.State.FAILED, "failed"), (SyncRun.State.CANCELLED, "cancelled")])
def test_the_subject_of_a_run_that_ended_early_says_so_first(state: str, said: str) -> None:
    run = make_run(state=state)
    add_row(run, kind=Kind.ONLY_LEFT, state=State.WRITTEN)
    assert subject_of(run) == f"Fortnox: {said}, 1 created – Demo AB"


def test_a_line_break_in_a_name_does_not_break_the_subject() -> None:
    run = make_run()
    run.connection.label = "Fortnox\r\nBcc: all@example.se"
    run.connection.save()
    assert "\n" not in subject_of(run)
    assert "\r" not in subject_of(run)


def test_times_are_those_of_the_connections_zone() -> None:
    text = report_text(build_report(run=make_run()))
    assert "Finished: 2026-01-15 09:30" in text


def test_a_zone_that_is_not_known_falls_back_to_the_hubs() -> None:
    run = make_run()
    run.connection.time_zone = "Europe/Nowhere"
    run.connection.save()
    assert "Finished: 2026-01-15 09:30" in report_text(build_report(run=run))


def test_the_text_has_no_markup_and_no_escaped_characters() -> None:
    run = make_run()
    add_row(run, kind=Kind.ONLY_RIGHT, state=State.REFUSED, label="Åsa O'Brien", reason="A & B")
    text = report_text(build_report(run=count_rows(run)))
    assert "- Åsa O'Brien (number there: F1)\n    A & B\n" in text
    assert "<" not in text


def test_the_html_asks_nothing_of_the_network() -> None:
    run = make_run()
    add_row(run, kind=Kind.ONLY_RIGHT, state=State.REFUSED, label="Åsa O'Brien", reason="A & B")
    report = build_report(run=count_rows(run))
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]+)""", report_html(report))
    assert set(addresses) == {report.url}


def test_the_html_has_its_styles_inline_and_dark_colours_in_the_head() -> None:
    html = report_html(build_report(run=count_rows(make_run())))
    assert re.search(r'<div class="page" style="[^"]*max-width: ?600px', html)
    assert "prefers-color-scheme: dark" in html


def test_the_html_and_the_text_name_the_same_people() -> None:
    run = make_run()
    rows = [add_row(run, kind=kind, state=State.OPEN) for kind in Kind.values]
    report = build_report(run=count_rows(run))
    for row in rows:
        assert row.label in report_text(report)
        assert row.label in report_html(report)
