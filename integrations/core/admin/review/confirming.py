"""The last page before anything is written: what will be written where, in words (G-04)."""

from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from integrations.core.admin.review.opened import Review
from integrations.core.admin.warned import warned_shown
from integrations.core.registry import manifest_of
from integrations.core.runs.deciding import RunRefused, approve_run
from integrations.core.runs.following import Following
from integrations.core.runs.summing_up import sum_up


def confirm_view(review: Review) -> HttpResponseBase:
    summary = sum_up(review.run)
    if review.request.method == "POST":
        if not summary.decides:
            raise RunRefused(_("Nothing has been decided yet, so there is nothing to synchronise."))
        approve_run(run=review.run, by=review.by)
        review.say(_("The synchronisation has begun. You will receive an e-mail when it has ended."))
        return HttpResponseRedirect(review.run_url)
    interval = manifest_of(review.run.connection.integration).limit.interval
    return review.page(
        "confirm",
        title=_("Confirm"),
        current="confirm",
        context={
            "summary": summary,
            "created_note": review.shown.created_note,
            "following": Following(review.run),
            "warnings": warned_shown(review.run, url_of=lambda name: review.url("warned", name)),
            "minutes": int(summary.vendor_writes * interval // 60),
            "recipients": ", ".join(review.run.connection.recipients),
        },
    )
