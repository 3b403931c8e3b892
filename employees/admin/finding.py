"""Finding a person by the national ID: the number is posted, so that it stands in no address and no access log."""

from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.mixins import BaseModelAdminMixin
from unfold.widgets import UnfoldAdminTextInputWidget

from employees.admin.sensitive import may_see_sensitive
from employees.labels import choice_label
from employees.national_ids import with_whole_number
from employees.zones import today_of

# Whoever shares a number is a mistake to mend: few are enough.
MOST: Final = 20


class NumberForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("National ID"),
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "autofocus": True}),
        help_text=gettext_lazy("The whole number. It is looked for as it is, and kept nowhere."),
    )


class FindingAdmin(BaseModelAdminMixin):
    """For the admin of employees: a button above the list, for whoever may see the numbers."""

    def has_find_by_number_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request)) and may_see_sensitive(request)

    @action(description=gettext_lazy("Find by national ID"), url_path="by-national-id", permissions=["find_by_number"])
    def find_by_number(self, request: HttpRequest) -> HttpResponseBase:
        form = NumberForm(request.POST or None)
        found = None
        if request.method == "POST" and form.is_valid():
            people = with_whole_number(form.cleaned_data["number"], user=request.user, today=today_of())
            found = [(person.pk, choice_label(person)) for person in people[:MOST]]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Find by national ID"),
            "opts": self.model._meta,
            "form": form,
            "found": found,
        }
        return TemplateResponse(request, "employees/find.html", context)
