"""Only models on our list have pages, and every address of the site is served by somebody we know (S1)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from config.admin_models import MODELS_WITH_PAGES, OUR_PACKAGES
from config.admin_site import SamklangAdminSite

pytestmark = pytest.mark.behaviour("OP-02")
# Of other packages only what the admin site itself is made of.
KNOWN = OUR_PACKAGES | {
    "django.contrib.admin",
    "django.contrib.auth.admin",
    "django.contrib.contenttypes.views",
    "django.views.generic.base",
    "django.views.i18n",
    "import_export",
    "unfold",
}


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each, prefix + str(each.pattern))
        else:
            yield prefix + str(each.pattern), each


def behind(view: Any) -> Any:
    """Return the view as it was written, below the site's guards."""
    # A view that is a class bears its decorated method's mark as well, which leads to where that was inherited from.
    while hasattr(view, "__wrapped__") and not hasattr(view, "view_class"):
        view = view.__wrapped__
    return view


def module_of(view: Any) -> str:
    """Return whose view it is: of one that is a class, the class's module and not that of the one it inherits from."""
    return str(getattr(behind(view), "view_class", behind(view)).__module__)


def test_every_model_with_pages_is_on_the_list_and_every_one_on_the_list_has_pages() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == MODELS_WITH_PAGES


def test_every_address_is_served_by_the_site_or_by_one_of_ours() -> None:
    strangers = {
        address: module_of(pattern.callback)
        for address, pattern in patterns()
        if not any(module_of(pattern.callback).startswith(known) for known in KNOWN)
    }
    assert strangers == {}


def test_every_address_of_a_model_is_of_one_on_the_list() -> None:
    served = {address: getattr(behind(pattern.callback), "__self__", None) for address, pattern in patterns()}
    models = {address: view.model._meta.label_lower for address, view in served.items() if isinstance(view, ModelAdmin)}
    assert len(models) > len(MODELS_WITH_PAGES)
    assert set(models.values()) <= MODELS_WITH_PAGES


def test_another_apps_model_gets_no_page() -> None:
    site = SamklangAdminSite()
    site.register([Session, ContentType])
    site.register(Session, ModelAdmin)
    assert site._registry == {}


def test_a_model_of_ours_that_the_list_lacks_is_named_at_the_start() -> None:
    class OurAdmin(ModelAdmin[Session]):
        pass

    OurAdmin.__module__ = "employees.admin.something"
    with pytest.raises(ImproperlyConfigured, match=r"sessions\.session has no place in MODELS_WITH_PAGES"):
        SamklangAdminSite().register(Session, OurAdmin)
