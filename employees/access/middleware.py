"""Who a request is from: nobody, unless the sign-in lives and everything that is asked has been proven."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from employees.access import browsers, second_factor, sign_ins

# Of htmx: a fragment of a page. One that a page asks for by itself is no sign that somebody is there.
FRAGMENT: Final = "HX-Request"
SAFE: Final = ("GET", "HEAD")
ENDED: Final = _(
    "Your sign-in has ended: it was not used for a while, was ended from elsewhere, or your roles were changed."
    " Sign in again."
)


class SignInMiddleware:
    """Stands behind django-otp's, which says whether the session has proven a second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self._admit(request)
        response = self.get_response(request)
        signed_in_as: int | None = getattr(request, "signed_in_as", None)
        if signed_in_as is not None:
            browsers.remember(request, response, user_id=signed_in_as)
        return _whole_page(request, response)

    def _admit(self, request: Any) -> None:
        if not request.user.is_authenticated:
            # Of somebody who was deactivated or deleted: not to live again with the account.
            if sign_ins.IN_SESSION in request.session:
                logout(request)
            return
        found = sign_ins.current(request)
        if found is None:
            logout(request)
            messages.info(request, ENDED)
            return
        by_itself = FRAGMENT in request.headers and request.method in SAFE
        sign_ins.seen(found.sign_in, request.session, request.user, used=not by_itself)
        proven = request.user.otp_device is not None
        if proven or not (found.has_device or second_factor.is_required_of(request.user)):
            request.fully_signed_in_as = request.user.pk
        else:
            request.half_signed_in = request.user
            request.user = AnonymousUser()


def _whole_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Load the whole page anew where a fragment would become the page to sign in."""
    to_login = getattr(response, "url", "").partition("?")[0] == reverse("admin:login")
    if FRAGMENT not in request.headers or response.status_code != 302 or not to_login:
        return response
    return HttpResponse(headers={"HX-Refresh": "true"})
