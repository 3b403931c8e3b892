"""The way in for a record's values: each becomes canonical, or is refused, before anything else asks about it."""

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from employees.values.records import BESIDE, Cleaners


class CanonicalModel(models.Model):
    """``full_clean`` makes the values of ``cleaners`` canonical; ``save`` does not call it.

    A value that is stored already and would be refused now blocks an edit of itself alone: it is to be mended, and
    everything else of the record can be.
    """

    class Meta:
        abstract = True

    def cleaners(self) -> Cleaners:
        """Return the record's cleaners, of `employees.values.records`."""
        # Django's models have a metaclass of their own: an abstract one may lack a method without a word.
        raise NotImplementedError

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        exclude = set(exclude or ())
        cleaners = {field: each for field, each in self.cleaners().items() if field not in exclude}
        as_given = {field: getattr(self, field) for field in cleaners}
        errors = _canonicalise(self, cleaners)
        self._keep_twins(as_given)
        blank = self._keep_blanks(as_given)
        stored = self._stored_as_given(errors, as_given)
        try:
            super().clean_fields(exclude=exclude | set(errors) | blank)
        except ValidationError as error:
            errors = {**error.error_dict, **errors}
        if errors := {field: each for field, each in errors.items() if field not in stored}:
            raise ValidationError(errors)

    def reasons_against(self) -> dict[str, list[ValidationError]]:
        """Return, by field, why the record's values could not be entered today. Makes the others canonical."""
        return _canonicalise(self, self.cleaners())

    def _keep_twins(self, as_given: Mapping[str, Any]) -> None:
        """Put back what nobody touched where its plain writing is another's: two stay two until one is mended."""
        rewritten = [field for field, value in as_given.items() if getattr(self, field) != value]
        if not rewritten or self._state.adding:
            return
        for field in self._stored_as_given(rewritten, as_given):
            if any(self._is_taken(fields) for fields in _unique_fields(type(self)) if field in fields):
                setattr(self, field, as_given[field])

    def _keep_blanks(self, as_given: Mapping[str, Any]) -> set[str]:
        """Put back what nobody touched and shows nothing, where something is required; return these fields."""
        left = [field for field, value in as_given.items() if value and not getattr(self, field)]
        required = [field for field in left if not self._meta.get_field(field).blank]  # type: ignore[union-attr]  # a cleaned one is a column
        blank = self._stored_as_given(required, as_given)
        for field in blank:
            setattr(self, field, as_given[field])
        return blank

    def _is_taken(self, fields: Collection[str]) -> bool:
        same = {field: getattr(self, field) for field in fields}
        return type(self)._base_manager.filter(**same).exclude(pk=self.pk).exists()

    def _stored_as_given(self, errors: Collection[str], as_given: Mapping[str, Any]) -> set[str]:
        """Return which of the refused values stand in the database just so, beside the same others."""
        if not errors or self._state.adding:
            return set()
        wanted = {field: (field, *BESIDE.get(field, ())) for field in errors}
        names = sorted({name for each in wanted.values() for name in each})
        row = type(self)._base_manager.filter(pk=self.pk).values(*names).first()
        if row is None:
            return set()
        given = {name: as_given.get(name, getattr(self, name)) for name in names}
        return {field for field, each in wanted.items() if all(row[name] == given[name] for name in each)}


def _unique_fields(model: type[models.Model]) -> list[tuple[str, ...]]:
    """Return the groups of fields that nobody else may have."""
    constraints = (each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint))
    alone = ((field.name,) for field in model._meta.fields if field.unique and not field.primary_key)
    return [*(tuple(each.fields) for each in constraints if each.fields), *alone]


def _canonicalise(record: models.Model, cleaners: Cleaners) -> dict[str, list[ValidationError]]:
    """Put each field's canonical value on the record; return the errors of those that have none, by field."""
    errors: dict[str, list[ValidationError]] = {}
    for field, clean in cleaners.items():
        value = getattr(record, field)
        if value is None or value == "":
            continue
        try:
            setattr(record, field, clean(value))
        except ValidationError as error:
            errors[field] = error.error_list
    return errors


def has_length(field: str, length: int) -> models.Q:
    """A condition for a constraint: the text is empty or has so many characters."""
    return models.Q(**{field: ""}) | models.Q(**{f"{field}__regex": rf"^[A-Z]{{{length}}}$"})
