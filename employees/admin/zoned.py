"""*Today* beside a date is the day where the record's company is: Django's shortcuts count in the current zone."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from unfold.admin import ModelAdmin

from employees.page_zones import show_in_zone_of
from employees.parameters import whole


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
        show_in_zone_of(obj if obj is not None else _chosen(context["adminform"].form))
        page: HttpResponse = super().render_change_form(request, context, add, change, form_url, obj)
        return page

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        show_in_zone_of(self.get_object(request, object_id))
        page: HttpResponseBase = super().history_view(request, object_id, extra_context)
        return page


def _chosen(form: Any) -> Any:
    """Return the person or the company that a form for something new holds: asked for, or chosen before an error."""
    for name in ("employee", "company"):
        if name in form.fields:
            chosen = form.fields[name].queryset.filter(pk=whole(str(form[name].value() or ""))).first()
            if chosen is not None:
                return chosen
    return form.instance
