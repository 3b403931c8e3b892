"""An app of its own: its one table holds nothing for longer than minutes."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KeptConfig(AppConfig):
    name = "employees.kept"
    label = "kept"
    verbose_name = _("Kept while signing in again")
    default_auto_field = "django.db.models.BigAutoField"
