"""``{% load foreign %}{{ run.error|for_reader:request.user }}``: without the filter anybody reads it masked."""

from typing import Any

from django import template

from employees.foreign_text import ForeignText

register = template.Library()


@register.filter
def for_reader(said: Any, user: Any) -> str:
    """Return a vendor's words as this user may read them."""
    return ForeignText(str(said)).for_reader(user) if not isinstance(said, ForeignText) else said.for_reader(user)
