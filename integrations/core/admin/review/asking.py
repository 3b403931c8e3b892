"""Ask for everybody by name whom the vendor's list lacks, and show how far that is (G-24)."""

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from integrations.core.admin.review.opened import Review
from integrations.core.models import SyncRow
from integrations.core.runs.asking import ask_for_all


def ask_view(review: Review) -> HttpResponseBase:
    if review.request.method != "POST":
        return review.part("asking", {"asking": review.asking, "ask_url": review.url("ask")})
    ask_for_all(run=review.run, by=review.by)
    review.say(
        _("%(vendor)s is being asked for each of them by name. You can go on meanwhile.") % {"vendor": review.vendor}
    )
    return review.back_to("unclear", query=f"kind={SyncRow.Kind.NOT_LISTED}")
