"""The project as an app, for what every other one shares: the demo's command, and how dates are typed."""

from django import forms
from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "Samklang"

    def ready(self) -> None:
        from config import role_rights

        role_rights.connect()
        # Django makes the fields of model forms, inlines and filters: this is the one place that reaches them all.
        forms.DateField.default_error_messages["invalid"] = _("Write the date as year-month-day, such as 2026-03-01.")
        # Its rules ask the integrations' manifests, which are there when all apps are.
        from config import checks

        checks.register()
        # Where errors are looked for, their messages are read.
        if not settings.ENV.bool("DEBUG", default=True):
            from config.logs import tell_no_messages

            tell_no_messages()
