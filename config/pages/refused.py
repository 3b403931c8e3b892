"""Pages of requests that are refused: in the theme for whoever works in it, plain for everybody else."""

import logging
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_NO_CSRF_COOKIE
from django.template import loader
from django.urls import reverse
from django.views.decorators.csrf import requires_csrf_token

from config.pages.asking import back_to_the_form, sign_in_again
from config.pages.keeping import author_of

logger = logging.getLogger(__name__)
TOO_LARGE: Final = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def page(request: HttpRequest, template: str, *, status: int, **context: Any) -> HttpResponse:
    """Render in the theme where that is possible; a page that cannot be answered must not end in another error."""
    user = getattr(request, "user", None)
    try:
        if user is not None and user.is_active and user.is_staff:
            themed = {**admin.site.each_context(request), **context, "frame": "pages/themed.html"}
            return HttpResponse(loader.render_to_string(template, themed, request), status=status)
    except Exception as error:  # noqa: BLE001  # whatever the theme's part needs and does not get
        logger.warning("The page %s is shown without the theme (%s)", template, type(error).__name__)
    return HttpResponse(loader.render_to_string(template, {**context, "frame": "plain.html"}, request), status=status)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, "404.html", status=404)


@requires_csrf_token
def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, "403.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Asks nothing of the request, which may be the trouble: not who calls, nor from which host."""
    too_large = isinstance(exception, TOO_LARGE)
    text = loader.render_to_string("400.html", {"too_large": too_large, "frame": "plain.html"})
    return HttpResponse(text, status=413 if too_large else 400)


@requires_csrf_token
def forged(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """A form with the token of an earlier sign-in, without one, or of a stranger's page."""
    if request.path == reverse("admin:login") and request.user.is_authenticated:
        # Signed in meanwhile, in another tab.
        return HttpResponseRedirect(reverse("admin:index"))
    from_our_page = not _is_from_elsewhere(reason)
    author = author_of(request) if from_our_page else None
    if author is not None and not request.user.is_authenticated:
        return sign_in_again(request)
    if author is not None and author == request.user.pk:
        return back_to_the_form(request, author=author)
    logger.warning("A form was refused: %s", "from elsewhere" if not from_our_page else "its token does not fit")
    why = "other_user" if author is not None else "cookie" if reason == REASON_NO_CSRF_COOKIE else "old"
    return page(request, "csrf.html", status=403, why=why)


def _is_from_elsewhere(reason: str) -> bool:
    return reason.startswith((REASON_BAD_ORIGIN.partition("%")[0], "Referer checking failed"))
