"""Labels of people in templates, by the one rule (`employees.labels`)."""

from django import template

from employees.labels import label_of
from employees.models import Employee

register = template.Library()


@register.filter
def person_label(person: Employee) -> str:
    """For a page about one company."""
    return label_of(person)


@register.filter
def person_label_with_company(person: Employee) -> str:
    """For a page about several companies."""
    return label_of(person, company=True)
