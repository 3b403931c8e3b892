"""A form that came without a session, or with the token of one before: kept, and its author asked to sign in."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from config.pages.keeping import COOKIE, author_of, keep, page_of, remember, take

GONE: Final = (301, 302, 303, 404, 405)


def sign_in_again(request: HttpRequest) -> HttpResponseBase:
    """Lead to the sign-in, and from there back to the page with the form."""
    return _led(request, author=author_of(request), to_sign_in=True)


def back_to_the_form(request: HttpRequest, *, author: int) -> HttpResponseBase:
    return _led(request, author=author, to_sign_in=False)


def _led(request: HttpRequest, *, author: int | None, to_sign_in: bool) -> HttpResponseBase:
    path, query = page_of(request)
    address = f"{path}?{query}" if query else path
    kept = keep(request, author=author) if author is not None else None
    response: HttpResponse = (
        redirect_to_login(address, reverse("admin:login")) if to_sign_in else HttpResponseRedirect(address)
    )
    if author is not None:
        _tell(request, kept=kept is not None, to_sign_in=to_sign_in)
    if request.headers.get("HX-Request"):
        response = HttpResponse(headers={"HX-Redirect": response.headers["Location"]})
    if kept is not None:
        remember(request, response, kept)
    return response


def _tell(request: HttpRequest, *, kept: bool, to_sign_in: bool) -> None:
    if not kept:
        messages.warning(request, _("Your sign-in had ended, so nothing was saved. What you typed was not kept."))
    elif to_sign_in:
        text = _(
            "Your sign-in had ended, so nothing was saved. Sign in again within 15 minutes, as the same user: what you"
            " typed comes back. Files and passwords are not kept."
        )
        messages.warning(request, text)


def given_back_elsewhere(
    request: HttpRequest, response: HttpResponseBase, context_of: Callable[[HttpRequest], dict[str, Any]]
) -> HttpResponseBase:
    """Where the form's address shows no form any more, show what was typed on a page of its own."""
    if request.method != "GET" or response.status_code not in GONE or COOKIE not in request.COOKIES:
        return response
    given = take(request)
    if given is None:
        return response
    shown = [(name, value) for name, value in given["values"] if value and not name.startswith("_")]
    context = {**context_of(request), "title": _("What you typed is back"), "given": given, "shown": shown}
    return TemplateResponse(request, "pages/send_again.html", context)
