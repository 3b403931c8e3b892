"""Forms that ask: what may be right and should be looked at all the same is told, or asked before it is kept.

A question stands beside its field, with a box to tick, or with the choice between what was typed and what is likelier.
An answer counts for the values that it was given for, and is lost with no other error of the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from employees.values.doubts import Doubt

LIKELY: Final = "likely:"


@dataclass(frozen=True, slots=True)
class Question:
    """``name`` is the answer in the page, ``keep`` and ``take`` what it may post, ``answer`` what was posted."""

    doubt: Doubt
    name: str
    keep: str
    answer: str

    @property
    def take(self) -> str:
        return LIKELY + self.keep if self.doubt.likely else ""

    @property
    def is_kept(self) -> bool:
        return constant_time_compare(self.answer, self.keep)

    @property
    def is_taken(self) -> bool:
        return bool(self.take) and constant_time_compare(self.answer, self.take)


class AskingBoundField(forms.BoundField):
    """Shows the questions about a field wherever the field is shown: in a page's form, stacked or in a table."""

    def as_widget(
        self, widget: forms.Widget | None = None, attrs: Any = None, only_initial: bool = False
    ) -> SafeString:
        shown = super().as_widget(widget, attrs, only_initial)
        form: Any = self.form
        questions, answers = form.questions_beside(self.name), form.answers_beside(self.name)
        if only_initial or not (questions or answers):
            return shown
        context = {"questions": questions, "answers": answers, "id": self.auto_id}
        return format_html("{}{}", shown, render_to_string("employees/asking.html", context))


class AskingForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no parameter at run time
    """A form whose ``find_doubts`` says what is told after saving (``told``), and what is asked before it."""

    bound_field_class = AskingBoundField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.told: list[Doubt] = []
        self._questions: dict[str, list[Question]] = {}
        self._takes = False

    def find_doubts(self) -> Iterable[Doubt]:
        """Return the doubts about what was changed; the instance holds the canonical values, without errors."""
        # Django's forms have a metaclass of their own, and cannot be abstract.
        raise NotImplementedError

    def values_meant(self, doubt: Doubt) -> tuple[Any, ...]:
        """Return the values for which an answer counts."""
        return tuple(self._value(name) for name in (doubt.field, *doubt.beside))

    def is_changed(self, *names: str) -> bool:
        """Whether one of the fields was changed: what was stored before is not asked about again."""
        return not self.instance.pk or bool({*names} & {*self.changed_data})

    def changed_texts(self, names: Iterable[str]) -> dict[str, str]:
        """Return, of these fields, the canonical texts that were changed."""
        return {name: getattr(self.instance, name) for name in names if self.is_changed(name)}

    def questions_beside(self, field: str) -> list[Question]:
        return self._questions.get(field, [])

    def answers_beside(self, field: str) -> list[tuple[str, str]]:
        """Return (name, value) of answers whose question could not be asked this time: an error came first."""
        begins = self.add_prefix(f"answer.{field}.")
        asked = {question.name for question in self.questions_beside(field)}
        return [(name, self.data[name]) for name in self.data if name.startswith(begins) and name not in asked]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own; django-stubs leaves it out, as those below
        if self.errors:
            return
        for doubt in self.find_doubts():
            if doubt.asked or doubt.likely:
                self._ask(doubt)
            else:
                self.told.append(doubt)
        if self._takes:
            self._validate_with_others()

    def _ask(self, doubt: Doubt) -> None:
        field = doubt.field if doubt.field in self.fields else next(field.name for field in self.visible_fields())
        question = self._question(doubt, field)
        self._questions.setdefault(field, []).append(question)
        if question.is_taken:
            self._take(doubt)
        elif not question.is_kept:
            self.add_error(
                field, ValidationError(_("Nothing is saved yet: answer the question at this field."), code="asked")
            )

    def _question(self, doubt: Doubt, field: str) -> Question:
        name = self.add_prefix(f"answer.{field}.{doubt.code}")
        meant = repr((self._meta.model._meta.label, doubt.field, doubt.code, str(doubt.text), self.values_meant(doubt)))
        keep = salted_hmac("employees.admin.asking", meant).hexdigest()[:32]
        return Question(doubt=doubt, name=name, keep=keep, answer=str(self.data.get(name, "")))

    def _take(self, doubt: Doubt) -> None:
        """Put the likelier value in; it goes the way of every value."""
        self._takes = True
        setattr(self.instance, doubt.field, doubt.likely)
        self.cleaned_data[doubt.field] = doubt.likely
        try:
            self.instance.clean_fields(exclude={each.name for each in self.instance._meta.fields} - {doubt.field})
            self.instance.clean()
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]

    def _validate_with_others(self) -> None:
        """Ask about what is taken as about what is typed: whether somebody else has it."""
        self.validate_unique()
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]

    def _value(self, name: str) -> Any:
        try:
            return self.instance.serializable_value(name)
        except (AttributeError, FieldDoesNotExist):
            return self.cleaned_data.get(name)


class AskingAdmin(ModelAdmin):
    """For a model admin: tells, after saving, what its forms and those of its inlines found to be told."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            for each in formset.forms:
                if each not in formset.deleted_forms:
                    tell_doubts(request, each)
        tell_doubts(request, form)


def tell_doubts(request: HttpRequest, form: Any) -> None:
    """Say what a form that was saved found: about whom, in which field."""
    for doubt in getattr(form, "told", ()):
        record = getattr(form.instance, "employee", form.instance)
        messages.warning(
            request,
            _("%(record)s, %(field)s: %(text)s")
            % {"record": record, "field": capfirst(_label(form, doubt.field)), "text": doubt.text},
        )


def _label(form: Any, field: str) -> str:
    shown = form.fields.get(field)
    return str(shown.label) if shown and shown.label else str(form.instance._meta.get_field(field).verbose_name)
