"""Columns that hold what a vendor said, or what repeats it: read from them it is a `ForeignText`, and masked (G-32)."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.functional import Promise

from employees.foreign_text import ForeignText, verbatim

if TYPE_CHECKING:
    _TextField = models.TextField[str, ForeignText]
    _JSONField = models.JSONField[list[str], list[ForeignText]]
else:
    _TextField, _JSONField = models.TextField, models.JSONField


def _foreign(value: Any) -> Any:
    """Return a text as a foreign one; an expression, or nothing, as it is."""
    if isinstance(value, list):
        return [_foreign(each) for each in value]
    return ForeignText(str(verbatim(value))) if isinstance(value, str | Promise) else value


class _Attribute(DeferredAttribute):
    """Also what is put on the record, before it is saved, is masked."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = _foreign(value)


class ForeignTextField(_TextField):
    """For the database, and for migrations, an ordinary text."""

    descriptor_class = _Attribute

    def from_db_value(self, value: Any, *_: Any) -> Any:
        return _foreign(value)

    def get_prep_value(self, value: Any) -> Any:
        prepared = models.Field.get_prep_value(self, value)
        return verbatim(prepared) if isinstance(prepared, str) else super().get_prep_value(prepared)

    def to_python(self, value: Any) -> Any:
        return _foreign(super().to_python(verbatim(value)))

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


class ForeignTextsField(_JSONField):
    """A list of texts that a vendor said."""

    descriptor_class = _Attribute

    def from_db_value(self, value: Any, *args: Any) -> Any:
        return _foreign(super().from_db_value(value, *args))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        plain = [verbatim(each) for each in value] if isinstance(value, list) else value
        return super().get_db_prep_value(plain, connection, prepared)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
