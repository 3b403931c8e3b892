from collections.abc import Callable, Collection, Mapping

from django.core.exceptions import ValidationError
from django.db import models


def canonicalise(
    *, record: models.Model, cleaners: Mapping[str, Callable[[str], str]], exclude: Collection[str]
) -> dict[str, list[ValidationError]]:
    """Put each field's canonical value on the record; return the errors of those that have none, by field."""
    errors: dict[str, list[ValidationError]] = {}
    for field, clean in cleaners.items():
        if field in exclude:
            continue
        try:
            setattr(record, field, clean(getattr(record, field)))
        except ValidationError as error:
            errors[field] = error.error_list
    return errors


def has_length(field: str, length: int) -> models.Q:
    """A condition for a constraint: the text is empty or has so many characters."""
    return models.Q(**{field: ""}) | models.Q(**{f"{field}__regex": rf"^[A-Z]{{{length}}}$"})
