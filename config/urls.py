"""The whole site: what has an address of its own first, then the admin at the root."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    # The core's and the vendors' own addresses (health, the way back from a vendor's login).
    path("", include("integrations.core.urls")),
    path("", include("employees.access.urls")),
    path("", admin.site.urls),
]

handler400 = "config.pages.refused.bad_request"
handler403 = "config.pages.refused.not_allowed"
handler404 = "config.pages.refused.not_found"
handler500 = "config.failing.failed"
