"""``{% load zones %}{{ run.created_at|moment:run }}``: a time where the company is, and which zone that is."""

from datetime import datetime
from typing import Any

from django import template

from employees.zones import moment_text

register = template.Library()


@register.filter
def moment(value: datetime | None, about: Any = None) -> str:
    """Return the time in the zone of the company that ``about`` leads to, the installation's without one."""
    return moment_text(value or None, about or None)
