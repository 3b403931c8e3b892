"""The core's own addresses, beside the admin's."""

from django.urls import path

from integrations.core.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
]
