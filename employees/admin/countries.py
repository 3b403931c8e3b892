"""Countries are chosen from a list, by name (D-09)."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import get_language
from unfold.mixins import BaseModelAdminMixin
from unfold.widgets import UnfoldAdminSelectWidget

from employees.values.countries import country_choices

COUNTRIES: Final = ("country", "national_id_country")


class CountrySelect(UnfoldAdminSelectWidget):
    """Offers the present value too, whatever it is: a stored code that is no country is not changed by the page."""

    choices: Any

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        choices = self.choices
        known = {str(code) for code, _name in choices}
        self.choices = [*choices, *((code, code) for code in value if code and code not in known)]
        try:
            return list(super().optgroups(name, value, attrs))
        finally:
            self.choices = choices


class CountryField(forms.ChoiceField):
    """What is no country, the model refuses, unless it is stored just so."""

    widget = CountrySelect

    def valid_value(self, value: Any) -> bool:
        return True


def _choices() -> list[tuple[str, str]]:
    return [("", "—"), *country_choices(get_language() or "en")]


class CountryAdmin(BaseModelAdminMixin):
    """For model admins and inlines: their fields of a country are lists."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name not in COUNTRIES:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return CountryField(choices=_choices, required=not db_field.blank, label=capfirst(db_field.verbose_name))
