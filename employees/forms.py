"""Form fields for what people type besides the records themselves: the same way in as the models' values."""

from typing import Any

from django import forms

from employees.values.texts import canonical_identifier, clean_line


class LineField(forms.CharField):
    """A text of one line, canonical before it is asked whether it is there."""

    def to_python(self, value: Any) -> str:
        return clean_line(str(super().to_python(value) or ""))


class CodeField(LineField):
    """A number or code that is copied from elsewhere: in plain signs."""

    def to_python(self, value: Any) -> str:
        return canonical_identifier(super().to_python(value))
