"""What an employee's page asks about, and tells."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldBooleanWidget

from employees.admin.asking import AskingForm
from employees.admin.versions import VersionedForm
from employees.doubters import doubts_about
from employees.likenesses import (
    employment_id_doubt,
    leavers_with_work_email,
    named,
    national_id_doubt,
    with_like_employment_id,
    with_national_id,
    work_email_doubt,
)
from employees.models import Employee
from employees.values.doubts import (
    PERSON_DATES,
    PERSON_PHONES,
    PERSON_TEXTS,
    Doubt,
    doubts_about_dates,
    doubts_about_id,
    doubts_about_phones,
    doubts_about_texts,
)
from employees.zones import today_of

EMPTIED: Final = "empty_national_id"


class EmployeeForm(AskingForm, VersionedForm):
    class Meta:
        model = Employee
        fields = "__all__"
        # The model judges an address, and leaves a stored one alone that nobody touched.
        field_classes: ClassVar = dict.fromkeys(("work_email", "private_email"), forms.CharField)

    empty_national_id = forms.BooleanField(
        label=_("Empty the national ID that is kept still"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("The company keeps no national IDs any more. Without the tick this one stays."),
    )
    # Who has left and has the work e-mail: saving takes it from them.
    leavers: Sequence[Employee] = ()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get(EMPTIED):
            self.instance.national_id = self.instance.national_id_country = ""
        return cleaned

    def find_doubts(self) -> Iterator[Doubt]:
        yield from doubts_about_texts(self.changed_texts(PERSON_TEXTS))
        if self.is_changed("employment_id"):
            yield from doubts_about_id(self.instance.employment_id)
        phones = [name for name in PERSON_PHONES if name in self.fields and self.is_changed(name)]
        written = {name: self.cleaned_data[name] for name in phones}
        yield from doubts_about_phones(written, country=self.instance.company.country)
        if self.is_changed(*PERSON_DATES):
            yield from doubts_about_dates(self._seen(), today=today_of(self.instance))
        yield from doubts_about([(self.instance, self.changed_data)]).get(self.instance.pk, ())
        yield from self._doubts_about_others()

    def _doubts_about_others(self) -> Iterator[Doubt]:
        """Who it is, or whose values these are: whoever may not see national IDs learns nothing about them here."""
        person = self.instance
        entered = "national_id" in self.fields and self.is_changed("national_id", "national_id_country", "company")
        if entered and (others := with_national_id(person)):
            yield national_id_doubt(map(named, others))
        if self.is_changed("employment_id", "company") and (others := with_like_employment_id(person)):
            yield employment_id_doubt(map(named, others))
        if self.is_changed("work_email", "company"):
            self.leavers = leavers_with_work_email(person, today=today_of(person))
            if self.leavers:
                yield work_email_doubt(self.leavers)

    def _seen(self) -> dict[str, Any]:
        return {name: getattr(self.instance, name) for name in PERSON_DATES if name in self.fields}
