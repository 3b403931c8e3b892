"""The core's own addresses, beside the admin's."""

from django.urls import path

from integrations.core.admin.wizard.authorising import oauth_callback
from integrations.core.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("oauth/<str:integration>/callback", oauth_callback, name="oauth_callback"),
]
