"""A form that was opened before somebody else's change does not write the old values back."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from employees.admin.sensitive import SENSITIVE

VERSION_FIELD = "opened_version"


class VersionedForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    """A form of a record with a version, or of a part of an employee, that knows which version it shows.

    The version is a hidden field of a stored record's form only. It is not declared, so that no admin can lay it out;
    `templates/admin/change_form.html` puts every hidden field on the page.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields[VERSION_FIELD] = forms.IntegerField(
                required=False, widget=forms.HiddenInput, initial=self._versioned().version
            )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk and self.cleaned_data.get(VERSION_FIELD) != self._stored_version():
            raise ValidationError([self._explanation(), *self._differences()], code="stale")
        return cleaned

    def _versioned(self) -> Any:
        """Return the record whose version counts: a part of a person has the person's."""
        return self.instance if hasattr(self.instance, "version") else self.instance.employee

    def _stored_version(self) -> int | None:
        record = self._versioned()
        stored = type(record)._base_manager.select_for_update().filter(pk=record.pk)
        version: int | None = stored.values_list("version", flat=True).first()
        return version

    def _explanation(self) -> ValidationError:
        return ValidationError(
            _(
                "%(record)s was changed by somebody else, or by a synchronisation, after you opened this page. "
                "Nothing was saved. Open the page again and repeat your change."
            ),
            params={"record": self._versioned()},
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
                params={"field": self.fields[name].label, "value": _shown(stored, name)},
            )
            for name in names
        ]


def _shown(stored: Any, name: str) -> str:
    value = getattr(stored, name, None)
    if value in (None, ""):
        return gettext("empty")
    return SENSITIVE[name](value) if name in SENSITIVE else str(formats.localize(value))
