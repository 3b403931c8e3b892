"""The report as text and as an e-mail."""

import re
from functools import cache
from typing import Any

from css_inline import CSSInliner
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from employees.zones import zone_named
from integrations.core.models import SyncRun
from integrations.core.report.contents import Report
from integrations.core.report.outcomes import CREATED, UPDATED, Outcome


def report_text(report: Report) -> str:
    """Return the report as plain text: the e-mail's text part, also printed by commands."""
    text = _render("core/mail/run_report.txt", report)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def report_html(report: Report) -> str:
    """Return the e-mail's HTML part, its styles inline; it asks nothing of the network."""
    return inlined(_render("core/mail/run_report.html", report))


def inlined(html: str) -> str:
    """Return an e-mail's HTML with its styles at the elements: many readers drop those of the head."""
    return _inliner().inline(html)


def subject_line(report: Report) -> str:
    parts = [*_state_part(report), *_number_parts(report)] or [_nothing_to_tell(report)]
    subject = f"{report.connection_label}: {', '.join(parts)}"
    if report.company not in report.connection_label:
        subject = f"{subject} – {report.company}"
    # A header is one line, whatever names hold.
    return " ".join(subject.split())


def _state_part(report: Report) -> list[str]:
    if report.state == SyncRun.State.FAILED:
        return [_("failed")]
    return [_("cancelled")] if report.state == SyncRun.State.CANCELLED else []


def _nothing_to_tell(report: Report) -> str:
    if report.let_go:
        return _("nothing to decide, changes go by themselves")
    if report.rows or not report.compared:
        return _("nothing written")
    if report.since is not None:
        return _("nothing has changed")
    return _("everything in step") if report.in_step else _("nobody to keep in step")


def _number_parts(report: Report) -> list[str]:
    updated, created = report.number(*UPDATED), report.number(*CREATED)
    not_kept = report.number(Outcome.NOT_KEPT)
    refused, moved = report.number(Outcome.REFUSED), report.number(Outcome.MOVED)
    held = report.number(Outcome.DUPLICATE, Outcome.AMBIGUOUS, Outcome.HELD)
    unreadable = report.number(Outcome.UNREADABLE)
    undecided = report.number(Outcome.UNDECIDED)
    parts = (
        (updated, ngettext("%(count)d updated", "%(count)d updated", updated)),
        (report.partly, ngettext("%(count)d of them in part", "%(count)d of them in part", report.partly)),
        (created, ngettext("%(count)d created", "%(count)d created", created)),
        (refused, ngettext("%(count)d refused", "%(count)d refused", refused)),
        (not_kept, ngettext("%(count)d not kept as sent", "%(count)d not kept as sent", not_kept)),
        (moved, ngettext("%(count)d changed meanwhile", "%(count)d changed meanwhile", moved)),
        (held, ngettext("%(count)d held", "%(count)d held", held)),
        (unreadable, ngettext("%(count)d cannot be read", "%(count)d cannot be read", unreadable)),
        (undecided, ngettext("%(count)d undecided", "%(count)d undecided", undecided)),
    )
    return [text % {"count": number} for number, text in parts if number]


def _render(template: str, report: Report) -> str:
    context: dict[str, Any] = {"report": report, "subject": subject_line(report)}
    with timezone.override(zone_named(report.time_zone)):
        return render_to_string(template, context)


@cache
def _inliner() -> CSSInliner:
    # What cannot stand inline (dark colours) stays in the head.
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
