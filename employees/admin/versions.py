"""A form that was opened before somebody else's change does not write the old values back."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Manager, QuerySet
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from employees.admin.sensitive import SENSITIVE
from employees.models.parts import PartOfEmployee
from employees.shown import fingerprint

VERSION_FIELD = "opened_version"
# What signing in changes of an account is no edit of it.
OF_A_SIGN_IN: Final = frozenset({"last_login", "password"})


def bearer_of(record: Any) -> Any:
    """Return the record whose version counts: a part of a person has the person's."""
    is_part = isinstance(record, PartOfEmployee)
    return record.employee if is_part else record


def version_of(record: Any) -> str:
    """Return what tells whether a record, with its parts, is still as it was: other text, other record.

    Its version; of a record without one a fingerprint of what stands in it, so that any model can be asked.
    """
    bearer = bearer_of(record)
    if hasattr(bearer, "version"):
        return str(bearer.version)
    fields = [each for each in bearer._meta.concrete_fields if each.attname not in OF_A_SIGN_IN]
    values = {each.attname: each.value_to_string(bearer) for each in fields}
    others = {each.name: {one.pk for one in each.value_from_object(bearer)} for each in bearer._meta.many_to_many}
    return fingerprint(values, others)


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    """A form of a record, or of a part of an employee, that knows which version of it it shows (`version_of`).

    The version is a hidden field of a stored record's form only. It is not declared, so that no admin can lay it out;
    `templates/admin/change_form.html` puts every hidden field on the page.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields[VERSION_FIELD] = forms.CharField(
                required=False, widget=forms.HiddenInput, initial=self.version_of(self.instance)
            )

    def version_of(self, record: Any) -> str:
        """Return what stands for all that the page shows; a form that shows more than the record's columns adds it."""
        return version_of(record)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk and self.cleaned_data.get(VERSION_FIELD) != self._stored_version():
            raise ValidationError([self._explanation(), *self._differences()], code="stale")
        return cleaned

    def _stored_version(self) -> str:
        bearer = bearer_of(self.instance)
        stored = type(bearer)._base_manager.select_for_update().filter(pk=bearer.pk).first()
        return "" if stored is None else self.version_of(stored)

    def _explanation(self) -> ValidationError:
        return ValidationError(
            _(
                "%(record)s was changed by somebody else, or by a synchronisation, after you opened this page. "
                "Nothing was saved. Open the page again and repeat your change."
            ),
            params={"record": bearer_of(self.instance)},
            code="stale",
        )

    def _differences(self) -> list[ValidationError]:
        names = [name for name in self.changed_data if name != VERSION_FIELD]
        if not names:
            return [ValidationError(_("These fields hold what is stored: the change was in another part."))]
        stored = self._meta.model._base_manager.get(pk=self.instance.pk)
        return [
            ValidationError(
                _("%(field)s differs from what you entered, and is now: %(value)s"),
                params={"field": self.fields[name].label, "value": _shown(self._stored(stored, name), name)},
            )
            for name in names
        ]

    def _stored(self, record: Any, name: str) -> Any:
        """Return a field's value in the record; what is kept elsewhere is as the form found it a moment ago."""
        value = getattr(record, name) if hasattr(record, name) else self.get_initial_for_field(self.fields[name], name)
        return value.all() if isinstance(value, Manager) else value


def _shown(value: Any, name: str) -> str:
    if isinstance(value, QuerySet | list | tuple):
        value = ", ".join(str(one) for one in value)
    if value in (None, ""):
        return gettext("empty")
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return SENSITIVE[name](value) if name in SENSITIVE else str(formats.localize(value))
