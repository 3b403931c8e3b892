"""Fields of a connection's settings that ask in words instead of stored shapes."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from employees.admin.choosing import KnownChoices
from employees.values.contacts import clean_email
from employees.values.texts import canonical


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list of texts, where Django's field is one text
        return list(dict.fromkeys(canonical(line) for line in str(value or "").splitlines() if canonical(line)))


class RecipientsField(LinesField):
    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(clean_email(address) for address in super().clean(value)))

    def validate(self, value: Any) -> None:
        super().validate(value)
        for address in value:
            try:
                validate_email(clean_email(address))
            except ValidationError as error:
                raise ValidationError(
                    _("“%(address)s” is not an e-mail address. Write one address a line."), params={"address": address}
                ) from error


class PeopleSelect(KnownChoices, AutocompleteSelectMultiple):
    """Searches among the people of the connection's company only, however many there are."""

    search_url = ""

    def get_url(self) -> str:
        return self.search_url or super().get_url()

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        # The only name of the field in which the search is typed.
        return {**super().build_attrs(base_attrs, extra_attrs), "data-placeholder": _("Search for people")}
