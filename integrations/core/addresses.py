"""The addresses of a vendor's own section of the admin, by the name of the page."""

from functools import cache

from django.apps import apps
from django.urls import reverse

from integrations.core.models import Connection
from integrations.core.registry import Manifest


@cache
def section_of(integration: str) -> str:
    """Return the beginning of the names of an integration's pages, or an empty string where it has no section."""
    for model in apps.get_models():
        if not issubclass(model, Connection) or not model._meta.proxy:
            continue
        manifest = getattr(apps.get_app_config(model._meta.app_label), "manifest", None)
        if isinstance(manifest, Manifest) and manifest.name == integration:
            return f"admin:{model._meta.app_label}_{model._meta.model_name}"
    return ""


def section_url(integration: str, page: str = "changelist") -> str:
    """Return the address of a page of the section that belongs to no connection; empty without a section."""
    section = section_of(integration)
    return reverse(f"{section}_{page}") if section else ""


def connection_url(connection: Connection, page: str = "connection") -> str:
    """Return the address of a connection's page; empty where its integration has no section."""
    section = section_of(connection.integration)
    return reverse(f"{section}_{page}", args=[connection.pk]) if section else ""


def run_url(connection: Connection, run_id: int, page: str = "run") -> str:
    """Return the address of a page of a connection's run; without a section, of the core's page of the run."""
    section = section_of(connection.integration)
    if not section:
        return reverse("admin:core_syncrun_change", args=[run_id])
    return reverse(f"{section}_{page}", args=[connection.pk, run_id])


def warned_url(connection: Connection, run_id: int, name: str) -> str:
    """Return the address of everybody of whom a run warns for one reason; empty without a section."""
    section = section_of(connection.integration)
    return reverse(f"{section}_warned", args=[connection.pk, run_id, name]) if section else ""


def mass_change_url(connection: Connection, mass_change_id: int, page: str = "mass_change") -> str:
    """Return the address of a held mass change, or of its ``release`` or ``drop``; empty without a section."""
    section = section_of(connection.integration)
    return reverse(f"{section}_{page}", args=[connection.pk, mass_change_id]) if section else ""
