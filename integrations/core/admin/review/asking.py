"""Ask for everybody by name whom the vendor's list lacks, and show how far that is (G-24)."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _

from employees.shown import posted_fingerprint, posted_time
from integrations.core.admin.review.opened import Review
from integrations.core.models import SyncRow
from integrations.core.runs.asking import ask_for_all
from integrations.core.runs.deciding import RunRefused


def ask_view(review: Review) -> HttpResponseBase:
    asking = review.asking
    if asking is None:
        raise Http404
    if review.request.method != "POST":
        urls = {f"{page}_url": review.url(page) for page in ("ask", "everybody")}
        return review.part("asking", {"asking": asking, **urls})
    shown, shown_at = posted_fingerprint(review.request), posted_time(review.request)
    try:
        ask_for_all(run=review.run, by=review.by, shown=shown, shown_at=shown_at)
    except RunRefused as refused:
        # This address shows a part of a page.
        review.say(str(refused), level=messages.ERROR)
    else:
        text = _("%(vendor)s is being asked for each of them by name. You can go on meanwhile.")
        review.say(text % {"vendor": review.vendor})
    return review.back_to("unclear", query=f"kind={SyncRow.Kind.NOT_LISTED}")
