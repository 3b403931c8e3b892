"""The form of the mapping page: one choice per absence type, and what the page showed when it was opened."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from integrations.fortnox.absence_causes import cause_name
from integrations.fortnox.absence_types import DO_NOT_TRANSFER, Answer, MappedType, MappingChange, changes_of

# In the form: an empty choice is no answer.
NOT_SENT: Final = "-"
NO_ANSWER: Final = ""


class MappingForm(forms.Form):
    """Types without an answer begin with the proposal; it counts only once somebody has saved it."""

    def __init__(self, posted: Any = None, *, types: Sequence[MappedType], causes: Iterable[str]) -> None:
        super().__init__(posted)
        self.types = types
        choices = [(NOT_SENT, _("Do not transfer")), *((code, cause_name(code)) for code in causes)]
        for each in types:
            answered = each.answer is not None
            self.fields[_choice(each)] = forms.ChoiceField(
                label=each.type.name,
                required=answered,
                choices=choices if answered else [(NO_ANSWER, _("Choose later")), *choices],
                initial=_written(each.answer) if answered else each.proposal,
                widget=UnfoldAdminSelectWidget(attrs={"aria-label": each.type.name}),
            )
            self.fields[_seen(each)] = forms.CharField(
                required=False, initial=_written(each.answer), widget=forms.HiddenInput
            )

    def rows(self) -> list[tuple[MappedType, Any, Any]]:
        """Return (type, choice, what was shown) as the page lists them."""
        return [(each, self[_choice(each)], self[_seen(each)]) for each in self.types]

    def moved(self) -> list[MappedType]:
        """Return the types that somebody answered after the page was opened."""
        return [each for each in self.types if self.data.get(_seen(each), "") != _written(each.answer)]

    def changes(self) -> list[MappingChange]:
        wanted = {each.type.pk: _answer(self.cleaned_data.get(_choice(each), NO_ANSWER)) for each in self.types}
        return changes_of(types=self.types, wanted=wanted)


def _choice(mapped: MappedType) -> str:
    return f"cause_{mapped.type.pk}"


def _seen(mapped: MappedType) -> str:
    return f"seen_{mapped.type.pk}"


def _written(answer: Answer) -> str:
    if answer is None:
        return NO_ANSWER
    return answer or NOT_SENT


def _answer(written: str) -> Answer:
    if written == NO_ANSWER:
        return None
    return DO_NOT_TRANSFER if written == NOT_SENT else written
