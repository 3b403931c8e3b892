"""The one admin site: the theme's, with its own answers to whoever may not open a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

View = Callable[..., HttpResponseBase]


class SamklangAdminSite(UnfoldAdminSite):
    index_title = _("Start")

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Refuse whoever is signed in without staff rights, instead of asking for a login again (invariant 16)."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                if request.path == reverse("admin:logout"):
                    return self.logout(request)  # type: ignore[no-any-return]
                raise PermissionDenied
            response: HttpResponseBase = guarded(request, *args, **kwargs)
            return response

        return answer

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        # The models' admins, whose fields it serves, are loaded after the site.
        view: Any = import_string("employees.admin.choosing.ChooserView")
        answer: HttpResponseBase = view.as_view(admin_site=self)(request)
        return answer


class SamklangAdminConfig(AdminConfig):
    default_site = "config.admin_site.SamklangAdminSite"
