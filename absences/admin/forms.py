from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.html import format_html_join

from absences.deciding import DECIDED_FIELDS, prepare_new, put_status
from absences.doubts import OUTSIDE, doubts_about_note
from absences.models import Absence
from absences.models.absence import STANDING, Status
from absences.overlaps import DAYS, find_doubts
from absences.teams import is_own
from employees.admin.asking import AskingForm
from employees.admin.versions import VersionedForm
from employees.values.doubts import Doubt


class LinesField(forms.CharField):
    """A text of several lines: browsers end them in their own way, which is no change of it.

    The model judges its length, and leaves a stored one alone that nobody touched.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = [each for each in self.validators if not isinstance(each, MaxLengthValidator)]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class AbsenceForm(AskingForm, VersionedForm):
    """Settles the status and who decided before the rules are asked; the admin sets ``user``."""

    user: Any = None
    # Whether saving takes back the approval, because somebody changes their own absence.
    approval_fell = False
    # Whether somebody who saves has said that days outside the employment are right.
    asked_about_outside = False

    class Meta:
        model = Absence
        fields = ("employee", "type", "start", "end", "grade", "note", "status")
        field_classes: ClassVar = {"note": LinesField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields.get("type")
        if kinds is not None:
            # A type that is no longer used stays with the absences that have it.
            present = self.instance.type_id
            kinds.queryset = kinds.queryset.filter(active=True) | kinds.queryset.filter(pk=present)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        if self.instance._state.adding:
            self.instance.type = self.cleaned_data["type"]
            prepare_new(absence=self.instance, by=self.user)
        elif "status" in self.changed_data:
            put_status(absence=self.instance, status=self.cleaned_data["status"], by=self.user)
        elif self._has_to_be_approved_again():
            put_status(absence=self.instance, status=Status.REQUESTED, by=None)
            self.approval_fell = True
        return cleaned

    def find_doubts(self) -> Iterator[Doubt]:
        if self.instance.status in STANDING and self.is_changed(*DAYS):
            found = find_doubts([self.instance])[0]
            self.asked_about_outside = any(doubt.code == OUTSIDE for doubt in found)
            # A form has no preview: what is told before saving, is asked.
            yield from _one_question_each([doubt._replace(asked=True) for doubt in found])
        if self.is_changed("note"):
            yield from doubts_about_note(self.instance.note)

    def _has_to_be_approved_again(self) -> bool:
        """Whether somebody changes what was approved of their own absence: nobody decides on that."""
        changed = bool(DECIDED_FIELDS & set(self.changed_data))
        kind = self.cleaned_data.get("type", self.instance.type)
        approved = self.instance.status == Status.APPROVED
        return changed and approved and kind.needs_approval and is_own(employee=self.instance.employee, user=self.user)

    def _get_validation_exclusions(self) -> set[str]:
        # What the page does not let anybody change is still a part of the rules: the very same absence, twice.
        # Django's own hook for that; django-stubs leaves it out.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        shown_elsewhere = {"employee", "status", "decided_at", "decided_by"} - set(self.fields)
        return excluded - shown_elsewhere


def _one_question_each(doubts: list[Doubt]) -> Iterator[Doubt]:
    """Put what is asked for one reason at one field together, line by line: one answer for all of it."""
    asked: dict[tuple[str, str], list[Doubt]] = {}
    for doubt in doubts:
        if doubt.asked:
            asked.setdefault((doubt.field, doubt.code), []).append(doubt)
        else:
            yield doubt
    for same in asked.values():
        yield same[0]._replace(text=format_html_join("", "<div>{}</div>", ((each.text,) for each in same)))
