"""What a model calls its fields, for people."""

from typing import Any

from django.db import models


def field_label(model: type[models.Model], name: str) -> Any:
    """Return the label of a field that is the model's own; raises FieldDoesNotExist."""
    field: Any = model._meta.get_field(name)
    return field.verbose_name
