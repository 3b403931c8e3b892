"""Compare everybody, where only what changed at the vendor was compared."""

from django.http import HttpResponseBase, HttpResponseNotAllowed

from integrations.core.admin.review.opened import Review, compare_anew


def everybody_view(review: Review) -> HttpResponseBase:
    if review.request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return compare_anew(review, whole=True)
