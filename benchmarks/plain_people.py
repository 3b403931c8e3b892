"""The hub's table of people as any other table, for import-export to write to."""

from typing import Any

from django.db import models

from employees.models import Employee


class PlainEmployee(Employee):
    """Without the hub's tracking, and saved as Django saves: neither history nor version is import-export's work."""

    objects = models.Manager["PlainEmployee"]()  # type: ignore[assignment]  # the hub's own tracks

    class Meta:
        app_label = "employees"
        proxy = True

    def save(self, *args: Any, **options: Any) -> None:
        models.Model.save(self, *args, **options)
