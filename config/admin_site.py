"""The one admin site: the theme's, with its own answers to whoever may not open a page."""

from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from config.admin_models import MODELS_WITH_PAGES, OUR_PACKAGES
from employees.kept.never import never_kept

View = Callable[..., HttpResponseBase]


def _kept(view: str) -> View:
    """The users' model, to which what was typed belongs, is loaded after the site."""
    found: View = import_string(f"config.pages.asking.{view}")
    return found


class SamklangAdminSite(UnfoldAdminSite):
    index_title = _("Start")

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and everything proven that is asked of them: nobody is half signed in."""
        fully: Callable[[HttpRequest], bool] = import_string("employees.access.second_factor.is_fully_signed_in")
        return bool(super().has_permission(request)) and fully(request)

    @never_kept
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        view: View = import_string("employees.access.pages.sign_in.sign_in")
        return view(request)

    @never_kept
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        view: View = import_string("employees.access.pages.passwords.change_own")
        return view(request)

    def extra_urls(self) -> list[URLPattern]:
        urls: Callable[[Any], list[URLPattern]] = import_string("employees.access.urls.account_urls")
        return urls(self)

    def register(
        self,
        model_or_iterable: type[models.Model] | Iterable[type[models.Model]],
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        """Leave out models that are not on our list: an installed app's own pages may run what is typed there.

        Raises ``ImproperlyConfigured`` when one of ours is missing on the list.
        """
        several = isinstance(model_or_iterable, Iterable)
        given: list[Any] = list(model_or_iterable) if several else [model_or_iterable]  # type: ignore[arg-type]
        listed = [model for model in given if model._meta.label_lower in MODELS_WITH_PAGES]
        ours = admin_class is not None and admin_class.__module__.split(".")[0] in OUR_PACKAGES
        if ours and (missing := [model._meta.label_lower for model in given if model not in listed]):
            raise ImproperlyConfigured(
                f"{', '.join(missing)} has no place in MODELS_WITH_PAGES of config.admin_models."
            )
        super().register(listed, admin_class, **options)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Refuse whoever is signed in without staff rights, instead of asking for a login again (invariant 16)."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            leaving = request.path == reverse("admin:logout")
            if request.user.is_authenticated and not self.has_permission(request):
                if leaving:
                    return self.logout(request)  # type: ignore[no-any-return]
                raise PermissionDenied
            if request.method == "POST" and not request.user.is_authenticated and not leaving:
                return _kept("sign_in_again")(request)
            response: HttpResponseBase = guarded(request, *args, **kwargs)
            if response.status_code != HTTPStatus.OK and self.has_permission(request):
                return _kept("given_back_elsewhere")(request, response, self.each_context)
            return response

        return answer

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        # The models' admins, whose fields it serves, are loaded after the site.
        view: Any = import_string("employees.admin.choosing.ChooserView")
        answer: HttpResponseBase = view.as_view(admin_site=self)(request)
        return answer


class SamklangAdminConfig(AdminConfig):
    default_site = "config.admin_site.SamklangAdminSite"
