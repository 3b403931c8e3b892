"""The last page before anything is written: what will be written where, person by person (G-04, G-21)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from employees.shown import SHOWN, posted_fingerprint
from integrations.core.admin.review.beside_it import as_text, told_elsewhere
from integrations.core.admin.review.confirm_rows import written_sides
from integrations.core.admin.review.left_out import left_out_of
from integrations.core.admin.review.meanwhile import told_since
from integrations.core.admin.review.opened import Review
from integrations.core.admin.warned import warned_shown
from integrations.core.admin.wizard.held_pages import held_links
from integrations.core.held_changes import held_mass_changes
from integrations.core.models import Connection, SyncRun
from integrations.core.registry import manifest_of
from integrations.core.runs.confirmation import Since, fingerprint_of_review, since_now
from integrations.core.runs.deciding import ShownBefore, approve_run, why_outdated
from integrations.core.runs.following import Following
from integrations.core.runs.pending import Pending
from integrations.core.runs.reviewing import open_rows
from integrations.core.runs.standing import Standing
from integrations.core.runs.summing_up import Summary, sum_up

# The hidden input that says how far the review had come when the page was made.
SINCE: Final = "since"


def confirm_view(review: Review) -> HttpResponseBase:
    if review.request.method == "POST":
        return _confirm(review)
    shown = review.request.GET.get(SHOWN, "")
    if shown and shown != fingerprint_of_review(review.run):
        # Another page of it was seen before something changed.
        return _page(
            review, refused=_("The review has changed since you opened its first page."), older=review.request.GET
        )
    return _page(review)


def _confirm(review: Review) -> HttpResponseBase:
    try:
        approve_run(run=review.run, by=review.by, made_from=posted_fingerprint(review.request))
    except ShownBefore as stale:
        # The page as it is now: pressed once more, it is what is confirmed.
        return _page(review, refused=str(stale), older=review.request.POST)
    review.say(_("The synchronisation has begun. You will receive an e-mail when it has ended."))
    return HttpResponseRedirect(review.run_url)


def _page(review: Review, *, refused: str = "", older: QueryDict | None = None) -> HttpResponseBase:
    """Show what would be written now, and what has changed since the ``older`` page that somebody has seen."""
    # First what the page is made from: whatever changes while it is made, is not what was shown.
    since, pending = since_now(review.run), Pending(review.run)
    standing = Standing(review.run, pending.overtaken)
    following = Following(review.run, standing)
    since = replace(since, elsewhere=as_text(following))
    made_from = fingerprint_of_review(review.run, pending=pending, following=following, standing=standing)
    summary = sum_up(review.run, standing)
    interval = manifest_of(review.run.connection.integration).limit.interval
    return review.page(
        "confirm",
        title=_("Confirm"),
        current="confirm",
        context={
            "made_from": made_from,
            "since_text": since.as_text(),
            "refused": refused,
            "changed": _told(review, older, following) if older is not None else (),
            "summary": summary,
            "nothing": _nothing_written(review, summary) if not pending.going else "",
            "begins": _begins(review) if summary.writes or pending.going else "",
            "sides": written_sides(review, summary, standing, carried={SHOWN: made_from, SINCE: since.as_text()}),
            "left_out": left_out_of(review, standing),
            "pending": pending,
            "created_note": review.shown.created_note,
            "following": following,
            # Not this confirmation's to let go.
            "releases": _held(review.run.connection),
            "warnings": warned_shown(review.run, url_of=lambda name: review.url("warned", name)),
            "minutes": int(summary.vendor_writes * interval // 60),
            "recipients": ", ".join(review.run.connection.recipients),
        },
    )


def _held(connection: Connection) -> list[Any]:
    return held_links(connection, held_mass_changes([connection]).get(connection.pk, []))


def _nothing_written(review: Review, summary: Summary) -> str:
    """Say what confirming is for where nothing has to be written; empty where something is (G-34)."""
    if summary.writes or why_outdated(review.run):
        return ""
    return " ".join(filter(None, (_what_was_found(review.run), _begins(review))))


def _begins(review: Review) -> str:
    """Say what confirming begins; empty where it has begun."""
    if review.run.connection.state == Connection.State.ACTIVE:
        return ""
    return _("Once you confirm, what is changed in the hub goes to %(vendor)s by itself.") % {"vendor": review.vendor}


def _what_was_found(run: SyncRun) -> str:
    counts = run.counts
    if not open_rows(run).exists():
        if counts.get("equal"):
            return _("Everybody is matched, and nothing has to be written.")
        if not counts.get("rows"):
            return _("There is nobody to keep in step yet, so nothing has to be written.")
    return _("Nothing is written: whoever is left as is, undecided, unclear or not created stays so on both sides.")


def _told(review: Review, older: QueryDict, following: Following) -> Sequence[str]:
    since = Since.from_text(older.get(SINCE, ""))
    told = [*told_since(review, since), *told_elsewhere(review, since, following)]
    return told or [_("Who is written, or what goes to other systems by itself, is not the same any more.")]
