"""Ask for everybody by name whom the vendor's list lacks, and show how far that is (G-24)."""

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _

from employees.shown import posted_fingerprint
from integrations.core.admin.review.opened import Review
from integrations.core.models import SyncRow
from integrations.core.runs.asking import ask_for_all


def ask_view(review: Review) -> HttpResponseBase:
    asking = review.asking
    if asking is None:
        raise Http404
    if review.request.method != "POST":
        urls = {f"{page}_url": review.url(page) for page in ("ask", "everybody")}
        return review.part("asking", {"asking": asking, **urls})
    ask_for_all(run=review.run, by=review.by, shown=posted_fingerprint(review.request))
    review.say(
        _("%(vendor)s is being asked for each of them by name. You can go on meanwhile.") % {"vendor": review.vendor}
    )
    return review.back_to("unclear", query=f"kind={SyncRow.Kind.NOT_LISTED}")
