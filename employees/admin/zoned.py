"""*Today* beside a date is the day where the record's company is: Django's shortcuts count in the current zone."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from employees.page_zones import show_in_zone_of


class ZonedAdmin(ModelAdmin):
    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        # What is new may have its company already, when the page comes back with an error.
        show_in_zone_of(obj if obj is not None else context["adminform"].form.instance)
        page: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return page
