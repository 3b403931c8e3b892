"""Reads an admin form as a browser would: every field with the value that the page shows."""

from typing import Any


def form_values(response: Any) -> dict[str, Any]:
    """Return what pressing *Save* without a change would post."""
    context = response.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                values[field.html_name] = value
    return values
