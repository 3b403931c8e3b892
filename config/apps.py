"""The project as an app, for the commands that need everything: the demo."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"
    verbose_name = "Samklang"
